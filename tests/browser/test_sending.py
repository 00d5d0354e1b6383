"""Sending at a real touchscreen, before a real simulated cabinet. Every screen is looked at and kept."""

from __future__ import annotations

from browser_cabinet import COMPANY, until


def tick_all(screen):
    for box in screen.page.locator('button[role="checkbox"]').all():
        box.click()
        screen.page.locator(f'button[value="{box.get_attribute("value")}"][aria-checked="true"]').wait_for()


def who(screen):
    screen.see_title("Type your unit")
    screen.keys("1203")
    screen.press("continue")
    screen.see_title("Type the last 4 digits of your phone")
    screen.keys("0001")
    screen.press("continue")


def test_idle(screen, cabinet):
    screen.look("00-idle")
    words = {
        "en": {"cause": "Power cut in building 2", "alternative": "Service desk, ground floor, until 20:00"},
        "zh-CN": {"cause": "2 号楼停电", "alternative": "20:00 前到一楼服务中心"},
        "zh-TW": {"cause": "2 號樓停電", "alternative": "20:00 前至一樓服務中心"},
    }
    body = {"words": words, "recovers_at": "2099-03-01T07:00:00Z"}
    answer = cabinet.api.put("/incident", json=body)
    assert answer.status_code == 200, answer.text
    screen.see("Power cut in building 2.")
    screen.look("00-incident")
    screen.press("person")
    screen.see("Someone is called")
    assert cabinet.api.delete("/incident").status_code == 200


def test_send_a_parcel(screen, cabinet):
    screen.look("00-idle")
    screen.press("send")
    screen.see_title("What do you want to send?")
    screen.look("01-start")
    screen.press("parcel")
    who(screen)
    screen.see_title("What is inside?")
    screen.look("02-contents")
    screen.press("contents fragile")
    screen.see_title("Is it packed like this?")
    screen.press("tick three_layers")
    screen.look("03-packing")
    screen.press("tick three_layers")
    tick_all(screen)
    screen.press("continue")
    screen.see_title("About how heavy is it?")
    screen.keys("20")
    screen.look("04-weight")
    screen.press("continue")
    screen.see_title("What is it worth?")
    screen.keys("1000")
    screen.see("¥ 5.00")
    screen.look("05-worth")
    screen.press("insure")
    screen.see_title("Which size fits?")
    screen.look("06-size")
    screen.press("size S")
    screen.see_title("Agree, then a door opens")
    screen.look("07-agree")
    screen.press("agree")
    screen.see_title("Put the parcel in")
    door = screen.door()
    screen.look("08-open")
    screen.press("resize")
    screen.see_title("Which size fits?")
    screen.press("back")
    screen.see_title("Put the parcel in")
    cabinet.hand(door, "put", load="a vase")
    cabinet.push(door)
    screen.see_title("Keep this receipt")
    screen.look("09-receipt")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_send_back_a_booked_return_and_give_up(screen, cabinet):
    body = {"sender": {"unit": "1203", "name": "Wang Ming"}, "carrier": COMPANY, "size": "S", "type": "return"}
    answer = cabinet.api.post("/outbound", json=body | {"return_code": "RMA8841207"})
    assert answer.status_code == 201, answer.text
    screen.press("send")
    screen.press("return")
    screen.see_title("Scan or type the return code")
    screen.keys("RMA88")
    screen.look("11-code")
    cabinet.scan("RMA8841207")
    screen.see_title("Is it packed like this?")
    screen.look("12-return")
    tick_all(screen)
    screen.press("continue")
    screen.see_title("Put the parcel in")
    door = screen.door()
    screen.press("cancel")
    screen.see_title("Take it out")
    screen.look("13-given-up")
    cabinet.push(door)
    screen.see_title("You take it along")
    screen.look("14-along")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_send_at_a_door_that_does_not_open(screen, cabinet):
    screen.press("send")
    screen.press("parcel")
    who(screen)
    screen.press("contents document")
    screen.see_title("Is it packed like this?")
    tick_all(screen)
    screen.press("continue")
    screen.keys("1")
    screen.press("continue")
    screen.see_title("What is it worth?")
    screen.press("uninsured")
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Agree")
    screen.look("21-uninsured")
    free = [one["id"] for one in cabinet.api.get("/compartments").json() if one["size"] == "S"]
    for door in free:
        cabinet.fault(door, "jammed")
    screen.press("agree")
    screen.see_title("opens now")
    first = screen.door()
    for seconds in (6, 6, 31):
        cabinet.advance(seconds)
    until(lambda: screen.door() != first, "another door is tried")
    screen.look("22-moved")
    for door in free:
        cabinet.fault(door, "jammed", on=False)
    screen.page.locator('button[value="stuck"]').wait_for()
    screen.press("stuck")
    cabinet.advance(6)
    screen.see_title("Put the parcel in")
    screen.press("cancel")
    screen.see_title("Take it out")
    cabinet.push(screen.door())
    screen.see_title("You take it along")


def test_a_killed_daemon_comes_back_to_what_was_said_so_far(screen, cabinet):
    screen.press("send")
    screen.press("parcel")
    who(screen)
    screen.see_title("What is inside?")
    screen.press("contents fragile")
    screen.see_title("Is it packed like this?")
    screen.press("tick filled")
    screen.page.locator('button[value="tick filled"][aria-checked="true"]').wait_for()
    kept = cabinet.folder / "data" / "screen"
    written = kept.stat().st_mtime_ns if kept.exists() else 0
    screen.press("tick shock_carton")
    screen.page.locator('button[value="tick shock_carton"][aria-checked="true"]').wait_for()
    until(lambda: kept.exists() and kept.stat().st_mtime_ns > written, "the screen is kept")
    cabinet.process.kill()
    cabinet.process.wait()
    cabinet.start()
    screen.page.reload()
    screen.see_title("Is it packed like this?")
    ticked = screen.page.locator('button[role="checkbox"][aria-checked="true"]')
    assert {each.get_attribute("value") for each in ticked.all()} >= {"tick filled"}
    screen.press("back")
    screen.see_title("What is inside?")
    screen.complaints.clear()  # while the daemon was dead the line could not be had


def test_two_pages_show_one_visit(screen, cabinet, chromium):
    screen.press("send")
    screen.see_title("What do you want to send?")
    other = chromium.new_context(viewport={"width": 800, "height": 480})
    page = other.new_page()
    page.goto(cabinet.kiosk)
    page.locator('button[value="parcel"]').click()
    screen.see_title("Type your unit")
    page.locator('button[value="key 1"]').click()
    screen.page.locator(".field", has_text="1").wait_for()
    other.close()
