"""What an inspection report says: refusals, warnings and notes in plain language. Pure rules over figures."""

from collections.abc import Iterator

from matinee.engines.media.facts import display_size, main_picture, rotation_degrees, sounds
from matinee.engines.media.probe import Probed, Stream
from matinee.engines.media.rates import Pace
from matinee.kit.media import Finding, SourceFacts
from matinee.services.ingest.ports import Decoded, DecodePlan
from matinee.services.ingest.settings import IngestSettings

SMALLEST_SIDE = 32
LARGEST_SIDE = 8192
_WIDEST_SHAPE = 8
_SHORTEST_SECONDS = 0.5
_SILENT_LUFS = -69.5
_HOUR_SECONDS = 3600
_DEEP_BITS = 10
_MOSTLY = 0.98
_LATE_SECONDS = 0.05
_MISSING_SHARE, _MISSING_SECONDS = 0.10, 2.0
_SHORT_SHARE, _SHORT_SECONDS = 0.01, 0.5
_SIDEWAYS = 180


def refusal(code: str, sentence: str) -> Finding:
    """Return a reason why the file cannot become a film."""
    return Finding(severity="refusal", code=code, sentence=sentence)


def warning(code: str, sentence: str) -> Finding:
    """Return something that a person should look at."""
    return Finding(severity="warning", code=code, sentence=sentence)


def note(code: str, sentence: str) -> Finding:
    """Return something that is dealt with."""
    return Finding(severity="note", code=code, sentence=sentence)


def refused(findings: list[Finding]) -> bool:
    """Return whether one of them is a refusal."""
    return any(one.severity == "refusal" for one in findings)


def header_findings(probed: Probed, settings: IngestSettings) -> list[Finding]:
    """Return what the file's headers alone tell, before anything is decoded."""
    picture = main_picture(probed)
    found = [_without_picture(probed)] if picture is None else [*_shape(picture)]
    if picture is not None and not found:
        found += _picture_notes(probed, picture)
    tracks = len([one for one in probed.streams if one.kind == "audio"])
    if tracks > settings.max_audio_tracks:
        sentence = f"The file has {tracks} sound tracks; at most {settings.max_audio_tracks} are accepted."
        found.append(refusal("too-many-sounds", sentence))
    duration = probed.duration_seconds
    if duration is not None and duration > settings.max_film_seconds:
        hours, most = duration / _HOUR_SECONDS, settings.max_film_seconds / _HOUR_SECONDS
        found.append(refusal("too-long", f"The file says it lasts {hours:.1f} hours; at most {most:g} are accepted."))
    return found


def _without_picture(probed: Probed) -> Finding:
    if any(one.cover_picture for one in probed.streams):
        return refusal("no-picture", "This is a sound file with a cover picture; a film needs a moving picture.")
    if sounds(probed):
        return refusal("no-picture", "The file has sound but no picture; a film needs a moving picture.")
    return refusal("no-picture", "The file holds no moving picture.")


def _shape(picture: Stream) -> Iterator[Finding]:
    width, height = display_size(picture)
    if min(picture.width, picture.height, width, height) < SMALLEST_SIDE:
        size = f"{picture.width}×{picture.height}"
        yield refusal("too-small", f"The picture is {size} pixels; each side must have at least {SMALLEST_SIDE}.")
    elif max(picture.width, picture.height, width, height) > LARGEST_SIDE:
        size = f"{max(picture.width, width)}×{max(picture.height, height)}"
        yield refusal("too-large", f"The picture is {size} pixels; no side may have more than {LARGEST_SIDE}.")
    elif max(width, height) > _WIDEST_SHAPE * min(width, height):
        yield refusal("extreme-shape", f"The picture is {width}×{height}, a strip that no screen can show well.")


def _picture_notes(probed: Probed, picture: Stream) -> Iterator[Finding]:
    others = [one for one in probed.streams if one.kind == "video" and not one.cover_picture and one != picture]
    if others:
        yield note("several-pictures", f"The file has {len(others) + 1} pictures; the largest is used.")
    turned = rotation_degrees(picture)
    if turned:
        yield note("rotated", f"The picture is stored turned by {turned}° and will be set upright.")
    if picture.sample_aspect not in {None, 1}:
        width, height = display_size(picture)
        shown = (height, width) if turned % _SIDEWAYS else (width, height)
        yield note("wide-pixels", f"Its pixels are not square; it is shown as {shown[0]}×{shown[1]}.")
    if picture.width % 2 or picture.height % 2:
        yield note("odd-size", f"{picture.width}×{picture.height} is an odd size and will be made even.")


def track_findings(facts: SourceFacts, pace: Pace, probed: Probed) -> list[Finding]:
    """Return notes on the picture's pace, colour and start, and on sound and subtitles."""
    found = [*_pace(facts, pace), *_colour(facts)]
    if facts.start_seconds > _LATE_SECONDS:
        found.append(note("late-start", f"Its clock starts at {facts.start_seconds:.2f} s and will start at zero."))
    if probed.duration_seconds is None:
        found.append(note("no-duration", "The file does not say how long it is; it was measured."))
    bitmap = sum(track.bitmap for track in facts.text)
    if bitmap:
        found.append(
            warning("bitmap-subtitles", f"{bitmap} subtitle track(s) are pictures and cannot be used as text.")
        )
    if not any(one.kind == "audio" for one in probed.streams):
        found.append(note("no-sound", "The film has no sound."))
    return found


def _pace(facts: SourceFacts, pace: Pace) -> Iterator[Finding]:
    source, output = float(pace.source_rate), float(facts.video.rate.fraction())
    if pace.variable:
        yield note("variable-rate", f"Its frame rate varies; it will run at a steady {output:.6g} per second.")
    elif pace.gaps:
        yield note("gaps", f"{pace.gaps} gap(s) between frames will be filled by repeating the picture before.")
    if source > output * 1.01:
        yield note("rate-reduced", f"It has {source:.6g} frames per second; it will run at {output:.6g}.")
    elif output > source * 1.01:
        yield note("rate-raised", f"It has {source:.3g} frame(s) per second; each is repeated to make {output:.3g}.")
    if facts.video.interlaced:
        yield note("interlaced", "The picture is interlaced; its fields will be merged.")


def _colour(facts: SourceFacts) -> Iterator[Finding]:
    names = {"pq": "HDR (PQ)", "hlg": "HDR (HLG)"}
    if facts.video.dynamics in names:
        yield note("hdr", f"The picture is {names[facts.video.dynamics]}; it will be converted to standard range.")
    elif facts.video.bit_depth >= _DEEP_BITS:
        yield note("deep-colour", f"The picture has {facts.video.bit_depth} bits per colour; 8 will be made.")


def claimed_seconds(probed: Probed, facts: SourceFacts) -> float | None:
    """Return the length that the container claims, in seconds from its start; None when it claims none.

    Some files state where they end rather than how long they are, so the lesser reading counts.
    """
    duration = probed.duration_seconds
    if duration is None or duration <= 0:
        return None
    return duration - facts.start_seconds if 0 < facts.start_seconds < duration else duration


def decode_findings(
    facts: SourceFacts, decoded: Decoded, plan: DecodePlan, claimed: float | None, settings: IngestSettings
) -> list[Finding]:
    """Return what the full decode tells."""
    seconds = float(decoded.frame_count / plan.rate.fraction())
    if decoded.frame_count == 0:
        return [refusal("undecodable", "Not one picture of the file can be decoded.")]
    found = [*_length(seconds, decoded, plan, claimed, settings), *_damage(decoded)]
    if not refused(found):
        found += [*_emptiness(seconds, decoded), *_sound(facts, decoded)]
    return found


def _length(
    seconds: float, decoded: Decoded, plan: DecodePlan, claimed: float | None, settings: IngestSettings
) -> Iterator[Finding]:
    played = max([seconds, *decoded.sound_seconds.values()])
    missing = (claimed or 0.0) - played
    if decoded.frame_count >= plan.most_frames:
        if seconds > settings.max_film_seconds:
            yield refusal("too-long", "The film is longer than what is accepted.")
        else:
            yield refusal("clock-jumps", "The file's clock jumps far ahead in the middle; it cannot be played in step.")
    elif claimed is not None and missing > max(_MISSING_SECONDS, _MISSING_SHARE * claimed):
        yield refusal("truncated", f"The file is cut off: it says {claimed:.1f} s, but only {played:.1f} s are there.")
    elif claimed is not None and missing > max(_SHORT_SECONDS, _SHORT_SHARE * claimed):
        yield warning("ends-early", f"The last {missing:.1f} s that the file promises are not there.")
    if seconds < _SHORTEST_SECONDS:
        yield refusal("too-short", f"There are only {seconds:.2f} s of picture; a film has at least half a second.")


def _damage(decoded: Decoded) -> Iterator[Finding]:
    if decoded.errors > decoded.frame_count:
        yield refusal("damaged", f"The file is damaged throughout: {decoded.errors} errors while decoding.")
    elif decoded.errors:
        yield warning("damaged", f"The decoder met {decoded.errors} error(s) and got over them; look at the result.")
    if decoded.size_changes:
        yield note("size-changes", "The picture changes its size or format on the way; all is brought to one size.")


def _emptiness(seconds: float, decoded: Decoded) -> Iterator[Finding]:
    if decoded.black_seconds >= _MOSTLY * seconds:
        yield warning("black", "The whole picture is black.")
    elif decoded.frozen_seconds >= _MOSTLY * seconds:
        yield warning("frozen", "The picture stands still from beginning to end.")


def _sound(facts: SourceFacts, decoded: Decoded) -> Iterator[Finding]:
    unreadable = [track for track in facts.audio if not readable(track.index, decoded)]
    if unreadable:
        yield warning("sound-unreadable", f"{len(unreadable)} sound track(s) cannot be decoded and are left out.")
    heard = [one for one in decoded.loudness if readable(one.index, decoded)]
    if heard and not any(audible(one.integrated_lufs) for one in heard):
        yield warning("silent", "The sound is silent from beginning to end.")


def readable(index: int, decoded: Decoded) -> bool:
    """Return whether anything of a sound track could be decoded."""
    return decoded.sound_seconds.get(index, 0.0) > 0


def audible(integrated_lufs: float) -> bool:
    """Return whether a sound track is above the meter's gate, under which it measures nothing."""
    return integrated_lufs > _SILENT_LUFS
