"""A day of work with what residents send, against a real process: asked for, asked the next, weighed, signed for."""

from datetime import UTC, datetime, timedelta

import preloaded
import pytest
from locker_sim import LockerSim

PHONE = "+8613800000001"


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    sim = LockerSim(tmp_path_factory.mktemp("outbound"), pickup={"reopen_seconds": 15})
    try:
        sim.start()
        for name, pin in (("Li", "1357"), ("Han", "2468")):
            words = ("courier", "add", "SF", name, "--config", sim.file)
            assert preloaded.run("lockerd", *words, stdin=f"{pin}\n").returncode == 0
        sim.resident(language="en")
        yield sim
    finally:
        if sim.process is not None:
            sim.kill()


def heard(sim, template):
    return [each for each in sim.world.get(f"/phones/{PHONE}").json() if each["template"] == template]


def of(sim, parcel):
    return sim.get(f"/outbound/{parcel}")


def test_OB_02_OB_04_OB_05_OB_07_OB_09_a_day_from_the_request_to_the_receipt(sim):
    rule = {"reason": "as agreed", "body": {"prices": [
        {"company": "SF", "first_g": 1000, "first_price": 1200, "step_g": 500, "step_price": 350}
    ]}}  # fmt: skip
    assert sim.ask("PUT", "/rules/carriage/1", rule)[0] == 200

    # the request
    begin = datetime.now(UTC) + timedelta(days=1)
    window = {"begin": begin.isoformat(), "minutes": 120}
    said = {"sender": {"unit": "1203", "name": "Wang Ming"}, "carrier": "SF", "size": "M", "type": "parcel"}
    said |= {"declared_weight_g": 900, "declared": 12_000, "service": "express", "window": window}
    booked = sim.post("/outbound", said, key="the request")
    assert (booked["estimate"], booked["currency"]) == (1200, "CNY")
    assert booked["delivery"] == {"first": 2, "last": 3}
    assert sim.post("/outbound", said, key="the request")["parcel"] == booked["parcel"]
    parcel = booked["parcel"]
    (told,) = sim.until("it was read back", lambda: heard(sim, "booked"))
    assert "Booked for SF: parcel, size M, 0.9 kg, worth 120.00." in told["text"]

    # somebody is asked, and says no; the next is asked and says yes
    (offer,) = sim.post("/dispatch", expect=200)
    first = offer["courier"]
    after = sim.post(f"/outbound/{parcel}/answer", {"courier": first, "answer": "declined"}, expect=200)
    second = after["job"]["courier"]
    assert (after["job"]["state"], second != first) == ("offered", True)
    assert sim.refused(f"/outbound/{parcel}/answer", {"courier": first, "answer": "accepted"}) == "not-now"
    after = sim.post(f"/outbound/{parcel}/answer", {"courier": second, "answer": "accepted"}, expect=200)
    assert after["job"]["state"] == "accepted"

    # it is brought; the courier says when they come, and the sender hears it
    door = sim.post("/deposits", {"booking": booked["booking"], "code": booked["code"]})["compartment"]
    sim.put_in(door)
    now = datetime.fromisoformat(sim.events()[-1]["at"])
    sim.post(
        f"/outbound/{parcel}/eta",
        {"courier": second, "at": (now + timedelta(minutes=20)).isoformat()},
        expect=200,
    )
    sim.until("the sender heard it", lambda: heard(sim, "courier-eta"))

    # twelve minutes late, and heavier than declared
    sim.later(32 * 60)
    sim.post(f"/parcels/{parcel}/hand-over", {"courier": {"company": "SF", "name": "Han"}, "weight_g": 1400})
    sim.take_out(door)
    sim.later(60)
    taken = sim.until("the hand-over is known", lambda: (one := of(sim, parcel))["taken_at"] and one)
    assert taken["weight"] == {"declared_g": 900, "weighed_g": 1400, "differs": True}
    assert 11 <= taken["job"]["minutes_late"] <= 13
    (receipt,) = sim.until("the receipt came", lambda: heard(sim, "handed-over"))
    assert "SF took over your parcel" in receipt["text"]
    assert "Promised: delivered on day 2 to 3" in receipt["text"]


def test_OB_19_QRY_09_what_a_carrier_took_is_late_after_its_last_day_and_its_feed_says_where_it_is(sim):
    (line,) = [each for each in sim.get("/outbound") if each["taken_at"]]
    parcel = line["parcel"]
    assert (line["arrival"]["late"], line["seen"]) == (False, None)
    sim.later(5 * 86_400)
    assert of(sim, parcel)["arrival"]["late"] is True
    at = datetime.fromisoformat(line["taken_at"]) + timedelta(days=4)
    place = {"at": at.isoformat(), "place": "Hub East", "position": {"lat": 31.2, "lon": 121.5}}
    sim.post(f"/outbound/{parcel}/news", place, expect=200)
    assert of(sim, parcel)["seen"]["place"] == "Hub East"
    done = sim.post(f"/outbound/{parcel}/news", {"at": at.isoformat(), "delivered": True}, expect=200)
    assert (done["arrival"]["late"], done["arrival"]["delivered_at"] is not None) == (True, True)
    assert sim.get("/outbound") == []


def test_the_log_and_the_tables_agree_when_it_has_all_been_done(sim):
    sim.later(16)
    sim.stop()
    assert sim.lockerd("audit")
