"""Cabinets of 24, 76 and 128 doors draw well, wherever the lit door is."""

from __future__ import annotations

import pytest
from browser_cabinet import column_of
from browser_house import PaperCabinet
from browser_screen import Screen

from locker.core.model import Seen

TALL = ["L", "M", "S", "S", "M", "S"]
CABINETS = {
    24: {number: column_of(number, TALL) for number in (1, 3, 4)} | {2: column_of(2, TALL, screen=(975, 1425))},
    76: {number: column_of(number, TALL) for number in range(1, 14) if number != 2}
    | {2: column_of(2, ["XL", "S", "S", "M"], screen=(975, 1425))},
    128: {number: column_of(number, TALL) for number in range(1, 23) if number != 2}
    | {2: column_of(2, ["L", "M"], screen=(975, 1425))},
}


@pytest.mark.parametrize("doors", CABINETS)
def test_a_cabinet_draws_well_with(doors, chromium, tmp_path):
    columns = CABINETS[doors]
    assert sum(map(len, columns.values())) == doors
    ends = (columns[1][2][0], columns[max(columns)][2][0])
    with PaperCabinet(tmp_path, columns) as cabinet:
        for at, door in enumerate(ends):
            code = cabinet.do(cabinet.stored(door))
            context = chromium.new_context(viewport={"width": 1280, "height": 800})
            screen = Screen(context.new_page(), cabinet, f"drawing-{doors}")
            if at == 0:
                screen.look("01-idle")
            screen.press("collect")
            screen.see_title("Type your 8-digit code")
            screen.keys(code)
            screen.see_title(f"Door {door} opens now")
            screen.look(f"02-ordered-{at}")
            cabinet.do(cabinet.see({door: Seen.OPEN}))
            screen.see_title("Take your parcel")
            screen.look(f"03-open-{at}")
            shown = screen.page.locator(".hand .cabinet:not(.is-strip) .door.is-lit").bounding_box()
            assert shown["height"] * 10 >= 60, "a lit door is to be found at a glance"
            assert screen.page.locator(".cabinet.is-strip").count() == (1 if doors > 24 else 0)
            cabinet.do(cabinet.see({door: Seen.SHUT}))
            screen.see_title("You have your parcel")
            screen.press("finish")
            context.close()
            assert screen.found == []
            assert screen.complaints == []
