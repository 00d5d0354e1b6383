"""Look first, accept or report, sign: what a resident says at the open door is kept, numbered and frozen."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace

import pytest
from kiosk_bench import COMPANY, Bench
from PIL import Image
from test_kiosk_line import line

from api.app import kiosk_app
from locker.core.model import Consent, Flag, ParcelState, Size, Use
from locker.errors import HardwareFault
from locker.services.command_service import DepositRequest
from locker.services.evidence import BadSignature, signature_of
from locker.services.evidence.signatures import read_strokes
from locker.services.people import Role

DRAWN = {
    "width": 880,
    "height": 500,
    "strokes": [[[100, 100, 5000], [300, 300, 5100]], [[300, 100, 5400], [80, 250, 5600]]],
}


class Lens:
    """The far end of the camera: a picture, or none."""

    def __init__(self):
        self.works = True

    async def still(self):
        if not self.works:
            raise HardwareFault("The camera gives no picture.")
        encoded = io.BytesIO()
        Image.new("RGB", (64, 48), "#b98d5a").save(encoded, "JPEG")
        return encoded.getvalue()


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        running.lens = Lens()
        running.context = replace(running.context, camera=running.lens)
        running.app = kiosk_app(running.context)
        yield running


async def stored(bench, *flags, unit="1203"):
    request = DepositRequest(
        by="courier:x",
        tracking="SF1329884027716",
        size=Size.S,
        company=COMPANY,
        courier="Chen Wei",
        resident=bench.context.directory.find(unit)[0].id,
        consent=Consent.GIVEN,
        flags=frozenset(flags),
    )
    answer = await bench.context.commands.deposit(request)
    await bench.open(answer.compartment)
    await bench.shut(answer.compartment)
    query = "select blob from sealed where parcel = ?"
    row = await bench.context.journal.read(lambda db: db.execute(query, [answer.parcel]).fetchone())
    return answer.parcel, answer.compartment, bench.context.vault.unseal(row[0])[0]


async def at_open_door(bench, *flags):
    parcel, door, code = await stored(bench, *flags)
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    if Flag.INSURED in flags:
        await browser.keys("0001")
        await browser.touch("continue")
    await bench.open(door)
    await browser.load()
    return browser, parcel, door


async def in_hand(bench, *flags):
    """The door is shut again and the parcel in hand."""
    browser, parcel, door = await at_open_door(bench, *flags)
    await bench.shut(door)
    return await browser.load(), parcel, door


async def cases(bench):
    query = "select number, kind, parcel, owner from cases order by serial"
    return await bench.context.journal.read(lambda db: db.execute(query).fetchall())


@pytest.mark.parametrize(
    ("problem", "kind"), [("empty", "lost"), ("other", "wrong-parcel"), ("damaged", "damaged"), ("stuck", "help")]
)
async def test_REL_10_a_report_has_a_case_number_and_who_answers_by_when(bench, problem, kind):
    await bench.context.staff.add("wang.li", Role.SUPERVISOR, "test")
    browser, parcel, door = await at_open_door(bench)
    await browser.touch("report", f"wrong {problem}")
    ((number, opened, about, owner),) = await cases(bench)
    assert (opened, about) == (kind, parcel)
    assert number in browser.text
    assert "has it, and answers by" in browser.text
    if owner:
        assert "Wang Li" in browser.text
    frozen = bench.engine.site.compartments[door].use is Use.CHECK
    assert frozen == (problem != "stuck")


async def test_NTF_05_what_staff_write_to_whoever_called_them_stands_on_the_screen(bench):
    browser = await bench.browser().load()
    await browser.touch("person")
    ((number, kind, *_),) = await cases(bench)
    assert kind == "help"
    async with line(bench) as far:
        await bench.context.cases.service.write(number, "note", "for us alone", "staff:wang.li")
        await bench.context.cases.service.write(number, "message", "I am there in 5 minutes.", "staff:wang.li")
        await far.until("Wang Li: I am there in 5 minutes.")
        assert "for us alone" not in "".join(far.frames)


async def test_EXC_05_a_rejection_and_its_report_are_one_case_however_often_it_is_looked_at(bench):
    browser, _, _ = await at_open_door(bench)
    await browser.touch("report", "wrong damaged")
    await bench.context.cases.watch.catch_up()
    assert len(await cases(bench)) == 1


async def test_CLM_04_a_picture_goes_into_the_case_and_is_shown_to_nobody_else(bench):
    browser, _, _ = await at_open_door(bench)
    await browser.touch("report", "wrong damaged", "photo", "photo")
    ((number, *_),) = await cases(bench)
    whole = await bench.context.cases.service.whole(number)
    assert len(whole.photos) == 1
    name = whole.photos[0].sha256
    shown = await browser.http.get(f"/shot/{name}.jpg")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    await browser.touch("back")
    assert "One picture is kept" in browser.text
    assert (await browser.http.get(f"/shot/{name}.jpg")).status_code == 404


async def test_a_camera_that_gives_no_picture_keeps_nobody(bench):
    bench.lens.works = False
    browser, _, _ = await at_open_door(bench)
    await browser.touch("report", "wrong damaged", "photo", "photo")
    assert "The camera gives no picture" in browser.text
    await browser.touch("back")
    assert browser.title == "It is reported. Keep the case number."


async def test_after_three_pictures_no_more_is_taken(bench):
    browser, _, _ = await at_open_door(bench)
    await browser.touch("report", "wrong other", "photo", "photo")
    for shade in ("#111111", "#222222"):
        bench.lens.still = _still(shade)
        await browser.touch("photo")
    assert "photo" not in browser.acts


def _still(shade):
    async def still():
        encoded = io.BytesIO()
        Image.new("RGB", (64, 48), shade).save(encoded, "JPEG")
        return encoded.getvalue()

    return still


async def test_FEE_05_an_insured_parcel_is_looked_at_before_it_is_accepted_and_opening_is_no_acceptance(bench):
    browser, parcel, _ = await in_hand(bench, Flag.INSURED)
    assert browser.title == "Look at your parcel first. Is it all right?"
    assert "PickupAccepted" not in await bench.kinds()
    await browser.touch("accept")
    assert (await bench.kinds()).count("PickupAccepted") == 1
    assert browser.title == "You have your parcel. Thank you."
    assert bench.engine.site.parcels[parcel].state is ParcelState.COLLECTED


async def test_an_ordinary_parcel_asks_for_nothing_more(bench):
    browser, _, _ = await in_hand(bench)
    assert browser.title == "You have your parcel. Thank you."


async def test_damage_found_while_looking_freezes_what_is_already_in_hand(bench):
    browser, _, door = await in_hand(bench, Flag.ACCEPT)
    await browser.touch("report", "wrong damaged")
    assert bench.engine.site.compartments[door].use is Use.CHECK
    assert (await cases(bench))[0][1] == "damaged"


async def test_whoever_looks_longer_than_the_grace_has_accepted_by_rule_and_may_still_say_so(bench):
    browser, _, _ = await in_hand(bench, Flag.ACCEPT)
    await bench.advance(61)
    await browser.load()
    await browser.touch("accept")
    assert browser.title == "You have your parcel. Thank you."


async def signed(browser, drawn=DRAWN):
    answer = await browser.http.post(
        "/touch", data={"screen": browser.screen, "act": "sign", "points": json.dumps(drawn)}
    )
    browser.page = answer.text
    return answer


async def test_REL_02_a_signature_is_kept_as_points_and_as_the_cabinets_own_drawing_both_hashed(bench):
    browser, parcel, _ = await in_hand(bench, Flag.SIGNATURE)
    await browser.touch("accept")
    assert browser.title == "Sign that you have it"
    await browser.touch("stroke")
    assert (await signed(browser)).status_code == 200
    assert browser.title == "You have your parcel. Thank you."
    kept = await signature_of(bench.context.journal, parcel)
    query = "select data from event where kind = 'ParcelSigned'"
    row = await bench.context.journal.read(lambda db: db.execute(query).fetchone())
    told = json.loads(row[0])
    assert told["points_sha256"] == hashlib.sha256(kept.points.encode()).hexdigest()
    assert told["svg_sha256"] == hashlib.sha256(kept.svg.encode()).hexdigest()
    assert json.loads(kept.points)[0][0] == [72.7, 80.0, 0]
    assert kept.svg.count("<path") == 2


async def test_nothing_is_signed_before_a_stroke_and_a_dot_is_none(bench):
    browser, parcel, _ = await in_hand(bench, Flag.SIGNATURE)
    await browser.touch("accept")
    await signed(browser)
    assert browser.title == "Sign that you have it"
    await browser.touch("stroke")
    await signed(browser, {"width": 880, "height": 500, "strokes": [[[4, 4, 0]]]})
    assert "Sign once more" in browser.text
    assert await signature_of(bench.context.journal, parcel) is None


async def test_REL_02_whoever_cannot_sign_goes_on_and_it_is_kept_that_nobody_signed(bench):
    browser, parcel, _ = await in_hand(bench, Flag.SIGNATURE)
    await browser.touch("accept", "cannotsign")
    assert browser.title == "You have your parcel. Thank you."
    assert "ParcelSigned" in await bench.kinds()
    assert await signature_of(bench.context.journal, parcel) is None


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "nothing",
        "[]",
        '{"width":1,"height":1,"strokes":[]}',
        '{"width":0,"height":1,"strokes":[[[0,0,0],[1,1,1]]]}',
        '{"width":640,"height":400,"strokes":[[["<script>",0,0],[1,1,1]]]}',
        '{"width":640,"height":400,"strokes":[[[0,0,0],[641,1,1]]]}',
        '{"width":640,"height":400,"strokes":[[[0,0,0],[NaN,1,1]]]}',
        '{"width":640,"height":400,"strokes":[[[0,0,0],[1e400,1,1]]]}',
        '{"width":640,"height":400,"strokes":[[[0,0]]]}',
        '{"width":640,"height":400,"strokes":"' + "x" * 20 + '"}',
        "[" * 2000,
        json.dumps({"width": 640, "height": 400, "strokes": [[[at % 640, 1, at] for at in range(2001)]]}),
    ],
)
def test_what_is_no_signature_is_refused(sent):
    with pytest.raises(BadSignature):
        read_strokes(sent)


async def test_a_signature_that_was_changed_on_the_disk_is_an_audits_fault(bench):
    browser, _, _ = await in_hand(bench, Flag.SIGNATURE)
    await browser.touch("accept", "stroke")
    await signed(browser)

    from locker.journal.audit_signatures import signature_faults

    assert await bench.context.journal.read(lambda db: list(signature_faults(db))) == []
    await bench.context.journal.write(lambda db: db.execute("update signature set svg = '<svg/>'"))
    assert len(await bench.context.journal.read(lambda db: list(signature_faults(db)))) == 1
