"""The arguments that make frames `start` to `end` of a film in one or more renditions.

Every word comes from numbers and the fixed words below; no text of a file or a person ever becomes an argument.

Time: the output grid is k/RATE seconds after the source's earliest timestamp. `fps` puts frames on that grid from
absolute timestamps, so a chunk gets the same frames wherever decoding began, and `trim` then cuts by grid number.
"""

import hashlib
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, frame_grid, input_arguments
from matinee.kit.ids import JobId
from matinee.kit.media import SourceFacts, VideoTrack
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.ladder import Rung

# Part of every content key: a change of what the arguments mean makes old intermediate results unusable.
RECIPE_VERSION = 3
_MIN_TIMESCALE = 12_000
# An encoder that starts codes its first frames coarser than one that runs; so many frames with so many more bits are as
# good again.
_FRESH_FRAMES, _FRESH_SHARE = 8, 1.15
# A quarter of a frame past the first wanted grid point: lands on that frame when it is a key frame, else before it.
_SEEK_FRACTION = Fraction(1, 4)
# BT.2408: HDR reference white is 203 cd/m²; the curve keeps colours below it and rolls highlights off.
_TONE_MAP = (
    "zscale=transfer=linear:npl=203",
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=tonemap=mobius:desat=0",
    "zscale=transfer=bt709:matrix=bt709:range=tv",
)
# What a source says of its colours has been applied by here. It comes with some frames only, and would give the chunks
# that begin with such a frame other headers than the rest.
_UNTAGGED = tuple(
    f"sidedata=mode=delete:type={kind}" for kind in ("ICC_PROFILE", "MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")
)
_HDR_TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
_KNOWN_PRIMARIES = frozenset({"bt709", "bt2020", "smpte170m", "smpte432", "smpte431"})
_KNOWN_MATRICES = frozenset({"bt709", "bt2020nc", "smpte170m"})
_SD_MATRICES = frozenset({"smpte170m", "bt470bg", "fcc"})


class EncoderChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that change the bits."""

    h264_preset: str
    av1_preset: int
    gop_seconds: float


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How the picture of one film is made; the same for all of its chunks."""

    facts: SourceFacts
    frame_count: int
    encoder: EncoderChoice
    threads: int = 1

    def gop_frames(self) -> int:
        """Return the distance of key frames in frames."""
        return max(1, round(self.encoder.gop_seconds * self.facts.video.rate.fraction()))


def timescale(recipe: Recipe) -> tuple[int, int]:
    """Return (ticks in a second, ticks in a frame), both whole, for a film's tracks."""
    rate = recipe.facts.video.rate.fraction()
    factor = -(-_MIN_TIMESCALE // rate.numerator)
    return rate.numerator * factor, rate.denominator * factor


def work_prefix(job_id: JobId) -> str:
    """Return the folder of an order's intermediate results; none are shared, so each may clear up after itself."""
    return f"work/{job_id}"


def content_key(job_id: JobId, source_sha256: str, recipe: Recipe, chunk: Chunk, rung: Rung) -> str:
    """Return the blob key of an order's finished chunk: the same source, recipe and frames give the same key."""
    video = recipe.facts.video
    made_from = msgspec.json.encode(
        [
            RECIPE_VERSION,
            source_sha256,
            recipe.facts.start_seconds,
            video,
            recipe.encoder,
            # The last chunk is padded to its end.
            [chunk.start, chunk.end, chunk.beyond, chunk.end == recipe.frame_count],
            msgspec.structs.replace(rung, name=""),
        ]
    )
    return f"{work_prefix(job_id)}/{hashlib.sha256(made_from).hexdigest()}"


def _to_sdr(video: VideoTrack) -> list[str]:
    """Return the filters that turn PQ or HLG into BT.709, or nothing."""
    transfer = _HDR_TRANSFERS.get(video.dynamics)
    if transfer is None:
        return []
    primaries = video.colour_primaries if video.colour_primaries in _KNOWN_PRIMARIES else "bt2020"
    matrix = video.colour_matrix if video.colour_matrix in _KNOWN_MATRICES else "bt2020nc"
    tagged = f"setparams=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
    return [tagged, *_TONE_MAP]


def picture_filters(recipe: Recipe, chunk: Chunk) -> list[str]:
    """Return the filters from decoded source to square-pixel-ready frames of one chunk, still at source size."""
    video = recipe.facts.video
    start_seconds = recipe.facts.start_seconds
    filters = ["bwdif=mode=send_frame"] if video.interlaced else []
    if chunk.start == 0:
        filters.append(frame_grid(rate=video.rate, start_seconds=start_seconds))
    else:
        # The same grid, but nothing is filled in from the front: when seeking went too far, frames must be missing.
        filters.append(f"setpts=PTS-{start_seconds:.6f}/TB,fps={video.rate}")
    if chunk.end == recipe.frame_count:
        # Inspection and encoding may differ by a frame at the very end; a short freeze covers it, more is an error.
        filters.append(f"tpad=stop_mode=clone:stop={-(-video.rate.numerator // video.rate.denominator)}")
    filters += [f"trim=start_pts={chunk.start}:end_pts={chunk.end + chunk.beyond}", "setpts=PTS-STARTPTS"]
    return [*filters, *_to_sdr(video), *_UNTAGGED]


def _scale(video: VideoTrack, rung: Rung) -> str:
    # Sources without tags are BT.601 below 720 lines and BT.709 from there, as every player assumes.
    known_sd = video.colour_matrix in _SD_MATRICES
    guessed_sd = video.colour_matrix == "unknown" and min(video.width, video.height) < 720  # noqa: PLR2004  # lines of HD
    matrix = "bt601" if (known_sd or guessed_sd) and video.dynamics == "sdr" else "bt709"
    wide = "pc" if video.colour_range in {"pc", "jpeg"} and video.dynamics == "sdr" else "tv"
    colours = f"in_color_matrix={matrix}:out_color_matrix=bt709:in_range={wide}:out_range=tv"
    return f"scale={rung.width}:{rung.height}:flags=bicubic:{colours},format=yuv420p,setsar=1"


def filter_graph(recipe: Recipe, chunk: Chunk, rungs: Sequence[Rung]) -> str:
    """Return a filter graph that decodes once and gives `[v0]`, `[v1]`… for the renditions in order."""
    video = recipe.facts.video
    head = f"[0:{video.index}]" + ",".join(picture_filters(recipe, chunk))
    if len(rungs) == 1:
        return f"{head},{_scale(video, rungs[0])}[v0]"
    pads = "".join(f"[s{at}]" for at in range(len(rungs)))
    parts = [f"{head},split={len(rungs)}{pads}"]
    parts += [f"[s{at}]{_scale(video, rung)}[v{at}]" for at, rung in enumerate(rungs)]
    return ";".join(parts)


def _h264_arguments(recipe: Recipe, rung: Rung, chunk: Chunk) -> list[str]:
    fresh = f":zones=0,{_FRESH_FRAMES - 1},b={_FRESH_SHARE}" if chunk.start else ""
    return [
        *("-c:v", "libx264", "-preset", recipe.encoder.h264_preset, "-profile:v", "high", "-level", rung.level),
        *("-crf", str(rung.crf), "-maxrate", str(rung.max_bits_per_second), "-bufsize", str(rung.buffer_bits)),
        # Key frames at fixed distance, so that renditions switch at the same frames; closed groups, so chunks join.
        *("-sc_threshold", "0", "-forced-idr", "1", "-flags", "+cgop"),
        # stitchable: the headers must not depend on the pictures, since all chunks share one.
        *("-x264-params", f"stitchable=1:open-gop=0{fresh}"),
    ]


def _av1_arguments(recipe: Recipe, rung: Rung) -> list[str]:
    kilobits = max(1, rung.max_bits_per_second // 1000)
    parameters = f"lp={recipe.threads}:scd=0:irefresh-type=2:mbr={kilobits}"
    return [
        *("-c:v", "libsvtav1", "-preset", str(recipe.encoder.av1_preset), "-crf", str(rung.crf)),
        *("-svtav1-params", parameters),
    ]


def rendition_arguments(recipe: Recipe, rung: Rung, chunk: Chunk, *, pad: str, output: str) -> list[str]:
    """Return one output of an encode: from filter pad `pad` to the fragmented MP4 `output`."""
    video = recipe.facts.video
    ticks = timescale(recipe)[0]
    gop = recipe.gop_frames()
    codec = _h264_arguments(recipe, rung, chunk) if rung.codec == "h264" else _av1_arguments(recipe, rung)
    # What is beyond the chunk begins with a key frame and a fragment of its own, and is cut off there.
    forced = [joint - chunk.start for joint in chunk.joints] + ([chunk.frames()] if chunk.beyond else [])
    cut = ["-force_key_frames", "expr:" + "+".join(f"eq(n,{frame})" for frame in forced)] if forced else []
    return [
        *("-map", f"[{pad}]", *codec, *cut, "-threads", str(recipe.threads), "-g", str(gop), "-keyint_min", str(gop)),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"),
        *("-fps_mode", "passthrough", "-enc_time_base", f"{video.rate.denominator}/{video.rate.numerator}"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-bitexact", "-video_track_timescale", str(ticks)),
        *("-f", "mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", output),
    ]


def source_arguments(recipe: Recipe, chunk: Chunk, *, exact: bool) -> list[str]:
    """Return the input of a chunk; `exact` decodes from the beginning, for files whose index cannot be trusted."""
    rate = recipe.facts.video.rate.fraction()
    seconds = float((chunk.start + _SEEK_FRACTION) / rate)
    start = None if exact or chunk.start == 0 else recipe.facts.start_seconds + seconds
    return input_arguments(INPUT_DESCRIPTOR, start_seconds=start, options=("-threads", str(recipe.threads)))


def encode_arguments(
    recipe: Recipe, chunk: Chunk, rungs: Sequence[Rung], *, outputs: Sequence[str], exact: bool
) -> list[str]:
    """Return everything after the tool's name that encodes one chunk in `rungs` to `outputs`."""
    arguments = ["-hide_banner", "-nostdin", "-loglevel", "error", "-stats_period", "1", "-progress", "pipe:1", "-y"]
    arguments += [*source_arguments(recipe, chunk, exact=exact), "-filter_complex_threads", "1"]
    arguments += ["-filter_complex", filter_graph(recipe, chunk, rungs)]
    for at, (rung, output) in enumerate(zip(rungs, outputs, strict=True)):
        arguments += rendition_arguments(recipe, rung, chunk, pad=f"v{at}", output=output)
    return arguments
