"""The list of what needs somebody, as people use it: seen, taken, given back, acted on in its line; duty."""

import pytest
from staff_bench import an_office

from locker.core.model import Content, Seen
from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def forced(office, door="A1"):
    for seen in (Seen.OPEN, Seen.SHUT):
        office.bench.doors.see(door, seen)
        await office.bench.settle()
    office.bench.clock.advance(1)


def takes(page, task):
    """Whether the page lets its reader take this task."""
    return any(where == "/tasks/take" and fields["task"] == task for where, fields in page.forms)


async def test_STF_03_an_alarm_is_seen_in_its_row_and_stays_with_name_and_time_until_its_cause_is_gone(office):
    await forced(office)
    chen, he = await office.person(Role.TECHNICIAN, "chen"), await office.person(Role.SUPERVISOR, "he")
    page = await chen.send(await chen.get("/"), "/tasks/take", having={"task": "check:A1"})
    assert "A1 was opened without an order" in page.text
    assert "chen sees to it, since" in page.text
    other = await he.get("/")
    assert "chen sees to it, since" in other.text
    assert not takes(other, "check:A1"), "one person sees to it"
    await chen.send(page, "/tasks/give-back")
    assert takes(await he.get("/"), "check:A1")
    await office.bench.context.commands.clear("A1", Content.EMPTY, "staff:he")
    await office.bench.settle()
    assert "opened without an order" not in (await chen.get("/")).text


async def test_an_auditor_sees_the_list_and_no_button(office):
    await forced(office)
    page = await (await office.person(Role.AUDITOR)).get("/")
    assert "A1 was opened without an order" in page.text
    assert not any((where or "").startswith(("/tasks", "/parcels", "/duty")) for where, _ in page.forms)


async def test_STF_03_a_unit_that_is_overdue_is_called_from_its_line(office):
    stored = await office.bench.store()
    office.bench.clock.advance(73 * 3600)
    await office.bench.settle()
    wu = await office.person(Role.OPERATOR, "wu")
    page = await wu.get("/")
    assert "Overdue since 08:00: unit 1-201" in page.text or "Overdue since" in page.text
    page = await wu.send(page, f"/parcels/{stored['parcel']}/show")
    assert "+8613800000001" in page.text
    noted = [each["by"] for each in await office.bench.events("Noted") if each["data"]["what"] == "recipient-shown"]
    assert noted == ["staff:wu"], "on the record"


async def test_a_code_is_sent_again_from_the_line_of_a_message_that_failed(office):
    stored = await office.bench.store()
    await office.bench.context.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values ('x', 1, 'r', 'arrival', ?, 'x', 9, 'failed', 'refused: 400', '2026-03-01T08:00:00.000Z')",
            [stored["parcel"]],
        )
    )
    wu = await office.person(Role.OPERATOR)
    await wu.send(await wu.get("/"), f"/parcels/{stored['parcel']}/new-code")
    assert [each["data"]["parcel"] for each in await office.bench.events("CodeRenewed")] == [stored["parcel"]]


async def test_STF_03_the_next_person_reads_the_note_and_takes_over_and_whoever_plans_is_a_supervisor(office):
    wu, he = await office.person(Role.OPERATOR, "wu"), await office.person(Role.SUPERVISOR, "he")
    empty = await wu.send(await wu.get("/duty"), "/duty/note", text=" ")
    assert (empty.status, "what the next person must know" in empty.text.lower()) == (422, True)
    await wu.send(await wu.get("/duty"), "/duty/note", text="The plumber comes at nine")
    assert not (await wu.get("/duty")).has_form("/duty/shift")
    await he.send(await he.get("/duty"), "/duty/shift", staff="wu", begins="2026-03-01T07:00", ends="2026-03-01T23:00")
    home = await he.get("/")
    assert "The plumber comes at nine wu, 08:0" in home.text
    assert "wu on duty now 07:00" in home.text
    page = await he.send(home, "/duty/take-over")
    assert "taken over by he" in page.text
    assert not page.has_form("/duty/take-over")
    cancelled = await he.send(await he.get("/duty"), "/duty/cancel")
    assert "Nobody is on the list" in cancelled.text


@pytest.mark.parametrize(
    ("begins", "ends", "staff"),
    [("", "", "he"), ("never", "2026-03-01T23:00", "he"), ("2026-03-01T23:00", "2026-03-01T15:00", "he"),
     ("2026-03-01T15:00", "2026-03-01T23:00", "nobody"), ("9999-12-31T23:59", "9999-12-31T23:59", "he")],
)  # fmt: skip
async def test_a_shift_that_cannot_be_read_is_refused_in_one_sentence(office, begins, ends, staff):
    he = await office.person(Role.SUPERVISOR, "he")
    form = (await he.get("/duty")).form("/duty/shift")
    page = await he.post("/duty/shift", **{**form, "begins": begins, "ends": ends, "staff": staff})
    assert (page.status, "a shift ends after it begins" in page.text) == (422, True)
    assert await office.bench.events("ShiftPlanned") == []
