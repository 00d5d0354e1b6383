"""A case file as the panel makes it, of a cabinet with a parcel, a picture, a photo and texts; and how to spoil one."""

import base64
import io
import re
import zipfile

from PIL import Image, ImageDraw
from test_machine_cases import picture

from locker.clip_file import make_clip
from locker.core.events.picture_events import ClipTaken, SnapshotTaken
from locker.services.cases import CaseRequest, Source
from locker.services.evidence import SnapshotStore, make_zip

NUMBER = "T1-0001"
BLOCK = re.compile(r'(<script type="text/plain" data-part="([^"]+)">)([^<]*)(</script>)')


async def a_case(office, kind="lost"):
    """A case about a parcel that was stored, pictured and not found."""
    bench = office.bench
    service, engine = bench.context.cases.service, bench.engine
    stored = await bench.store("SF0001")
    events = await bench.events("ParcelStored")
    shot = front(12, (1280, 720), "RGB")
    saved = SnapshotStore(bench.context.journal.folder).save(shot, "2026-03-01")
    await engine.record(
        SnapshotTaken(
            compartment=stored["compartment"],
            parcel=stored["parcel"],
            cause="stored",
            of=events[-1]["seq"],
            sha256=saved.sha256,
            day=saved.day,
            size=saved.size,
        ),
        "camera",
    )
    await a_clip(office, stored["parcel"], stored["compartment"])
    receipt = await service.open_case(
        CaseRequest(
            kind=kind,
            source=Source.RESIDENT,
            by="resident",
            text="Die Kiste war leer. 盒子是空的。",
            parcel=stored["parcel"],
            compartment=stored["compartment"],
            unit="1-201",
            photos=(picture(),),
        )
    )
    await service.write(receipt.number, "reply", "We look at it", "staff:he.jun")
    await service.write(receipt.number, "note", "a secret among us", "staff:he.jun")
    return receipt.number


def front(step, size=(640, 360), kind="L"):
    """A cabinet of which one door opens, and somebody who puts something in; as a camera would see it."""
    picture = Image.new("L", size, 205)
    pen, unit = ImageDraw.Draw(picture), size[0] / 16
    for column in range(4):
        for row in range(3):
            x, y = (2 + column * 3) * unit, (1 + row * 2.4) * unit
            open_now = (column, row) == (1, 1) and 3 < step < 12
            pen.rectangle((x, y, x + 2.8 * unit, y + 2.2 * unit), fill=40 if open_now else 140, outline=20)
            if open_now and step > 7:
                pen.rectangle((x + unit, y + 1.2 * unit, x + 2.2 * unit, y + 2.1 * unit), fill=180)
    at = (step - 1) * unit * 0.9
    pen.ellipse((at, 3 * unit, at + 1.4 * unit, 4.4 * unit), fill=60)
    pen.rectangle((at - unit / 3, 4.4 * unit, at + 1.8 * unit, 9 * unit), fill=80)
    encoded = io.BytesIO()
    picture.convert(kind).save(encoded, "JPEG", quality=60)
    return encoded.getvalue()


async def a_clip(office, parcel, compartment, pictures=None):
    """A film strip around the storing of a parcel, a frame a second; its name."""
    bench = office.bench
    pictures = pictures or [((n - 5) * 1000, front(n)) for n in range(16)]
    stored = (await bench.events("ParcelStored"))[-1]
    saved = SnapshotStore(bench.context.journal.folder).save_clip(make_clip(pictures), "2026-03-01")
    await bench.engine.record(
        ClipTaken(
            compartment=compartment,
            parcel=parcel,
            cause="stored",
            of=stored["seq"],
            sha256=saved.sha256,
            frames=len(pictures),
            day=saved.day,
            size=saved.size,
        ),
        "camera",
    )
    return saved.sha256


async def the_file(browser, number, purpose="full"):
    page = await browser.get(f"/cases/{number}")
    form = {**page.form(f"/cases/{number}/file"), "purpose": purpose, "reason": "dispute"}
    answer = await browser.raw(f"/cases/{number}/file", form)
    assert answer.status_code == 200, answer.text
    assert f'filename="case-{number}-{purpose}.zip"' in answer.headers["content-disposition"]
    return answer.content


def page_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["case.html"]
        return archive.read("case.html").decode()


def parts_of(content):
    return {name: base64.b64decode(text) for _, name, text, _ in BLOCK.findall(page_of(content))}


def spoiled(content, name, change):
    """The same file with one part of it changed, in a good ZIP."""

    def each(found):
        if found[2] != name:
            return found[0]
        return found[1] + base64.b64encode(change(base64.b64decode(found[3]))).decode() + found[4]

    return make_zip(BLOCK.sub(each, page_of(content)).encode())


def flipped(place):
    """One bit of the byte at this place, counted in thousandths of the whole."""

    def change(content):
        at = min(len(content) - 1, len(content) * place // 1000)
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    return change
