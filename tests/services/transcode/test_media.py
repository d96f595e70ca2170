"""Real and broken films that nobody here made: whatever inspection accepts becomes a right release."""

from pathlib import Path

import pytest
from tests.services.transcode.conftest import OpenBench

from matinee.testing.transcode import inspected

pytestmark = [pytest.mark.slow, pytest.mark.media]


@pytest.mark.timeout(900)
async def test_every_accepted_file_is_released(test_media: Path, bench: OpenBench, tmp_path) -> None:
    wrong: list[str] = []
    released = 0
    async with bench(seam_checks=0) as room:
        for number, path in enumerate(sorted((test_media / "media" / "robustness").iterdir())):
            report = await inspected(path, tmp_path / "inspection")
            if not report.accepted:
                continue
            job = f"job{number}"
            order = await room.order(path, job=job, inspection=report, early_release=False)
            await room.transcode.submit(order=order)
            view = await room.ended(job, seconds=120)
            released += view.state == "published"
            if view.state != "published":
                wrong.append(f"{path.name}: {view.failure}")
    assert not wrong
    assert released >= 10
