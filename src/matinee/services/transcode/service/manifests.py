"""Completes the packager's manifests: labels, default tracks, and subtitles as whole WebVTT files.

All addresses stay relative, so they inherit the signed path under which a viewer fetched the manifest.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from matinee.kit.media import Language
from matinee.services.transcode.service.packaging import DASH_PATH, HLS_PATH, PackagedSound

_MPD = "urn:mpeg:dash:schema:mpd:2011"
_NAMESPACES = {"": _MPD, "xsi": "http://www.w3.org/2001/XMLSchema-instance", "cenc": "urn:mpeg:cenc:2013"}
_ROLE = "urn:mpeg:dash:role:2011"
_UNQUOTABLE = re.compile(r'["\x00-\x1f\x7f]')
_NAME = re.compile(r'NAME="([^"]*)"')
_CLOSED_CAPTIONS = ",CLOSED-CAPTIONS=NONE"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One finished subtitle track. `name` is letters, digits, `_` and `-`; `vtt` the whole file."""

    name: str
    language: Language
    label: str
    forced: bool
    vtt: str

    def path(self) -> str:
        """Return the whole file's place below the release."""
        return f"subtitles/{self.name}.vtt"


def write_texts(release: Path, texts: Sequence[Text], *, seconds: float) -> None:
    """Write each track as one WebVTT file and a playlist of that single segment."""
    for text in texts:
        whole = release / text.path()
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_text(text.vtt, encoding="utf-8")
        playlist = release / "text" / text.name / "main.m3u8"
        playlist.parent.mkdir(parents=True, exist_ok=True)
        lines = ["#EXTM3U", "#EXT-X-VERSION:6", f"#EXT-X-TARGETDURATION:{max(1, round(seconds))}"]
        lines += ["#EXT-X-PLAYLIST-TYPE:VOD", f"#EXTINF:{seconds:.3f},", f"../../{text.path()}", "#EXT-X-ENDLIST", ""]
        playlist.write_text("\n".join(lines), encoding="utf-8")


def _quoted(words: str) -> str:
    return _UNQUOTABLE.sub("", words) or "-"


def _sound_line(line: str, sounds: Sequence[PackagedSound]) -> str:
    named = _NAME.search(line)
    made = next((one.sound for one in sounds if named and one.sound.name == named.group(1)), None)
    if made is None:
        return line
    line = _NAME.sub(lambda _: f'LANGUAGE="{made.language}",NAME="{_quoted(made.label)}"', line)
    line = re.sub(r",(DEFAULT|AUTOSELECT)=(YES|NO)", "", line)
    return f"{line},DEFAULT={'YES' if made.default else 'NO'},AUTOSELECT=YES"


def _text_line(text: Text) -> str:
    forced = "YES" if text.forced else "NO"
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,URI="text/{text.name}/main.m3u8",GROUP-ID="text",LANGUAGE="{text.language}",'
        f'NAME="{_quoted(text.label)}",DEFAULT=NO,AUTOSELECT=YES,FORCED={forced}'
    )


def complete_hls(release: Path, *, sounds: Sequence[PackagedSound], texts: Sequence[Text]) -> None:
    """Rewrite the multivariant playlist with labels, default tracks and subtitles."""
    path = release / HLS_PATH
    lines: list[str] = []
    texts_written = False
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw
        if line.startswith("## ") or (not line and lines and not lines[-1]):
            continue
        if line.startswith("#EXT-X-MEDIA:TYPE=AUDIO"):
            line = _sound_line(line, sounds)
        if line.startswith("#EXT-X-STREAM-INF"):
            if not texts_written:
                lines += [_text_line(text) for text in texts]
                texts_written = True
            line = line.replace(_CLOSED_CAPTIONS, "") + (',SUBTITLES="text"' if texts else "") + _CLOSED_CAPTIONS
        lines.append(line)
    path.write_text("\n".join(_with_version(lines)) + "\n", encoding="utf-8")


def _with_version(lines: list[str]) -> list[str]:
    return [lines[0], "#EXT-X-VERSION:6", *lines[1:]]


def _tag(name: str) -> str:
    return f"{{{_MPD}}}{name}"


# The schema's order: content protection, role, label, representation.
_AFTER_ROLE = frozenset({_tag("Label"), _tag("Representation")})


def _text_set(text: Text, number: int) -> ET.Element:
    attributes = {"id": str(number), "contentType": "text", "lang": text.language}
    adaptation = ET.Element(_tag("AdaptationSet"), attributes)
    role = "forced-subtitle" if text.forced else "subtitle"
    ET.SubElement(adaptation, _tag("Role"), {"schemeIdUri": _ROLE, "value": role})
    ET.SubElement(adaptation, _tag("Label")).text = text.label
    one = {"id": f"text-{text.name}", "bandwidth": "256", "mimeType": "text/vtt"}
    representation = ET.SubElement(adaptation, _tag("Representation"), one)
    ET.SubElement(representation, _tag("BaseURL")).text = text.path()
    return adaptation


def _complete_sound(adaptation: ET.Element, sounds: Sequence[PackagedSound]) -> None:
    template = adaptation.find(f".//{_tag('SegmentTemplate')}")
    address = template.get("initialization", "") if template is not None else ""
    made = next((one.sound for one in sounds if f"audio/{one.sound.name}/" in address), None)
    if made is None:
        return
    adaptation.set("lang", made.language)
    for label in adaptation.findall(_tag("Label")):
        label.text = made.label
    value = "main" if made.default else "alternate"
    first = next(at for at, child in enumerate(adaptation) if child.tag in _AFTER_ROLE)
    adaptation.insert(first, ET.Element(_tag("Role"), {"schemeIdUri": _ROLE, "value": value}))


def complete_dash(release: Path, *, sounds: Sequence[PackagedSound], texts: Sequence[Text]) -> None:
    """Rewrite the MPD with labels, roles and subtitles."""
    for prefix, uri in _NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    path = release / DASH_PATH
    tree = ET.parse(path)  # noqa: S314  # the packager's own output
    period = tree.getroot().find(_tag("Period"))
    if period is None:
        return
    for adaptation in period.findall(_tag("AdaptationSet")):
        if adaptation.get("contentType") == "audio":
            _complete_sound(adaptation, sounds)
    first = len(period)
    for at, text in enumerate(texts):
        period.append(_text_set(text, first + at))
    ET.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)
