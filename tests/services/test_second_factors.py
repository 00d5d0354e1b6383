"""The second factor of staff: no code works twice, none is guessed, who lost the phone comes in (ASVS 6.5)."""

import asyncio
import statistics
from datetime import UTC, datetime

import pyotp
import pytest
from staff_phone import StaffPhone

from locker.core.reasons import RefusalReason, Refused
from locker.services.people import one_time_codes
from locker.services.people.one_time_codes import matching_step, new_recovery_codes, new_secret
from locker.services.people.pending_sign_ins import LASTS
from locker.services.people.roles import Role
from locker.services.people.second_factors import LIMITS
from locker.services.people.staff_accounts import StaffAccounts
from locker.vault import CannotUnseal

GOOD, DESK = "river-stone-42", "192.0.2.10"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def staff(bench):
    return StaffAccounts(bench.journal, bench.engine, bench.vault)


@pytest.fixture
def phone(bench):
    return StaffPhone(bench.clock)


@pytest.fixture
async def chen(staff, phone):
    """Somebody who has just set everything up, and their recovery codes."""
    pending = await staff.set_up("chen", await staff.add("chen", Role.OPERATOR, by="test"), GOOD, DESK)
    phone.scan("chen", pending.new_secret)
    return await staff.enrol(pending, phone.code("chen"))


async def step_one(staff, bench):
    bench.clock.advance(90)
    return await staff.sign_in("chen", GOOD, DESK)


def wrong(phone, bench):
    """A code that is right neither now nor in the half minutes around."""
    totp = pyotp.TOTP(phone.secrets["chen"])
    here = totp.timecode(bench.clock.now())
    right = {totp.generate_otp(step) for step in range(here - 2, here + 3)}
    return next(text for text in map("{:06d}".format, range(1000)) if text not in right)


def test_a_code_is_taken_in_its_half_minute_and_the_ones_beside_it_and_only_after_the_last_one_used():
    secret = new_secret()
    assert len(secret) * 5 >= 128
    totp = pyotp.TOTP(secret)
    here = totp.timecode(NOON)
    for step in range(here - 3, here + 4):
        taken = matching_step(secret, totp.generate_otp(step), NOON, 0)
        assert taken == (step if abs(step - here) <= 1 else None)
    assert matching_step(secret, totp.at(NOON), NOON, here) is None
    assert matching_step(secret, totp.generate_otp(here + 1), NOON, here) == here + 1
    assert matching_step(secret, f" {totp.at(NOON)[:3]} {totp.at(NOON)[3:]} ", NOON, 0) == here
    for typed in ("", "12345", "1234567", "\ud800", "abcdef"):
        assert matching_step(secret, typed, NOON, here + 1) is None


def test_the_code_is_that_of_the_standard():
    """RFC 6238, appendix B: the last six digits of the first line of SHA-1."""
    at = datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert one_time_codes.current_code(secret, at) == "287082"
    assert matching_step(secret, "287082", at, 0) == 1


def test_recovery_codes_are_long_and_all_different():
    codes = new_recovery_codes()
    assert len(set(codes)) == len(codes) == 10
    assert all(len(each.replace("-", "")) * 5 >= 80 for each in codes)


async def test_a_password_alone_opens_nothing(bench, staff, phone, chen):
    pending = await step_one(staff, bench)
    assert pending.new_secret == "", "the secret is shown to nobody who has set an app up"
    assert await staff.sessions.find(pending.id) is None
    assert await staff.finish(pending, "") is None
    bench.clock.advance(60)
    assert await staff.finish(pending, GOOD) is None


@pytest.mark.parametrize("role", list(Role))
async def test_X4_every_role_needs_it(bench, staff, phone, role):
    secret = await staff.add("new.one", role, by="test")
    pending = await staff.set_up("new.one", secret, GOOD, DESK)
    assert await staff.sessions.listed() == []
    assert (await phone.enrol(staff, pending)).session.role == role


async def test_no_code_works_twice_also_after_a_restart_and_not_for_two_at_once(bench, staff, phone, chen):
    one, other = await step_one(staff, bench), await staff.sign_in("chen", GOOD, DESK)
    code = phone.code("chen")
    both = await asyncio.gather(staff.finish(one, code), staff.finish(other, code))
    assert sum(each is not None for each in both) == 1
    again = StaffAccounts(bench.journal, bench.engine, bench.vault)
    bench.clock.advance(LIMITS.longest_s)
    bench.clock.advance(-LIMITS.longest_s)
    with pytest.raises(Refused):  # the second of the two counted as a wrong try, and is remembered
        await again.finish(await again.sign_in("chen", GOOD, DESK), code)
    bench.clock.advance(1)
    assert await again.finish(await again.sign_in("chen", GOOD, DESK), code) is None


async def test_a_code_of_another_account_is_wrong(bench, staff, phone, chen):
    pending = await staff.set_up("wu", await staff.add("wu", Role.SUPERVISOR, by="test"), GOOD, "192.0.2.11")
    await phone.enrol(staff, pending)
    pending = await step_one(staff, bench)
    assert await staff.finish(pending, phone.code("wu")) is None


async def test_the_secret_is_sealed_and_worth_nothing_under_another_name_or_key(bench, staff, phone, chen):
    row = (await bench.rows("select totp from staff"))[0]["totp"]
    secret = phone.secrets["chen"]
    assert secret.encode() not in row
    assert bench.vault.unseal_authenticator("chen", row) == secret
    with pytest.raises(CannotUnseal):
        bench.vault.unseal_authenticator("wu", row)
    stored = str(await bench.rows("select * from staff")) + str(await bench.rows("select * from recovery_code"))
    assert all(code not in stored and code.replace("-", "") not in stored for code in chen.recovery_codes)


async def test_a_recovery_code_stands_once_for_the_phone(bench, staff, chen):
    first, second, *_ = chen.recovery_codes
    assert await staff.finish(await step_one(staff, bench), first.lower().replace("-", " ")) is not None
    assert await staff.finish(await step_one(staff, bench), first) is None
    assert await staff.second_factors.recovery_codes_left("chen") == 9
    bench.clock.advance(60)
    new = await staff.second_factors.renew_recovery_codes("chen")
    pending = await step_one(staff, bench)
    assert await staff.finish(pending, second) is None, "the former ones end with the new ones"
    bench.clock.advance(60)
    assert await staff.finish(pending, new[0]) is not None


async def test_wrong_codes_wait_longer_up_to_an_hour_are_counted_over_a_restart_and_forgotten_by_a_right_one(
    bench, staff, phone, chen
):
    waits = []
    for _ in range(13):
        again = StaffAccounts(bench.journal, bench.engine, bench.vault)
        pending = await again.sign_in("chen", GOOD, DESK)
        assert await again.finish(pending, wrong(phone, bench)) is None
        with pytest.raises(Refused) as refused:
            await again.finish(pending, pyotp.TOTP(phone.secrets["chen"]).at(bench.clock.now()))
        assert refused.value.reason is RefusalReason.THROTTLED
        waits.append(refused.value.retry_after)
        bench.clock.advance(refused.value.retry_after)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    staff.second_factors.forget("chen")
    assert await phone.finish(staff, await staff.sign_in("chen", GOOD, DESK)) is not None
    assert await staff.finish(await step_one(staff, bench), wrong(phone, bench)) is None


def test_so_a_thief_of_a_password_guesses_less_than_one_code_in_ten_thousand_a_day():
    """Three codes of a million are right at any moment; after the first twelve tries one an hour is evaluated."""
    tries_a_day = 12 + 24 * 3600 / LIMITS.longest_s
    assert 3 * tries_a_day / 10**6 < 1.2e-4


async def test_many_codes_at_once_are_tried_one_by_one(bench, staff, phone, chen):
    pending = await step_one(staff, bench)
    tried = [staff.finish(pending, f"{number:06d}") for number in range(200)]
    answers = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in answers) >= 199


async def test_a_stranger_without_the_password_makes_nobody_wait_for_a_code(bench, staff, phone, chen):
    for number in range(20):
        assert await staff.sign_in("chen", f"wrong-{number}", f"198.51.100.{number}") is None
        bench.clock.advance(60)
    assert await phone.finish(staff, await staff.sign_in("chen", GOOD, DESK)) is not None


async def test_between_the_steps_there_are_ten_minutes_and_five_codes(bench, staff, phone, chen):
    late = await step_one(staff, bench)
    bench.clock.advance(LASTS.total_seconds())
    assert staff.pending(late.id) is None
    pending = await step_one(staff, bench)
    for _ in range(5):
        assert staff.pending(pending.id) is not None
        assert await staff.finish(pending, wrong(phone, bench)) is None
        bench.clock.advance(LIMITS.longest_s / 100)
    assert staff.pending(pending.id) is None


async def test_whoever_was_disabled_or_renewed_between_the_steps_does_not_come_in(bench, staff, phone, chen):
    for change in (staff.renew, staff.disable):
        pending = await step_one(staff, bench)
        await change("chen", by="test")
        assert pending is None or staff.pending(pending.id) is None


async def test_a_renewed_account_sets_up_password_and_app_anew(bench, staff, phone, chen):
    secret = await staff.renew("chen", by="test")
    bench.clock.advance(60)
    pending = await staff.set_up("chen", secret, "harbour-lamp-17", DESK)
    assert pending.new_secret not in {"", phone.secrets["chen"]}
    assert (await bench.rows("select count(*) as n from recovery_code"))[0]["n"] == 0


async def test_an_account_of_before_sets_an_app_up_at_its_next_sign_in(bench, staff, phone, chen):
    await bench.journal.write(lambda db: db.execute("update staff set totp = null, totp_step = 0"))
    again = StaffAccounts(bench.journal, bench.engine, bench.vault)
    pending = await step_one(again, bench)
    assert pending.new_secret
    assert await again.finish(pending, chen.recovery_codes[0]) is None
    assert await phone.enrol(again, pending) is not None
    assert not [each for each in await again.accounts() if not each.ready]


async def test_of_two_who_set_one_account_up_at_once_one_comes_in(bench, staff, phone):
    secret = await staff.add("chen", Role.OPERATOR, by="test")
    mine = await staff.set_up("chen", secret, GOOD, DESK)
    bench.clock.advance(60)
    theirs = await staff.sign_in("chen", GOOD, "198.51.100.66")
    assert mine.new_secret != theirs.new_secret
    assert await phone.enrol(staff, mine) is not None
    totp = pyotp.TOTP(theirs.new_secret)
    assert await staff.enrol(theirs, totp.at(bench.clock.now())) is None


async def test_another_phone_holds_when_it_has_shown_a_code_and_ends_every_other_session(bench, staff, phone, chen):
    pending = staff.begin_another_app(chen.session.session, DESK)
    old = StaffPhone(bench.clock)
    old.scan("chen", phone.secrets["chen"])
    assert await staff.enrol(pending, old.code("chen")) is None, "the old one does not vouch for the new one"
    assert await old.finish(staff, await step_one(staff, bench)) is not None, "until then the old one holds"
    enrolled = await phone.enrol(staff, pending)
    assert [each.hash for each in await staff.sessions.listed()] == [enrolled.session.hash]
    bench.clock.advance(90)
    assert await staff.finish(await step_one(staff, bench), old.code("chen")) is None


async def test_a_proof_is_fresh_for_five_minutes_and_outlives_a_restart(bench, staff, phone, chen):
    async def session(accounts=staff):
        return await accounts.sessions.find(chen.session.id)

    assert (await session()).is_proved(bench.clock.now())
    bench.clock.advance(301)
    assert not (await session()).is_proved(bench.clock.now())
    assert not await staff.prove(await session(), wrong(phone, bench))
    bench.clock.advance(60)
    assert await staff.prove(await session(), phone.code("chen"))
    again = StaffAccounts(bench.journal, bench.engine, bench.vault)
    assert (await session(again)).is_proved(bench.clock.now())


async def test_a_witness_needs_password_and_code(bench, staff, phone, chen):
    bench.clock.advance(90)
    assert await staff.witness("chen", GOOD, wrong(phone, bench), DESK) is None
    bench.clock.advance(60)
    assert await staff.witness("chen", "wrong-stone-42", phone.code("chen"), DESK) is None
    bench.clock.advance(60)
    assert await staff.witness("chen", GOOD, phone.code("chen"), DESK) == "chen"


async def test_without_its_key_the_cabinet_lets_nobody_in_and_counts_nothing(bench, staff, phone, chen):
    pending = await step_one(staff, bench)
    bench.vault.has_key = False
    with pytest.raises(Refused) as refused:
        await staff.finish(pending, phone.code("chen"))
    assert refused.value.reason is RefusalReason.SEALED
    bench.vault.has_key = True
    assert await phone.finish(staff, pending) is not None


async def test_wrong_codes_are_counted_while_nothing_can_be_written(bench, staff, phone, chen):
    pending = await step_one(staff, bench)
    bench.journal.db.execute("pragma query_only = on")
    assert await staff.finish(pending, wrong(phone, bench)) is None
    with pytest.raises(Refused):
        await staff.finish(pending, phone.code("chen"))
    bench.clock.advance(60)
    code = phone.code("chen")
    assert await staff.finish(pending, code) is not None
    other = await staff.sign_in("chen", GOOD, DESK)
    assert await staff.finish(other, code) is None, "memory alone keeps what was used"
    bench.journal.db.execute("pragma query_only = off")


async def test_right_and_wrong_codes_take_the_same_work(bench, staff, phone, chen, monkeypatch):
    """A code is compared with three of the app whatever it is; how long the comparison takes tells nothing."""
    compared = []
    digest = one_time_codes.hmac.compare_digest
    monkeypatch.setattr(one_time_codes.hmac, "compare_digest", lambda *pair: compared.append(pair) or digest(*pair))
    pending = await step_one(staff, bench)
    await staff.finish(pending, wrong(phone, bench))
    bench.clock.advance(60)
    await staff.finish(pending, phone.code("chen"))
    assert len(compared) == 6
    assert statistics.mean(len(pair[0]) for pair in compared) == 6
