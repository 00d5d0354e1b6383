"""Cases: opened, answered, investigated, decided and closed, each step in the journal and nothing personal there."""

import asyncio
import json
from datetime import timedelta

import pytest
from case_bench import case_bench, png
from services_bench import BEGIN

from locker.core.messages.command import Once
from locker.core.model import Seen
from locker.core.reasons import RefusalReason, Refused
from locker.journal.audit import audit
from locker.services.cases import (
    KINDS,
    BadPhoto,
    BadText,
    Field,
    Outcome,
    Priority,
    Source,
    Stage,
    approve,
    decide,
    forward,
    take_back,
)

ME, OTHER = "staff:he.jun", "staff:lu.yan"


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        yield bench


async def refused(asked, reason):
    with pytest.raises(Refused) as caught:
        await asked
    assert caught.value.reason is reason
    return caught.value


async def test_CLM_01_a_complaint_gets_a_number_an_owner_due_times_and_a_history(bench):
    receipt = await bench.open(text="The screen is slow", unit="1202")
    assert receipt.number == "R1-0001"
    assert receipt.reply_due == bench.engine.now() + timedelta(hours=24)
    whole = await bench.cases.whole("r1 1")
    assert (whole.case.owner, whole.case.stage, whole.case.unit) == ("wu.mei", Stage.REGISTER, "1202")
    assert [(each.what, each.text) for each in whole.entries] == [("description", "The screen is slow")]
    assert (await bench.open("lost")).number == "R1-0002"
    assert (await bench.cases.whole("R1-0002")).case.owner == "he.jun"


async def test_CLM_01_nothing_that_people_wrote_and_no_name_stands_in_the_journal(bench):
    resident = await bench.resident(unit="1202", name="Qian Li")
    receipt = await bench.open("damaged", text="broken glass", unit="1202", resident=resident, photos=(png(),))
    number = receipt.number
    await bench.cases.write(number, "reply", "we are sorry", ME)
    await bench.cases.answer(number, "thank you", "resident")
    await bench.cases.fill(number, Field.CAUSE, "dropped by a child", ME)
    await forward(bench.cases, number, ("carrier", "SF"), bench.engine.now() + timedelta(days=2), "look at it", ME)
    told = json.dumps(await bench.rows("select * from event"))
    for secret in ("broken glass", "sorry", "thank you", "dropped", "look at it", "Qian", "1202"):
        assert secret not in told, secret
    assert audit(bench.journal.db) == bench.journal.seq


async def test_CLM_01_whoever_opened_a_case_sees_it_and_nobody_else_does(bench):
    resident = await bench.resident(unit="1202", name="Qian Li")
    number = (await bench.open(text="mine", unit="1202", resident=resident)).number
    await bench.cases.write(number, "note", "between us", ME)
    await bench.cases.write(number, "reply", "for you", ME)
    own = await bench.cases.own_case(number, unit="1202")
    assert [each.text for each in own.words] == ["mine", "for you"]
    assert [each.number for each in await bench.cases.cases_of(resident)] == [number]
    for wrong in ({"unit": "1203"}, {"unit": ""}, {"resident": "r0"}, {}):
        await refused(bench.cases.own_case(number, **wrong), RefusalReason.UNKNOWN)


async def test_SLA_08_a_case_goes_from_stage_to_stage_and_each_has_its_time(bench, clock):
    number = (await bench.open()).number
    await refused(bench.cases.advance(number, Stage.DECIDE, ME), RefusalReason.NOT_NOW)
    for stage in (Stage.INVESTIGATE, Stage.DECIDE, Stage.FEEDBACK):
        clock.advance(3600)
        await bench.cases.advance(number, stage, ME)
    clock.advance(60)
    await bench.cases.advance(number, Stage.INVESTIGATE, ME)
    times = [
        (each.what, each.at - BEGIN)
        for each in (await bench.cases.whole(number)).entries
        if each.what.startswith("stage-")
    ]
    assert [what for what, _ in times] == ["stage-investigate", "stage-decide", "stage-feedback", "stage-investigate"]
    assert [round(at.total_seconds() / 3600) for _, at in times] == [1, 2, 3, 3]
    assert len(await bench.events("CaseStageReached")) == 4


async def test_CLM_02_a_loss_closes_only_with_cause_prevention_apology_make_good_and_the_carrier_told(bench):
    number = (await bench.open("lost")).number
    for stage in (Stage.INVESTIGATE, Stage.DECIDE, Stage.FEEDBACK):
        await bench.cases.advance(number, stage, ME)
    needed = ("reply", "cause", "prevention", "apology", "make-good", "carrier-told")
    assert (
        await refused(bench.cases.close(number, Outcome.SOLVED, ME), RefusalReason.FIELDS_MISSING)
    ).missing == needed
    await bench.cases.write(number, "reply", "We look for it", ME)
    await bench.cases.write(number, "apology", "We are sorry", ME)
    await forward(bench.cases, number, ("carrier", "SF"), bench.engine.now() + timedelta(days=1), "Lost", ME)
    for name in (Field.CAUSE, Field.PREVENTION):
        await bench.cases.fill(number, name, "known", ME)
    left = await refused(bench.cases.close(number, Outcome.SOLVED, ME), RefusalReason.FIELDS_MISSING)
    assert left.missing == ("make-good",)
    await bench.cases.fill(number, Field.MAKE_GOOD, "a new one", ME)
    await bench.cases.close(number, Outcome.SOLVED, ME)
    await refused(bench.cases.write(number, "note", "late", ME), RefusalReason.NOT_NOW)


async def test_CLM_03_CLM_04_damage_is_told_with_photos_whose_metadata_is_gone(bench):
    photo = png(2, 2, (b"tEXt", b"GPS\x0031.2,121.4"), (b"eXIf", b"MM\x00*secret"))
    number = (await bench.open("damaged", text="torn", photos=(photo,))).number
    (kept,) = (await bench.cases.whole(number)).photos
    content, media = await bench.cases.photo(number, kept.sha256)
    assert media == "image/png"
    assert b"GPS" not in content
    assert b"secret" not in content
    assert (await bench.cases.whole(number)).case.kind.fields == KINDS["lost"].fields


async def test_CLM_05_an_investigation_keeps_its_steps_contacts_finding_and_decision(bench):
    number = (await bench.open()).number
    for what in ("step", "contact", "note"):
        await bench.cases.write(number, what, f"a {what}", ME)
    await bench.cases.fill(number, Field.FINDING, "nobody's fault", ME)
    whole = await bench.cases.whole(number)
    assert [each.what for each in whole.entries[1:]] == ["step", "contact", "note", "field-finding"]
    assert whole.fields["finding"] == "nobody's fault"


@pytest.mark.parametrize(
    ("actual", "declared", "paid"), [(42000, 30000, 30000), (10000, 30000, 10000), (500, None, 500), (500, 0, 0)]
)
async def test_FEE_04_CLM_06_what_is_paid_is_the_lower_of_loss_and_declared_value(bench, actual, declared, paid):
    number = (await bench.open("lost")).number
    assert await decide(bench.cases, number, "operator", (actual, declared), ME) == paid
    award = (await bench.cases.whole(number)).award
    assert (award.actual, award.declared, award.amount) == (actual, declared, paid)
    (told,) = await bench.events("CompensationDecided")
    assert json.loads(told["data"])["amount"] == paid


async def test_CLM_06_a_second_person_approves_what_is_paid_and_only_then_is_it_made_good(bench):
    number = (await bench.open("lost")).number
    await refused(approve(bench.cases, number, ME, approved=True), RefusalReason.NOT_NOW)
    await decide(bench.cases, number, "carrier", (100, 50), ME)
    await refused(approve(bench.cases, number, ME, approved=True), RefusalReason.SECOND_PERSON)
    await refused(bench.cases.fill(number, Field.MAKE_GOOD, "paid", ME), RefusalReason.NOT_NOW)
    assert "approval" in (await bench.cases.whole(number)).missing
    await approve(bench.cases, number, OTHER, approved=False)
    assert (await bench.cases.whole(number)).award is None
    await decide(bench.cases, number, "carrier", (100, 60), ME)
    await approve(bench.cases, number, OTHER, approved=True)
    await refused(decide(bench.cases, number, "carrier", (1, 1), ME), RefusalReason.NOT_NOW)
    await bench.cases.fill(number, Field.MAKE_GOOD, "paid", ME)
    await bench.solved(number)
    assert (await bench.cases.whole(number)).award.amount == 60


async def test_CLM_06_only_a_claim_is_paid_for(bench):
    number = (await bench.open("help")).number
    await refused(decide(bench.cases, number, "operator", (1, 1), ME), RefusalReason.NOT_NOW)


async def test_STF_05_a_case_is_given_to_a_carrier_with_a_day_and_comes_back(bench):
    number = (await bench.open("lost")).number
    due = bench.engine.now() + timedelta(days=3)
    entry = await forward(bench.cases, number, ("carrier", "JD"), due, "Where is it?", ME)
    with pytest.raises(BadText, match="later"):
        await forward(bench.cases, number, ("property", "Desk"), bench.engine.now(), "x", ME)
    with pytest.raises(BadText, match="one of"):
        await forward(bench.cases, number, ("moon", "Desk"), due, "x", ME)
    await take_back(bench.cases, number, entry, "Found in the van", ME)
    await refused(take_back(bench.cases, number, entry, "again", ME), RefusalReason.NOT_NOW)
    (sent,) = (await bench.cases.whole(number)).forwards
    assert (sent.to, sent.party, sent.returned_at is not None) == ("carrier", "JD", True)


async def test_STF_10_colleagues_share_a_case_and_are_named_in_notes(bench):
    number = (await bench.open()).number
    await bench.cases.write(number, "note", "@lu.yan, look at this, @nobody too", "staff:wu.mei")
    assert (await bench.cases.whole(number)).case.people == ("wu.mei", "lu.yan")
    await bench.cases.assign(number, "he.jun", ("wu.mei", "he.jun"), ME)
    assert (await bench.cases.whole(number)).case.people == ("he.jun", "wu.mei")
    await refused(bench.cases.assign(number, "ghost", (), ME), RefusalReason.UNKNOWN)


async def test_SLA_09_an_urgent_case_is_answered_within_hours(bench):
    number = (await bench.open()).number
    await bench.cases.mark_urgent(number, ME)
    case = (await bench.cases.whole(number)).case
    assert case.reply_due == bench.engine.now() + timedelta(hours=4)
    await refused(bench.cases.mark_urgent(number, ME), RefusalReason.NOT_NOW)


async def test_the_same_request_opens_one_case_and_the_same_key_for_another_is_refused(bench):
    first = await bench.open(once=Once("k", "body"))
    assert await bench.open(once=Once("k", "body")) == first
    await refused(bench.open(once=Once("k", "other")), RefusalReason.KEY_REUSED)
    again = await asyncio.gather(*(bench.open(once=Once("k2", "b")) for _ in range(5)))
    assert len({each.number for each in again}) == 1
    assert len(await bench.cases.open_cases()) == 2


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"kind": "nonsense"}, Refused),
        ({"parcel": "p000"}, Refused),
        ({"compartment": "Z9"}, Refused),
        ({"text": "x" * 4001}, BadText),
        ({"photos": (b"GIF89a",)}, BadPhoto),
        ({"photos": (png()[:-20],)}, BadPhoto),
        ({"photos": tuple(png(n + 1) for n in range(13))}, BadPhoto),
    ],
)
async def test_what_cannot_be_a_case_is_refused_and_nothing_is_kept(bench, more, fault):
    with pytest.raises(fault):
        await bench.open(**{"kind": "complaint", **more})
    assert await bench.cases.open_cases() == []


@pytest.mark.parametrize(
    ("text", "known"), [("R1-0001", 1), ("r1 0001", 1), ("1", 1), ("R2-0001", 0), ("", 0), ("x", 0)]
)
async def test_a_number_is_understood_as_people_say_it(bench, text, known):
    await bench.open()
    if known:
        assert (await bench.cases.whole(text)).case.number == "R1-0001"
    else:
        await refused(bench.cases.whole(text), RefusalReason.UNKNOWN)


async def test_a_number_is_never_given_twice_though_a_backup_was_put_back(bench):
    await bench.open()

    def restored(db):
        db.execute("update meta set value = 'another' where key = 'epoch'")

    await bench.journal.write(restored)
    bench.journal.epoch = "another"
    assert (await bench.open()).number == "R1-0101"


async def test_CLM_02_a_lost_parcel_that_is_here_is_held_until_the_case_ends(bench):
    await bench.resident()
    deposit = await bench.store()
    number = (await bench.open("wrong-parcel", parcel=deposit.parcel)).number
    assert bench.engine.site.parcels[deposit.parcel].held == f"case {number}"
    code, _ = await bench.secrets(deposit.parcel)
    await refused(bench.commands.pickup(source="kiosk", by="kiosk", code=code), RefusalReason.HELD)
    await bench.solved(number)
    assert bench.engine.site.parcels[deposit.parcel].held == ""


async def test_a_parcel_at_whose_door_somebody_is_is_held_when_they_have_gone_also_after_a_restart(bench, clock):
    await bench.resident()
    deposit = await bench.deposit()
    number = (await bench.open("damaged", parcel=deposit.parcel)).number
    assert bench.engine.site.parcels[deposit.parcel].held == ""
    bench = await bench.again()
    try:
        await bench.door(deposit.compartment, Seen.SHUT, Seen.OPEN, Seen.SHUT)
        await bench.work.freezer.finish()
        assert bench.engine.site.parcels[deposit.parcel].held == f"case {number}"
    finally:
        await bench.stop()
        await bench.start()


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_SLA_06_each_kind_has_a_flow_that_ends(bench, kind):
    number = (await bench.open(kind, source=Source.COURIER)).number
    await bench.solved(number)
    assert (await bench.cases.whole(number)).case.outcome == "solved"
    assert Priority.SAFETY <= KINDS[kind].priority <= Priority.ORDINARY


async def test_what_its_opener_withdraws_needs_nothing_more(bench):
    number = (await bench.open("lost")).number
    await bench.cases.close(number, Outcome.WITHDRAWN, ME)
    assert await bench.cases.open_cases() == []
