"""A courier's rarer ways at a real touchscreen: a label without a barcode, a parcel that is signed for."""

# ruff: noqa: RUF001  Chinese punctuation is what is shown

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from browser_cabinet import PIN, until
from test_courier_takes import sign_in

SITE_MORE = '[camera]\nkind = "picamera2"'
SIGNED = "]C1(00)395011015300012342(4301)Wang+Ming(4303)Flat+1203(4308)+8613800000001(4322)1(4323)1"


def test_C7_a_label_without_a_barcode_is_pictured(screen, cabinet):
    sign_in(screen)
    screen.press("type")
    screen.see_title("Type the number")
    screen.look("51-no-barcode")
    screen.press("photo")
    screen.see_title("Hold the label to the camera")
    screen.look("52-label-photo")
    screen.press("photo")
    screen.see_title("Can you read unit and name?")
    shown = screen.page.locator(".finder img")
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    screen.look("53-label-taken")
    screen.press("same")
    screen.see_title("Who is it for?")
    screen.keys("1203")
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="without a barcode")
    cabinet.push(door)
    screen.see_title(f"Stored in {door}")
    screen.look("54-stored-open-again")


def test_REC_02_what_is_signed_for_is_handed_over_with_the_PIN(screen, cabinet):
    sign_in(screen)
    cabinet.scan(SIGNED)
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Type your PIN to hand it over")
    screen.keys("1111")
    screen.press("open")
    screen.see("This PIN is not known")
    screen.look("55-hand-over")
    screen.keys(PIN)
    screen.press("open")
    screen.see_title("Put the parcel in")
    screen.press("cancel")
    screen.see_title("Why is it not stored?")
    screen.press("why wrong-address")
    screen.see_title("Take it out")
    cabinet.push(screen.door())
    screen.see_title("This parcel is cancelled")


def test_CON_03_CUR_01_terms_are_accepted_the_board_is_read_and_staff_are_told(screen, cabinet):
    end = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = {
        "en": [
            "Put in only what is addressed to this house, dry and whole.",
            "Call before you use the locker where the screen says so.",
            "Push every door shut, and wait until the screen says stored.",
            "Leave nothing on the floor, in the lift or before a door.",
            "What is signed for is handed over with your PIN.",
            "Take overdue parcels of your company back on your round.",
            "Say at once when something is broken or lost.",
        ],
        "zh-CN": [
            "只投递本小区的包裹，外包装须完好、干燥。",
            "屏幕提示需征得同意时，请先致电收件人。",
            "请关紧每扇柜门，等屏幕显示已存放再离开。",
            "请勿将包裹放在地面、电梯或门口。",
            "需签收的包裹，请输入密码确认交接。",
            "请顺路取回本公司的逾期包裹。",
            "如有破损或丢失，请立即告知。",
        ],
    }
    cabinet.command("rule", "add", "terms", "--reason", "house rules", stdin=json.dumps({"couriers": lines}))
    board = json.dumps(
        {"lines": {"en": "The east gate is shut from 22:00: ring the bell.", "zh-CN": "东门 22:00 关闭，请按门铃。"}}
    )
    cabinet.command("rule", "add", "courier-board", "--reason", "gate", "--until", end, stdin=board)
    screen.press("dropoff")
    screen.see_title("Sign in")
    screen.keys(PIN)
    screen.press("signin")
    screen.see_title("Rules of this locker")
    screen.look("56-terms")
    screen.press("page")
    screen.see("Say at once when something")
    screen.look("57-terms-last")
    screen.press("accept")
    screen.see_title("Scan the label")
    screen.see("The east gate is shut")
    screen.look("58-board")
    cabinet.scan(SIGNED)
    screen.see_title("Which size fits?")
    screen.press("size S")
    screen.see_title("Type your PIN to hand it over")
    screen.keys(PIN)
    screen.press("open")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="signed for")
    cabinet.push(door)
    screen.see_title(f"Stored in {door}")
    screen.press("finish")
    screen.see_title("Keep this receipt")
    screen.press("tell")
    screen.see_title("What should staff know?")
    screen.look("59-tell-staff")
    screen.press("tell few-doors")
    screen.see_title("Staff have it")
    screen.look("60-staff-told")
    screen.press("back")
    screen.press("signout")
    screen.page.locator(".tile").first.wait_for()
    for rule in ("terms", "courier-board"):
        cabinet.command("rule", "undo", rule, "--reason", "the test is over")


def test_REC_07_several_pieces_are_put_in_one_after_another(screen, cabinet):
    sign_in(screen)
    cabinet.scan(SIGNED.removesuffix("(4322)1(4323)1"))
    screen.see_title("Which size fits?")
    screen.press("wrongparcel")
    screen.see_title("Is anything wrong with the parcel?")
    screen.look("61-something-else")
    screen.press("several")
    screen.see_title("How many pieces in all?")
    screen.look("62-count-pieces")
    screen.press("pieces 3")
    screen.see("Unit 1203: 1 of 3")
    screen.press("size S")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="piece 1")
    cabinet.push(door)
    screen.see("1 of 3 pieces are in")
    screen.look("63-piece-stored")
    screen.press("next")
    screen.see_title("Scan piece 2 of 3")
    screen.look("64-scan-piece")
    cabinet.scan("SF1329884027716")
    screen.see("Unit 1203: 2 of 3")
    screen.look("65-size-piece")
    screen.press("size M")
    screen.see_title("Put the parcel in")
    door = screen.door()
    cabinet.hand(door, "put", load="piece 2")
    cabinet.push(door)
    screen.see("2 of 3 pieces are in")
    assert cabinet.notices("+8613800000001") == []
    screen.press("finish")
    screen.see_title("Keep this receipt")
    assert "2 of 3 pieces" in until(lambda: cabinet.world.get("/phones/+8613800000001").json(), "told")[-1]["text"]
    assert len(cabinet.notices("+8613800000001")) == 1
    screen.press("signout")
