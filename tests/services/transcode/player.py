"""Plays a release in a real browser: Shaka Player on Chromium, with a licence server that speaks Clear Key."""

import base64
import json
from pathlib import Path

from aiohttp import web

SHAKA = Path(__file__).parents[3] / "web" / "node_modules" / "shaka-player" / "dist" / "shaka-player.compiled.js"

_PAGE = """<!doctype html><meta charset="utf-8"><video id="v" muted></video><script src="/shaka.js"></script><script>
async function play(manifest) {
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  await player.attach(document.getElementById("v"));
  player.configure({drm: {servers: {"org.w3.clearkey": "/licence"}}, streaming: {bufferingGoal: 4}});
  // An HLS playlist names its key `clearkey:<key id>`; this asks the licence server for what it names.
  const asked = async (uri) => {
    const pairs = uri.slice("clearkey:".length).match(/../g);
    const bytes = pairs.map((pair) => String.fromCharCode(parseInt(pair, 16))).join("");
    const kid = btoa(bytes).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=+$/, "");
    const answer = await fetch("/licence", {method: "POST", body: JSON.stringify({kids: [kid], type: "temporary"})});
    const raw = atob((await answer.json()).keys[0].k.replace(/-/g, "+").replace(/_/g, "/"));
    const data = Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer;
    return {uri, originalUri: uri, data, headers: {}, status: 200, timeMs: 0};
  };
  const {AbortableOperation} = shaka.util;
  shaka.net.NetworkingEngine.registerScheme("clearkey", (uri) => AbortableOperation.notAbortable(asked(uri)));
  const errors = [];
  player.addEventListener("error", (event) => errors.push(event.detail.code + " " + event.detail.data));
  try { await player.load(manifest); } catch (error) { return {errors: [error.code + " " + error.data]}; }
  const video = document.getElementById("v");
  const texts = player.getTextTracks();
  if (texts.length) { player.selectTextTrack(texts[0]); player.setTextTrackVisibility?.(true); }
  await video.play();
  const until = performance.now() + 20000;
  const goesOn = () => performance.now() < until && !errors.length;
  const soon = () => new Promise((resolve) => setTimeout(resolve, 50));
  while (video.currentTime < 1 && goesOn()) await soon();
  video.currentTime = Math.max(0, video.duration - 1.5);
  while (!video.ended && goesOn()) await soon();
  const cues = [...video.textTracks].flatMap((track) => [...(track.cues ?? [])].map((cue) => cue.text));
  return {errors, time: video.currentTime, ended: video.ended, duration: video.duration, width: video.videoWidth,
    variants: player.getVariantTracks().map((t) => t.height + " " + t.language + " " + t.channelsCount + " " + t.label),
    texts: texts.map((t) => t.language + " " + t.label), cues,
    frames: video.getVideoPlaybackQuality().totalVideoFrames, keySystem: player.keySystem()};
}
</script>"""


def _encoded(hex_digits: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(hex_digits)).rstrip(b"=").decode()


def application(release: Path, *, key_id: str, key: str) -> web.Application:
    """Return a server of the page, the player, the release and licences."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    async def licence(request: web.Request) -> web.Response:
        wanted = json.loads(await request.read())["kids"]
        keys = [{"kty": "oct", "kid": kid, "k": _encoded(key)} for kid in wanted if kid == _encoded(key_id)]
        return web.json_response({"keys": keys, "type": "temporary"})

    async def script(_: web.Request) -> web.FileResponse:
        return web.FileResponse(SHAKA)

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/shaka.js", script)
    app.router.add_post("/licence", licence)
    app.router.add_static("/v1/token", release)
    return app
