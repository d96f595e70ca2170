"""Sizes, chunks and arguments: the parts that are decided before anything runs."""

from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.transcode import WorkOrder
from matinee.kit.ids import JobId, TitleId
from matinee.kit.media import Analysis, Inspection, Rate, SourceFacts, VideoTrack
from matinee.services.transcode.service.chunks import Chunk, bounds_for, plan_chunks
from matinee.services.transcode.service.ladder import choose_ladder, first_rendition, h264_level
from matinee.services.transcode.service.plan import make_plan, other_tasks
from matinee.services.transcode.service.recipe import EncoderChoice, Recipe, content_key, encode_arguments, timescale
from matinee.services.transcode.service.sound import Level, gain_for, parse_level
from matinee.services.transcode.settings import TranscodeSettings


def facts(width: int = 1280, height: int = 720, *, rate: Rate | None = None, **more: object) -> SourceFacts:
    video = VideoTrack(
        index=0,
        codec="h264",
        width=width,
        height=height,
        display_width=width,
        display_height=height,
        rotation_degrees=0,
        rate=rate or Rate(25, 1),
        variable_rate=False,
        interlaced=False,
        pixel_format="yuv420p",
        bit_depth=8,
        dynamics="sdr",
        colour_primaries="bt709",
        colour_transfer="bt709",
        colour_matrix="bt709",
        colour_range="tv",
    )
    return SourceFacts(
        container="mov,mp4",
        size_bytes=1,
        duration_seconds=10.0,
        start_seconds=0.0,
        video=msgspec.structs.replace(video, **more),
        audio=(),
        text=(),
    )


def recipe(of: SourceFacts, frame_count: int = 250) -> Recipe:
    encoder = EncoderChoice(h264_preset="fast", av1_preset=9, gop_seconds=2.0)
    return Recipe(facts=of, frame_count=frame_count, encoder=encoder)


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((1280, 720), [(1280, 720), (960, 540), (640, 360), (426, 240)]),
        ((800, 332), [(800, 332), (640, 266), (426, 178)]),
        ((720, 1280), [(720, 1280), (540, 960), (360, 640), (240, 426)]),
        ((321, 181), [(320, 180)]),
        ((1, 1), [(2, 2)]),
        ((4096, 2160), [(3840, 2024), (2560, 1350), (1920, 1012), (1280, 676), (960, 506), (640, 338), (426, 224)]),
    ],
)
def test_ladder_sizes(size: tuple[int, int], sizes: list[tuple[int, int]]) -> None:
    assert [(rung.width, rung.height) for rung in choose_ladder(facts(*size), ("h264",))] == sizes


@given(st.integers(1, 8192), st.integers(1, 8192), st.sampled_from([Rate(24, 1), Rate(60000, 1001)]))
def test_ladder_promises(width: int, height: int, rate: Rate) -> None:
    rungs = choose_ladder(facts(width, height, rate=rate), ("h264", "av1"))
    plain = [rung for rung in rungs if rung.codec == "h264"]
    assert plain
    assert len({rung.name for rung in rungs}) == len(rungs)
    for rung in rungs:
        assert rung.width % 2 == 0
        assert rung.height % 2 == 0
        assert rung.width <= max(2, width)
        assert rung.height <= max(2, height)
    for higher, lower in pairwise(plain):
        assert higher.max_bits_per_second >= lower.max_bits_per_second
        assert higher.pixels() > lower.pixels()
    assert first_rendition(rungs) in plain


@pytest.mark.parametrize(
    ("height", "name"), [(2160, "h264_360p"), (1080, "h264_360p"), (720, "h264_240p"), (240, "h264_240p")]
)
def test_first_rendition_is_quick(height: int, name: str) -> None:
    assert first_rendition(choose_ladder(facts(height * 16 // 9, height), ("h264",))).name == name


def test_levels_follow_the_standard() -> None:
    assert h264_level(1920, 1080, Rate(30, 1), 6_000_000) == "4.0"
    assert h264_level(1920, 1080, Rate(60, 1), 6_000_000) == "4.2"
    assert h264_level(3840, 2160, Rate(30, 1), 20_000_000) == "5.1"


@given(st.integers(1, 50_000), st.lists(st.integers(1, 49_999), max_size=200), st.sampled_from([24, 25, 30, 60]))
def test_chunks_cover_the_film(frames: int, scenes: list[int], per_second: int) -> None:
    bounds = bounds_for(Rate(per_second, 1), target=12, shortest=5, longest=18)
    chunks = plan_chunks(frames, sorted({scene for scene in scenes if scene < frames}), bounds)
    assert chunks[0].start == 0
    assert chunks[-1].end == frames
    assert all(before.end == after.start for before, after in pairwise(chunks))
    assert all(chunk.frames() <= bounds.longest for chunk in chunks)
    assert len(chunks) == 1 or all(chunk.frames() >= bounds.shortest for chunk in chunks)


def test_chunks_prefer_shot_boundaries() -> None:
    bounds = bounds_for(Rate(25, 1), target=12, shortest=5, longest=18)
    chunks = plan_chunks(1500, [310, 640, 905, 1180], bounds)
    assert [chunk.start for chunk in chunks] == [0, 310, 640, 905, 1180]


def test_encoders_see_beyond_a_border_only_where_the_shot_goes_on() -> None:
    bounds = bounds_for(Rate(25, 1), target=12, shortest=5, longest=18)
    chunks = plan_chunks(1200, [310], bounds)
    assert [(chunk.start, chunk.beyond) for chunk in chunks] == [(0, 0), (310, 16), (606, 16), (903, 0)]
    assert all(chunk.end + chunk.beyond <= 1200 for chunk in chunks)


def test_what_lies_beyond_begins_with_a_key_frame() -> None:
    rungs = choose_ladder(facts(640, 360), ("h264", "av1"))
    chunk = Chunk(number=1, start=100, end=200, beyond=16)
    outputs = [f"{rung.name}.mp4" for rung in rungs]
    words = encode_arguments(recipe(facts(640, 360)), chunk, rungs, outputs=outputs, exact=False)
    assert "trim=start_pts=100:end_pts=216" in words[words.index("-filter_complex") + 1]
    assert words.count("expr:eq(n,100)") == len(rungs)
    last = msgspec.structs.replace(chunk, beyond=0)
    assert "-force_key_frames" not in encode_arguments(recipe(facts()), last, rungs, outputs=outputs, exact=False)


def test_first_frames_get_more_bits_where_an_encoder_starts_within_the_film() -> None:
    rungs = choose_ladder(facts(), ("h264",))[:1]
    for start, zoned in ((0, False), (100, True)):
        chunk = Chunk(number=0, start=start, end=200)
        words = encode_arguments(recipe(facts()), chunk, rungs, outputs=["o.mp4"], exact=False)
        assert ("zones=0,7" in words[words.index("-x264-params") + 1]) == zoned


def test_longest_chunks_go_first() -> None:
    order = WorkOrder(
        job_id=JobId("j"),
        title_id=TitleId("t"),
        source_key="s",
        source_sha256="0",
        inspection=accepted(1500, (310, 560)),
    )
    plan = make_plan(order, TranscodeSettings())
    tasks = other_tasks(plan, order, "r", renditions_per_task=8)
    lengths = [task.chunk.frames() for task in tasks]
    assert lengths == sorted(lengths, reverse=True)
    assert {task.chunk.number for task in tasks} == {chunk.number for chunk in plan.chunks}
    assert all(len(task.targets) == len(plan.rungs) - 1 for task in tasks)


def accepted(frame_count: int, scene_starts: tuple[int, ...]) -> Inspection:
    analysis = Analysis(frame_count=frame_count, scene_starts=scene_starts, loudness=(), decode_errors=0)
    return Inspection(accepted=True, findings=(), facts=facts(), analysis=analysis)


@given(st.integers(1, 120_000), st.integers(1, 1001))
def test_time_is_exact(numerator: int, denominator: int) -> None:
    rate = Rate(numerator, denominator)
    ticks, per_frame = timescale(recipe(facts(rate=rate)))
    assert Fraction(ticks, per_frame) == rate.fraction()
    assert ticks >= 12_000


def test_content_keys_tell_results_apart() -> None:
    rungs = choose_ladder(facts(), ("h264",))
    one, job = recipe(facts()), JobId("job")
    chunk = Chunk(number=0, start=0, end=100)
    keys = {
        content_key(job, "a", one, chunk, rungs[0]),
        content_key(job, "b", one, chunk, rungs[0]),
        content_key(job, "a", one, chunk, rungs[1]),
        content_key(job, "a", one, Chunk(number=0, start=0, end=101), rungs[0]),
        content_key(job, "a", recipe(facts(interlaced=True)), chunk, rungs[0]),
    }
    assert len(keys) == 5
    # What a chunk is called and how many there are does not change its bits.
    assert content_key(job, "a", one, Chunk(number=7, start=0, end=100), rungs[0]) in keys


def test_later_chunks_seek_and_exact_ones_do_not() -> None:
    rungs = choose_ladder(facts(), ("h264",))[:1]
    later = Chunk(number=1, start=100, end=200)
    seeking = encode_arguments(recipe(facts()), later, rungs, outputs=["o.mp4"], exact=False)
    exact = encode_arguments(recipe(facts()), later, rungs, outputs=["o.mp4"], exact=True)
    assert "-ss" in seeking
    assert "-ss" not in exact
    assert "start_time" not in " ".join(seeking)


@pytest.mark.parametrize(
    ("level", "gain", "limited"),
    [
        (Level(integrated_lufs=-31.0, peak_dbtp=-12.0), 8.0, False),
        (Level(integrated_lufs=-31.0, peak_dbtp=-3.0), 8.0, True),
        (Level(integrated_lufs=-14.0, peak_dbtp=0.5), -9.0, False),
        (Level(integrated_lufs=None, peak_dbtp=-90.0), 0.0, False),
    ],
)
def test_gain(level: Level, gain: float, limited: bool) -> None:
    assert gain_for(level, -23.0) == (gain, limited)


def test_silence_is_left_alone() -> None:
    said = "    I:         -70.0 LUFS\n    Peak:       -inf dBFS\n"
    assert parse_level(said).integrated_lufs is None
