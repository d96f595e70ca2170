"""The arguments with which every caller lets ffmpeg and ffprobe read a source, and the frame grid that all agree on."""

from collections.abc import Sequence

from matinee.kit.media import Rate

# Containers that hold media themselves. Never playlists (hls, dash, concat), image sequences or generators.
INPUT_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    *("mpegts", "mpeg", "avi", "ogg", "flv", "asf", "mxf", "gxf", "nut", "ivf", "dv", "rm", "wtv"),
    *("mpegvideo", "h264", "hevc", "obu", "wav", "w64", "aiff", "caf", "flac", "mp3", "aac"),
    *("ac3", "eac3", "dts", "dtshd", "truehd", "au", "tta", "wv"),
)
INPUT_DESCRIPTOR = 10


def probe_arguments(descriptor: int = INPUT_DESCRIPTOR) -> list[str]:
    """Return the end of an ffprobe command for one source, see `input_arguments`."""
    guards = ["-protocol_whitelist", "fd", "-format_whitelist", ",".join(INPUT_FORMATS)]
    return [*guards, "-fd", str(descriptor), "-i", "fd:"]


def input_arguments(
    descriptor: int = INPUT_DESCRIPTOR,
    *,
    start_seconds: float | None = None,
    length_seconds: float | None = None,
    options: Sequence[str] = (),
) -> list[str]:
    """Return what goes before the output of an ffmpeg command for one source.

    The source is an inherited descriptor, the only protocol that is allowed: a playlist, an external reference or a
    crafted name inside the file cannot open anything. Timestamps stay those of the file (`-copyts`), so that they mean
    the same wherever reading starts.

    Args:
        descriptor: the number given to `child.run` in `inputs`; two inputs of one command need two numbers.
        start_seconds: a timestamp of the file (not counted from its start); decoding begins at the last point before
            it from which decoding can begin, and `frame_grid` drops the frames in between.
        length_seconds: read no more than this.
        options: further input options, such as `("-threads", "2")`.
    """
    # A picture that changes its size in mid-stream must not restart the filters, whose frame count would begin anew.
    arguments = ["-copyts", "-reinit_filter:v", "0", *options]
    if start_seconds is not None:
        # Timestamps as they stand in the file; no trimming of what precedes the point, which would count the file's
        # start twice.
        arguments += ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{start_seconds:.6f}"]
    if length_seconds is not None:
        arguments += ["-t", f"{length_seconds:.6f}"]
    return [*arguments, *probe_arguments(descriptor)]


def frame_grid(*, rate: Rate, start_seconds: float, first_frame: int = 0) -> str:
    """Return the start of every picture filter chain: source frames put on the film's grid of output frames.

    Frame n of the grid stands at n / rate after the film's start and shows the source's latest frame that is due, the
    first one where none is due yet. `Analysis.frame_count` counts this grid to its end and `Analysis.scene_starts` are
    its numbers, so chunks that begin at `first_frame` and take `-frames:v` frames fit together without seams.

    A `scale` with a stated size must follow: the source may change its own in mid-stream.

    Args:
        rate: the film's constant output rate.
        start_seconds: `SourceFacts.start_seconds`.
        first_frame: the number of the first frame that comes out, with the timestamp first_frame / rate.
    """
    first = float(first_frame / rate.fraction())
    return f"setpts=PTS-{start_seconds:.6f}/TB,fps={rate}:start_time={first:.9f}"
