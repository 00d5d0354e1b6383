"""A courier takes parcels out at a real touchscreen: overdue ones back, residents' own along, each at its door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from browser_cabinet import COMPANY, PIN, until

FREE_S = 72 * 3600
UNTIL = (datetime.now(UTC) + timedelta(days=10)).isoformat()


def sent(cabinet, label, weight):
    """A resident's parcel for the carrier, brought and stored; its door is given back."""
    body = {"sender": {"unit": "1203", "name": "Wang Ming"}, "carrier": COMPANY, "size": "S", "type": "parcel"}
    answer = cabinet.api.post("/outbound", json=body | {"return_code": label, "declared_weight_g": weight})
    assert answer.status_code == 201, answer.text
    opened = cabinet.api.post("/pickups", json={"code": answer.json()["code"]})
    assert opened.status_code == 201, opened.text
    door = opened.json()["openings"][0]["compartment"]
    until(lambda: cabinet.doors()[door]["open"], f"{door} springs open")
    cabinet.hand(door, "put", load=label)
    cabinet.push(door)
    until(lambda: cabinet.api.get(f"/compartments/{door}").json()["use"] == "loaded", "it is stored")
    return door


def sign_in(screen):
    screen.press("dropoff")
    screen.see_title("Sign in")
    screen.keys(PIN)
    screen.press("signin")
    screen.see_title("Scan the label")


def test_FEE_02_overdue_parcels_go_back_door_by_door(screen, cabinet):
    for at, label in enumerate(("SF1329884027701", "SF1329884027702", "SF1329884027703")):
        cabinet.deposit(label, ("1203", "0803")[at % 2], size="M" if at == 2 else "S")
    cabinet.advance(FREE_S + 60)
    sign_in(screen)
    screen.page.locator('button[value="overdue"]').wait_for()
    screen.look("01-scan-overdue")
    cabinet.advance(61)
    screen.press("overdue")
    screen.see_title("Type your PIN")
    screen.look("02-pin-again")
    screen.keys(PIN)
    screen.press("open")
    screen.see_title("Take back 3 parcels")
    screen.look("03-list")
    screen.press("fetch")
    screen.see_title("Take it out and scan its label")
    first = screen.door()
    screen.look("04-open")
    cabinet.scan(cabinet.doors()[first]["load"])
    screen.see_title("Push the door shut")
    screen.look("05-scanned")
    cabinet.hand(first, "take")
    cabinet.push(first)
    screen.see_title(f"Taken from {first}")
    screen.look("06-taken")
    screen.press("fetch")
    screen.see_title("Take it out and scan its label")
    second = screen.door()
    screen.press("missing")
    screen.see("Staff look into it")
    screen.look("07-missing")
    cabinet.push(second)
    screen.press("fetch")
    screen.see_title("Take it out and scan its label")
    third = screen.door()
    assert len({first, second, third}) == 3
    screen.press("keep")
    screen.see_title("Leave it in")
    screen.look("08-keep")
    cabinet.push(third)
    screen.see_title(f"Left in {third}")
    screen.look("09-kept")
    screen.press("next")
    screen.see_title("Scan the label")
    states = {one["state"] for one in cabinet.api.get("/parcels").json()["items"]}
    assert {"returned", "check", "stored"} <= states


def test_OB_09_what_goes_out_is_collected_scanned_and_weighed(screen, cabinet):
    door = sent(cabinet, "SF1329884030588", 2000)
    cabinet.advance(120)
    sign_in(screen)
    screen.press("outbound")
    screen.see_title("1 parcel waits for SF Express")
    screen.look("11-outbound")
    screen.press("fetch")
    screen.see_title("Take it out and scan its label")
    screen.look("12-open")
    cabinet.scan("SF1329884030588")
    screen.see_title("Put it on the scale")
    screen.look("13-weigh")
    screen.keys("2340")
    screen.see("0.34 kg more than declared")
    screen.look("14-heavier")
    screen.press("takeover")
    screen.see_title("Push the door shut")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title(f"Taken from {door}")
    screen.look("15-taken")
    screen.press("next")
    screen.see_title("Scan the label")


def test_REC_09_a_round_ends_with_reasons_and_a_receipt(screen, cabinet):
    numbers = ("SF1329884031107", "SF1329884031108")
    parcels = [
        {"tracking": one, "recipient": {"unit": "1203"}, "size": "S", "carrier": COMPANY, "until": UNTIL}
        for one in numbers
    ]
    answer = cabinet.api.post("/expected", json=parcels)
    assert answer.status_code < 300, answer.text
    sign_in(screen)
    cabinet.scan("SF1329884099999")
    screen.see_title("Who is it for?")
    screen.keys("1203")
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="SF1329884099999")
    cabinet.push(door)
    screen.see_title(f"Stored in {door}")
    screen.press("finish")
    screen.see_title("2 expected parcels are not here")
    screen.look("21-reconcile")
    screen.press("why at-door")
    screen.see_title("1 expected parcel is not here")
    screen.press("why no-space")
    screen.see_title("Keep this receipt")
    screen.look("22-receipt")
    screen.press("signout")
    screen.page.locator(".tile").first.wait_for()
    for one in cabinet.api.get("/parcels", params={"state": "expected"}).json()["items"]:
        cabinet.api.delete(f"/expected/{one['tracking']}")
