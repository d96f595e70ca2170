"""Copies the tracks of a container without a dependable index into Matroska, so that chunks can begin anywhere."""

import hashlib
from pathlib import Path

import msgspec
import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.engines.media.arguments import INPUT_DESCRIPTOR, input_arguments
from matinee.engines.media.limits import ChildError
from matinee.kit.media import SourceFacts
from matinee.services.transcode.service.plan import Plan
from matinee.services.transcode.service.recipe import work_prefix
from matinee.services.transcode.service.tools import Toolbox

_INDEXED = frozenset({"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm"})
_VERSION = 1
_OUTPUT = "indexed.mkv"
_log = structlog.get_logger()


def needs_index(facts: SourceFacts) -> bool:
    """Return whether the container keeps no index that seeking could rely on."""
    return not _INDEXED & set(facts.container.split(","))


def remux_arguments(facts: SourceFacts) -> list[str]:
    """Return the arguments that copy the chosen picture track and all sound tracks."""
    source = input_arguments(INPUT_DESCRIPTOR, options=("-fflags", "+genpts"))
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", *source]
    for index in (facts.video.index, *(track.index for track in facts.audio)):
        arguments += ["-map", f"0:{index}"]
    return [*arguments, "-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1", "-f", "matroska", _OUTPUT]


def remuxed_facts(facts: SourceFacts) -> SourceFacts:
    """Return the facts of the copy: the same, with its own track numbers; text stays with the original."""
    return msgspec.structs.replace(
        facts,
        container="matroska",
        video=msgspec.structs.replace(facts.video, index=0),
        audio=tuple(msgspec.structs.replace(track, index=at) for at, track in enumerate(facts.audio, start=1)),
    )


async def remux_if_needed(plan: Plan, original: Path, *, blobs: BlobStore, toolbox: Toolbox, folder: Path) -> Plan:
    """Return the plan on an indexed copy where one is needed and can be made, else the plan as it is.

    Without the copy, chunks whose frames come out wrong are decoded from the beginning: slow, and right all the same.
    """
    if not needs_index(plan.recipe.facts):
        return plan
    digest = hashlib.sha256(f"remux-{_VERSION}-{plan.source_sha256}".encode()).hexdigest()
    key = f"{work_prefix(plan.job_id)}/{digest}"
    try:
        await blobs.info(key)
    except BlobNotFoundError:
        try:
            await toolbox.ffmpeg(remux_arguments(plan.recipe.facts), work_dir=folder, source=original)
        except ChildError as error:
            _log.info("remux_not_possible", code=error.code)
            return plan
        await blobs.put_file(key, folder / _OUTPUT)
        (folder / _OUTPUT).unlink()
    recipe = msgspec.structs.replace(plan.recipe, facts=remuxed_facts(plan.recipe.facts))
    tracks = {track.index: at for at, track in enumerate(plan.recipe.facts.audio, start=1)}
    sounds = tuple(msgspec.structs.replace(sound, index=tracks[sound.index]) for sound in plan.sounds)
    return msgspec.structs.replace(plan, source_key=key, recipe=recipe, sounds=sounds)
