"""Pictures that strangers send: drawn anew away from the doors, or refused."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from locker.services.evidence import LARGEST_PICTURE, PictureCleaner, PictureFault, PictureRefused
from locker.services.evidence.picture_child import LONGEST_SIDE

CLEANER = PictureCleaner()
SECRET = b"31.2304 N 121.4737 E, phone of Wang Ming"


def saved(picture, kind="JPEG", **more):
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def gradient(width, height):
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = SECRET.decode()
    return tags


async def refused(content):
    with pytest.raises(PictureRefused) as why:
        await CLEANER.redrawn(content)
    return why.value.fault


async def test_SEC_06_neither_place_nor_phone_nor_anything_behind_the_picture_is_kept():
    sent = saved(gradient(400, 300), exif=exif(), comment=SECRET) + SECRET
    assert sent.count(SECRET) == 3
    kept = await CLEANER.redrawn(sent)
    assert SECRET not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (400, 300), {})


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_EXC_03_what_is_large_lies_on_its_side_or_is_clear_becomes_a_plain_upright_picture(kind):
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    with Image.open(io.BytesIO(await CLEANER.redrawn(saved(clear, kind)))) as picture:
        assert (picture.mode, picture.getpixel((5, 5))) == ("RGB", (255, 255, 255))
    turned = saved(gradient(3000, 2000), kind, exif=exif(6))
    with Image.open(io.BytesIO(await CLEANER.redrawn(turned))) as picture:
        assert picture.size == (round(LONGEST_SIDE * 2 / 3), LONGEST_SIDE)


def bomb(side):
    """A PNG of a few hundred bytes that claims side x side pixels."""

    def chunk(kind, body):
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    head = struct.pack(">LLBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def test_SEC_06_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    assert await refused(bomb(100_000)) is PictureFault.TOO_LARGE
    assert await refused(b"\xff\xd8\xff" + b"\0" * LARGEST_PICTURE) is PictureFault.TOO_LARGE


async def test_SEC_06_what_is_no_picture_or_another_kind_of_file_is_refused():
    whole = saved(gradient(60, 40))
    chance = random.Random(4)
    torn = bytearray(whole)
    for _ in range(200):
        torn[chance.randrange(2, 200)] = chance.randrange(256)
    gif = saved(Image.new("P", (4, 4)), "GIF")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for content in (b"", b"hello", svg, gif, saved(gradient(4, 4), "TIFF"), bytes(torn), whole[:40]):
        assert await refused(content) is PictureFault.NO_PICTURE


async def test_SEC_06_a_child_that_does_not_come_back_is_ended():
    hasty = PictureCleaner(patience=0.0)
    with pytest.raises(PictureRefused) as why:
        await hasty.redrawn(saved(gradient(40, 40)))
    assert why.value.fault is PictureFault.TOO_SLOW
    assert await CLEANER.redrawn(saved(gradient(40, 40)))
