"""N4: a sender gets a signed proof of delivery that names nobody and that anybody can check with another program."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from test_machine_cases import ask
from test_machine_parcels import bench, delegate, pickup  # noqa: F401  its fixture

from locker.core.events.record import GENESIS, Recorded
from locker.core.reasons import Refused
from locker.journal.audit_receipts import receipt_fault
from locker.services.evidence import Acceptance, Factor, Taker, delivery


def checked(answer):
    """What the envelope says, verified as its standard writes it and not by our own code."""
    said = answer.json()
    envelope, key = said["envelope"], Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"]))
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    signed = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    key.verify(signature, signed)
    with pytest.raises(InvalidSignature):
        key.verify(signature, signed[:-1] + b"?")
    return json.loads(payload)


async def proof(bench, parcel):  # noqa: F811
    return await ask(await bench.client("read"), "GET", f"/parcels/{parcel}/delivery-proof")


@pytest.mark.parametrize(("said", "factor"), [("code", "code"), ("token", "qr")])
async def test_N4_a_proof_says_who_by_what_factor_and_which_acceptance_and_names_nobody(bench, said, factor):  # noqa: F811
    stored = await bench.store("SF0001")
    assert (await proof(bench, stored["parcel"])).json()["code"] == "not-now"
    await pickup(bench, **{said: stored[said]})
    assert (await proof(bench, stored["parcel"])).json()["code"] == "not-now"
    await bench.shut(stored["compartment"])
    answer = await proof(bench, stored["parcel"])
    told = checked(answer)
    assert (told["taker"], told["factor"], told["acceptance"]) == ("recipient", factor, "door-shut")
    assert (told["tracking"], told["carrier"], told["compartment"]) == ("SF0001", "SF Express", stored["compartment"])
    assert told["stored_at"] < told["collected_at"]
    for secret in ("1-201", "Wang", '0001","phone', "13800000001", stored["code"]):
        assert secret not in json.dumps(told)
    events = {each["seq"]: each["hash"] for each in await bench.events()}
    assert all(events[each["seq"]] == each["hash"] for each in told["events"])
    public = base64.b64decode(answer.json()["key"])
    assert receipt_fault(bench.context.journal.db, answer.json()["checkpoint"], public) is None


async def test_N4_somebody_who_was_sent_is_said_to_be_sent(bench):  # noqa: F811
    stored = await bench.store("SF0002")
    code = (await delegate(bench, stored["parcel"])).json()["code"]
    await pickup(bench, code=code)
    await bench.shut(stored["compartment"])
    told = checked(await proof(bench, stored["parcel"]))
    assert (told["taker"], told["factor"]) == ("delegate", "delegate-code")


async def test_N4_what_staff_hand_out_says_that_an_identity_was_seen(bench):  # noqa: F811
    stored = await bench.store("SF0003")
    staff = await bench.client("staff")
    await staff.post(f"/parcels/{stored['parcel']}/release", json={"identity": "seen", "reason": "lost phone"})
    await bench.shut(stored["compartment"])
    told = checked(await proof(bench, stored["parcel"]))
    assert (told["taker"], told["factor"]) == ("handed-over-by-staff", "identity-seen")


async def test_N4_a_parcel_that_there_is_not_has_none(bench):  # noqa: F811
    assert (await proof(bench, "p0000000000")).status_code == 404


def line(seq, kind, **body):
    return Recorded(seq, f"2026-03-01T08:00:0{seq}.000Z", kind, "kiosk", json.dumps(body), GENESIS)


@pytest.mark.parametrize(
    ("more", "acceptance"),
    [
        ([], Acceptance.DOOR_SHUT),
        ([line(4, "PickupAccepted", by_rule=False)], Acceptance.ACCEPTED),
        ([line(4, "PickupAccepted", by_rule=True)], Acceptance.NO_OBJECTION),
    ],
)
def test_N4_acceptance_is_their_word_or_no_objection_or_the_door_shut(more, acceptance):
    lines = [
        line(1, "ParcelStored", compartment="A1"),
        line(2, "PickupStarted", credential="c1"),
        line(3, "ParcelCollected", compartment="A1"),
        *more,
    ]
    told = delivery(lines)
    assert (told.taker, told.factor, told.acceptance) == (Taker.RECIPIENT, Factor.CODE, acceptance)


def test_N4_what_was_rejected_was_not_delivered():
    lines = [line(1, "PickupStarted", credential="c1"), line(2, "PickupRejected"), line(3, "ParcelCollected")]
    with pytest.raises(Refused):
        delivery(lines)
