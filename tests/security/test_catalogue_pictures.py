"""Pictures from outside, sent to the running service as an operator would."""

import io
import struct
import zlib

import msgspec
import pytest
from PIL import Image, PngImagePlugin

from matinee.testing.doors import open_front_rooms
from matinee.testing.titles import picture

MIB = 2**20


@pytest.fixture
async def studio(tmp_path):
    async with open_front_rooms(tmp_path) as door:
        body = {"name": "Film", "audience": "everyone"}
        async with door.http.post(f"{door.url}/api/v1/studio/titles", json=body, headers=door.operator) as answer:
            title = msgspec.json.decode(await answer.read())
        yield door, title["title_id"]


async def put(studio, data, **headers):
    door, title_id = studio
    url = f"{door.url}/api/v1/studio/titles/{title_id}/artwork/poster"
    async with door.http.put(url, data=io.BytesIO(data), headers={**door.operator, **headers}) as answer:
        return answer.status, msgspec.json.decode(await answer.read())


async def refused(studio, data, **headers):
    """Send a picture that must be refused; return why. Nothing is stored, and the next good picture still works."""
    status, problem = await put(studio, data, **headers)
    assert status == 422, problem
    assert problem["code"] == "picture"
    door, _ = studio
    assert [info async for info in door.blobs.list("artwork")] == []
    return problem["detail"]


def png(width, height, *chunks, depth=8, colour=2, data=b""):
    """A PNG of these sizes with raw image data, right or wrong."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    extra = b"".join(chunk(kind, body) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(count):
    """That many zero bytes, deflated, without ever holding them."""
    packer = zlib.compressobj(9)
    pieces = [packer.compress(bytes(MIB)) for _ in range(count // MIB)]
    return b"".join([*pieces, packer.compress(bytes(count % MIB)), packer.flush()])


async def test_attack_13_pixel_floods_are_refused_before_decoding(studio):
    for size in ((6400, 6401), (65_535, 65_535), (2**31 - 1, 2**31 - 1), (40_000_001, 1), (1, 40_000_001)):
        assert await refused(studio, png(*size, data=zlib.compress(b"\0" * 64))), size


@pytest.mark.slow
async def test_attack_13_a_png_that_unpacks_to_far_more_than_its_size_does_no_harm(studio):
    # Half a megabyte that holds 108 MB of pixels in bounds, and far more behind them.
    bomb = png(6000, 6000, data=zeros(400 * MIB))
    assert len(bomb) < MIB
    status, answer = await put(studio, bomb)
    assert status in {200, 422}, answer


@pytest.mark.slow
async def test_attack_13_text_chunks_that_unpack_to_hundreds_of_megabytes_are_refused(studio):
    text = b"Comment\0\0" + zeros(256 * MIB)
    rows = zlib.compress(b"".join(b"\0" + bytes(900) for _ in range(450)))
    assert await refused(studio, png(300, 450, (b"zTXt", text), data=rows))


async def test_attack_13_sizes_of_zero_are_refused(studio):
    for size in ((0, 10), (10, 0)):
        assert await refused(studio, png(*size, data=zlib.compress(b"\0")))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.slow
async def test_attack_13_truncated_pictures_are_refused(studio, image_format):
    whole = picture(600, 900, image_format=image_format)
    for share in (0.02, 0.3, 0.9):
        assert await refused(studio, whole[: int(len(whole) * share)])
    status, _ = await put(studio, whole)
    assert status == 200


async def test_attack_13_random_damage_never_breaks_the_service(studio):
    whole = bytearray(picture(400, 600))
    for place in range(200, len(whole), len(whole) // 6):
        damaged = bytes(whole[:place]) + b"\xff\x00\xff" + bytes(whole[place + 3 :])
        status, _ = await put(studio, damaged)
        assert status in {200, 422}


async def test_attack_13_a_picture_over_sixteen_mebibytes_is_refused_by_the_door(studio):
    status, problem = await put(studio, picture(300, 450) + bytes(17 * MIB))
    assert (status, problem["code"]) == (413, "body-too-large")


async def test_attack_13_small_pictures_are_refused(studio):
    assert "too small" in await refused(studio, picture(100, 150))
    assert await refused(studio, b"")


async def test_attack_13_animations_give_one_frame(studio):
    frames = [Image.new("RGB", (400, 600), (i * 20 % 255, 0, 0)) for i in range(40)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=10)
    assert (await put(studio, buffer.getvalue()))[0] == 200
    async for info in studio[0].blobs.list("artwork"):
        assert getattr(Image.open(io.BytesIO(await studio[0].blobs.get(info.key))), "n_frames", 1) == 1


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="900"><script>alert(1)</script></svg>'


DOCUMENTS = (
    SVG,
    b'<?xml version="1.0"?>' + SVG,
    b"\xef\xbb\xbf" + SVG,
    b"<!doctype html><script>alert(1)</script>",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 600 900\n(%pipe%id) (r) file",
    b"GIF89a" + bytes(100),
    b"push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/passwd'\npop graphic-context",
    b"%PDF-1.7\n",
    b"BM" + bytes(100),
    b"II*\0" + bytes(100),
    b"PK\x03\x04" + bytes(100),
)


async def test_attack_15_documents_are_refused_whatever_they_call_themselves(studio):
    for number, document in enumerate(DOCUMENTS):
        kind = ("image/jpeg", "image/svg+xml", "text/html", "image/webp")[number % 4]
        assert await refused(studio, document, **{"content-type": kind})


@pytest.mark.slow
async def test_attack_15_pictures_of_other_formats_are_refused(studio):
    for image_format in ("GIF", "BMP", "TIFF", "PPM", "ICO", "EPS", "PDF"):
        assert await refused(studio, picture(600, 900, image_format=image_format)), image_format


async def test_attack_15_what_hides_in_a_picture_is_not_kept_or_served(studio):
    door, _ = studio
    script = b"<script>alert('polyglot')</script>"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", script.decode())
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture(600, 900))).save(buffer, "PNG", pnginfo=info)
    exif = Image.Exif()
    exif[0x010E] = script.decode()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
    located = io.BytesIO()
    Image.open(io.BytesIO(picture(600, 900))).save(located, "JPEG", exif=exif, comment=script)
    for sent in (buffer.getvalue() + SVG, located.getvalue() + script, picture(600, 900, image_format="WEBP") + SVG):
        status, card = await put(studio, sent)
        assert status == 200, card
        link = card["artwork"]["poster"]
        async with door.http.get(f"{door.url}{link}&w=480") as answer:
            body = await answer.read()
            assert answer.content_type == "image/webp"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
        assert b"script" not in body
        assert b"svg" not in body
        kept = Image.open(io.BytesIO(body))
        assert not kept.getexif()
        assert not {"exif", "icc_profile", "xmp"} & set(kept.info)


async def test_attack_30_compressed_bodies_are_refused(studio):
    door, title_id = studio
    for path in (f"/api/v1/studio/titles/{title_id}/artwork/poster", "/api/v1/studio/titles"):
        async with door.http.request(
            "PUT" if "artwork" in path else "POST",
            door.url + path,
            data=io.BytesIO(zlib.compress(b"x" * 1000)),
            headers={**door.operator, "content-encoding": "deflate"},
        ) as answer:
            assert answer.status == 415
            assert msgspec.json.decode(await answer.read())["code"] == "encoded-body"
