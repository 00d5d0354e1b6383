"""Collecting at a real touchscreen, before a real simulated cabinet. Every screen is looked at and kept."""

from __future__ import annotations

from browser_cabinet import until

PHONE = "+8613800000001"


def test_collect_walk(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    code = cabinet.notice(PHONE)["code"]
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.keys("407")
    screen.look("01-keypad")
    screen.press("help")
    screen.see("Say the number of your door")
    screen.look("02-help")
    screen.press("person")
    screen.see("Someone is called")
    screen.look("02-help-coming")
    screen.press("close")
    screen.gone("dialog.sheet")
    screen.press("display")
    screen.see("Make this screen easier")
    screen.look("03-display")
    screen.press("close")
    screen.gone("dialog.sheet")
    screen.keys("18263")
    screen.see("No door has this code")
    screen.look("04-wrong")
    screen.press("lost")
    screen.see_title("Your code came by message")
    screen.look("05-no-code")
    screen.press("resend")
    screen.see_title("Type your unit")
    screen.keys("1203")
    screen.look("05-lost-unit")
    screen.press("continue")
    screen.see_title("Type the last 4 digits of your phone")
    screen.keys("99")
    screen.look("05-lost-phone")
    screen.keys("99")
    screen.press("continue")
    screen.see_title("Look at your phone")
    screen.look("05-lost-sent")
    screen.press("back")
    screen.see_title("Type your 8-digit code")
    cabinet.advance(2)

    screen.keys(code)
    screen.see_title("Take your parcel")
    assert screen.door() == door
    assert cabinet.doors()[door]["open"]
    assert [name for name, each in cabinet.doors().items() if each["open"]] == [door]
    screen.look("06-open")
    screen.press("report")
    screen.see_title("What is wrong?")
    screen.look("07-report")
    screen.press("wrong damaged")
    screen.see_title("It is reported")
    screen.look("08-reported")
    screen.press("finish")
    screen.see_title("is still open")
    screen.look("08-still-open")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title("Staff will look into door")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_collect_all_of_mine_put_back_and_left_open(screen, cabinet):
    first = cabinet.deposit("SF1", "1203")
    cabinet.notice(PHONE)
    second = cabinet.deposit("SF2", "1203")
    code = until(lambda: len(cabinet.notices(PHONE)) >= 2 and cabinet.notices(PHONE)[0]["code"], "two messages")
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.keys(code)
    screen.see_title("Take your parcel")
    screen.press("putback")
    screen.see_title("Put it back")
    screen.look("51-put-back")
    cabinet.push(first)
    screen.see_title(f"It is back in {first}")
    screen.look("52-kept")
    screen.press("nextdoor")
    screen.see_title("Take your parcel")
    assert screen.door() == second
    cabinet.hand(second, "take")
    cabinet.push(second)
    screen.see_title("You have your parcel")
    screen.look("53-next")
    screen.press("nextdoor")
    screen.see_title("Take your parcel")
    cabinet.hand(first, "take")
    cabinet.push(first)
    screen.see_title("You have your parcel")
    screen.look("09-done")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_collect_at_a_door_that_is_left_open(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    code = cabinet.notice(PHONE)["code"]
    screen.press("collect")
    screen.keys(code)
    screen.see_title("Take your parcel")
    cabinet.advance(121)
    screen.see_title("is still open")
    screen.look("10-left-open")
    cabinet.push(door)
    screen.see_title("is shut now")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_collect_with_a_qr_code_at_a_door_that_jams(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    token = cabinet.notice(PHONE)["token"]
    cabinet.fault(door, "jammed")
    cabinet.scan(token)
    screen.see_title(f"Door {door} opens now")
    screen.page.locator('button[value="stuck"]').wait_for()
    screen.look("21-ordered")
    screen.press("stuck")
    screen.see_title("has not opened yet")
    screen.look("22-why")
    for seconds in (6, 6, 31):
        cabinet.advance(seconds)
    screen.see_title(f"Door {door} is stuck")
    screen.look("23-jam")
    assert len(cabinet.pulses(door)) == 4
    cabinet.fault(door, "jammed", on=False)
    screen.press("again")
    screen.see_title("Take your parcel")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title("You have your parcel")
    screen.press("finish")
    screen.page.locator(".tile").first.wait_for()


def test_collect_when_many_codes_were_wrong(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    code = cabinet.notice(PHONE)["code"]
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    for number in range(10):
        screen.press("clear")
        screen.keys(f"5000000{number}")
        screen.see("No door has this code")
        if number == 0:
            screen.press("open")
            screen.see("Too many tries")
            screen.picture("31-throttled")
        cabinet.advance(2)
    screen.press("clear")
    screen.keys(code)
    screen.see_title("Add the last 4 digits")
    screen.keys("00")
    screen.look("32-second")
    screen.press("unit")
    screen.see_title("Type your unit")
    screen.keys("12A")
    screen.look("33-second-unit")
    screen.press("clear")
    screen.keys("1203")
    screen.press("continue")
    screen.see_title("Take your parcel")
    assert screen.door() == door


def test_fast_fingers_lose_no_digit_and_mix_none(screen):
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.page.locator(".keypad").evaluate(
        """(keys) => { for (const key of "40718263") keys.querySelector(`button[value="key ${key}"]`).click(); }"""
    )
    screen.page.locator('.code[aria-label^="8 of 8"]').wait_for()
    assert "".join(screen.page.locator(".cell").all_inner_texts()) == "40718263"


RESTS = """([first, second]) => {
  const at = (act) => {
    const button = document.querySelector(`button[value="${act}"]`), box = button.getBoundingClientRect();
    return [button, {clientX: box.x + 9, clientY: box.y + 9, pointerType: "touch", bubbles: true}];
  };
  const [button, place] = at(first);
  button.dispatchEvent(new PointerEvent("pointerdown", {...place, isPrimary: true}));
  if (second) {
    const [other, there] = at(second);
    other.dispatchEvent(new PointerEvent("pointerdown", {...there, isPrimary: false}));
  }
  button.dispatchEvent(new PointerEvent("pointerup", {...place, isPrimary: true}));
}"""
"""A touch of which the browser makes no click, as of one that lasts."""


def test_a_finger_that_rests_types_once_and_a_knuckle_on_two_keys_nothing(screen):
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.page.evaluate(RESTS, ["key 4", None])
    screen.page.locator('.code[aria-label^="1 of 8"]').wait_for()
    screen.page.evaluate(RESTS, ["key 7", "key 8"])
    screen.page.locator('button[value="key 0"]').tap()
    screen.page.locator('.code[aria-label^="2 of 8"]').wait_for()
    screen.page.locator('button[value="key 1"]').tap()
    screen.page.locator('.code[aria-label^="3 of 8"]').wait_for()
    assert screen.page.locator(".cell").all_inner_texts()[:4] == ["4", "0", "1", ""]


def test_the_screen_asks_before_it_closes_and_one_touch_extends(screen, cabinet):
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.keys("407")
    cabinet.advance(91)
    screen.see("Do you need more time?")
    screen.picture("41-timeout")
    screen.found += screen.faults()
    screen.press("more")
    screen.gone("dialog.sheet")
    assert screen.page.locator(".cell").all_inner_texts()[:3] == ["4", "0", "7"]
    cabinet.advance(91)
    screen.see("Do you need more time?")
    cabinet.advance(31)
    screen.page.locator(".tile").first.wait_for()


def test_a_reload_and_a_killed_daemon_lead_back_to_the_open_door(screen, cabinet):
    door = cabinet.deposit("SF1", "1203")
    code = cabinet.notice(PHONE)["code"]
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.keys(code[:-1])
    screen.page.reload()
    screen.see_title("Type your 8-digit code")
    assert "".join(screen.page.locator(".cell").all_inner_texts()) == code[:-1]
    screen.keys(code[-1])
    screen.see_title("Take your parcel")
    cabinet.process.kill()
    cabinet.process.wait()
    cabinet.start()
    screen.page.reload()  # the browser's own next try may come after the hand
    screen.see_title("Take your parcel")
    cabinet.hand(door, "take")
    cabinet.push(door)
    screen.see_title("You have your parcel")
    until(lambda: cabinet.api.get("/parcels", params={"state": "collected"}).json()["items"], "it is collected")
    screen.complaints.clear()  # while the daemon was dead the line could not be had
