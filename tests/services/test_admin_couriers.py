"""Couriers and tokens on the command line: renewed, ended and listed, in the running daemon at once."""

import asyncio
import io

import pytest
from services_bench import no_backups

from locker.core.events.record import rfc3339
from locker.journal.audit import audit
from locker.services.admin.admin_commands import AdminCommands, CommandFailed
from locker.services.admin.command_line import admin_act, build_parser
from locker.services.people import CourierAccounts, MachineTokens, StaffAccounts
from locker.services.policies import RuleBook

FILE = ["--config", "site.toml"]


@pytest.fixture
async def couriers(bench):
    return CourierAccounts(bench.journal, bench.engine, bench.vault)


@pytest.fixture
async def tokens(bench):
    return MachineTokens(bench.journal, bench.engine)


@pytest.fixture
async def admin(bench, tokens, couriers):
    staff, backups = StaffAccounts(bench.journal, bench.engine, bench.vault), no_backups(bench)
    return AdminCommands(tokens, staff, couriers, bench.engine, backups, RuleBook(bench.journal, bench.engine))


def act(*words, stdin=""):
    return admin_act(build_parser().parse_args([*words, *FILE]), io.StringIO(stdin))


async def test_a_disabled_courier_is_out_at_once_and_a_renewed_one_comes_in_with_the_new_pin_only(
    bench, admin, couriers
):
    name = await admin.execute(*act("courier", "add", "SF", "Li Na", stdin="1234\n"))
    assert (await couriers.sign_in("SF", "1234")).id == name
    await admin.execute(*act("courier", "disable", "sf", "li na"))
    assert await couriers.sign_in("SF", "1234") is None
    assert not couriers.may_put_in(name)
    assert (await admin.execute(*act("courier", "list"))).split("\t") == [name, "SF", "Li Na", "disabled"]
    await admin.execute(*act("courier", "renew", name, stdin="5678\n"))
    assert (await couriers.sign_in("SF", "5678")).id == name
    assert await couriers.sign_in("SF", "1234") is None
    await couriers.load()
    assert (await couriers.sign_in("SF", "5678")).id == name
    assert "active" in await admin.execute(*act("courier", "list"))
    rows = await bench.rows("select json_extract(data, '$.what') as what from event where kind = 'Noted' order by seq")
    assert [row["what"] for row in rows] == ["courier-added", "courier-suspended", "courier-renewed"]
    assert audit(bench.journal.db)


async def test_a_name_that_two_bear_is_asked_for_by_id_and_a_pin_of_another_is_not_taken(admin, couriers):
    first = await admin.execute(*act("courier", "add", "SF", "Li Wei", stdin="1234"))
    second = await admin.execute(*act("courier", "add", "SF", "Li Wei", stdin="4321"))
    with pytest.raises(CommandFailed, match="say the id") as several:
        await admin.execute(*act("courier", "disable", "SF", "Li Wei"))
    assert first in str(several.value)
    assert second in str(several.value)
    with pytest.raises(CommandFailed, match="choose another"):
        await admin.execute(*act("courier", "renew", first, stdin="4321"))
    with pytest.raises(CommandFailed, match="4 to 10 digits"):
        await admin.execute(*act("courier", "renew", first, stdin="12"))
    await admin.execute(*act("courier", "disable", first))
    assert (await couriers.sign_in("SF", "4321")).id == second
    assert "before" in await admin.execute(*act("courier", "disable", first))
    for nobody in (["ghost"], ["SF", "Nobody"]):
        with pytest.raises(CommandFailed, match="no such courier"):
            await admin.execute(*act("courier", "disable", *nobody))


async def test_a_revoked_token_lets_nobody_in_from_now_on_and_its_name_is_never_anothers(bench, admin, tokens):
    text = await admin.execute(*act("token", "create", "gateway", "--scope", "read", "deposit"))
    known = tokens.find(text)
    assert tokens.stands(known)
    await admin.execute(*act("token", "revoke", "gateway"))
    assert tokens.find(text) is None
    assert not tokens.stands(known)
    await tokens.load()
    assert tokens.find(text) is None
    await admin.execute(*act("token", "create", "gateway", "--scope", "read"))
    assert (await admin.execute(*act("token", "list"))).startswith("gateway-2\tread\tmade 2026-03-01")
    with pytest.raises(CommandFailed, match="no token here is called 'gateway'"):
        await admin.execute(*act("token", "revoke", "gateway"))
    rows = await bench.rows(
        "select json_extract(data, '$.about') as about from event"
        " where json_extract(data, '$.what') = 'token-revoked' and by = 'command-line'"
    )
    assert [row["about"] for row in rows] == ["gateway"]


async def test_a_list_tells_when_a_token_was_last_used_and_never_the_token(admin, tokens, bench):
    assert await admin.execute(*act("token", "list")) == "there are none"
    text = await admin.execute(*act("token", "create", "gateway", "--scope", "read"))
    assert "not used yet" in await admin.execute(*act("token", "list"))
    bench.clock.advance(60)
    tokens.find(text)
    listed = await admin.execute(*act("token", "list"))
    assert "no end\tlast used 2026-03-01T08:01:00" in listed
    assert text not in listed


async def test_a_token_of_some_days_lets_nobody_in_after_them_and_stands_in_the_list_until_it_is_revoked(
    bench, admin, tokens
):
    text = await admin.execute(*act("token", "create", "guest", "--scope", "read", "--days", "2"))
    known = tokens.find(text)
    bench.clock.advance(2 * 86400 - 1)
    assert tokens.find(text) == known
    assert tokens.stands(known)
    assert "ends 2026-03-03T08:00:00" in await admin.execute(*act("token", "list"))
    bench.clock.advance(1)
    assert tokens.find(text) is None
    assert not tokens.stands(known)
    await tokens.load()
    assert tokens.find(text) is None
    assert "ended 2026-03-03T08:00:00" in await admin.execute(*act("token", "list"))
    assert audit(bench.journal.db)
    await admin.execute(*act("token", "revoke", "guest"))
    assert await admin.execute(*act("token", "list")) == "there are none"
    for days in ("0", "-1", "3651"):
        with pytest.raises(CommandFailed, match="lasts 1 to 3650 days"):
            await admin.execute(*act("token", "create", "guest", "--scope", "read", "--days", days))


async def test_last_uses_are_written_together_every_ten_minutes_at_most_and_survive_a_restart(bench, tokens):
    texts = [await tokens.create(name, ["read"], by="test") for name in ("one", "two")]
    keeping = asyncio.create_task(tokens.run())

    async def written():
        await bench.quiet()
        rows = await bench.rows("select name, used_at from token order by name")
        return [row["used_at"] for row in rows]

    async def pass_by(seconds):
        for _ in range(seconds):
            bench.clock.advance(1)
            await asyncio.sleep(0)
        await bench.journal.write(lambda db: None)  # behind what was to be written

    for text in texts:
        tokens.find(text)
    await pass_by(29)
    assert await written() == [None, None]
    await pass_by(2)
    first = await written()
    assert None not in first
    tokens.find(texts[0])
    await pass_by(560)
    assert await written() == first
    await pass_by(90)
    second = await written()
    assert second[0] > first[0]
    assert second[1] == first[1]
    keeping.cancel()
    again = MachineTokens(bench.journal, bench.engine)
    await again.load()
    assert [rfc3339(each.used_at) for each in await again.listed()] == second


@pytest.mark.parametrize(
    "words",
    [
        ["token", "create"],
        ["token", "create", "x"],
        ["token", "revoke"],
        ["courier", "add", "SF"],
        ["courier", "renew"],
    ],
)
def test_what_a_command_lacks_is_said_in_a_sentence(words):
    with pytest.raises(CommandFailed, match=r"^say "):
        act(*words)


def test_only_add_and_renew_read_a_pin():
    assert act("courier", "disable", "c1", stdin="1234") == ("courier-disable", {"company": "c1", "name": ""})
    assert act("courier", "renew", "c1", stdin="1234")[1]["pin"] == "1234"


async def test_CUR_02_a_badge_is_enrolled_and_ended_on_the_command_line(admin, couriers):
    name = await admin.execute(*act("courier", "add", "SF", "Li Na", stdin="1234\n"))
    said = await admin.execute(*act("courier", "badge", "SF", "Li Na", "--alone", stdin="EMP:4711-0099\n"))
    assert said == "the badge signs in alone"
    courier, badge = couriers.of_badge("EMP:4711-0099")
    assert (courier.id, badge.alone) == (name, True)
    with pytest.raises(CommandFailed, match="8 to 200 characters"):
        await admin.execute(*act("courier", "badge", "SF", "Li Na", stdin="short\n"))
    await admin.execute(*act("courier", "badge", name, "--end"))
    assert couriers.of_badge("EMP:4711-0099") is None
