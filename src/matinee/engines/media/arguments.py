"""The arguments with which every caller lets ffmpeg and ffprobe read a source: by descriptor, and nothing besides."""

from collections.abc import Sequence

# Containers that hold media themselves. Never playlists (hls, dash, concat), never image sequences, never generators.
INPUT_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    *(
        "mpegts",
        "mpeg",
        "avi",
        "ogg",
        "flv",
        "asf",
        "mxf",
        "gxf",
        "nut",
        "ivf",
        "dv",
        "rm",
        "wtv",
        "mpegvideo",
        "h264",
        "hevc",
        "obu",
    ),
    *("wav", "w64", "aiff", "caf", "flac", "mp3", "aac", "ac3", "eac3", "dts", "dtshd", "truehd", "au", "tta", "wv"),
)
INPUT_DESCRIPTOR = 10


def input_arguments(
    descriptor: int = INPUT_DESCRIPTOR,
    *,
    start_seconds: float | None = None,
    length_seconds: float | None = None,
    options: Sequence[str] = (),
) -> list[str]:
    """Return what goes before the output of an ffmpeg command, or at the end of an ffprobe one, for one source.

    The source is an inherited descriptor, the only protocol that is allowed: a playlist, an external reference or a
    crafted name inside the file cannot open anything.

    Args:
        descriptor: the number given to `child.run` in `inputs`; two inputs of one command need two numbers.
        start_seconds: seek there first (ffmpeg only), in the file's own timestamps less its start.
        length_seconds: read no more than this (ffmpeg only).
        options: further input options, such as `("-threads", "2")`.
    """
    arguments = ["-protocol_whitelist", "fd", "-format_whitelist", ",".join(INPUT_FORMATS), *options]
    if start_seconds is not None:
        arguments += ["-ss", f"{start_seconds:.6f}"]
    if length_seconds is not None:
        arguments += ["-t", f"{length_seconds:.6f}"]
    return [*arguments, "-fd", str(descriptor), "-i", "fd:"]
