"""Thumbnails for seeking and candidates for artwork, both from cheap decodes.

Thumbnails come from the key frames of the first finished rendition. Candidates are chosen among those thumbnails and
then taken from the source at full size.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, input_arguments
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.recipe import Recipe, filter_graph, source_arguments
from matinee.services.transcode.service.tools import Toolbox

COLUMNS = 10
ROWS = 10
THUMBNAIL_EDGE = 240
CANDIDATES = 6
_ARTWORK_EDGE = 1920
_EVERY = ((600.0, 2.0), (3600.0, 5.0))
_LONG_EVERY = 10.0
_DARK, _BRIGHT = 40.0, 215.0
_EDGE_SHARE = 0.02


class SpritePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How thumbnails lie on sprites: one every `every` seconds, each `width` × `height`, `count` in all."""

    every: float
    width: int
    height: int
    count: int
    seconds: float


def plan_sprites(seconds: float, width: int, height: int) -> SpritePlan:
    """Return the plan for a film of this length and rendition size."""
    every = next((step for limit, step in _EVERY if seconds <= limit), _LONG_EVERY)
    scale = min(1.0, THUMBNAIL_EDGE / max(width, height))
    return SpritePlan(
        every=every,
        width=max(2, 2 * round(width * scale / 2)),
        height=max(2, 2 * round(height * scale / 2)),
        count=max(1, -(-int(seconds * 1000) // int(every * 1000))),
        seconds=seconds,
    )


def sprite_arguments(plan: SpritePlan) -> list[str]:
    """Return the arguments that make the sprites from a rendition, decoding key frames alone."""
    source = input_arguments(INPUT_DESCRIPTOR, options=("-threads", "1", "-skip_frame", "nokey"))
    chain = f"fps=1/{plan.every:g}:start_time=0:round=down:eof_action=pass"
    chain += f",tpad=stop=-1:stop_mode=clone,trim=end_frame={plan.count}"
    chain += f",scale={plan.width}:{plan.height},tile={COLUMNS}x{ROWS}"
    return [
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", *source),
        *("-map", "0:v:0", "-vf", chain, "-threads", "1", "-q:v", "5", "-bitexact"),
        *("-f", "image2", "-start_number", "0", "sprite-%03d.jpg"),
    ]


def _stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    whole, thousandths = divmod(milliseconds, 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"


def sprite_index(plan: SpritePlan) -> str:
    """Return the WebVTT index: for each span of time, the part of a sprite that shows it."""
    cues = ["WEBVTT\n"]
    for number in range(plan.count):
        sheet, place = divmod(number, COLUMNS * ROWS)
        row, column = divmod(place, COLUMNS)
        end = min(plan.seconds, (number + 1) * plan.every)
        box = f"{column * plan.width},{row * plan.height},{plan.width},{plan.height}"
        cues.append(f"{_stamp(number * plan.every)} --> {_stamp(end)}\nsprite-{sheet:03d}.jpg#xywh={box}\n")
    return "\n".join(cues)


def score(picture: NDArray[np.float32]) -> float:
    """Return how well a thumbnail (height × width × RGB, 0 to 255) would stand for its film; higher is better.

    Sharpness is the spread of differences to the neighbours; colourfulness follows Hasler and Süsstrunk (2003).
    """
    grey = picture.mean(axis=2)
    sharp = float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
    red_green = picture[..., 0] - picture[..., 1]
    yellow_blue = (picture[..., 0] + picture[..., 1]) / 2 - picture[..., 2]
    spread = float(np.hypot(red_green.std(), yellow_blue.std()))
    colourful = spread + 0.3 * float(np.hypot(red_green.mean(), yellow_blue.mean()))
    light = float(grey.mean())
    penalty = max(0.0, _DARK - light) + max(0.0, light - _BRIGHT)
    return 3 * sharp + colourful + 0.5 * float(grey.std()) - 3 * penalty


def thumbnail_scores(folder: Path, plan: SpritePlan) -> list[float]:
    """Return the score of every thumbnail on the sprites in `folder`."""
    scores: list[float] = []
    for sheet in range(-(-plan.count // (COLUMNS * ROWS))):
        with Image.open(folder / f"sprite-{sheet:03d}.jpg") as image:
            pixels = np.asarray(image.convert("RGB"), dtype=np.float32)
        for place in range(min(COLUMNS * ROWS, plan.count - sheet * COLUMNS * ROWS)):
            row, column = divmod(place, COLUMNS)
            top, left = row * plan.height, column * plan.width
            scores.append(score(pixels[top : top + plan.height, left : left + plan.width]))
    return scores


def choose_moments(scores: Sequence[float], *, wanted: int = CANDIDATES) -> list[int]:
    """Return the numbers of the best thumbnails, best first, at most one from each equal part of the film."""
    edge = int(len(scores) * _EDGE_SHARE)
    inner = range(edge, len(scores) - edge) if len(scores) > 2 * edge else range(len(scores))
    part = max(1, -(-len(inner) // wanted))
    best: dict[int, int] = {}
    for number in inner:
        slot = (number - inner.start) // part
        if slot not in best or scores[number] > scores[best[slot]]:
            best[slot] = number
    return sorted(best.values(), key=lambda number: -scores[number])


def candidate_arguments(recipe: Recipe, frame: int, output: str) -> list[str]:
    """Return the arguments that take one frame of the source at full size, at most 1920 wide, as JPEG."""
    video = recipe.facts.video
    scale = min(1.0, _ARTWORK_EDGE / max(video.display_width, video.display_height))
    width = max(2, 2 * round(video.display_width * scale / 2))
    height = max(2, 2 * round(video.display_height * scale / 2))
    rung = Rung(
        name="artwork", codec="h264", width=width, height=height, crf=0, max_bits_per_second=0, buffer_bits=0, level=""
    )
    chunk = Chunk(number=0, start=frame, end=frame + 1)
    return [
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"),
        *source_arguments(recipe, chunk, exact=False),
        *("-filter_complex", filter_graph(recipe, chunk, [rung]), "-map", "[v0]", "-frames:v", "1"),
        *("-pix_fmt", "yuvj420p", "-q:v", "2", "-threads", "1", "-bitexact", "-f", "mjpeg", output),
    ]


class PictureMaker:
    """Makes the pictures of one film."""

    def __init__(self, *, toolbox: Toolbox, recipe: Recipe) -> None:
        self._toolbox = toolbox
        self._recipe = recipe

    async def sprites(self, rendition: Path, *, size: tuple[int, int], folder: Path) -> SpritePlan:
        """Write `index.vtt` and `sprite-NNN.jpg` into `folder`.

        Raises:
            ChildError: when the tool failed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        seconds = float(self._recipe.frame_count / self._recipe.facts.video.rate.fraction())
        plan = plan_sprites(seconds, *size)
        await self._toolbox.ffmpeg(sprite_arguments(plan), work_dir=folder, source=rendition)
        (folder / "index.vtt").write_text(sprite_index(plan), encoding="utf-8")
        return plan

    async def candidates(self, source: Path, *, moments: Sequence[float], folder: Path) -> list[str]:
        """Write `frame-N.jpg` into `folder` for moments in seconds, best first; return the names.

        Raises:
            ChildError: when the tool failed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        rate = self._recipe.facts.video.rate.fraction()
        for number, moment in enumerate(moments, start=1):
            frame = min(self._recipe.frame_count - 1, int(moment * rate))
            name = f"frame-{number}.jpg"
            await self._toolbox.ffmpeg(candidate_arguments(self._recipe, frame, name), work_dir=folder, source=source)
            if (folder / name).exists() and (folder / name).stat().st_size > 0:
                names.append(name)
        return names
