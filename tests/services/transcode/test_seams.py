"""A seam is found at one VMAF point, and borders of good films, on shot changes too, have none."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.transcode.conftest import FilmMaker

from matinee.contracts.transcode import WorkOrder
from matinee.kit.ids import JobId, TitleId
from matinee.services.transcode.service.boxes import file_shape
from matinee.services.transcode.service.chunks import Chunk, in_one_piece, splices
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.mend import SeamMender
from matinee.services.transcode.service.packaging import PackagedVideo
from matinee.services.transcode.service.plan import Plan, make_plan
from matinee.services.transcode.service.recipe import encode_arguments, timescale
from matinee.services.transcode.service.seams import (
    Scores,
    SeamMeter,
    SeamReading,
    borders_to_check,
    unbroken_chunks,
)
from matinee.services.transcode.service.stitch import ChunkFile, check_chunk, cut_beyond, laid_over, stitch
from matinee.services.transcode.service.tools import Toolbox
from matinee.services.transcode.service.verify import check_decodes
from matinee.services.transcode.settings import TranscodeSettings
from matinee.testing.transcode import inspected

TOOLS = Toolbox(memory_mib=8192, wall_seconds=60)
# Two shots, each longer than the longest chunk: borders on a shot change and in the middle of shots.
SHOTS = (
    "mandelbrot=size=320x180:rate=25:start_scale=2:end_scale=0.1:end_pts=60,trim=duration=3[a];"
    "testsrc2=size=320x180:rate=25:duration=3[b];[a][b]concat[out0]"
)
Spoil = Callable[[Chunk, Rung], tuple[Chunk, Rung]]


def as_planned(chunk: Chunk, rung: Rung) -> tuple[Chunk, Rung]:
    return chunk, rung


def shifted(frames: int) -> Spoil:
    """Lose the first frame of the second chunk, or show the one before it again."""

    def spoil(chunk: Chunk, rung: Rung) -> tuple[Chunk, Rung]:
        if chunk.number != 1:
            return chunk, rung
        return msgspec.structs.replace(chunk, start=chunk.start + frames, end=chunk.end + frames), rung

    return spoil


def coarse(chunk: Chunk, rung: Rung) -> tuple[Chunk, Rung]:
    """Encode the second chunk far worse than the others."""
    return chunk, msgspec.structs.replace(rung, crf=rung.crf + 12) if chunk.number == 1 else rung


async def planned(path: Path, folder: Path, preset: str = "medium") -> Plan:
    order = WorkOrder(
        job_id=JobId("j"),
        title_id=TitleId("t"),
        source_key="s",
        source_sha256="0" * 64,
        inspection=await inspected(path, folder),
    )
    settings = TranscodeSettings(
        h264_preset=preset,
        chunk_seconds=1.5,
        shortest_chunk_seconds=1.0,
        longest_chunk_seconds=2.0,
        gop_seconds=1.0,
    )
    return make_plan(order, settings)


async def joined(plan: Plan, source: Path, folder: Path, spoil: Spoil = as_planned) -> list[PackagedVideo]:
    """Encode every chunk of the largest rendition as workers do, some of them spoilt, and join them."""
    rung, recipe = plan.rungs[0], plan.recipe
    ticks, pieces = timescale(recipe)[1], []
    for chunk in plan.chunks:
        name = f"{chunk.number}.mp4"
        made, used = spoil(chunk, rung)
        arguments = encode_arguments(recipe, made, [used], outputs=[name], exact=False)
        await TOOLS.ffmpeg(arguments, work_dir=folder, source=source, on_line=lambda _: None)
        cut_beyond(folder / name, chunk)
        check_chunk(folder / name, chunk, frame_ticks=ticks, gop_frames=recipe.gop_frames())
        pieces.append(ChunkFile(chunk=chunk, path=folder / name))
    stitch(pieces, folder / "whole.mp4", frame_ticks=ticks)
    return [PackagedVideo(rung=rung, path=folder / "whole.mp4")]


async def losses(plan: Plan, source: Path, folder: Path, videos: Sequence[PackagedVideo]) -> dict[int, float]:
    meter = SeamMeter(
        toolbox=TOOLS,
        recipe=plan.recipe,
        chunks=plan.chunks,
        source=source,
        folder=folder,
        points=TranscodeSettings().seam_vmaf_drop,
    )
    readings = await meter.measure(dict.fromkeys(borders_to_check(plan.chunks, 100), videos))
    return {one.frame: one.loss() for one in readings}


def test_the_bar_is_one_point() -> None:
    assert TranscodeSettings().seam_vmaf_drop == 1.0
    assert TranscodeSettings().seam_checks >= 8


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
async def test_good_borders_lose_less_than_a_point(film: FilmMaker, tmp_path: Path, preset: str) -> None:
    source = film("shots.mp4", picture=SHOTS, sound=False)
    plan = await planned(source, tmp_path / "scratch", preset)
    assert 75 in [chunk.start for chunk in plan.chunks]
    assert any(chunk.beyond for chunk in plan.chunks)
    assert max((await losses(plan, source, tmp_path, await joined(plan, source, tmp_path))).values()) <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [shifted(1), shifted(-1), coarse], ids=["a lost frame", "a repeated frame", "coarse"])
async def test_a_planted_seam_is_found(film: FilmMaker, tmp_path: Path, spoil: Spoil) -> None:
    source = film("shots.mp4", picture=SHOTS, sound=False)
    plan = await planned(source, tmp_path / "scratch")
    found = await losses(plan, source, tmp_path, await joined(plan, source, tmp_path, spoil))
    assert found[plan.chunks[1].start] > 1.0


async def relaid(plan: Plan, video: PackagedVideo, folder: Path, above: Sequence[ChunkFile]) -> None:
    """Join the chunks again with something laid over them."""
    chunks = [ChunkFile(chunk=chunk, path=folder / f"{chunk.number}.mp4") for chunk in plan.chunks]
    frames = stitch(laid_over(chunks, above), video.path, frame_ticks=timescale(plan.recipe)[1])
    assert frames == plan.recipe.frame_count
    shape = file_shape(video.path)
    times = sorted(time for fragment in shape.fragments for time in fragment.presentation_times())
    ticks = timescale(plan.recipe)[1]
    assert times == [frame * ticks for frame in range(frames)]
    await check_decodes(TOOLS, video.path, frames=frames, folder=folder, rung=video.rung)


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [shifted(1), coarse], ids=["a lost frame", "coarse"])
async def test_damage_is_mended(film: FilmMaker, tmp_path: Path, spoil: Spoil) -> None:
    source = film("shots.mp4", picture=SHOTS, sound=False)
    plan = await planned(source, tmp_path / "scratch")
    (video,) = await joined(plan, source, tmp_path, spoil)
    before = await losses(plan, source, tmp_path, [video])
    seams = [frame for frame, loss in before.items() if loss > 1.0]
    assert plan.chunks[1].start in seams
    mender = SeamMender(toolbox=TOOLS, recipe=plan.recipe, chunks=plan.chunks, folder=tmp_path)
    await relaid(plan, video, tmp_path, await mender.remake(video.rung, seams, source))
    after = await losses(plan, source, tmp_path, [video])
    assert max(after[frame] for frame in seams) <= 1.0


@pytest.mark.slow
async def test_a_seam_is_mended_with_a_few_groups_of_pictures(film: FilmMaker, tmp_path: Path) -> None:
    source = film("shots.mp4", picture=SHOTS, sound=False)
    plan = await planned(source, tmp_path / "scratch")

    (video,) = await joined(plan, source, tmp_path, coarse)
    # Only the first group of pictures of the second chunk stays coarse.
    second, rung = plan.chunks[1], plan.rungs[0]
    later = second.start + plan.recipe.gop_frames()
    arguments = encode_arguments(plan.recipe, second, [rung], outputs=["good.mp4"], exact=False)
    await TOOLS.ffmpeg(arguments, work_dir=tmp_path, source=source, on_line=lambda _: None)
    cut_beyond(tmp_path / "good.mp4", second)
    good = ChunkFile(chunk=second, path=tmp_path / "good.mp4", first=later)
    await relaid(plan, video, tmp_path, [good])
    before = await losses(plan, source, tmp_path, [video])
    seams = [frame for frame, loss in before.items() if loss > 1.0]
    assert seams == [second.start]
    mender = SeamMender(toolbox=TOOLS, recipe=plan.recipe, chunks=plan.chunks, folder=tmp_path)
    pieces = await mender.splice(video.rung, seams, source)
    assert sum(end - first for first, end in (one.span() for one in pieces)) < plan.recipe.frame_count / 2
    await relaid(plan, video, tmp_path, [good, *pieces])
    after = await losses(plan, source, tmp_path, [video])
    assert max(after[frame] for frame in seams) <= 1.0


@given(
    lengths=st.lists(st.integers(1, 400), min_size=2, max_size=8),
    chosen=st.sets(st.integers(1, 7)),
    gop=st.integers(1, 120),
)
def test_splices_lie_between_key_frames_and_cover_their_borders_once(
    lengths: list[int], chosen: set[int], gop: int
) -> None:
    starts = [sum(lengths[:at]) for at in range(len(lengths) + 1)]
    chunks = [
        Chunk(number=at, start=start, end=end, beyond=min(16, starts[-1] - end))
        for at, (start, end) in enumerate(pairwise(starts))
    ]
    keys = {start + key for one in chunks for start, key in [(one.start, k) for k in one.key_frames(gop)]}
    borders = [one.start for one in chunks[1:] if one.number in chosen]
    found = splices(chunks, borders, gop)
    for border in borders:
        assert sum(one.start < border < one.end for one in found) == 1
    for one in found:
        assert {one.start, one.encoded.start} <= keys
        assert one.end in keys | {starts[-1]}
        assert one.encoded.start <= one.start < one.end == one.encoded.end
        assert one.end + one.encoded.beyond <= starts[-1]
        made = {one.encoded.start + key for key in one.encoded.key_frames(gop)}
        assert made == {key for key in keys if one.encoded.start <= key < one.end}
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_what_is_laid_over_a_film_takes_the_place_of_what_it_covers() -> None:
    chunks = [Chunk(number=n, start=n * 50, end=n * 50 + 50) for n in range(3)]
    film = [ChunkFile(chunk=chunk, path=Path(f"{chunk.number}")) for chunk in chunks]
    whole = ChunkFile(chunk=Chunk(number=0, start=0, end=100, joints=(50,)), path=Path("whole"))
    around = ChunkFile(chunk=Chunk(number=1, start=60, end=120), path=Path("around"), first=80, end=120)

    def seen(*above: ChunkFile) -> list[tuple[str, tuple[int, int]]]:
        return [(str(one.path), one.span()) for one in laid_over(film, above)]

    assert seen() == [("0", (0, 50)), ("1", (50, 100)), ("2", (100, 150))]
    assert seen(around) == [("0", (0, 50)), ("1", (50, 80)), ("around", (80, 120)), ("2", (120, 150))]
    assert seen(whole, around) == [("whole", (0, 80)), ("around", (80, 120)), ("2", (120, 150))]


def test_chunks_in_one_piece_keep_their_key_frames() -> None:
    chunks = [Chunk(number=n, start=n * 50, end=n * 50 + 50, beyond=16 if n == 3 else 0) for n in range(5)]
    assert in_one_piece(chunks, []) == []
    first, second = in_one_piece(chunks, [50, 150])
    assert (first.start, first.end, first.beyond, first.joints) == (0, 100, 0, (50,))
    assert (second.start, second.end, second.beyond, second.joints) == (100, 200, 16, (150,))
    assert first.key_frames(30) == [0, 30, 50, 80]
    assert in_one_piece(chunks, [50, 100])[0].key_frames(50) == [0, 50, 100]


@pytest.mark.slow
async def test_damage_at_a_border_is_found(film: FilmMaker, tmp_path: Path) -> None:
    source = film("shots.mp4", picture=SHOTS, sound=False)
    plan = await planned(source, tmp_path / "scratch")
    videos = await joined(plan, source, tmp_path)
    data, chunk = bytearray(videos[0].path.read_bytes()), (tmp_path / "1.mp4").read_bytes()
    # The coded bytes of the second chunk's first pictures; before them stands what all chunks begin with.
    coded = chunk[chunk.find(b"mdat") + 1500 :][:64]
    assert data.count(coded) == 1
    at = data.find(coded)
    data[at : at + 1500] = bytes(1500)
    videos[0].path.write_bytes(data)
    assert (await losses(plan, source, tmp_path, videos))[plan.chunks[1].start] > 1.0


def scores(*, before: float = 90, before_border: float = 90, after_border: float = 90, after: float = 90) -> Scores:
    return Scores(before=(before,) * 8 + (before_border,) * 8, after=(after_border,) * 8 + (after,) * 8)


@pytest.mark.parametrize(
    ("mine", "unbroken", "loss"),
    [
        (scores(), None, 0.0),
        (scores(after_border=88), None, 2.0),
        # A shot that is coded worse throughout: only the unbroken encode can tell.
        (scores(after_border=80, after=80), None, 10.0),
        (scores(after_border=80, after=80), scores(after_border=80.5, after=80), 0.5),
        (scores(after_border=80, after=80), scores(), 10.0),
        (scores(before_border=85), scores(before_border=84), -1.0),
        (scores(before_border=85), scores(before_border=89), 4.0),
    ],
)
def test_what_a_border_loses(mine: Scores, unbroken: Scores | None, loss: float) -> None:
    one = SeamReading(rendition="r", frame=100, joined=mine, unbroken=unbroken)
    assert one.loss() == pytest.approx(loss) or (loss < 0 and one.loss() <= 0)


def test_at_a_cut_each_side_has_its_own_neighbourhood() -> None:
    def below(joined: Scores) -> float:
        return SeamReading(rendition="r", frame=100, joined=joined, at_cut=True).below_neighbourhood()

    assert below(scores(before=92, before_border=92)) == pytest.approx(0)
    assert below(scores(before=92, before_border=90.5)) == pytest.approx(1.5)
    assert below(scores(before=92, before_border=92, after_border=88)) == pytest.approx(2)
    # No two shots differ so much: the second may be damaged throughout.
    assert below(scores(after_border=80, after=80)) == pytest.approx(10)


async def test_the_unbroken_encode_begins_at_key_frames(film: FilmMaker, tmp_path: Path) -> None:
    plan = await planned(film("plain.mp4", seconds=6, sound=False), tmp_path / "scratch")
    gop = plan.recipe.gop_frames()
    keys = {one.start + key for one in plan.chunks for key in one.key_frames(gop)}
    for chunk in plan.chunks[1:]:
        near, whole = unbroken_chunks(plan.recipe, plan.chunks, chunk.start)
        before = plan.chunks[chunk.number - 1]
        assert near.end == whole.end == chunk.start
        assert chunk.start - near.start >= 16
        assert near.start in keys
        assert whole.start == before.start
        # Within a shot the encoder of the chunk looked beyond it; the one that it is measured by looks further.
        assert before.beyond < near.beyond == whole.beyond
