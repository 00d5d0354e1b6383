"""The same table for what opens a parcel, what is said at its door and what goes out: each state, twice, from another.

What is refused says why, with a word that the document names for that call, and leaves the journal as it was.
"""

import re

import pytest
from machine_bench import COURIER, a_bench
from test_machine_refusal_table import STATES

from api.machine.operations import OPERATIONS

SCOPES = ("read", "deposit", "pickup", "staff")
OTHER = {"company": "Another", "name": "Li"}
SENDER = {"unit": "1-201", "name": "Wang Ming"}
DELEGATE = {"kind": "delegate", "name": "Ann", "until": "2027-03-02T08:00:00Z"}
CALLS = {
    "put back": ("POST", "/pickups/{pickup}/put-back", None),
    "put back another": ("POST", "/pickups/{pickup}/put-back", {"parcel": "p1111111111"}),
    "reject": ("POST", "/pickups/{pickup}/reject", {"why": "missing"}),
    "accept": ("POST", "/pickups/{pickup}/accept", None),
    "replace the code": ("POST", "/parcels/{parcel}/credentials", {"kind": "replacement"}),
    "send somebody": ("POST", "/parcels/{parcel}/credentials", DELEGATE),
    "send somebody yesterday": ("POST", "/parcels/{parcel}/credentials", DELEGATE | {"until": "2020-01-01T00:00:00Z"}),
    "end the code": ("DELETE", "/parcels/{parcel}/credentials/c{letters}", None),
    "end the carrier": ("DELETE", "/parcels/{parcel}/credentials/r{letters}", None),
    "hand over": ("POST", "/parcels/{parcel}/hand-over", {"courier": COURIER}),
    "hand over to another": ("POST", "/parcels/{parcel}/hand-over", {"courier": OTHER}),
    "take over": ("POST", "/parcels/{parcel}/take-over", None),
    "cancel": ("POST", "/deposits/d{letters}/cancel", None),
    "resize": ("POST", "/deposits/d{letters}/resize", {"size": "S"}),
    "reopen": ("POST", "/deposits/d{letters}/reopen", None),
}
NEVER = {"put back another", "send somebody yesterday", "end the carrier", "hand over to another"}
AGAIN = {"put back", "accept", "replace the code", "send somebody", "hand over", "resize", "reopen"}
"""What may be said twice: the first answer, or another code."""


async def _booked(bench):
    body = {"sender": SENDER, "carrier": "SF Express", "size": "S", "type": "parcel"}
    told = (await (await bench.client("deposit")).post("/outbound", json=body)).json()
    bench.booking = told
    return told["parcel"]


async def _being_brought(bench):
    parcel = await _booked(bench)
    caller = await bench.client("deposit")
    await caller.post("/deposits", json={name: bench.booking[name] for name in ("booking", "code")})
    await bench.settle()
    return parcel


async def _brought(bench):
    parcel = await _being_brought(bench)
    await bench.shut("A1")
    return parcel


async def _being_fetched(bench):
    parcel = await _brought(bench)
    await (await bench.client(*SCOPES)).post(f"/parcels/{parcel}/hand-over", json={"courier": COURIER})
    await bench.settle()
    return parcel


async def _fetched(bench):
    parcel = await _being_fetched(bench)
    await bench.shut("A1")
    bench.clock.advance(601)
    await bench.settle()
    return parcel


async def _lapsed(bench):
    parcel = await _booked(bench)
    bench.clock.advance(72 * 3600 + 31)
    await bench.settle()
    return parcel


async def _left_at_the_desk(bench):
    staff = await bench.client("staff")
    told = (await staff.post("/desk", json={"recipient": {"unit": "1-201"}, "size": "S", "type": "key"})).json()
    await bench.settle()
    await bench.shut(told["compartment"])
    return told["parcel"]


async def _booked_for_staff(bench):
    body = {"sender": SENDER, "size": "S", "type": "key"}
    bench.booking = (await (await bench.client("deposit")).post("/desk/bookings", json=body)).json()
    return bench.booking["parcel"]


async def _brought_for_staff(bench):
    parcel = await _booked_for_staff(bench)
    caller = await bench.client("deposit")
    await caller.post("/deposits", json={name: bench.booking[name] for name in ("booking", "code")})
    await bench.settle()
    await bench.shut("A1")
    return parcel


async def _beside_another(bench):
    await bench.store("SF0009")
    return (await bench.store("SF0008", join=True))["parcel"]


ALL_STATES = STATES | {
    "beside another": _beside_another,
    "booked": _booked,
    "being brought": _being_brought,
    "brought": _brought,
    "being fetched": _being_fetched,
    "fetched": _fetched,
    "lapsed": _lapsed,
    "left at the desk": _left_at_the_desk,
    "booked for staff": _booked_for_staff,
    "brought for staff": _brought_for_staff,
}
_OPENS = {"replace the code", "send somebody", "end the code"}
_SAID = {"put back", "reject", "accept"}
DONE = {
    "depositing": {"end the code", "cancel", "resize", "reopen"},
    "depositing, door open": {"end the code", "cancel", "resize"},
    "stored": _OPENS | {"reopen"},
    "beside another": _OPENS - {"send somebody"} | {"reopen"},
    "held": _OPENS - {"send somebody"},
    "overdue": _OPENS,
    "collecting": _OPENS | _SAID,
    "collected, in the grace": {"reject", "accept"},
    "check": _OPENS - {"send somebody"},
    "unseen": _OPENS,
    "booked": {"end the code"},
    "being brought": {"end the code", "cancel", "resize"},
    "brought": {"end the code", "hand over", "reopen"},
    "being fetched": {"end the code", "hand over", *_SAID},
    "left at the desk": _OPENS | {"take over"},
    "booked for staff": {"end the code"},
    "brought for staff": {"end the code", "take over", "reopen"},
}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path, reopen_seconds=600) as bench:
        await bench.resident()
        yield bench


def _told(method, path):
    shape = re.sub(r"[ckrd]\{letters\}|\{\w+\}", "X", path)
    return next(each for each in OPERATIONS if each.method == method and re.sub(r"\{\w+\}", "X", each.path) == shape)


async def _ask(bench, call, parcel, scopes):
    method, path, body = CALLS[call]
    visits = bench.engine.site.visits.values()
    pickup = next((v.id for v in visits if v.kind == "pickup" and parcel in v.parcels), "k0000000000")
    client = await bench.client(*scopes)
    before = bench.context.journal.seq
    where = path.format(parcel=parcel, pickup=pickup, letters=parcel[1:])
    answer = await client.request(method, where, json=body)
    told = _told(method, path)
    assert answer.status_code in {told.status, 403, 404, 409}, (call, answer.text)
    if answer.status_code != told.status:
        assert bench.context.journal.seq == before, "a refusal leaves nothing half done"
    if answer.status_code in {404, 409}:
        assert answer.json()["code"] in {str(reason) for reason in told.refusals}, (call, answer.text)
    return answer


def _whose(call, state):
    """Who began the pickup: nobody else may speak of it."""
    if "deposits" in CALLS[call][1]:
        return ("deposit",)
    if "pickups" not in CALLS[call][1]:
        return SCOPES
    return SCOPES if state == "being fetched" else ("pickup",)


@pytest.mark.parametrize("state", ALL_STATES)
@pytest.mark.parametrize("call", CALLS)
async def test_each_word_with_a_parcel_in_each_state_twice_from_another_and_without_scope(bench, call, state):
    parcel = await ALL_STATES[state](bench)
    told = _told(*CALLS[call][:2])
    missing = tuple(name for name in SCOPES if name != told.scope.value)
    assert (await _ask(bench, call, parcel, missing)).status_code == 403
    if "pickups" in CALLS[call][1]:
        assert (await _ask(bench, call, parcel, ("pickup", "read"))).status_code == 404, "another program's pickup"
    first = await _ask(bench, call, parcel, _whose(call, state))
    done = call in DONE.get(state, set())
    assert (first.status_code == told.status) is done, first.text
    assert not (done and call in NEVER)
    await bench.settle()
    second = await _ask(bench, call, parcel, _whose(call, state))
    if done and call not in AGAIN:
        assert second.status_code in {404, 409}, "twice is once too often"
    await bench.settle()
