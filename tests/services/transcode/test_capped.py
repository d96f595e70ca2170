"""Manifests that stop at a height."""

from pathlib import Path
from xml.etree import ElementTree as ET

from matinee.contracts.catalogue import capped_path
from matinee.services.transcode.service.capped import hls_below, write_capped

PLAYLIST = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/en/main.m3u8",GROUP-ID="audio",NAME="English"
#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,AUDIO="audio"
video/h264_360p/main.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=1280x720,AUDIO="audio"
video/h264_720p/main.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,URI="video/h264_360p/iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=2,RESOLUTION=1280x720,URI="video/h264_720p/iframe.m3u8"
"""

MANIFEST = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>
<AdaptationSet contentType="video" maxWidth="1280" maxHeight="720">
<Representation id="1" width="640" height="360"/><Representation id="2" width="1280" height="720"/></AdaptationSet>
<AdaptationSet contentType="video" height="1080"><Representation id="3"/></AdaptationSet>
<AdaptationSet contentType="audio"><Representation id="4"/></AdaptationSet>
</Period></MPD>
"""


def test_a_playlist_keeps_what_fits_and_everything_beside_the_picture():
    assert hls_below(PLAYLIST, 720) == PLAYLIST
    low = hls_below(PLAYLIST, 360)
    assert "h264_720p" not in low
    assert low.count("h264_360p") == 2
    assert "audio/en/main.m3u8" in low


def test_both_manifests_are_written_for_each_height_but_the_greatest(tmp_path: Path):
    (tmp_path / "master.m3u8").write_text(PLAYLIST)
    (tmp_path / "manifest.mpd").write_text(MANIFEST)
    assert write_capped(tmp_path, [720, 360, 360]) == (360,)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"master.m3u8", "manifest.mpd", "master-360.m3u8", "manifest-360.mpd"}
    left = ET.parse(tmp_path / capped_path("manifest.mpd", 360)).getroot()  # noqa: S314  # our own
    assert [one.get("id") for one in left.iter("{urn:mpeg:dash:schema:mpd:2011}Representation")] == ["1", "4"]
    first = next(left.iter("{urn:mpeg:dash:schema:mpd:2011}AdaptationSet"))
    assert (first.get("maxWidth"), first.get("maxHeight")) == ("640", "360")


def test_one_height_needs_nothing_more(tmp_path: Path):
    (tmp_path / "master.m3u8").write_text(PLAYLIST)
    assert write_capped(tmp_path, [720]) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["master.m3u8"]
