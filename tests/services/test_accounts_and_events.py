"""An account, a courier or a token of a machine is never without the event that tells who made it."""

import pytest
from staff_phone import StaffPhone

from locker.core.reasons import Refused
from locker.services.people import CourierAccounts, MachineTokens, Role, Scope, StaffAccounts

ROWS = "select (select count(*) from staff) + (select count(*) from courier) + (select count(*) from token) as n"


@pytest.fixture
def people(bench):
    staff, tokens = StaffAccounts(bench.journal, bench.engine, bench.vault), MachineTokens(bench.journal, bench.engine)
    couriers = CourierAccounts(bench.journal, bench.engine, bench.vault)
    return {
        "staff-added": lambda: staff.add("chen", Role.SUPERVISOR, by="t"),
        "token-created": lambda: tokens.create("gateway", [Scope.READ], by="t"),
        "courier-added": lambda: couriers.add("SF", "Li Na", "1234", by="t"),
    }


@pytest.mark.parametrize("what", ["staff-added", "token-created", "courier-added"])
async def test_where_the_event_cannot_be_recorded_there_is_no_row(bench, people, what):
    bench.engine.seal("t", until=lambda: "t")
    with pytest.raises(Refused):
        await people[what]()
    assert (await bench.rows(ROWS))[0]["n"] == 0


@pytest.mark.parametrize("what", ["staff-added", "token-created", "courier-added"])
async def test_row_and_event_are_one_transaction(bench, people, what):
    """Both are seen at once by whoever reads, whenever he reads."""
    seen = []
    append = bench.journal.append_into

    def watched(db, outcome, by, keep=None):
        recorded = append(db, outcome, by, keep)
        seen.append((db.conn.in_transaction, db.execute(ROWS).fetchone()[0]))
        return recorded

    bench.journal.append_into = watched
    await people[what]()
    assert seen == [(True, 1)]
    rows = await bench.rows("select json_extract(data, '$.what') as what, by from event where kind = 'Noted'")
    assert [(row["what"], row["by"]) for row in rows] == [(what, "t")]


async def test_a_disabled_account_and_its_sessions_end_with_the_event(bench):
    staff = StaffAccounts(bench.journal, bench.engine, bench.vault)
    secret = await staff.add("chen", Role.OPERATOR, by="t")
    session = await StaffPhone(bench.clock).enrol(staff, await staff.set_up("chen", secret, "river-stone-42", "desk"))
    await staff.disable("chen", by="t")
    assert await staff.sessions.find(session.id) is None
    assert (await bench.rows("select count(*) as n from session"))[0]["n"] == 0


@pytest.mark.parametrize("what", ["staff-password-chosen", "staff-password-changed"])
async def test_a_password_is_never_set_without_its_event(bench, what):
    staff = StaffAccounts(bench.journal, bench.engine, bench.vault)
    secret = await staff.add("chen", Role.OPERATOR, by="t")
    if what == "staff-password-changed":
        pending = await staff.set_up("chen", secret, "river-stone-42", "desk")
        session = (await StaffPhone(bench.clock).enrol(staff, pending)).session
    before = await bench.rows("select password from staff")
    seal, why = bench.engine.seal, ["full"]
    seal("full", until=lambda: why[0])

    async def choose():
        if what == "staff-password-chosen":
            return await staff.set_up("chen", secret, "harbour-lamp-17", "desk")
        return await staff.change_password(session, "river-stone-42", "harbour-lamp-17", "desk")

    with pytest.raises(Refused, match="sealed"):
        await choose()
    assert await bench.rows("select password from staff") == before
    bench.clock.advance(60)
    why[0] = None
    await bench.quiet()
    assert await choose()
    last = (await bench.rows("select json_extract(data, '$.what') as what, by from event order by seq desc limit 1"))[0]
    assert (last["what"], last["by"]) == (what, "staff:chen")
