"""CLM-04: photos of people, bounded and without what cameras write into them; nothing of the picture is touched."""

import io
import random
import struct

import pytest
from case_bench import png
from PIL import Image

from locker.services.cases.photos import BadPhoto, cleaned


def jpeg(**more):
    out = io.BytesIO()
    picture = Image.new("RGB", (40, 30), (10, 120, 200))
    exif = Image.Exif()
    exif[0x0112] = more.pop("turned", 6)
    exif[0x010F] = "MakerOfCameras"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 1.0)
    picture.save(out, "JPEG", exif=exif, comment=b"taken at home", **more)
    return out.getvalue()


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"quality": 95}, {"turned": 1}])
def test_CLM_04_place_maker_and_comment_go_and_the_picture_and_its_turn_stay(more):
    raw = jpeg(**more)
    assert b"MakerOfCameras" in raw
    photo = cleaned(raw)
    for secret in (b"MakerOfCameras", b"taken at home"):
        assert secret not in photo.content
    before, after = Image.open(io.BytesIO(raw)), Image.open(io.BytesIO(photo.content))
    assert before.tobytes() == after.tobytes()
    turn = more.get("turned", 6)
    assert dict(after.getexif()) == ({0x0112: turn} if turn > 1 else {})


def test_CLM_04_a_png_keeps_what_draws_it_alone():
    secrets = ((b"tEXt", b"GPS\x0031"), (b"iTXt", b"x"), (b"eXIf", b"MM"), (b"tIME", b"1234567"), (b"zzZz", b"y"))
    assert cleaned(png(4, 4, *secrets)).content == png(4, 4)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "JPEG or a PNG"),
        (b"GIF89a" + b"0" * 100, "JPEG or a PNG"),
        (b"<svg onload='x'/>", "JPEG or a PNG"),
        (b"\xff\xd8\xff\xe0\x00", "cut off"),
        (b"\xff\xd8\xff\xd9", "cut off"),
        (jpeg()[:-300], "cut off"),
        (jpeg() + jpeg(), "more than one"),
        (png()[:40], "cut off"),
        (b"\xff\xd8\xff" + b"0" * (8 * 1024 * 1024), "8 MB"),
        (png()[:16] + struct.pack(">LL", 60_000, 60_000) + png()[24:], "pixels"),
        (png()[:16] + struct.pack(">LL", 0, 1) + png()[24:], "pixels"),
    ],
)
def test_CLM_04_what_is_no_photo_is_refused_by_its_rule(content, rule):
    with pytest.raises(BadPhoto, match=rule):
        cleaned(content)


def test_CLM_04_no_damage_makes_it_fall():
    chance, good = random.Random(7), [jpeg(), jpeg(progressive=True), png(9, 9, (b"tEXt", b"a\x00b"))]
    for _ in range(3000):
        raw = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            cleaned(bytes(raw[: chance.randint(1, len(raw))]))
        except BadPhoto:
            continue
