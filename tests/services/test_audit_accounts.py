"""The audit compares accounts too: whoever may sign in here was let in by somebody, and that stands in the journal."""

import pytest

from locker.core.events.service_events import Noted
from locker.journal.audit import AuditFault, audit
from locker.journal.store import read_only
from locker.services.people import CourierAccounts, MachineTokens, Role, Scope, StaffAccounts


@pytest.fixture
async def courier(bench):
    """Accounts of every kind, made, renewed and ended as people do; the id of a courier."""
    staff, tokens = StaffAccounts(bench.journal, bench.engine, bench.vault), MachineTokens(bench.journal, bench.engine)
    couriers = CourierAccounts(bench.journal, bench.engine, bench.vault)
    for name in ("chen", "wang", "li"):
        await staff.add(name, Role.OPERATOR, by="t")
    await staff.add("temp", Role.OPERATOR, by="t", days=3)
    await staff.change_role("temp", Role.AUDITOR, by="t")
    await staff.disable("wang", by="t")
    await staff.disable("li", by="t")
    await staff.renew("li", by="t")
    await tokens.create("gateway", [Scope.READ, Scope.DEPOSIT], by="t")
    await tokens.create("gateway", [Scope.READ], by="t")
    gone = await couriers.add("SF", "Li Na", "1234", by="t")
    await couriers.suspend(gone.id, by="t")
    return (await couriers.add("SF", "Wang Wu", "4321", by="t")).id


def audited(bench):
    db = read_only(bench.folder)
    try:
        return audit(db)
    finally:
        db.conn.close()


async def test_accounts_as_people_make_and_end_them_are_confirmed(bench, courier):
    assert audited(bench) == bench.journal.seq


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("insert into staff (name, role, created_at) values ('ghost', 'supervisor', 'x')", "table staff ghost: stands"),
        ("update staff set role = 'supervisor' where name = 'chen'", "table staff chen: may do 'supervisor'"),
        ("update staff set active = 1 where name = 'wang'", "table staff wang: is active"),
        ("update staff set active = 0 where name = 'li'", "table staff li: is not active"),
        ("update staff set ends_at = null", "table staff temp: may do 'auditor', the events tell 'auditor until"),
        ("delete from staff where name = 'chen'", "table staff chen: is missing"),
        (
            "insert into token (name, hash, scopes, created_at) values ('ghost', 'h', 'staff', 'x')",
            "table token ghost: stands",
        ),
        ("update token set ends_at = '2099-01-01T00:00:00.000Z'", "table token .*may do .*2099"),
        ("update token set scopes = 'deposit read staff' where name = 'gateway'", "table token gateway: may do"),
        ("delete from token where name = 'gateway-2'", "table token gateway-2: is missing"),
        (
            "insert into courier (id, company, name, pin_hash, active) values ('ghost', 'SF', 'X', 'h', 1)",
            "table courier ghost: stands",
        ),
        ("update courier set active = 1", "table courier c.*: is active"),
        ("delete from courier where active = 1", "table courier c.*: is missing"),
    ],
)
async def test_a_changed_account_is_named(bench, courier, sql, named):
    await bench.journal.write(lambda db: db.execute(sql))
    with pytest.raises(AuditFault, match=named):
        audited(bench)


async def test_a_courier_of_before_whose_row_a_power_cut_took_is_no_fault(bench, courier):
    """Event and row were two transactions then, the event first."""
    await bench.engine.record(Noted(what="courier added", about="c0123456789"), "t")
    assert audited(bench) == bench.journal.seq


async def test_an_account_of_before_without_its_event_is_put_right_by_recording_it(bench, courier):
    """The row was first, of staff and of tokens: somebody may sign in, and nobody knows who let them."""
    await bench.journal.write(
        lambda db: db.execute("insert into staff (name, role, created_at) values ('ghost', 'supervisor', 'x')")
    )
    with pytest.raises(AuditFault, match="ghost"):
        audited(bench)
    await StaffAccounts(bench.journal, bench.engine, bench.vault).disable("ghost", by="t")
    assert audited(bench) == bench.journal.seq


async def test_a_revoked_token_may_have_no_row_any_more(bench, courier):
    await bench.journal.write(lambda db: db.execute("delete from token where name = 'gateway-2'"))
    await bench.engine.record(Noted(what="token-revoked", about="gateway-2"), "t")
    assert audited(bench) == bench.journal.seq
