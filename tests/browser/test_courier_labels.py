"""What a label says, and what a courier answers before a door opens, at a real touchscreen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from browser_cabinet import COMPANY
from test_courier_takes import sign_in

SCAN4TRANSPORT = "]C1(00)395011015300012342(4301)Wang+Ming(4303)Flat+1203(4308)+8613800000001"


def test_REC_05_REC_06_a_label_names_its_carrier_and_whom_it_is_for(screen, cabinet):
    sign_in(screen)
    cabinet.scan("YT1234567890123")
    screen.see_title("Is this parcel from SF Express?")
    screen.look("31-other-carrier")
    screen.press("back")
    screen.see_title("Scan the label")
    cabinet.scan(SCAN4TRANSPORT)
    screen.see_title("Which size fits?")
    screen.press("back")
    screen.see_title("Who is it for?")
    screen.keys("1208")
    screen.see_title("agree to the locker")
    screen.press("noanswer")
    screen.see_title("No answer")
    screen.look("32-no-answer")
    screen.press("again")
    screen.see_title("agree to the locker")
    screen.look("33-called")
    screen.press("noconsent")
    screen.see_title("Deliver this one")
    screen.press("next")
    screen.see_title("Scan the label")


def test_CUR_02_REC_14_a_badge_signs_in_bad_weather_asks_and_one_goes_back(screen, cabinet):
    cabinet.command("courier", "badge", COMPANY, "Chen Wei", "--alone", stdin="EMP:4711-0099-SF\n")
    until = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    storm = json.dumps({"cause": "storm", "flags": ["liquid"]})
    cabinet.command("rule", "add", "weather", "--reason", "storm warning", "--until", until, stdin=storm)
    screen.press("dropoff")
    screen.see_title("Badge, or")
    screen.look("41-badge")
    cabinet.scan("EMP:0000-0000-XX")
    screen.see("This badge is not known here.")
    cabinet.scan("EMP:4711-0099-SF")
    screen.see_title("Scan the label")
    screen.see("Bad weather")
    screen.look("42-bad-weather")
    cabinet.scan("SF1329884040001")
    screen.see_title("Who is it for?")
    screen.keys("1203")
    screen.see_title("Dry and wrapped?")
    screen.look("43-dry")
    screen.press("size M")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="SF1329884040001")
    cabinet.push(door)
    screen.see_title(f"Stored in {door}")
    screen.press("next")
    screen.see_title("Scan the label")
    screen.press("takeback")
    screen.see_title("Which one do you take back?")
    screen.look("44-take-one-back")
    screen.press("back")
    screen.see_title("Scan the label")
    screen.look("45-scan-all")
    cabinet.command("rule", "undo", "weather", "--reason", "the storm is over")
    cabinet.command("courier", "badge", COMPANY, "Chen Wei", "--end")
