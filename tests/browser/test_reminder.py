"""What the touchscreen says while a door stands open too long, and when a free compartment is not empty."""

from __future__ import annotations

from browser_cabinet import PIN

PHONE = "+8613800000001"


def test_STO_05_an_open_door_reminds_at_half_time(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    cabinet.scan(cabinet.notice(PHONE)["token"])
    screen.see_title("Take your parcel")
    cabinet.advance(61)
    screen.see(f"Push {door} shut now.")
    screen.look("41-reminder")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title("You have your parcel")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_EXC_01_a_courier_is_reminded_and_finds_a_free_compartment_full(screen, cabinet):
    screen.press("dropoff")
    screen.see_title("Sign in with your PIN")
    screen.keys(PIN)
    screen.press("signin")
    screen.see_title("Scan the label")
    cabinet.scan("SF1329884027716")
    screen.see_title("Who is it for?")
    screen.keys("1203")
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.advance(61)
    screen.see(f"Push {door} shut now.")
    screen.look("42-courier-reminder")
    screen.press("occupied")
    screen.see(f"Leave what is in {door}")
    screen.look("43-not-empty")
    cabinet.push(door)
    screen.see_title("Put the parcel in")
    other = screen.door()
    assert other != door
    screen.press("cancel")
    screen.see_title("Why is it not stored?")
    screen.press("why other")
    screen.see_title("Take it out")
    cabinet.push(other)
    screen.see_title("This parcel is cancelled")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()
