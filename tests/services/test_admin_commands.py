"""What the command line asks of the house: accounts that are made, renewed and ended."""

import asyncio
import io
from datetime import timedelta

import pytest
from services_bench import no_backups, until
from staff_phone import StaffPhone

from locker.core.model import Seen
from locker.services.admin.admin_commands import AdminCommands, CommandFailed
from locker.services.admin.command_line import admin_act, build_parser
from locker.services.admin.control_socket import ask_daemon, serve_control_socket
from locker.services.people.courier_accounts import CourierAccounts
from locker.services.people.machine_tokens import MachineTokens
from locker.services.people.staff_accounts import StaffAccounts
from locker.services.policies import RuleBook
from lockerd.idle_command import until_idle

GOOD, OTHER = "river-stone-42", "harbour-lamp-17"
DESK = "192.0.2.10"


@pytest.fixture
async def staff(bench):
    return StaffAccounts(bench.journal, bench.engine, bench.vault)


@pytest.fixture
async def admin(bench, staff):
    couriers = CourierAccounts(bench.journal, bench.engine, bench.vault)
    tokens = MachineTokens(bench.journal, bench.engine)
    return AdminCommands(
        tokens, staff, couriers, bench.engine, no_backups(bench), RuleBook(bench.journal, bench.engine)
    )


async def test_a_disabled_account_is_out_at_once_and_a_renewed_one_comes_in_with_a_new_secret(bench, staff, admin):
    secret = await admin.execute("staff-add", {"name": "chen.lin", "role": "operator"})
    phone = StaffPhone(bench.clock)
    opened = await phone.enrol(staff, await staff.set_up("chen.lin", secret, GOOD, DESK))
    assert await staff.sessions.find(opened.id, prolong=False)
    await admin.execute("staff-disable", {"name": "chen.lin", "role": "operator"})
    assert await staff.sessions.find(opened.id, prolong=False) is None
    assert await staff.sign_in("chen.lin", GOOD, DESK) is None
    bench.clock.advance(600)
    again = await admin.execute("staff-renew", {"name": "chen.lin", "role": "operator"})
    assert await staff.set_up("chen.lin", secret, OTHER, DESK) is None
    bench.clock.advance(600)
    pending = await staff.set_up("chen.lin", again, OTHER, DESK)
    assert await phone.enrol(staff, pending), "with another phone too, for the first may be what was lost"
    rows = await bench.rows(
        "select json_extract(data, '$.what') as what, by from event where kind = 'Noted' order by seq"
    )
    assert [row["what"] for row in rows if row["by"] == "command-line"] == [
        "staff-added",
        "staff-disabled",
        "staff-renewed",
    ]


@pytest.mark.parametrize("act", ["staff-disable", "staff-renew"])
async def test_nobody_of_that_name_is_said_and_nothing_recorded(bench, admin, act):
    with pytest.raises(CommandFailed, match="nobody here is called 'ghost'"):
        await admin.execute(act, {"name": "ghost", "role": "operator"})
    assert await bench.rows("select 1 from event where kind = 'Noted'") == []


@pytest.mark.parametrize("act", ["add", "renew", "disable"])
def test_the_command_line_knows_each_act(act):
    arguments = build_parser().parse_args(["staff", act, "chen.lin", "--config", "site.toml"])
    assert (arguments.act, arguments.name) == (act, "chen.lin")


async def test_a_clock_that_agrees_moves_nothing_and_one_that_was_wrong_is_taken_by_a_persons_word(bench, admin):
    assert "nothing moved" in await admin.execute("clock-accept", {})
    bench.clock.ahead -= timedelta(hours=5)
    await bench.quiet()
    said = await admin.execute("clock-accept", {})
    assert "back by 5:00:00" in said
    assert [row["by"] for row in await bench.rows("select by from event where kind = 'ClockJumped'")] == [
        "command-line"
    ]
    arguments = build_parser().parse_args(["clock", "accept", "--config", "site.toml"])
    assert admin_act(arguments, io.StringIO()) == ("clock-accept", {})


async def test_a_sealed_cabinet_says_through_its_socket_that_nothing_was_changed(bench, admin, tmp_path):
    bench.engine.seal("full", until=lambda: "full")
    server = asyncio.create_task(serve_control_socket(tmp_path, admin.execute))
    await until((tmp_path / "control").exists, "the socket")
    with pytest.raises(CommandFailed, match="nothing was changed, because the cabinet is sealed"):
        await ask_daemon(tmp_path, "staff-add", {"name": "chen", "role": "operator"})
    server.cancel()


async def test_whoever_restarts_the_daemon_hears_who_is_at_a_door_and_waits(bench, admin):
    folder = bench.folder
    await until_idle(folder, 0)  # no daemon, so nobody is served
    serving = asyncio.create_task(serve_control_socket(folder, admin.execute))
    await until((folder / "control").exists)
    await until_idle(folder, 0)
    await bench.resident()
    door = (await bench.deposit()).compartment
    with pytest.raises(CommandFailed, match=f"somebody is at {door}"):
        await until_idle(folder, 0)
    waiting = asyncio.create_task(until_idle(folder, 600))
    await bench.door(door, Seen.OPEN, Seen.SHUT)
    bench.clock.advance(5)
    await waiting
    serving.cancel()
