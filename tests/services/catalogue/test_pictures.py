import asyncio
import io
import time

import pytest
from PIL import Image, ImageCms

from matinee.contracts.catalogue import PictureError
from matinee.services.catalogue.adapters.picture_child import best_offset
from matinee.services.catalogue.adapters.pictures import ConfinedPictures
from matinee.services.catalogue.artwork import nearest_width
from matinee.testing.titles import picture


@pytest.fixture
def pictures():
    return ConfinedPictures(workers=2, seconds=30, memory_mib=1024)


def opened(framed, width):
    return Image.open(io.BytesIO(framed.by_width[width]))


def encoded(image, image_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "shape"), [("poster", 2 / 3), ("backdrop", 16 / 9)])
async def test_pictures_come_in_shape_and_never_enlarged(pictures, kind, shape):
    framed = await pictures.frame(picture(1280, 720), kind)
    widths = {width: opened(framed, width).size for width in framed.by_width}
    assert set(widths) == ({240, 480} if kind == "poster" else {240, 480, 960, 1920})
    for width, (across, down) in widths.items():
        assert across == min(width, 480 if kind == "poster" else 1280)
        assert across / down == pytest.approx(shape, rel=0.01)


@pytest.mark.parametrize("place", [0.15, 0.5, 0.85])
async def test_a_poster_shows_where_something_happens(pictures, place):
    framed = await pictures.frame(picture(1280, 720, bright_at=(place, 0.5)), "poster")
    image = opened(framed, 240).convert("L")
    strips = [image.crop((x, 0, x + 48, image.height)).resize((1, 1)).getpixel((0, 0)) for x in range(0, 240, 48)]
    assert max(strips) > 30
    if place == 0.5:
        assert strips.index(max(strips)) == 2


async def test_a_picture_of_the_right_shape_is_not_cut(pictures):
    image = Image.new("RGB", (400, 600), "navy")
    image.paste("white", (0, 0, 20, 600))
    image.paste("red", (380, 0, 400, 600))
    kept = opened(await pictures.frame(encoded(image, "PNG"), "poster"), 240).convert("RGB")
    assert min(kept.getpixel((3, 180))) > 200
    red, green, _ = kept.getpixel((236, 180))
    assert red > 200 > green


async def test_cameras_pictures_stand_upright(pictures):
    image = Image.new("RGB", (600, 400), "black")
    image.paste("white", (0, 0, 300, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = opened(await pictures.frame(encoded(image, "JPEG", exif=exif), "poster"), 240).convert("L")
    assert kept.getpixel((120, 30)) > 200
    assert kept.getpixel((120, 330)) < 50


async def test_print_colours_and_wide_colours_become_screen_colours(pictures):
    red = Image.new("CMYK", (400, 600), (0, 255, 255, 0))
    kept = opened(await pictures.frame(encoded(red, "JPEG"), "poster"), 240).convert("RGB").getpixel((120, 180))
    assert kept[0] > 200
    assert kept[1] < 60
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    green = encoded(Image.new("RGB", (400, 600), (0, 200, 0)), "PNG", icc_profile=profile)
    kept = opened(await pictures.frame(green, "poster"), 240).convert("RGB").getpixel((120, 180))
    assert kept[1] == pytest.approx(200, abs=8)
    broken = encoded(Image.new("RGB", (400, 600), (0, 200, 0)), "PNG", icc_profile=b"not a profile")
    assert (await pictures.frame(broken, "poster")).by_width


async def test_transparent_parts_become_black(pictures):
    clear = Image.new("RGBA", (400, 600), (255, 255, 255, 0))
    for image_format in ("PNG", "WEBP"):
        kept = opened(await pictures.frame(encoded(clear, image_format), "poster"), 240).convert("RGB")
        assert max(kept.getpixel((120, 180))) < 10


async def test_a_decoder_that_wants_too_much_is_stopped_and_others_go_on(pictures):
    greedy = encoded(Image.new("RGB", (6300, 6300)), "PNG", compress_level=1)
    poor = ConfinedPictures(workers=1, seconds=30, memory_mib=256)
    with pytest.raises(PictureError, match="memory"):
        await poor.frame(greedy, "poster")
    assert (await poor.frame(picture(400, 600), "poster")).by_width
    hasty = ConfinedPictures(workers=1, seconds=1, memory_mib=1024)
    started = time.monotonic()
    try:
        await hasty.frame(greedy, "poster")
    except PictureError:
        assert time.monotonic() - started < 10
    assert (await pictures.frame(picture(400, 600), "poster")).by_width


async def test_a_cancelled_caller_leaves_no_child(pictures):
    task = asyncio.create_task(pictures.frame(encoded(Image.new("RGB", (6000, 6000)), "PNG"), "poster"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pictures.frame(picture(400, 600), "poster")).by_width


def test_windows_go_where_most_is_and_to_the_middle_when_all_is_alike():
    flat = [1] * 64
    assert best_offset(flat, 0.5) == pytest.approx(0.25, abs=0.02)
    assert best_offset([9] * 8 + [0] * 56, 0.25) == pytest.approx(0, abs=0.02)
    assert best_offset([0] * 56 + [9] * 8, 0.25) == pytest.approx(0.75, abs=0.02)
    assert best_offset([0] * 64, 0.5) == pytest.approx(0.25, abs=0.02)
    assert best_offset(flat, 1.0) == 0.0


def test_wished_widths_find_the_nearest_offered_one():
    wished = {1: 240, 240: 240, 359: 240, 360: 480, 700: 480, 720: 960, 1440: 1920, 10_000: 1920}
    assert {width: nearest_width(width) for width in wished} == wished
