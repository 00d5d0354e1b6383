"""A notice that was not delivered is seen by staff: on the list of things to do, and in the parcel's timeline."""

from dataclasses import replace

import pytest
from staff_bench import an_office
from task_list import tasks_of
from test_staff_views import CABINET, NOW, compartment, site

from api.i18n import LANGUAGES
from api.staff.localized_text import LocalizedText
from locker.core.events.record import rfc3339
from locker.core.events.service_events import NoticeFailed
from locker.core.model import BankDoubt, Seen
from locker.ports import DeliveryFault


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def in_the_outbox(admin, parcel, state, fault, name="x"):
    now = rfc3339(admin.bench.engine.now())
    await admin.bench.context.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values (?, (select max(seq) from event), ?, 'arrival', ?, ?, 9, ?, ?, ?)",
            [name, name, parcel, now, state, fault, now],
        )
    )


async def test_a_failed_notice_is_on_the_list_with_its_reason_and_leads_to_the_parcel(admin):
    stored = await admin.bench.store()
    await in_the_outbox(admin, stored["parcel"], "failed", "refused: the phone company answered 400")
    page = await (await admin.person()).get("/")
    assert "Unit 1-201 was not told of a parcel: the number or mailbox was refused" in page.text
    assert f'href="/parcels/{stored["parcel"]}"' in page.html
    assert "13800000001" not in page.html


async def test_a_failed_notice_is_a_line_of_the_parcels_timeline_with_nothing_personal(admin):
    stored = await admin.bench.store()
    await admin.bench.engine.record(
        NoticeFailed(parcel=stored["parcel"], notice="arrival", fault="unreachable", detail="no phone"), "cabinet"
    )
    page = await (await admin.person()).get(f"/parcels/{stored['parcel']}")
    assert "The arrival notice was not delivered no phone and no mailbox is known" in page.text
    reader = await admin.bench.client("read")
    timeline = (await reader.get(f"/parcels/{stored['parcel']}")).json()["timeline"]
    assert timeline[-1]["kind"] == "NoticeFailed"
    assert "13800000001" not in str(timeline)
    assert "Wang" not in str(timeline)


async def test_what_waits_for_long_stands_together_with_its_cause(admin):
    for n in range(3):
        stored = await admin.bench.store(f"SF{n}")
        await in_the_outbox(admin, stored["parcel"], "waiting", "away: the phone company cannot be reached", f"n{n}")
    page = await (await admin.person()).get("/")
    assert "Notices that wait for long: 3. the far end cannot be reached" in page.text


def row(n, **more):
    return {
        "parcel": f"p{n}", "unit": "7", "state": "failed", "last_fault": "refused: 400",
        "created_at": "2026-03-04T07:00:00.000Z", **more,
    }  # fmt: skip


def test_however_many_notices_failed_the_list_stays_short():
    text = LocalizedText("en", "Asia/Shanghai", NOW)
    view = tasks_of(CABINET, text, undelivered=[row(100 + n) for n in range(30)])
    untold = [
        each.sentence
        for group in view.groups
        for each in group.rows
        if "told" in each.sentence or "Notices" in each.sentence
    ]
    assert len(untold) == 9
    assert untold[-1] == "Notices not delivered besides these: 22"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_sentence_in_every_language(language):
    text = LocalizedText(language, "Asia/Shanghai", NOW)
    for fault in DeliveryFault:
        for more in ({}, {"unit": ""}, {"parcel": ""}, {"state": "waiting"}):
            before = {each.key for each in tasks_of(CABINET, text).rows}
            view = tasks_of(CABINET, text, undelivered=[row(1, last_fault=f"{fault}: x", **more)])
            (line,) = [each for each in view.rows if each.key not in before]
            assert "panel." not in line.sentence
            other = text.translate("panel.undelivered_other")
            assert other not in line.sentence, fault


def test_a_bank_that_is_not_believed_is_one_line_and_not_one_for_each_door():
    text = LocalizedText("en", "Asia/Shanghai", NOW)
    doors = [compartment(f"A{n}", seen=Seen.UNSEEN) for n in range(1, 9)]
    doubted = replace(site(*doors), bank_doubts={"left": BankDoubt(frozenset(), frozenset())})
    (line,) = tasks_of(doubted, text).rows
    assert "Bank left" in line.sentence
    (line,) = tasks_of(site(*doors), text).rows
    assert line.sentence == "Wire left is silent: 8 doors"
    assert line.detail == "A1, A2, A3, A4, A5, A6, A7, A8"
