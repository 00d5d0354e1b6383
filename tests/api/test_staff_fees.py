"""The panel's page of a parcel: what was said of it, what it costs, and letting go of that."""

import pytest
from staff_bench import an_office

from locker.services.people import Role
from locker.services.policies import NewVersion, Tariff


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def stored(office):
    """A parcel whose recipient was told at once and which waits twenty hours behind its free time."""
    bench = office.bench
    tariff = Tariff(charges=True, step_hours=12, step_price=50, cap=300)
    await bench.context.rules.add(NewVersion(1, tariff, "a tariff"), "staff:boss")
    parcel = (await bench.store("SF1"))["parcel"]
    person = next(iter(bench.context.engine.site.residents))

    def told(db):
        seq, at = db.execute("select seq, at from event where kind = 'ParcelStored'").fetchone()
        names = "id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at, done_at, channel"
        names += ", said"
        row = ["n1", seq, person, "arrival", parcel, at, 1, "sent", "", at, at, "phone", "Your parcel: code ••••"]
        db.execute(f"insert into outbox ({names}) values ({', '.join('?' * 13)})", row)
        row = ["n2", seq, person, "overdue", parcel, at, 1, "failed", "refused: 400", at, at, "", ""]
        db.execute(f"insert into outbox ({names}) values ({', '.join('?' * 13)})", row)

    await bench.context.journal.write(told)
    bench.clock.advance(92 * 3600)
    return parcel


async def test_NTF_10_the_page_of_a_parcel_tells_what_was_said_and_what_became_of_it(office):
    parcel = await stored(office)
    page = await (await office.person(Role.OPERATOR)).get(f"/parcels/{parcel}")
    assert "What was said" in page.text
    assert "sent by phone" in page.text
    assert "Your parcel: code ••••" in page.text
    assert "Overdue to" in page.text


async def test_FEE_02_staff_see_the_bill_and_waive_it_with_a_reason_or_not_at_all(office):
    parcel = await stored(office)
    person = await office.person(Role.OPERATOR)
    page = await person.get(f"/parcels/{parcel}")
    assert "2 × 12 h at 0.50 CNY 1.00 CNY" in page.text  # noqa: RUF001  the sign of times
    assert "A fee never keeps a parcel" in page.text
    assert (await person.send(page, f"/parcels/{parcel}/waive", reason=" ")).status == 422
    after = await person.send(page, f"/parcels/{parcel}/waive", reason="was ill")
    assert "Due 0.00 CNY" in after.text
    assert "The fee was waived" in after.text
    assert not after.has_form(f"/parcels/{parcel}/waive")
    technician = await office.person(Role.TECHNICIAN)
    assert (await technician.post(f"/parcels/{parcel}/waive", reason="x")).status == 403


async def test_where_nothing_is_charged_no_page_speaks_of_fees(office):
    parcel = (await office.bench.store("SF1"))["parcel"]
    page = await (await office.person()).get(f"/parcels/{parcel}")
    assert "Fee" not in page.text
