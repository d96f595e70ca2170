"""A release plays in a real browser, by DASH and by HLS, with its key from a licence server."""

from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import async_playwright
from tests.services.transcode.conftest import FilmMaker, OpenBench, ffmpeg
from tests.services.transcode.player import SHAKA, application

from matinee.testing.transcode import KEY

pytestmark = [pytest.mark.slow, pytest.mark.browser]


async def played(release: Path, manifest: str, chromium: str) -> dict[str, object]:
    """Play the beginning and the end of a release; return what the player says."""
    runner = web.AppRunner(application(release, key_id=KEY.key_id, key=KEY.key))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with async_playwright() as playwright:
            flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
            browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            seen = await page.evaluate("(manifest) => play(manifest)", f"/v1/token/{manifest}")
            await browser.close()
            return dict(seen)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("manifest", ["manifest.mpd", "master.m3u8"])
async def test_encrypted_release_plays(film: FilmMaker, bench: OpenBench, tmp_path, chromium_path, manifest) -> None:
    if not SHAKA.is_file():
        pytest.skip("Shaka Player: run npm ci in web/")
    (tmp_path / "en.srt").write_text("1\n00:00:00,200 --> 00:00:03,500\nHello <i>you</i>\n")
    both = tmp_path / "both.mkv"
    plain = film("plain.mp4", size="640x360")
    ffmpeg("-i", str(plain), "-i", str(tmp_path / "en.srt"), "-c", "copy", "-c:s", "srt", str(both))
    async with bench() as room:
        await room.transcode.submit(order=await room.order(both))
        view = await room.ended()
        assert view.state == "published", view.failure
        release = room.catalogue.published[-1][0]
        folder = await room.download(f"releases/{release.title_id}/{release.release_id}", tmp_path / "got")
    seen = await played(folder, manifest, chromium_path)
    assert seen["errors"] == []
    assert seen["ended"] is True
    assert seen["keySystem"] == "org.w3.clearkey"
    assert seen["duration"] == pytest.approx(4.0, abs=0.1)
    assert len(seen["variants"]) == 2
    assert len(seen["texts"]) == 1
    assert seen["frames"] > 10
