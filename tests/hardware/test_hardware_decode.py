"""Codes in pictures: at least as many as the better library alone, by the same two libraries."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from signed_rights import claims, signed

zxingcpp = pytest.importorskip("zxingcpp")
import segno  # noqa: E402  after the skip

from hardware.camera.sources import jpeg  # noqa: E402  after the skip
from hardware.decode import Decoder, load_grey  # noqa: E402  after the skip
from locker.errors import HardwareFault  # noqa: E402  after the skip
from locker.labels import as_scan, tracking_number  # noqa: E402  after the skip


def qr(text, scale=4):
    from io import BytesIO

    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=scale, border=4)
    return Image.open(drawn).convert("L")


def code128(text):
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    drawn = zxingcpp.write_barcode_to_image(code, scale=3)
    picture = Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), bytes(drawn))
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    return framed


def photographed(picture, chance):
    """As a cheap camera sees a code held by a hand: turned, soft, grainy, on a grey ground."""
    ground = Image.new("L", (640, 480), 150)
    turned = picture.rotate(chance.uniform(-40, 40), expand=True, fillcolor=150)
    turned.thumbnail((430, 430))
    ground.paste(turned, (chance.randint(0, 200), chance.randint(0, 40)))
    soft = ground.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.5)))
    return Image.blend(soft, Image.effect_noise(soft.size, 70), chance.uniform(0, 0.35))


TOKEN = "PL1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture(scope="module")
def gallery():
    chance = random.Random(7)
    return [(f"{TOKEN[:20]}{n:06d}", photographed(qr(f"{TOKEN[:20]}{n:06d}"), chance)) for n in range(25)] + [
        (f"SF10{n:09d}", photographed(code128(f"SF10{n:09d}"), chance)) for n in range(10)
    ]


def by_zxing(picture):
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.barcode_formats_from_str("QRCode,Code128"))
    return [code.text for code in found]


def by_zbar(picture):
    pyzbar = pytest.importorskip("pyzbar.pyzbar")
    kinds = [pyzbar.ZBarSymbol.QRCODE, pyzbar.ZBarSymbol.CODE128]
    return [code.data.decode() for code in pyzbar.decode(picture, symbols=kinds)]


def count(read, gallery):
    return sum(text in read(picture) for text, picture in gallery)


def test_UX_01_at_least_as_many_as_the_better_library_alone(gallery):
    alone = max(count(by_zxing, gallery), count(by_zbar, gallery))
    assert alone > 15, "the gallery proves nothing"
    assert count(Decoder().thorough, gallery) >= alone


def pictures(folder):
    for file in sorted(folder.rglob("*")):
        expected = file.with_suffix(".txt")
        if file.suffix in {".png", ".jpg", ".webp"} and expected.exists():
            with Image.open(file) as picture:
                yield expected.read_text(errors="replace").strip(), picture.convert("L")


@pytest.mark.skipif("LOCKER_SCANS" not in os.environ, reason="LOCKER_SCANS names no folder of photographs")
def test_UX_01_real_photographs():
    gallery = list(pictures(Path(os.environ["LOCKER_SCANS"])))
    assert gallery

    def right(read):
        return {n for n, (text, picture) in enumerate(gallery) if text in [one.strip() for one in read(picture)]}

    def seconds(read, picture):
        def once():
            begun = time.perf_counter()
            read(picture)
            return time.perf_counter() - begun

        return min(once() for _ in range(5))

    def zxing(picture):
        found = zxingcpp.read_barcodes(
            picture, formats=zxingcpp.barcode_formats_from_str("QRCode,Code128"), text_mode=zxingcpp.TextMode.Plain
        )
        return [code.text for code in found]

    thorough = Decoder().thorough
    suffices = right(zxing)
    assert len(right(thorough)) >= max(len(suffices), len(right(by_zbar)))
    ours = sum(seconds(thorough, gallery[n][1]) for n in suffices)
    assert ours <= 1.2 * sum(seconds(zxing, gallery[n][1]) for n in suffices)


def drawn(text, kind):
    """One code of this kind on white ground."""
    code = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)), scale=3
    )
    picture = Image.frombytes("L", (code.shape[1], code.shape[0]), bytes(code))
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    return framed


def label(*codes):
    """Codes one below the other, as on a label."""
    pictures = [drawn(text, kind) for text, kind in codes]
    paper = Image.new("L", (max(each.width for each in pictures), sum(each.height for each in pictures)), 255)
    top = 0
    for picture in pictures:
        paper.paste(picture, (0, top))
        top += picture.height
    return paper


SF = "SF1329884027716"


@pytest.mark.parametrize("kind", ["DataMatrix", "PDF417", "Aztec", "MaxiCode", "QRCode", "Code128"])
def test_REC_04_every_kind_of_code_on_carriers_labels_is_read(kind):
    assert Decoder().thorough(drawn(SF, kind)) == [SF]
    assert [code.text for code in Decoder().codes(drawn(SF, kind), rare=True)] == [SF]


def test_REC_04_interleaved_two_of_five_is_read():
    assert Decoder().thorough(drawn("12345678901234", "ITF")) == ["12345678901234"]


@pytest.mark.parametrize("turned", [0, 90])
def test_REC_04_a_qr_code_and_a_code_128_on_one_label_are_both_read(turned):
    picture = label(("https://x.example/1", "QRCode"), (SF, "Code128")).rotate(turned, expand=True)
    for read in (Decoder().quick, Decoder().thorough):
        assert set(read(picture)) == {"https://x.example/1", SF}


def test_REC_04_the_number_in_a_rare_code_is_found_beside_a_common_one_that_sorts():
    picture = label(("2LDE53113+10000000", "Code128"), (SF, "DataMatrix"))
    assert tracking_number(as_scan(Decoder().codes(picture, rare=True))) == SF


def test_UX_01_the_second_opinion_is_asked_at_the_lens_too(monkeypatch):
    decoder = Decoder()
    monkeypatch.setattr(decoder, "_by_zxing", lambda *_, **__: [])
    assert [code.text for code in decoder.codes(qr(TOKEN), rare=True)] == [TOKEN]
    assert decoder.codes(qr(TOKEN)) == []


def test_REC_04_codes_bear_their_aim_identifiers():
    found = Decoder().codes(label((SF, "Code128"), ("https://x.example/1", "QRCode")))
    assert {code.aim for code in found} == {"C0", "Q1"}
    assert [code.aim for code in Decoder().codes(drawn("12345678901234", "ITF"), rare=True)] == ["I0"]


def saved(folder, picture, mode):
    match mode:
        case "16 bits":
            # half as bright as such a file can be: all of its values are far above 255
            picture = picture.convert("I").point(lambda value: value * 120 + 3000).convert("I;16")
        case "16 bits, dim":
            picture = picture.convert("I").point(lambda value: value * 2 + 100).convert("I;16")
        case "floats":
            picture = picture.convert("F").point(lambda value: value / 255 + 0)
        case "palette with transparency":
            picture = picture.convert("P")
            picture.info["transparency"] = 255
        case _:
            picture = picture.convert(mode)
    file = folder / ("code.tif" if mode in {"floats", "CMYK"} else "code.png")
    picture.save(file)
    return str(file)


@pytest.mark.parametrize(
    "mode", ["16 bits", "16 bits, dim", "floats", "P", "palette with transparency", "1", "LA", "RGBA", "CMYK"]
)
def test_UX_01_pictures_of_every_depth_and_palette_are_pictures(tmp_path, mode):
    file = saved(tmp_path, qr(TOKEN), mode)
    assert Decoder().thorough(load_grey(file)) == [TOKEN]
    with Image.open(file) as picture:
        assert Decoder().thorough(Image.open(BytesIO(jpeg(picture))).convert("L")) == [TOKEN]


def test_a_picture_of_one_value_is_blank(tmp_path):
    Image.new("I;16", (300, 200), 4000).save(tmp_path / "blank.png")
    assert load_grey(str(tmp_path / "blank.png")).getextrema() == (255, 255)


def test_a_token_is_read_in_the_first_quick_way():
    assert Decoder().quick(qr(TOKEN)) == [TOKEN]


def test_without_zxing_the_second_opinion_is_the_first(monkeypatch, gallery):
    pytest.importorskip("pyzbar.pyzbar")
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    decoder = Decoder()
    assert decoder.quick(qr(TOKEN)) == [TOKEN]
    assert count(decoder.thorough, gallery[:5]) >= count(by_zbar, gallery[:5])


def test_without_any_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    with pytest.raises(HardwareFault, match="Install"):
        Decoder()


def test_the_command_prints_one_json_line_a_picture_even_for_what_is_none(tmp_path):
    qr(TOKEN).save(tmp_path / "a token.png")
    code128("SF1234567890").save(tmp_path / "label.png")
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    whole = (tmp_path / "a token.png").read_bytes()
    (tmp_path / "broken.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no picture")
    names = ["a token.png", "label.png", "blank.png", "broken.png", "text.png", "absent.png"]
    ran = subprocess.run(
        [sys.executable, "-m", "hardware.decode", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == names
    assert [line["texts"] for line in lines[:3]] == [[TOKEN], ["SF1234567890"], []]
    assert lines[4]["texts"] == lines[5]["texts"] == []
    assert all(isinstance(line["ms"], float) and line["ms"] >= 0 for line in lines)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr


def test_N5_a_carriers_signed_right_is_read_from_a_code_of_the_size_of_a_telephone():
    made = datetime(2026, 3, 1, tzinfo=UTC)
    text = signed(claims(made, tracking="SF1234567890123", size="M", to={"unit": "1203"}))
    shown = Image.new("L", (640, 480), 150)
    code = qr(text)
    code.thumbnail((400, 400))
    shown.paste(code, (120, 40))
    assert Decoder().quick(shown) == [text]
