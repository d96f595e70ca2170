"""Manifests read with other players' parsers, which know nothing of ours."""

import json
import subprocess
from pathlib import Path

import m3u8
import pytest
from tests.services.transcode.conftest import FilmMaker, OpenBench

pytestmark = [pytest.mark.slow]
PARSERS = Path(__file__).parent / "parsers"


def read_by_others(release: Path) -> dict[str, dict[str, object]]:
    """Return what the parsers of another player find in a release."""
    if not (PARSERS / "node_modules").is_dir():
        pytest.skip("manifest parsers: run npm ci in tests/services/transcode/parsers")
    argv = ["node", str(PARSERS / "read.mjs"), str(release)]
    return json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout)


async def test_other_parsers_agree(film: FilmMaker, bench: OpenBench, tmp_path) -> None:
    async with bench() as room:
        await room.transcode.submit(order=await room.order(film("film.mp4", size="640x360")))
        view = await room.ended()
        assert view.state == "published", view.failure
        release = room.catalogue.published[-1][0]
        folder = await room.download(f"releases/{release.title_id}/{release.release_id}", tmp_path / "got")
    master = m3u8.load(str(folder / "master.m3u8"))
    for variant in master.playlists:
        info = variant.stream_info
        assert info.codecs.startswith("avc1.")
        assert info.resolution[1] in {360, 240}
        assert info.frame_rate == 25.0
        assert 0 < info.average_bandwidth <= info.bandwidth
        media = m3u8.load(str(folder / variant.uri))
        assert sum(media.segments[at].duration for at in range(len(media.segments))) == pytest.approx(4.0, abs=0.01)
        assert media.keys[0].uri == f"clearkey:{release.key_id}"
        assert media.target_duration >= max(round(one.duration) for one in media.segments)
    assert len(master.iframe_playlists) == 2
    found = read_by_others(folder)
    assert len(found["hls"]["variants"]) == 2
    assert all(one["ended"] and one["count"] for one in found["hls"]["segments"].values())
    assert found["dash"]["seconds"] == pytest.approx(4.0, abs=0.05)
    assert found["dash"]["ended"] is True
    assert len(found["dash"]["variants"]) == 2
    assert len({one["segments"] for one in found["dash"]["variants"]}) == 1
    assert len(found["dash"]["sounds"]) == 1
