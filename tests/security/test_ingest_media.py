"""Files that try to make the media tools open something else, use too much, or waste our time."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, input_arguments, probe_arguments
from matinee.engines.media.child import confinement_report, run
from matinee.engines.media.limits import ChildError, ChildFailedError, ChildLimitError, ChildTimedOutError, Limits
from matinee.engines.media.tools import find_tools
from matinee.kit.media import Inspection
from matinee.services.ingest.adapters.decoding import ConfinedMedia
from matinee.services.ingest.service.inspection import Inspector
from matinee.services.ingest.settings import IngestSettings
from matinee.testing.ingest_clients import X264, make_film, picture, tone

SECRET = "the-secret-of-this-machine"


class Trap:
    """An HTTP server that must see no request."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append(self.path)
                self.send_error(404)

            def log_message(self, *_args: object) -> None:
                outer.seen.append(self.path)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


@pytest.fixture
def inspector(tmp_path: Path) -> Inspector:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Inspector(ConfinedMedia(threads=2, memory_bytes=4 << 30, scratch=scratch), IngestSettings())


def playlists(url: str, secret: Path, film: Path) -> dict[str, str]:
    """Return texts that name other files, by what they are."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99" height="99">'
    return {
        "hls of http": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
        "hls of file": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{film}\n#EXT-X-ENDLIST\n",
        "hls with key": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}/k"\n#EXTINF:9,\n{url}/a.ts\n#EXT-X-ENDLIST\n',
        "hls of concat": f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\nconcat:{url}/x|file://{secret}\n#EXT-X-ENDLIST\n",
        "hls of subfile": f"#EXTM3U\n#EXTINF:9,\nsubfile,,start,0,end,99,,:{film}\n#EXT-X-ENDLIST\n",
        "hls of data": "#EXTM3U\n#EXTINF:9,\ndata:video/mp4;base64,AAAA\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile {film}\n",
        "concat of http": f"ffconcat version 1.0\nfile '{url}/a.mp4'\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
            f'bandwidth="1"><BaseURL>{url}/v.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>'
        ),
        "svg": f'{svg}<image xlink:href="{url}/i.png"/><image xlink:href="file://{secret}"/></svg>',
        "xml entity": f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file://{secret}">]><a>&b;</a>',
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        "avisynth": f'AviSource("{film}")\n',
        "image sequence": f"{secret}%03d.png\n",
        "vobsub index": f"# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n# {url}\n",
        "m3u of udp": "#EXTM3U\n#EXTINF:9,\nudp://127.0.0.1:9\n",
    }


def told(report: Inspection) -> str:
    return " ".join(one.sentence for one in report.findings) + repr(report.facts)


@pytest.mark.parametrize("what", list(playlists("u", Path("s"), Path("f"))))
@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
async def test_attack_06_playlists_under_another_name_open_nothing(
    inspector: Inspector, trap: Trap, tmp_path: Path, what: str, extension: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    film = make_film(tmp_path / "other.mp4", *picture(1), *X264)
    lure = tmp_path / f"lure.{extension}"
    lure.write_text(playlists(trap.url, secret, film)[what])
    report = await inspector.inspect(lure, lambda _: None)
    assert not report.accepted
    assert [one.code for one in report.findings] == ["unreadable"]
    assert report.facts is None
    assert SECRET not in told(report)
    assert trap.seen == []


def with_external_reference(film: bytes, url: str) -> bytes:
    """Return a QuickTime file whose media data are said to lie behind a URL."""
    flagged_self = b"url \x00\x00\x00\x01"
    assert film.count(flagged_self) >= 1
    size = 12 + len(url) + 1
    outside = b"url \x00\x00\x00\x00" + url.encode() + b"\0"
    at = film.index(flagged_self) - 4
    grown = film[:at] + size.to_bytes(4, "big") + outside + film[at + 12 :]
    extra = size - 12
    for box in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        place = grown.index(box) - 4
        length = int.from_bytes(grown[place : place + 4], "big")
        grown = grown[:place] + (length + extra).to_bytes(4, "big") + grown[place + 4 :]
    return grown


async def test_attack_06_external_references_inside_a_container_are_not_opened(
    inspector: Inspector, trap: Trap, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "f.mov", *picture(1), *X264).read_bytes()
    for reference in (f"{trap.url}/media.mov", f"file://{tmp_path}/other.mov", "data:,x", f"{tmp_path}/other.mov"):
        lure = tmp_path / "lure.mov"
        lure.write_bytes(with_external_reference(film, reference))
        await inspector.inspect(lure, lambda _: None)
        assert trap.seen == []


async def test_attack_06_a_segment_link_in_matroska_is_not_followed(
    inspector: Inspector, trap: Trap, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "f.mkv", *picture(1), *X264, "-metadata", f"title={trap.url}/next.mkv").read_bytes()
    lure = tmp_path / "lure.mkv"
    lure.write_bytes(film)
    report = await inspector.inspect(lure, lambda _: None)
    assert report.accepted
    assert trap.seen == []


async def test_attack_06_a_playlist_inside_a_container_opens_nothing(
    inspector: Inspector, trap: Trap, tmp_path: Path
) -> None:
    # The public cases hid the playlist behind the header of an AVI or an MP4.
    header = make_film(tmp_path / "f.avi", *picture(1), "-c:v", "mpeg4").read_bytes()[:2000]
    for prefix in (header, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"GAB2\0\x02\0" + b"\0" * 9):
        lure = tmp_path / "lure.avi"
        text = playlists(trap.url, tmp_path / "secret", tmp_path / "f.avi")["hls of http"]
        lure.write_bytes(prefix + text.encode() * 20)
        report = await inspector.inspect(lure, lambda _: None)
        assert not report.accepted
        assert trap.seen == []


@pytest.mark.parametrize("protocol", ["http", "file", "concat", "subfile", "data", "tcp", "crypto", "async", "cache"])
async def test_attack_06_only_the_given_descriptor_is_a_protocol(trap: Trap, tmp_path: Path, protocol: str) -> None:
    film = make_film(tmp_path / "f.mp4", *picture(1), *X264)
    target = {
        "http": f"{trap.url}/x",
        "file": f"file:{film}",
        "concat": f"concat:{film}",
        "subfile": f"subfile,,start,0,end,0,,:{film}",
        "data": "data:text/plain,x",
        "tcp": trap.url.replace("http", "tcp"),
        "crypto": f"crypto:{film}",
        "async": f"async:{film}",
        "cache": f"cache:{film}",
    }[protocol]
    for tool, arguments in ((find_tools().ffprobe, probe_arguments()), (find_tools().ffmpeg, input_arguments())):
        swapped = [*arguments[:-1], target]
        output = ["-f", "null", "-"] if tool == find_tools().ffmpeg else []
        with pytest.raises(ChildFailedError) as caught:
            await run([str(tool), *swapped, *output], limits=Limits(wall_seconds=20), work_dir=tmp_path)
        assert any("not on whitelist" in line or "whitelist" in line for line in caught.value.finished.said)
        assert trap.seen == []


PYTHON = "/usr/bin/python3"
needs_python = pytest.mark.skipif(
    not Path(PYTHON).exists(), reason="a system Python to misbehave with: /usr/bin/python3"
)


async def misbehave(tmp_path: Path, code: str, **limits: float) -> ChildError:
    with pytest.raises(ChildError) as caught:
        await run([PYTHON, "-I", "-S", "-c", code], limits=Limits(**{"wall_seconds": 20, **limits}), work_dir=tmp_path)
    return caught.value


@needs_python
async def test_attack_07_memory_is_limited(tmp_path: Path) -> None:
    error = await misbehave(tmp_path, "x = bytearray(2 << 30)", memory_bytes=1 << 30)
    assert "MemoryError" in error.finished.said[-1]
    assert error.finished.peak_memory_bytes < 1 << 30


@needs_python
async def test_attack_07_processor_time_is_limited(tmp_path: Path) -> None:
    started = time.monotonic()
    error = await misbehave(tmp_path, "while True: pass", cpu_seconds=1)
    assert isinstance(error, ChildLimitError)
    assert error.limit == "cpu"
    assert time.monotonic() - started < 15


@needs_python
async def test_attack_07_file_size_is_limited(tmp_path: Path) -> None:
    error = await misbehave(tmp_path, "open('big', 'wb').write(b'x' * 2_000_000)", file_bytes=1_000_000)
    assert isinstance(error, ChildLimitError) or "File too large" in error.finished.said[-1]
    assert (tmp_path / "big").stat().st_size <= 1_000_000


@needs_python
async def test_attack_07_output_is_limited(tmp_path: Path) -> None:
    error = await misbehave(tmp_path, "while True: print('x' * 10000)", stdout_bytes=100_000)
    assert isinstance(error, ChildLimitError)
    assert error.limit == "output"


@needs_python
async def test_attack_07_real_time_is_limited_and_nothing_is_left(tmp_path: Path) -> None:
    code = "import os, time; os.fork(); print(os.getpid(), flush=True); time.sleep(600)"
    pids: list[int] = []
    with pytest.raises(ChildTimedOutError):
        await run(
            [PYTHON, "-I", "-S", "-c", code],
            limits=Limits(wall_seconds=1.5),
            work_dir=tmp_path,
            on_line=lambda line: pids.append(int(line)),
        )
    assert len(pids) == 2
    async with asyncio.timeout(5):
        while any(Path(f"/proc/{one}").exists() for one in pids):
            await asyncio.sleep(0.01)


@needs_python
async def test_attack_07_there_is_no_network(trap: Trap, tmp_path: Path) -> None:
    port = trap.url.rpartition(":")[2]
    for code in (
        f"import socket; socket.create_connection(('127.0.0.1', {port}), 5).send(b'GET / HTTP/1.0\\r\\n\\r\\n')",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        "import socket; socket.socket(socket.AF_UNIX)",
    ):
        error = await misbehave(tmp_path, code)
        assert "PermissionError" in error.finished.said[-1]
    assert trap.seen == []


@needs_python
async def test_attack_07_other_files_are_out_of_reach(tmp_path: Path) -> None:
    if (await confinement_report()).landlock_version == 0:
        pytest.skip("Landlock: this kernel has none, and doctor says so")
    work, outside = tmp_path / "work", tmp_path / "outside"
    work.mkdir()
    outside.mkdir()
    (outside / "secret").write_text(SECRET)
    for code in (
        f"open({str(outside / 'secret')!r}).read()",
        f"open({str(outside / 'new')!r}, 'w')",
        f"import os; os.listdir({str(outside)!r})",
        f"import os; os.unlink({str(outside / 'secret')!r})",
        "open('/etc/passwd').read()",
        f"import os; os.link({str(outside / 'secret')!r}, 'here')",
        "import os; os.execv('/bin/sh', ['sh', '-c', 'true'])",
    ):
        error = await misbehave(work, code)
        assert "PermissionError" in error.finished.said[-1] or "OSError" in error.finished.said[-1], code
        assert SECRET not in " ".join(error.finished.said)
    assert (outside / "secret").read_text() == SECRET
    ours = await run([PYTHON, "-I", "-S", "-c", "open('mine', 'w').write('x')"], limits=Limits(), work_dir=work)
    assert ours.returncode == 0


@needs_python
async def test_attack_07_nothing_of_our_environment_is_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_OPERATOR_SECRET", SECRET)
    with socket.socket() as open_here:
        code = "import os; print(dict(os.environ)); print(sorted(os.listdir('/proc/self/fd')))"
        finished = await run([PYTHON, "-I", "-S", "-c", code], limits=Limits(), work_dir=tmp_path)
        environment, descriptors = finished.stdout.decode().splitlines()
        assert SECRET not in environment
        # 0, 1, 2 and the listing itself.
        assert len(descriptors.split(",")) == 4
        assert open_here.fileno() > 2


async def test_attack_07_damaged_files_are_refused_or_survived(inspector: Inspector, tmp_path: Path) -> None:
    film = bytearray(make_film(tmp_path / "f.mp4", *picture(1), *tone(1), *X264, "-shortest").read_bytes())
    lure = tmp_path / "lure.mp4"
    for step in range(0, len(film), max(1, len(film) // 12)):
        broken = bytearray(film)
        broken[step : step + 64] = os.urandom(len(broken[step : step + 64]))
        lure.write_bytes(broken)
        report = await inspector.inspect(lure, lambda _: None)
        assert report.accepted == (not any(one.severity == "refusal" for one in report.findings))
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_attack_28_tiny_pictures_at_a_thousand_a_second(inspector: Inspector, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "f.mkv", "-f", "lavfi", "-i", "color=s=2x2:r=1000:d=2", "-c:v", "ffv1", "-vf", "format=gray,crop=1:1"
    )
    report = await inspector.inspect(film, lambda _: None)
    assert [one.code for one in report.findings if one.severity == "refusal"] == ["too-small"]


async def test_attack_28_a_thousand_a_second_run_at_a_sane_rate(inspector: Inspector, tmp_path: Path) -> None:
    film = make_film(tmp_path / "f.mkv", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=1000:d=2", "-c:v", "ffv1")
    report = await inspector.inspect(film, lambda _: None)
    assert report.accepted
    assert report.facts is not None
    assert report.facts.video.rate.fraction() <= 60
    assert report.analysis is not None
    assert report.analysis.frame_count <= 121


async def test_attack_28_a_day_of_black_that_is_hardly_there(inspector: Inspector, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "f.mkv", "-f", "lavfi", "-i", "color=black:s=64x64:r=1/3600:d=86400", "-c:v", "ffv1", "-t", "86400"
    )
    assert film.stat().st_size < 200_000
    started = time.monotonic()
    report = await inspector.inspect(film, lambda _: None)
    assert [one.code for one in report.findings if one.severity == "refusal"] == ["too-long"]
    assert time.monotonic() - started < 10


async def test_attack_28_a_clock_that_jumps_ahead_is_not_filled_up(inspector: Inspector, tmp_path: Path) -> None:
    near = make_film(tmp_path / "a.ts", *picture(2), *X264)
    far = make_film(tmp_path / "b.ts", *picture(2), *X264, "-output_ts_offset", "4000")
    lure = tmp_path / "lure.ts"
    lure.write_bytes(near.read_bytes() + far.read_bytes())
    started = time.monotonic()
    report = await inspector.inspect(lure, lambda _: None)
    assert time.monotonic() - started < 20
    assert [one.code for one in report.findings if one.severity == "refusal"] == ["undecodable"]
    assert "clock" in report.findings[0].sentence


async def test_attack_28_five_hundred_sound_tracks(inspector: Inspector, tmp_path: Path) -> None:
    maps = [part for _ in range(512) for part in ("-map", "1:a")]
    film = make_film(
        tmp_path / "f.mkv", *picture(1), *tone(1), "-map", "0:v", *maps, *X264, "-c:a", "pcm_s16le", "-t", "0.2"
    )
    started = time.monotonic()
    report = await inspector.inspect(film, lambda _: None)
    assert [one.code for one in report.findings if one.severity == "refusal"] == ["too-many-sounds"]
    assert time.monotonic() - started < 60


async def test_attack_28_a_size_that_changes_all_the_time(inspector: Inspector, tmp_path: Path) -> None:
    pieces = []
    for number, size in enumerate(("64x64", "640x360", "1280x720", "320x180", "1920x1080")):
        name = tmp_path / f"{number}.ts"
        pieces.append(make_film(name, *picture(1, size=size), *X264, "-output_ts_offset", str(number)).read_bytes())
    lure = tmp_path / "lure.ts"
    lure.write_bytes(b"".join(pieces))
    report = await inspector.inspect(lure, lambda _: None)
    assert report.accepted
    assert report.analysis is not None
    assert abs(report.analysis.frame_count - 125) <= 5
    assert "size-changes" in {one.code for one in report.findings}


def test_the_descriptor_is_the_one_that_callers_open() -> None:
    arguments = input_arguments()
    assert arguments[-4:] == ["-fd", str(INPUT_DESCRIPTOR), "-i", "fd:"]
    formats = arguments[arguments.index("-format_whitelist") + 1].split(",")
    assert not {"hls", "concat", "dash", "image2", "lavfi", "sdp", "rtsp", "svg_pipe", "avisynth", "imf"} & set(formats)
