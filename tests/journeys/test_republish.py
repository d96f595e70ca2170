"""A title is published anew while somebody watches it, and they notice nothing."""

import shutil
import subprocess

import pytest

from matinee.engines.media.tools import find_tools
from matinee.testing.browser import player, plays, until

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

PUBLISH_SECONDS = 240.0


def bring_in(service, film, name, title_id=None):
    """Import a film from the server's own folder and return its job id."""
    folder = service.data / "import"
    folder.mkdir(exist_ok=True)
    path = folder / name
    shutil.copyfile(film, path)
    request = {"path": str(path)} | ({"title_id": title_id} if title_id else {})
    return service.call("POST", "/api/v1/studio/imports", request)


def until_published(page, service, job):
    def published():
        order = service.call("GET", f"/api/v1/studio/jobs/{job['job_id']}")["order"]
        return order is not None and order["state"] == "published"

    until(page, "the film to be published", published, seconds=PUBLISH_SECONDS)
    return service.call("GET", f"/api/v1/titles/{job['title_id']}")


def test_who_watches_is_not_disturbed_by_a_new_release(service, browser, made_film, tmp_path):
    shorter = tmp_path / "shorter.mp4"
    cut = [find_tools().ffmpeg, "-v", "error", "-i", made_film, "-t", "12", "-c", "copy", shorter]
    subprocess.run(cut, check=True, timeout=60)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=service.url)
    key = {"key": service.key}
    assert context.request.post("/api/v1/operator/session", data=key, headers={"origin": service.url}).status == 204
    page = context.new_page()
    first = until_published(page, service, bring_in(service, made_film, "first.mp4"))
    page.goto(f"/watch/{first['title_id']}?protocol=dash")
    until(page, "the player to be ready", lambda: player(page).get("duration"))
    plays(page, beyond=1.0)
    again = bring_in(service, shorter, "again.mp4", first["title_id"])
    second = until_published(page, service, again)
    assert second["duration_seconds"] < 13
    assert second["version"] > first["version"]
    page.evaluate("() => { document.querySelector('video').currentTime = 30 }")
    state = plays(page, beyond=32.0)
    assert state["duration"] == pytest.approx(first["duration_seconds"], abs=0.2)
    page.goto(f"/watch/{first['title_id']}?protocol=dash")
    until(page, "the new release to be ready", lambda: 0 < (player(page).get("duration") or 0) < 13)
    context.close()
