"""A parcel goes in, a code goes out, the door opens: over HTTP against a real process, fair weather and foul."""

import contextlib
import hashlib
import importlib
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

DAY_S = 24 * 3600
GRACE_S = 15


@pytest.fixture(autouse=True)
def all_free_again(cabinet):
    """Every walk begins and ends with an empty cabinet."""
    yield
    cabinet.later(GRACE_S + 1)
    for one in cabinet.get("/compartments"):
        if one["seen"] == "open":
            cabinet.emptied(one["id"])
            cabinet.shut(one["id"])
    for one in cabinet.get("/compartments"):
        if one["use"] == "check":
            cabinet.post(f"/compartments/{one['id']}/clear", {"content": "empty"}, expect=200)
        elif one["use"] == "retired":
            cabinet.post(f"/compartments/{one['id']}/restore", expect=200)
        elif one["use"] == "loaded":
            cabinet.post("/pickups", cabinet.code(one["parcels"][0]))
            cabinet.take_out(one["id"])
    cabinet.later(GRACE_S + 1)
    assert {one["use"] for one in cabinet.get("/compartments")} == {"free"}


def test_REC_03_REL_01_deposit_notice_pickup_and_the_used_code_is_refused(cabinet):
    told = cabinet.deposit("SF-WALK")
    door = told["compartment"]
    assert told["state"] == "depositing"
    assert cabinet.use(door) == "filling"
    cabinet.put_in(door)
    assert cabinet.get(f"/deposits/{told['deposit']}")["state"] == "stored"
    code = cabinet.code(told["parcel"])

    opened = cabinet.post("/pickups", code)
    assert opened["openings"] == [{"parcel": told["parcel"], "compartment": door}]
    assert cabinet.parcel(told["parcel"])["state"] == "collecting"
    cabinet.take_out(door)
    assert cabinet.parcel(told["parcel"])["state"] == "collected"
    assert cabinet.door(door)["load"] is None
    assert len(cabinet.pulses(door)) == 2

    cabinet.later(GRACE_S + 1)
    assert cabinet.use(door) == "free"
    status, used = cabinet.ask("POST", "/pickups", code)
    assert (status, used["code"]) == (404, "unknown-code")
    cabinet.later(1)
    status, unknown = cabinet.ask("POST", "/pickups", {"code": "99999999" if code["code"] != "99999999" else "1" * 8})
    assert (status, unknown) == (404, used), "unknown and used are told alike"
    life = [event["kind"] for event in cabinet.parcel(told["parcel"])["timeline"]]
    wanted = ["DepositStarted", "ParcelStored", "PickupStarted", "ParcelCollected"]
    assert [kind for kind in life if kind in wanted] == wanted


@pytest.fixture
def library(cabinet, tmp_path):
    """A client library that a generator of others makes of the document that the cabinet serves."""
    status, document = cabinet.ask("GET", "/openapi-plain.json")
    assert status == 200
    (tmp_path / "document.json").write_text(json.dumps(document))
    generator = Path(sys.executable).parent / "openapi-python-client"
    asked = ["generate", "--path", tmp_path / "document.json", "--output-path", tmp_path / "locker_library"]
    path = {**os.environ, "PATH": f"{generator.parent}:{os.environ['PATH']}"}
    made = subprocess.run(
        [generator, *asked, "--meta", "none"], capture_output=True, text=True, timeout=60, check=False, env=path
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(tmp_path))
    try:
        yield importlib.import_module("locker_library")
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == "locker_library"]:
            del sys.modules[name]


def test_D5_a_client_library_that_others_generated_walks_through_a_deposit_and_a_pickup(cabinet, library):
    calls = {
        name: importlib.import_module(f"locker_library.api.default.{name}")
        for name in ("deposits_start", "deposits_show", "pickups_start", "parcels_show")
    }
    models = importlib.import_module("locker_library.models")
    base = str(cabinet.api.base_url).removesuffix("/").removesuffix("/api/v1")
    client = library.AuthenticatedClient(base_url=f"{base}/api/v1", token=cabinet.token)
    body = models.DepositBody.from_dict(cabinet.deposit_body("SDK-1"))
    deposit = calls["deposits_start"].sync(client=client, body=body)
    assert deposit.state == "depositing"
    cabinet.put_in(deposit.compartment)
    assert calls["deposits_show"].sync(deposit.deposit, client=client).state == "stored"
    code = models.PickupBody.from_dict(cabinet.code(deposit.parcel))
    opened = calls["pickups_start"].sync(client=client, body=code)
    assert [each.compartment for each in opened.openings] == [deposit.compartment]
    cabinet.take_out(deposit.compartment)
    assert calls["parcels_show"].sync(deposit.parcel, client=client).state == "collected"
    refused = calls["parcels_show"].sync(parcel="none", client=client)
    assert (refused.status, refused.code) == (404, "unknown")


def test_the_token_of_the_QR_opens_the_same_parcel(cabinet):
    told = cabinet.stored("SF-QR")
    opened = cabinet.post("/pickups", {"token": cabinet.notice(told["parcel"])["token"]})
    assert opened["openings"][0]["parcel"] == told["parcel"]
    cabinet.take_out(told["compartment"])


def test_the_wrong_size_is_changed_at_the_door_and_too_large_is_told(cabinet):
    told = cabinet.deposit("SF-SIZE", "S")
    first = told["compartment"]
    cabinet.opened(first)
    assert cabinet.refused(f"/deposits/{told['deposit']}/resize", {"size": "XL"}) == "too-large"
    moved = cabinet.post(f"/deposits/{told['deposit']}/resize", {"size": "L"}, expect=200)
    assert moved["compartment"] != first
    cabinet.shut(first)
    assert cabinet.use(first) == "free"
    cabinet.put_in(moved["compartment"])
    assert cabinet.get(f"/deposits/{told['deposit']}")["state"] == "stored"
    assert cabinet.refused("/deposits", cabinet.deposit_body("SF-XL", "XL")) == "too-large"


def test_REC_04_one_parcel_per_number(cabinet):
    cabinet.stored("SF-TWICE")
    assert cabinet.refused("/deposits", cabinet.deposit_body("SF-TWICE")) == "duplicate-tracking"


def test_a_door_left_open_is_CHECK_until_staff_have_looked(cabinet):
    told = cabinet.deposit("SF-LEFT")
    door = told["compartment"]
    cabinet.opened(door)
    cabinet.hand(f"/doors/{door}", {"do": "put", "load": "parcel"})
    cabinet.later(21)
    assert cabinet.use(door) == "check"
    assert cabinet.get(f"/deposits/{told['deposit']}")["state"] == "check"
    assert cabinet.refused(f"/compartments/{door}/clear", {"content": "parcel"}) == "not-now"
    cabinet.shut(door)
    assert cabinet.use(door) == "check"
    assert cabinet.post(f"/compartments/{door}/clear", {"content": "parcel"}, expect=200)["use"] == "loaded"
    cabinet.post("/pickups", cabinet.code(told["parcel"]))
    cabinet.take_out(door)


def test_a_jammed_door_moves_the_deposit_and_is_pulsed_three_times_five_seconds_apart(cabinet):
    free = [one["id"] for one in cabinet.get("/compartments") if one["size"] == "M"]
    for door in free:
        cabinet.fault(door, "jammed")
    told = cabinet.deposit("SF-JAM")
    first = told["compartment"]
    for door in free:
        if door != first:
            cabinet.fault(door, "jammed", on=False)
    before = len(cabinet.pulses(first))
    cabinet.later(41)
    pulses = cabinet.pulses(first)[before - 1 :]
    assert len(pulses) == 3
    times = [datetime.fromisoformat(pulse["at"]) for pulse in pulses]
    assert all(later - at >= timedelta(seconds=5) for at, later in pairwise(times))
    moved = cabinet.get(f"/deposits/{told['deposit']}")
    assert (moved["state"], moved["compartment"] != first) == ("depositing", True)
    assert cabinet.use(first) == "retired"
    cabinet.put_in(moved["compartment"])
    assert cabinet.get(f"/deposits/{told['deposit']}")["state"] == "stored"
    cabinet.fault(first, "jammed", on=False)


def test_a_jammed_door_keeps_the_parcel_and_its_code(cabinet):
    told = cabinet.stored("SF-JAM2")
    door = told["compartment"]
    code = cabinet.code(told["parcel"])
    before = len(cabinet.pulses(door))
    cabinet.fault(door, "jammed")
    cabinet.post("/pickups", code)
    cabinet.later(41)
    assert len(cabinet.pulses(door)) == before + 3
    assert cabinet.parcel(told["parcel"])["state"] == "stored"
    assert cabinet.use(door) == "loaded"
    cabinet.fault(door, "jammed", on=False)
    cabinet.post("/pickups", code)
    cabinet.take_out(door)
    assert cabinet.parcel(told["parcel"])["state"] == "collected"


def test_a_forced_door_is_told_and_its_parcel_waits_for_staff(cabinet):
    told = cabinet.stored("SF-FORCED")
    door = told["compartment"]
    cabinet.fault(door, "forced")
    cabinet.until("CHECK", lambda: cabinet.use(door) == "check")
    assert [e["kind"] for e in cabinet.events() if e["data"].get("compartment") == door][-3:-1] == [
        "DoorOpened",
        "DoorForced",
    ]
    cabinet.emptied(door)
    cabinet.shut(door)
    assert cabinet.refused("/pickups", cabinet.code(told["parcel"])) == "not-now"
    cabinet.post(f"/compartments/{door}/clear", {"content": "empty"}, expect=200)
    assert cabinet.parcel(told["parcel"])["state"] == "withdrawn"


def test_in_the_grace_the_same_code_opens_again_and_the_parcel_stays_collected(cabinet):
    told = cabinet.stored("SF-GRACE")
    door, code = told["compartment"], cabinet.code(told["parcel"])
    cabinet.post("/pickups", code)
    cabinet.take_out(door)
    cabinet.later(GRACE_S - 4)
    cabinet.post("/pickups", code)
    cabinet.opened(door)
    assert cabinet.parcel(told["parcel"])["state"] == "collected"
    cabinet.shut(door)
    cabinet.later(GRACE_S - 4)
    assert cabinet.use(door) == "emptying"
    cabinet.later(5)
    assert cabinet.use(door) == "free"
    assert cabinet.refused("/pickups", code) == "unknown-code"


def test_the_courier_cancels_and_reopens(cabinet):
    told = cabinet.deposit("SF-CANCEL")
    door = told["compartment"]
    cabinet.opened(door)
    assert cabinet.post(f"/deposits/{told['deposit']}/cancel", expect=200)["state"] == "cancelled"
    cabinet.shut(door)
    assert cabinet.use(door) == "free"
    assert cabinet.refused(f"/deposits/{told['deposit']}/reopen") == "not-now"

    told = cabinet.stored("SF-REOPEN")
    assert cabinet.post(f"/deposits/{told['deposit']}/reopen", expect=200)["state"] == "depositing"
    cabinet.opened(told["compartment"])
    cabinet.shut(told["compartment"])
    assert cabinet.get(f"/deposits/{told['deposit']}")["state"] == "stored"
    cabinet.later(GRACE_S + 1)
    assert cabinet.refused(f"/deposits/{told['deposit']}/reopen") == "not-now"


def test_staff_open_clear_retire_and_restore(cabinet):
    door = "A3"
    shown = cabinet.post(f"/compartments/{door}/open", {"reason": "a smell"})
    assert shown["use"] == "free"
    cabinet.until("CHECK", lambda: cabinet.use(door) == "check")
    assert cabinet.refused(f"/compartments/{door}/restore") == "not-now"
    assert cabinet.refused(f"/compartments/{door}/clear", {"content": "empty"}) == "not-now"
    cabinet.shut(door)
    assert cabinet.post(f"/compartments/{door}/clear", {"content": "empty"}, expect=200)["use"] == "free"
    assert cabinet.post(f"/compartments/{door}/retire", {"reason": "a smell"}, expect=200)["use"] == "retired"
    assert cabinet.refused(f"/compartments/{door}/retire", {"reason": "a smell"}) == "not-now"
    assert cabinet.post(f"/compartments/{door}/restore", expect=200)["use"] == "free"
    told = cabinet.deposit("SF-BUSY")
    assert cabinet.refused(f"/compartments/{told['compartment']}/open", {"reason": "now"}) == "busy"
    cabinet.post(f"/deposits/{told['deposit']}/cancel", expect=200)
    order = next(e for e in cabinet.events() if e["data"].get("reason") == "a smell")
    assert (order["kind"], order["by"]) == ("UnlockOrdered", "token:test")


def test_a_repeated_key_moves_nothing_and_a_reused_one_is_told(cabinet):
    told = cabinet.deposit("SF-KEY", key="k1")
    door = told["compartment"]
    cabinet.opened(door)
    pulses = len(cabinet.pulses(door))
    assert cabinet.deposit("SF-KEY", key="k1") == told
    assert len(cabinet.pulses(door)) == pulses
    assert cabinet.ask("POST", "/deposits", cabinet.deposit_body("SF-OTHER"), "k1")[0] == 422
    assert cabinet.refused("/deposits", cabinet.deposit_body("SF-OTHER"), "k1") == "key-reused"
    cabinet.put_in(door)
    assert cabinet.deposit("SF-KEY", key="k1") == told, "as it was answered first"


def test_wrong_codes_are_slowed_down_and_then_a_second_item_is_asked_for(cabinet):
    told = cabinet.stored("SF-WRONG")
    right = cabinet.notice(told["parcel"])
    mine = {"Authorization": f"Bearer {cabinet.lockerd('token', 'create', 'guesser', '--scope', 'pickup')}"}

    def try_(**said):
        answer = cabinet.api.post("/pickups", json=said, headers=mine)
        return answer.status_code, answer.json().get("code"), answer.headers.get("Retry-After")

    wrong = "00000000" if right["code"] != "00000000" else "00000001"
    assert try_(code=wrong) == (404, "unknown-code", None)
    for said in ({"code": right["code"]}, {"code": right["code"], "second": "1203"}, {"code": wrong}):
        status, code, wait = try_(**said)
        assert (status, code, wait) == (429, "throttled", "1")
    for _ in range(9):
        cabinet.later(1.01)
        assert try_(code=wrong)[:2] == (404, "unknown-code")
    cabinet.later(1.01)
    assert try_(code=right["code"])[:2] == (409, "second-needed")
    assert try_(code=wrong)[:2] == (409, "second-needed")
    assert try_(code=right["code"], second="9999")[:2] == (404, "unknown-code")
    cabinet.later(1.01)
    assert try_(code=right["code"], second="0001")[0] == 201
    cabinet.take_out(told["compartment"])
    assert try_(token=right["token"])[0] == 201, "tokens pass by"
    cabinet.take_out(told["compartment"])


def test_a_phone_company_that_is_down_delays_the_notice_and_not_the_deposit(cabinet):
    cabinet.hand("/phones/fault", {"kind": "down", "on": True})
    told = cabinet.stored("SF-DOWN")
    cabinet.later(5)
    cabinet.hand("/phones/fault", {"kind": "down", "on": False})
    cabinet.later(600)
    cabinet.notice(told["parcel"])
    texts = cabinet.world.get("/phones/+8613800000001").json()
    assert sum(one["data"].get("parcel") == told["parcel"] for one in texts) == 1


def test_a_wire_that_is_pulled_out_hides_its_doors_and_nothing_is_guessed(cabinet):
    told = cabinet.stored("SF-WIRE")
    code = cabinet.code(told["parcel"])
    cabinet.hand("/banks/pins/fault", {"kind": "unplugged", "on": True})
    health = cabinet.until("degraded", lambda: (h := cabinet.get("/health"))["status"] == "degraded" and h)
    assert told["compartment"] in health["unseen"]
    assert cabinet.refused("/pickups", code) == "door-unseen"
    assert cabinet.refused("/deposits", cabinet.deposit_body("SF-WIRE2")) == "no-space"
    cabinet.hand("/banks/pins/fault", {"kind": "unplugged", "on": False})
    cabinet.later(10)
    cabinet.until("ok", lambda: cabinet.get("/health")["status"] == "ok")
    assert cabinet.use(told["compartment"]) == "loaded"
    cabinet.post("/pickups", code)
    cabinet.take_out(told["compartment"])


def test_a_parcel_past_its_free_time_still_opens(cabinet):
    told = cabinet.stored("SF-OLD")
    cabinet.later(3 * DAY_S + 60)
    assert "ParcelOverdue" in [event["kind"] for event in cabinet.parcel(told["parcel"])["timeline"]]
    cabinet.post("/pickups", cabinet.code(told["parcel"]))
    cabinet.take_out(told["compartment"])


def test_code_and_token_are_nowhere_in_clear(cabinet):
    told = cabinet.stored("SF-CLEAR")
    notice = cabinet.notice(told["parcel"])
    cabinet.post("/pickups", {"code": notice["code"]})
    cabinet.take_out(told["compartment"])
    secrets = [notice["code"].encode(), notice["token"].encode()]
    files = [f for f in cabinet.data.iterdir() if f.is_file()] + [cabinet.log]
    assert any(f.name.endswith("-wal") for f in files)
    for file in files:
        assert not [s for s in secrets if s in file.read_bytes()], f"in clear in {file.name}"


def test_SEC_06_the_chain_of_events_verifies_and_a_changed_event_would_not(cabinet):
    """Over the stored bodies: what is served leaves keyed hashes out, and is the same otherwise."""
    served = cabinet.events()
    assert [event["seq"] for event in served] == list(range(1, len(served) + 1))
    with contextlib.closing(sqlite3.connect(f"file:{cabinet.data / 'locker.db'}?mode=ro", uri=True)) as db:
        lines = db.execute("select seq, at, kind, by, data, hash from event order by seq").fetchall()

    def link(before, seq, at, kind, by, data):
        line = [before, seq, at, kind, by, data]
        return hashlib.sha256(json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()

    before = "0" * 64
    for event, (seq, at, kind, by, data, linked) in zip(served, lines, strict=False):
        assert linked == link(before, seq, at, kind, by, data), f"event {seq} does not hang on the one before"
        assert link(before, seq, at, kind, "nobody", data) != linked
        body = {name: value for name, value in json.loads(data).items() if not name.endswith("_hash")}
        assert event == {"seq": seq, "at": at, "kind": kind, "by": by, "data": body, "hash": linked}
        before = linked


def test_every_pulse_of_the_world_was_ordered(cabinet):
    ordered = Counter(e["data"]["compartment"] for e in cabinet.events() if e["kind"] == "UnlockOrdered")
    pulsed = Counter(pulse["door"] for pulse in cabinet.world.get("/pulses").json())
    assert pulsed <= ordered
    assert pulsed.total() > 20
