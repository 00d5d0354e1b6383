"""Accounts and sessions of staff on the real engine and journal: ASVS 6, and no default account."""

import asyncio
from pathlib import Path

import argon2
import pytest
from staff_phone import StaffPhone

from locker.core.reasons import RefusalReason, Refused
from locker.services.people import passwords
from locker.services.people.passwords import PasswordHashing, PasswordWeakness, password_weakness
from locker.services.people.roles import RIGHTS, Right, Role
from locker.services.people.staff_accounts import StaffAccounts

GOOD = "river-stone-42"
DESK = "192.0.2.10"
STRANGER = "198.51.100.66"


@pytest.fixture
async def staff(bench):
    return StaffAccounts(bench.journal, bench.engine, bench.vault)


@pytest.fixture
def phone(bench):
    return StaffPhone(bench.clock)


@pytest.fixture
def ready(staff, phone):
    async def enrolled(name="chen.lin", role=Role.OPERATOR, source=DESK):
        secret = await staff.add(name, role, by="test")
        return await phone.enrol(staff, await staff.set_up(name, secret, GOOD, source))

    return enrolled


async def notes(bench):
    rows = await bench.rows("select by, data from event where kind = 'Noted' order by seq")
    return [(row["by"], row["data"]) for row in rows]


async def waited(staff, bench, name, password, source):
    """Sign in as somebody does who waits as long as is asked."""
    for _ in range(10):
        try:
            return await staff.sign_in(name, password, source)
        except Refused as refused:
            bench.clock.advance(refused.retry_after)
    raise AssertionError("never let in")


async def test_X5_there_is_no_default_account(bench, staff):
    assert await staff.accounts() == []
    assert await bench.rows("select * from staff") == []


async def test_a_new_account_cannot_sign_in_before_it_chose_a_password(bench, staff):
    secret = await staff.add("chen.lin", Role.OPERATOR, by="test")
    assert await staff.sign_in("chen.lin", "", DESK) is None
    bench.clock.advance(60)
    assert await staff.sign_in("chen.lin", secret, "203.0.113.7") is None


async def test_the_secret_is_kept_as_a_hash_and_works_once(bench, staff):
    secret = await staff.add("chen.lin", Role.OPERATOR, by="test")
    assert len(secret.replace("-", "")) * 5 >= 112
    row = (await bench.rows("select * from staff"))[0]
    assert secret not in row.values()
    assert await staff.set_up("chen.lin", secret.lower().replace("-", " "), GOOD, DESK) is not None
    assert await staff.set_up("chen.lin", secret, "another-stone-43", STRANGER) is None
    assert await waited(staff, bench, "chen.lin", GOOD, DESK) is not None


async def test_of_two_who_use_one_secret_at_once_one_comes_in(staff):
    secret = await staff.add("chen.lin", Role.OPERATOR, by="test")
    both = await asyncio.gather(
        staff.set_up("chen.lin", secret, GOOD, DESK), staff.set_up("chen.lin", secret, "another-stone-43", STRANGER)
    )
    assert sum(one is not None for one in both) == 1


async def test_the_secret_is_valid_for_24_hours(bench, staff):
    secret = await staff.add("chen.lin", Role.OPERATOR, by="test")
    bench.clock.advance(24 * 3600 - 60)
    assert await staff.set_up("chen.lin", secret, GOOD, DESK) is not None
    late = await staff.add("late.one", Role.OPERATOR, by="test")
    bench.clock.advance(24 * 3600 + 1)
    assert await staff.set_up("late.one", late, GOOD, DESK) is None


async def test_passwords_are_argon2id_with_19_mib_and_two_passes(ready, bench, staff):
    await ready()
    kept = (await bench.rows("select password from staff"))[0]["password"]
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("seven77", PasswordWeakness.SHORT),
        ("x" * 64 + "y" * 65, PasswordWeakness.LONG),
        ("Password123", PasswordWeakness.COMMON),
        ("88888888", PasswordWeakness.COMMON),
        ("zzzzzzzzzz", PasswordWeakness.COMMON),
        ("Chen.Lin", PasswordWeakness.NAME),
        ("chenlinchenlin", PasswordWeakness.NAME),
        ("nil-nehc", PasswordWeakness.NAME),
    ],
)
def test_a_weak_password_is_named(password, why):
    assert password_weakness("chen.lin", password) is why


@pytest.mark.parametrize(
    "password",
    ["river-stone-42", "correct horse battery", "雨后山中蔓草荣荣", "chen.lin is at work", "y" * 64 + "z" * 64],
)
def test_nothing_is_asked_of_a_password_but_length_and_not_being_the_first_guess(password):
    assert password_weakness("chen.lin", password) is None


def test_the_3000_most_common_passwords_are_refused_in_any_case():
    lines = (Path(passwords.__file__).parent / "common_passwords.txt").read_text().splitlines()
    common = [line for line in lines if not line.startswith("# ")]
    assert len(set(common)) == 3000
    for each in (*common, "liverpool", "Chocolate", "BUTTERFLY", "baseball1", "pass1234", "zaq12wsx"):
        assert password_weakness("chen.lin", each) is PasswordWeakness.COMMON, each


@pytest.mark.parametrize(
    "typed",
    ["\uff52iver stone 42", "river\u3000stone\u300042", "river \u200bstone\u200d 42\ufeff", "ri\u00adver stone 42"],
)
async def test_a_password_is_the_same_on_any_keyboard(typed):
    hashing = PasswordHashing()
    assert await hashing.verify(await hashing.hash("river stone 42"), typed)


async def test_a_weak_password_is_never_kept(staff):
    secret = await staff.add("chen.lin", Role.OPERATOR, by="test")
    with pytest.raises(ValueError, match="weak"):
        await staff.set_up("chen.lin", secret, "chen.lin", DESK)
    assert await staff.set_up("chen.lin", secret, GOOD, DESK) is not None


async def test_wrong_password_unknown_name_and_disabled_account_get_one_answer_after_the_same_work(
    ready, bench, staff, monkeypatch
):
    await ready()
    await ready("gone.one", source="192.0.2.11")
    await staff.disable("gone.one", by="test")
    tried = []
    verify = argon2.PasswordHasher.verify

    def counted(self, kept, password):
        tried.append(kept[: len("$argon2id$v=19$m=19456,t=2,p=1$")])
        return verify(self, kept, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for number, name in enumerate(("chen.lin", "nobody.here", "gone.one")):
        assert (
            await staff.sign_in(name, GOOD if name != "chen.lin" else "wrong-stone-42", f"203.0.113.{number}") is None
        )
    assert tried == ["$argon2id$v=19$m=19456,t=2,p=1$"] * 3


async def test_wrong_tries_of_one_source_wait_longer_each_time_and_never_for_good(bench, staff):
    waits = []
    for _ in range(9):
        assert await staff.sign_in(f"guess{len(waits)}", "wrong-stone-42", STRANGER) is None
        with pytest.raises(Refused) as refused:
            await staff.sign_in("yet.another", "wrong-stone-42", STRANGER)
        assert refused.value.reason is RefusalReason.THROTTLED
        waits.append(refused.value.retry_after)
        bench.clock.advance(refused.value.retry_after)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_try_during_the_wait_is_not_evaluated(ready, bench, staff):
    await ready()
    await staff.sign_in("chen.lin", "wrong-stone-42", STRANGER)
    with pytest.raises(Refused):
        await staff.sign_in("chen.lin", GOOD, STRANGER)


async def test_wrong_tries_from_many_sources_slow_the_account_down_but_not_where_it_signed_in_before(
    ready, bench, staff
):
    await ready()
    for number in range(6):
        await waited(staff, bench, "chen.lin", "wrong-stone-42", f"203.0.113.{number}")
    with pytest.raises(Refused) as refused:
        await staff.sign_in("chen.lin", GOOD, "203.0.113.99")
    assert 1 <= refused.value.retry_after <= 60
    assert await staff.sign_in("chen.lin", GOOD, DESK) is not None


async def test_an_account_that_is_attacked_is_let_in_from_anywhere_after_the_wait(ready, bench, staff):
    await ready()
    for number in range(12):
        await waited(staff, bench, "chen.lin", "wrong-stone-42", f"203.0.113.{number}")
    bench.clock.advance(60)
    assert await staff.sign_in("chen.lin", GOOD, "203.0.113.99") is not None


async def test_tries_at_once_from_one_source_are_evaluated_one_by_one(ready, staff):
    await ready()
    answers = await asyncio.gather(
        *(staff.sign_in("chen.lin", f"wrong-stone-{n}", STRANGER) for n in range(20)), return_exceptions=True
    )
    assert answers.count(None) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 19


async def test_a_flood_of_log_ins_is_hashed_one_at_a_time_and_the_rest_is_refused(staff):
    hashes = PasswordHashing(max_waiting=3)
    answers = await asyncio.gather(*(hashes.verify(None, "x") for _ in range(10)), return_exceptions=True)
    assert answers.count(False) == 3
    assert all(answer.reason is RefusalReason.THROTTLED for answer in answers if isinstance(answer, Refused))


async def test_every_try_is_recorded_without_the_password(ready, bench, staff, phone):
    await ready()
    await staff.sign_in("chen.lin", "wrong-stone-42", STRANGER)
    await staff.sign_in("typed-my-password-here", "x", "203.0.113.5")
    bench.clock.advance(60)
    pending = await staff.sign_in("chen.lin", GOOD, DESK)
    assert await staff.finish(pending, "000000") is None
    bench.clock.advance(60)
    await phone.finish(staff, pending)
    kept = await notes(bench)
    mine = "staff:chen.lin"
    assert [by for by, _ in kept] == ["test", mine, mine, "panel", "panel", "panel", mine]
    text = str(kept)
    assert "staff-signed-in" in text
    assert "staff-sign-in-wrong" in text
    assert "staff-code-wrong" in text
    for secret in (GOOD, "wrong-stone-42", "typed-my-password-here", "000000", phone.secrets["chen.lin"]):
        assert secret not in text


async def test_a_session_ends_after_15_idle_minutes(ready, bench, staff):
    opened = await ready()
    bench.clock.advance(14 * 60)
    assert await staff.sessions.find(opened.id) is not None
    bench.clock.advance(14 * 60)
    assert await staff.sessions.find(opened.id) is not None
    bench.clock.advance(15 * 60)
    assert await staff.sessions.find(opened.id) is None


async def test_a_page_that_only_stays_live_keeps_nobody_signed_in(ready, bench, staff):
    opened = await ready()
    for _ in range(14):
        bench.clock.advance(60)
        assert await staff.sessions.find(opened.id, prolong=False) is not None
    bench.clock.advance(60)
    assert await staff.sessions.find(opened.id, prolong=False) is None


async def test_a_session_ends_after_12_hours_however_busy(ready, bench, staff):
    opened = await ready()
    for _ in range(71):
        bench.clock.advance(600)
        assert await staff.sessions.find(opened.id) is not None
    bench.clock.advance(600)
    assert await staff.sessions.find(opened.id) is None


async def test_of_a_session_only_the_hash_is_kept_and_every_log_in_has_a_new_id(ready, bench, staff, phone):
    first = await ready()
    second = await phone.finish(staff, await staff.sign_in("chen.lin", GOOD, DESK))
    assert first.id != second.id
    rows = await bench.rows("select hash from session")
    assert first.id not in str(rows)
    assert len(first.id) * 6 >= 256


async def test_disabling_an_account_ends_all_its_sessions_at_once(ready, bench, staff):
    opened = await ready()
    await staff.disable("chen.lin", by="test")
    assert await staff.sessions.find(opened.id) is None
    assert await staff.sign_in("chen.lin", GOOD, DESK) is None


async def test_a_session_of_an_inactive_account_is_nobodys(ready, bench, staff):
    opened = await ready()
    await bench.journal.write(lambda db: db.execute("update staff set active = 0"))
    assert await staff.sessions.find(opened.id) is None


async def test_renewing_an_account_ends_its_password_and_sessions_and_gives_a_new_secret(ready, bench, staff):
    opened = await ready()
    secret = await staff.renew("chen.lin", by="test")
    assert await staff.sessions.find(opened.id) is None
    assert await staff.sign_in("chen.lin", GOOD, DESK) is None
    bench.clock.advance(60)
    assert await staff.set_up("chen.lin", secret, "another-stone-43", DESK) is not None


async def test_another_password_ends_every_other_session(ready, bench, staff):
    first = await ready()
    second = await staff.change_password(first.session, GOOD, "another-stone-43", DESK)
    assert await staff.sessions.find(first.id) is None
    assert await staff.sessions.find(second.id) is not None
    assert await staff.change_password(first.session, GOOD, "third-stone-44", DESK) is None


async def test_a_session_is_still_there_after_a_restart(ready, bench, staff):
    opened = await ready()
    again = StaffAccounts(bench.journal, bench.engine, bench.vault)
    assert (await again.sessions.find(opened.id)).staff == "chen.lin"


@pytest.mark.parametrize("name", ["", "two words", "../x", "a" * 33, "Ünal", "x:y"])
async def test_a_name_that_is_no_name_is_refused(staff, name):
    with pytest.raises(ValueError, match="staff name"):
        await staff.add(name, Role.OPERATOR, by="test")


async def test_a_name_is_given_once(staff):
    await staff.add("chen.lin", Role.OPERATOR, by="test")
    with pytest.raises(ValueError, match="exists already"):
        await staff.add("Chen.Lin ", Role.AUDITOR, by="test")


def test_the_table_of_rights():
    assert {
        Role.OPERATOR: {
            *(Right.OPEN, Right.CLEAR, Right.SHOW, Right.WAIVE, Right.CASES, Right.HANDLE, Right.PEOPLE, Right.TASKS)
        },
        Role.TECHNICIAN: {Right.OPEN, Right.RETIRE, Right.RESTORE, Right.TASKS},
        Role.SUPERVISOR: set(Right),
        Role.AUDITOR: {Right.JOURNAL},
    } == RIGHTS


async def test_while_nothing_can_be_written_one_can_still_come_in_and_go(ready, bench, staff, phone):
    await ready()
    bench.journal.db.execute("pragma query_only = on")
    opened = await phone.finish(staff, await staff.sign_in("chen.lin", GOOD, DESK))
    assert (await staff.sessions.find(opened.id)).role == "operator"
    bench.clock.advance(14 * 60)
    assert await staff.sessions.find(opened.id) is not None
    await staff.sessions.end(opened.session.hash)
    assert await staff.sessions.find(opened.id) is None
    assert await staff.sign_in("chen.lin", "wrong-stone-42", STRANGER) is None
    bench.journal.db.execute("pragma query_only = off")
