"""Drop-off passes for staff and for a carrier's own program: keys, what was used, and calling one back."""

from datetime import timedelta

import pytest
from signed_rights import PUBLIC, claims, signed
from staff_bench import an_office

from locker.core.reasons import Refused
from locker.journal.audit import AuditFault, audit
from locker.services.people import Role, Scope
from locker.services.rights import right_desk

PATH = "/people/drop-off-passes"
COMPANY = "SF Express"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        admin.boss = await admin.person(Role.SUPERVISOR, "he.jun")
        admin.rights = admin.bench.context.rights
        yield admin


def right(admin, **more):
    return signed(claims(admin.bench.engine.now(), admin.bench.context.site.id, **more))


async def registered(admin):
    return await admin.boss.send(await admin.boss.get(PATH), f"{PATH}/key", company=COMPANY, public=PUBLIC)


async def refused(admin, text):
    with pytest.raises(Refused) as why:
        await admin.rights.show(text)
    return why.value.reason.value


async def test_N5_staff_register_a_key_and_end_it_and_with_it_all_that_it_signed(admin):
    assert "no pass is taken" in (await admin.boss.get(PATH)).text
    wrong = await admin.boss.send(await admin.boss.get(PATH), f"{PATH}/key", company=COMPANY, public="no key")
    assert (wrong.status, "Not registered" in wrong.text) == (422, True)
    page = await registered(admin)
    assert "Drop-off passes: 1 carrier" in page.text
    assert (await admin.rights.show(right(admin))).left == 1
    (key,) = admin.rights.keys.listed()
    assert " ".join(key.id[at : at + 4] for at in (0, 4, 8, 12)) in page.text
    other = await admin.boss.send(page, f"{PATH}/key", company="JD", public=PUBLIC)
    assert other.status == 422, "one key is one company's"
    page = await admin.boss.send(page, f"{PATH}/end-key", key=key.id)
    assert await refused(admin, right(admin)) == "right-unknown-carrier"
    notes = [each["data"]["what"] for each in await admin.bench.events("Noted")]
    assert [each for each in notes if each.startswith("carrier")] == ["carrier-key-added", "carrier-key-ended"]


async def test_N5_staff_call_one_right_back_that_was_never_shown_and_the_list_says_so(admin):
    page = await registered(admin)
    page = await admin.boss.send(page, f"{PATH}/revoke", company=COMPANY, right="R-1")
    assert "R-1" in page.text
    assert "never used here" in page.text
    assert await refused(admin, right(admin)) == "right-revoked"
    bad = await admin.boss.send(page, f"{PATH}/revoke", company=COMPANY, right="R 1/../")
    assert bad.status == 422
    operator = await admin.person(Role.OPERATOR, "wu.di")
    seen = await operator.get(PATH)
    assert "R-1" in seen.text
    assert not seen.has_form(f"{PATH}/revoke")
    journal = await admin.boss.get("/journal")
    assert "Drop-off pass R-1 of SF Express was called back" in journal.text


async def test_N5_a_company_calls_back_its_own_rights_by_API_and_no_other(admin):
    await registered(admin)
    app = admin.bench
    own = await app.client("deposit", company=COMPANY)
    for _ in range(2):
        answer = await own.post("/deposit-rights/revoke", json={"right": "R-1"})
        assert (answer.status_code, answer.json()["company"], answer.json()["uses"]) == (200, COMPANY, 0)
    assert len(await admin.bench.events("DepositRightRevoked")) == 1
    assert await refused(admin, right(admin)) == "right-revoked"
    assert [each["right"] for each in (await own.get("/deposit-rights")).json()] == ["R-1"]
    other = await app.client("deposit", company="JD")
    assert (await other.post("/deposit-rights/revoke", json={"right": "R-2", "company": COMPANY})).status_code == 403
    assert (await other.get("/deposit-rights")).json() == []
    assert (await admin.rights.show(right(admin, jti="R-2"))).left == 1
    nobodys = await app.client("deposit")
    assert (await nobodys.post("/deposit-rights/revoke", json={"right": "R-2"})).status_code == 403
    assert (await nobodys.get("/deposit-rights")).status_code == 403
    house = await app.client("deposit", "staff")
    assert (await house.post("/deposit-rights/revoke", json={"right": "R-2"})).status_code == 422
    assert (await house.post("/deposit-rights/revoke", json={"right": "R-2", "company": COMPANY})).status_code == 200
    assert (await own.post("/deposit-rights/revoke", json={"right": "a/b"})).status_code == 422


async def test_N5_a_token_of_a_company_is_so_after_a_restart_and_the_events_tell_whose(admin):
    tokens = admin.bench.context.tokens
    text = await tokens.create("sf", [Scope.DEPOSIT], "setup", 30, company="SF  Express ")
    await tokens.load()
    assert tokens.find(text).company == COMPANY
    notes = [each["data"]["about"] for each in await admin.bench.events("Noted")]
    assert any(each.startswith("sf: deposit until") and each.endswith(f" for {COMPANY}") for each in notes)
    await admin.bench.context.journal.read(audit)
    with pytest.raises(ValueError, match="60 characters"):
        await tokens.create("long", [Scope.DEPOSIT], "setup", company="x" * 61)


async def test_N5_the_clock_that_is_known_to_be_wrong_takes_no_right(admin):
    await registered(admin)
    text = right(admin)
    ahead = admin.bench.clock.now() + timedelta(days=800)
    admin.bench.clock.now = lambda: ahead
    assert admin.bench.engine.clock_disbelieved
    assert await refused(admin, text) == "right-clock-unknown"


async def test_N5_a_key_that_was_written_into_the_table_by_hand_is_found_by_the_audit(admin):
    await registered(admin)
    journal, (key,) = admin.bench.context.journal, admin.rights.keys.listed()
    await journal.read(audit)
    await journal.write(lambda db: db.execute("update carrier_key set public = ?", ["11" * 32]))
    with pytest.raises(AuditFault, match=f"table carrier_key {key.id}"):
        await journal.read(audit)
    await journal.write(lambda db: db.execute("update carrier_key set public = ?, id = 'x'", [key.public.hex()]))
    with pytest.raises(AuditFault, match="table carrier_key"):
        await journal.read(audit)


async def test_N5_a_company_sees_no_right_of_one_whose_name_begins_as_its_own(admin):
    await admin.rights.revoke("SF/Air", "R-1", "staff:test")
    assert admin.rights.listed("SF") == []
    assert [each.name for each in admin.rights.listed("sf/air")] == ["R-1"]


async def test_N5_a_stolen_token_fills_no_memory(admin, monkeypatch):
    monkeypatch.setattr(right_desk, "MOST_REVOKED", 2)
    await registered(admin)
    own = await admin.bench.client("deposit", company=COMPANY)
    said = [(await own.post("/deposit-rights/revoke", json={"right": f"R-{n}"})).status_code for n in (1, 2, 3, 2)]
    assert said == [200, 200, 409, 200]
    page = await admin.boss.send(await admin.boss.get(PATH), f"{PATH}/revoke", company=COMPANY, right="R-4")
    assert (page.status, "its key is to be ended" in page.text) == (409, True)
