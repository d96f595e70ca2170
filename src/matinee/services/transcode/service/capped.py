"""Manifests that stop at a height, for plans that do: the same files, without what lies above.

A player that is given one never asks for a rendition that its plan does not open, so the edge need not refuse it.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from matinee.contracts.catalogue import capped_path
from matinee.services.transcode.service.packaging import DASH_PATH, HLS_PATH

_MPD = "{urn:mpeg:dash:schema:mpd:2011}"
_RESOLUTION = re.compile(r"RESOLUTION=\d+x(\d+)")


def write_capped(release: Path, heights: Sequence[int]) -> tuple[int, ...]:
    """Write a pair of manifests for each height but the greatest, and return those heights, ascending."""
    bounds = tuple(sorted(set(heights)))[:-1]
    for bound in bounds:
        playlist = (release / HLS_PATH).read_text(encoding="utf-8")
        (release / capped_path(HLS_PATH, bound)).write_text(hls_below(playlist, bound), encoding="utf-8")
        tree = ET.parse(release / DASH_PATH)  # noqa: S314  # our own file
        _keep_below(tree, bound)
        tree.write(release / capped_path(DASH_PATH, bound), encoding="utf-8", xml_declaration=True)
    return bounds


def hls_below(playlist: str, bound: int) -> str:
    """Return a multivariant playlist without variants of more than `bound` lines."""
    kept: list[str] = []
    skip_address = False
    for line in playlist.splitlines():
        if skip_address:
            skip_address = False
            continue
        size = _RESOLUTION.search(line) if line.startswith(("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF")) else None
        if size is not None and int(size.group(1)) > bound:
            # The address of a variant stands on the next line, that of an I-frame playlist in its own.
            skip_address = line.startswith("#EXT-X-STREAM-INF")
            continue
        kept.append(line)
    return "\n".join(kept) + "\n"


def _keep_below(tree: "ET.ElementTree[ET.Element]", bound: int) -> None:
    for adaptation in tree.getroot().iter(f"{_MPD}AdaptationSet"):
        for representation in adaptation.findall(f"{_MPD}Representation"):
            if int(representation.get("height", adaptation.get("height", "0"))) > bound:
                adaptation.remove(representation)
        _tell_greatest(adaptation)
    for period in tree.getroot().iter(f"{_MPD}Period"):
        for adaptation in period.findall(f"{_MPD}AdaptationSet"):
            if adaptation.find(f"{_MPD}Representation") is None:
                period.remove(adaptation)


def _tell_greatest(adaptation: ET.Element) -> None:
    """Make the set's own bounds true again."""
    left = adaptation.findall(f"{_MPD}Representation")
    for name, bound in (("width", "maxWidth"), ("height", "maxHeight")):
        sizes = [int(one.get(name, "0")) for one in left]
        if bound in adaptation.attrib and any(sizes):
            adaptation.set(bound, str(max(sizes)))
