"""One table: each word about a parcel in custody, with a parcel in every state, twice, from another and without scope.

What is refused says why, with a word that the document names for that call, and leaves the journal as it was.
"""

import pytest
from machine_bench import COURIER, a_bench

from api.machine.custody_operations import CUSTODY_OPERATIONS

UNTIL = "2026-03-02T08:00:00Z"
SCOPES = ("read", "deposit", "pickup", "staff")
CALLS = {
    "hold": ("/parcels/{parcel}/hold", {"reason": "x"}),
    "unhold": ("/parcels/{parcel}/unhold", None),
    "extend": ("/parcels/{parcel}/extend", {"hours": 1}),
    "move to a place": ("/parcels/{parcel}/move", {"to": "shelf"}),
    "move to a full place": ("/parcels/{parcel}/move", {"to": "room"}),
    "move to a door": ("/parcels/{parcel}/move", {"to": "A6"}),
    "move to its own door": ("/parcels/{parcel}/move", {"to": "A1"}),
    "move to nowhere": ("/parcels/{parcel}/move", {"to": "attic"}),
    "withdraw": ("/parcels/{parcel}/withdraw", {"courier": COURIER}),
    "withdraw for another": ("/parcels/{parcel}/withdraw", {"courier": {"company": "Another", "name": "Li"}}),
    "release": ("/parcels/{parcel}/release", {"identity": "seen", "reason": "x"}),
}
NEVER = {"move to a full place", "move to nowhere", "withdraw for another"}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path, reopen_seconds=600) as bench:
        await bench.resident()
        staff = await bench.client("staff")
        await staff.post("/places/room/parcels", json=bench.deposit_body("in the room"))
        yield bench


async def _depositing(bench):
    courier = await bench.client("deposit")
    bench.doors.jammed.add("A1")
    return (await courier.post("/deposits", json=bench.deposit_body())).json()["parcel"]


async def _opened(bench):
    courier = await bench.client("deposit")
    told = (await courier.post("/deposits", json=bench.deposit_body())).json()
    await bench.settle()
    return told["parcel"]


async def _stored(bench):
    return (await bench.store())["parcel"]


async def _held(bench):
    parcel = await _stored(bench)
    staff = await bench.client("staff")
    await staff.post(f"/parcels/{parcel}/hold", json={"reason": "x"})
    return parcel


async def _collecting(bench):
    stored = await bench.store()
    await (await bench.client("pickup")).post("/pickups", json={"code": stored["code"]})
    await bench.settle()
    return stored["parcel"]


async def _collected(bench):
    parcel = await _collecting(bench)
    await bench.shut("A1")
    return parcel


async def _gone(bench):
    parcel = await _collected(bench)
    bench.clock.advance(601)
    await bench.settle()
    return parcel


async def _check(bench):
    parcel = await _stored(bench)
    staff = await bench.client("staff")
    await staff.post("/compartments/A1/open", json={"reason": "x"})
    await bench.shut("A1")
    return parcel


async def _unseen(bench):
    from locker.core.model import Seen

    parcel = await _stored(bench)
    bench.doors.see("A1", Seen.UNSEEN)
    await bench.settle()
    return parcel


async def _expected(bench):
    body = {"tracking": "SF0001", "recipient": {"unit": "1-201"}, "size": "S", "carrier": "SF Express", "until": UNTIL}
    return (await (await bench.client("deposit")).post("/expected", json=body)).json()["parcel"]


async def _at_a_place(bench):
    staff = await bench.client("staff")
    return (await staff.post("/places/shelf/parcels", json=bench.deposit_body())).json()["parcel"]


async def _overdue(bench):
    parcel = await _stored(bench)
    bench.clock.advance(72 * 3600 + 31)
    await bench.settle()
    return parcel


async def _unknown(bench):
    return "p0000000000"


STATES = {
    "depositing": _depositing,
    "depositing, door open": _opened,
    "stored": _stored,
    "held": _held,
    "overdue": _overdue,
    "collecting": _collecting,
    "collected, in the grace": _collected,
    "collected, gone": _gone,
    "check": _check,
    "unseen": _unseen,
    "expected": _expected,
    "at a place": _at_a_place,
    "unknown": _unknown,
}
DONE = {
    "stored": {"hold", "extend", "move to a place", "move to a door", "withdraw", "release"},
    "held": {"unhold"},
    "overdue": {"hold", "extend", "move to a place", "move to a door", "withdraw", "release"},
    "check": {"hold", "move to a place"},
    "unseen": {"hold", "extend"},
    "at a place": {"hold", "extend", "move to a door", "move to its own door", "release"},
}
"""What is done in each state; all else is refused. At a place "its own door" is a free one."""


def _told(path):
    return next(each for each in CUSTODY_OPERATIONS if each.path == path and each.method == "POST")


async def _ask(bench, call, parcel, scopes=SCOPES):
    path, body = CALLS[call]
    client = await bench.client(*scopes)
    before = bench.context.journal.seq
    answer = await client.post(path.format(parcel=parcel), json=body)
    assert answer.status_code in {200, 403, 404, 409}, (call, answer.text)
    if answer.status_code != 200:
        assert bench.context.journal.seq == before, "a refusal leaves nothing half done"
    if answer.status_code in {404, 409}:
        assert answer.json()["code"] in {str(reason) for reason in _told(path).refusals}, (call, answer.text)
    return answer


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("call", CALLS)
async def test_each_word_with_a_parcel_in_each_state_twice_from_another_and_without_scope(bench, call, state):
    parcel = await STATES[state](bench)
    pulses = len(bench.doors.pulses)
    scope = _told(CALLS[call][0]).scope.value
    for missing in [tuple(name for name in SCOPES if name != scope)]:
        assert (await _ask(bench, call, parcel, missing)).status_code == 403
    if "withdraw" in CALLS[call][0]:
        assert (await _ask(bench, call, parcel, ("deposit", "read"))).status_code in {404, 409}, "another program's"
        first = await _ask(bench, call, parcel, ("deposit",))
    else:
        first = await _ask(bench, call, parcel)
    done = call in DONE.get(state, set())
    assert (first.status_code == 200) is done, first.text
    if not done:
        assert len(bench.doors.pulses) == pulses
    await bench.settle()
    second = await _ask(bench, call, parcel, ("deposit",) if "withdraw" in CALLS[call][0] else SCOPES)
    assert second.status_code in {404, 409}, "twice is once too often"
    await bench.settle()
    if call in NEVER:
        assert not done
