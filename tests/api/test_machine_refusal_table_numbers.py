"""The same table for what names a parcel by its number or says nothing of one: each state, twice, from another carrier.

What is refused says why, with a word that the document names for that call, and leaves the journal as it was.
"""

import re

import pytest
from machine_bench import COURIER, a_bench
from test_machine_refusal_table_parcels import ALL_STATES, OTHER, SENDER

from api.machine.operations import OPERATIONS

SCOPES = ("read", "deposit", "pickup", "staff")
HOME = {"unit": "1-201"}
UNTIL = "2026-03-20T08:00:00Z"
NUMBER = "SF0001"
EXPECTED = {"tracking": NUMBER, "recipient": HOME, "size": "S", "carrier": "SF Express", "until": UNTIL}
WHOLE = {"tracking": NUMBER, "recipient": HOME, "size": "S", "courier": COURIER}
RETURN = {"sender": SENDER, "carrier": "SF Express", "size": "S", "type": "return", "return_code": NUMBER}
CALLS = {
    "bring": ("POST", "/deposits", WHOLE),
    "bring by number": ("POST", "/deposits", {"tracking": NUMBER, "courier": COURIER}),
    "bring by number for another": ("POST", "/deposits", {"tracking": NUMBER, "courier": OTHER}),
    "bring what is booked": ("POST", "/deposits", {"booking": "b0000000000", "code": "00000000"}),
    "announce": ("POST", "/expected", EXPECTED),
    "announce after another": ("POST", "/expected", [EXPECTED | {"tracking": "SF0077"}, EXPECTED]),
    "announce for yesterday": ("POST", "/expected", EXPECTED | {"until": "2020-01-01T00:00:00Z"}),
    "expect no more": ("DELETE", f"/expected/{NUMBER}", None),
    "put at a place": ("POST", "/places/shelf/parcels", WHOLE),
    "put at a place by number": ("POST", "/places/shelf/parcels", {"tracking": NUMBER, "courier": COURIER}),
    "put at no place": ("POST", "/places/attic/parcels", WHOLE),
    "leave at the desk": ("POST", "/desk", {"recipient": HOME, "size": "S", "type": "parcel", "reference": NUMBER}),
    "book a return": ("POST", "/outbound", RETURN),
    "book for nobody": ("POST", "/outbound", RETURN | {"sender": {"unit": "9-999", "name": "Nobody"}}),
    "book for staff": ("POST", "/desk/bookings", {"sender": SENDER, "size": "S", "type": "key"}),
    "give all more time": ("POST", "/deadlines", {"hours": 1, "reason": "storm"}),
    "give nobody more time": ("POST", "/deadlines", {"hours": 1, "reason": "storm", "filter": {"unit": "9-999"}}),
}
GONE = {"collected, in the grace", "collected, gone", "unknown", "fetched", "lapsed"}
UNNUMBERED = {"beside another", "booked", "being brought", "brought", "being fetched"}
UNNUMBERED |= {"left at the desk", "booked for staff", "brought for staff"}
"""States whose parcel has another number, or none."""
FREE = GONE | UNNUMBERED
ALWAYS = {"give all more time", "give nobody more time", "book for staff"}
NEVER = {"bring what is booked", "announce for yesterday", "put at no place", "book for nobody"}
NEW = {"bring", "announce", "announce after another", "put at a place", "leave at the desk", "book a return"}
DONE = dict.fromkeys(FREE, NEW | ALWAYS)
DONE |= {state: set(ALWAYS) for state in ALL_STATES if state not in FREE}
DONE["expected"] |= {"bring", "bring by number", "expect no more"}
DONE["expected"] |= {"put at a place", "put at a place by number", "leave at the desk"}
AGAIN = ALWAYS


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path, reopen_seconds=600) as bench:
        await bench.resident()
        yield bench


def _told(method, path):
    return next(
        each
        for each in OPERATIONS
        if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path)
    )


async def _ask(bench, call, scopes):
    method, path, body = CALLS[call]
    client = await bench.client(*scopes)
    before = bench.context.journal.seq
    answer = await client.request(method, path, json=body)
    told = _told(method, path)
    assert answer.status_code in {told.status, 403, 404, 409}, (call, answer.text)
    if answer.status_code != told.status and call != "bring what is booked":
        assert bench.context.journal.seq == before, "a refusal leaves nothing half done"
    if answer.status_code in {404, 409}:
        assert answer.json()["code"] in {str(reason) for reason in told.refusals}, (call, answer.text)
    return answer, told


@pytest.mark.parametrize("state", ALL_STATES)
@pytest.mark.parametrize("call", CALLS)
async def test_each_number_with_a_parcel_in_each_state_twice_from_another_and_without_scope(bench, call, state):
    await ALL_STATES[state](bench)
    pulses = len(bench.doors.pulses)
    missing, told = await _ask(bench, call, ("read",))
    assert missing.status_code == 403
    if call == "expect no more":
        assert (await _ask(bench, call, ("deposit", "pickup")))[0].status_code == 404, "another program's"
    first, _ = await _ask(bench, call, SCOPES)
    done = call in DONE[state]
    assert (first.status_code == told.status) is done, first.text
    assert not (done and call in NEVER)
    if not done:
        assert len(bench.doors.pulses) == pulses
    await bench.settle()
    bench.clock.advance(2)  # a wrong code makes the next one wait
    second, _ = await _ask(bench, call, SCOPES)
    if done and call not in AGAIN:
        assert second.status_code in {404, 409}, "twice is once too often"
    await bench.settle()
