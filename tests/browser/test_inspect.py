"""Look first, accept, sign; report with a picture: at a real touchscreen before a cabinet with a camera."""

from __future__ import annotations

PHONE = "+8613800000001"
SITE_MORE = '[camera]\nkind = "picamera2"'


def at_open_door(screen, cabinet, *flags):
    door = cabinet.deposit("SF1329884027716", "1203", flags=flags)
    code = cabinet.notice(PHONE)["code"]
    screen.press("collect")
    screen.keys(code)
    if "insured" in flags:
        screen.see_title("Add the last 4 digits")
        screen.keys("0001")
        screen.press("continue")
    screen.see_title("Take your parcel")
    return door


def drawn(screen):
    """A finger goes over the pad."""
    box = screen.page.locator("#pad").bounding_box()
    mouse = screen.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 200)
    mouse.down()
    for at in range(1, 12):
        mouse.move(box["x"] + 60 + 30 * at, box["y"] + (120 if at % 2 else 240))
    mouse.up()
    screen.page.locator('button[value="clear"]').wait_for()


def test_inspect_accept_and_sign(screen, cabinet):
    door = at_open_door(screen, cabinet, "signature")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title("Look at your parcel first")
    screen.look("01-inspect")
    screen.press("accept")
    screen.see_title("Sign that you have it")
    screen.look("02-sign")
    drawn(screen)
    screen.look("03-signed")
    screen.press("clear")
    screen.page.locator('button[value="clear"]').wait_for(state="detached")
    drawn(screen)
    screen.press("sign")
    screen.see_title("You have your parcel")
    parcel = cabinet.api.get("/parcels", params={"tracking": "SF1329884027716"}).json()["items"][0]["id"]
    signed = cabinet.api.get(f"/parcels/{parcel}/signature").json()
    assert len(signed["points"]) == 1
    assert len(signed["points"][0]) >= 5
    assert signed["svg"].count("<path") == 1
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_report_with_a_picture(screen, cabinet):
    door = at_open_door(screen, cabinet)
    screen.press("report")
    screen.see_title("What is wrong?")
    screen.press("wrong damaged")
    screen.see_title("It is reported")
    screen.look("11-reported")
    screen.press("photo")
    screen.see_title("Hold it to the camera")
    screen.look("12-show")
    screen.press("photo")
    screen.page.locator(".finder img").wait_for()
    screen.look("13-shown")
    screen.press("back")
    screen.see("One picture is kept")
    screen.look("14-kept")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()
