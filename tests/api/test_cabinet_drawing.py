from __future__ import annotations

import pytest

from api.cabinet_drawing import door_marks, draw, locate
from api.options import KioskOptions
from locker.options import ColumnOptions, CompartmentOptions


def door(name, column, bottom, top):
    return CompartmentOptions(id=name, size="M", bank="b", column=column, bottom_mm=bottom, top_mm=top)


SCREEN = KioskOptions(column=2, bottom_mm=1000, top_mm=1400)
THREE = [door("A1", 1, 60, 300), door("A2", 1, 900, 1100), door("B1", 2, 500, 700), door("C1", 3, 1500, 1675)]


def test_one_unit_is_one_millimetre_seen_from_the_front():
    drawing = draw(THREE, [ColumnOptions(number=3, width_mm=600)], SCREEN)
    assert drawing.width == 25 + 475 + 475 + 625
    assert drawing.height == 1675 + 25 + 100
    low = drawing.door("A1")
    assert (low.x, low.y, low.width, low.height) == (25, 1500, 450, 240)
    assert (drawing.door("C1").x, drawing.door("C1").y, drawing.door("C1").width) == (975, 125, 600)
    assert (drawing.screen.y, drawing.screen.height) == (400, 400)


def test_without_heights_nothing_is_drawn_rather_than_something_wrong():
    assert draw([*THREE, door("D1", 4, 0, 0)], [], SCREEN) is None
    assert draw([], [], SCREEN) is None


def test_without_a_place_the_screen_is_not_drawn():
    assert draw(THREE, [], KioskOptions()).screen is None


def test_a_screen_without_heights_stands_in_the_largest_gap_of_its_column():
    screen = draw(THREE, [], KioskOptions(column=2)).screen
    assert (screen.y, screen.y + screen.height) == (1800 - 1675, 1800 - 725)


@pytest.mark.parametrize(
    ("name", "side", "n", "height"),
    [
        ("A1", "where.left", 1, "where.floor"),
        ("A2", "where.left", 1, "where.hip"),
        ("B1", "where.below", 0, "where.knee"),
        ("C1", "where.right", 1, "where.head"),
    ],
)
def test_REL_09_a_door_is_told_by_two_answers_counted_from_the_screen(name, side, n, height):
    place = locate(name, THREE, SCREEN)
    assert (place.side, place.n, place.height) == (side, n, height)


@pytest.mark.parametrize(
    ("middle", "height"),
    [(449, "floor"), (450, "knee"), (799, "knee"), (800, "hip"), (1100, "chest"), (1399, "chest"), (1400, "head")],
)
def test_heights_begin_where_the_design_says(middle, height):
    assert locate("X", [door("X", 1, middle - 50, middle + 50)], SCREEN).height == f"where.{height}"


def test_without_a_screen_columns_are_counted_from_the_left():
    place = locate("C1", THREE, KioskOptions())
    assert (place.side, place.n) == ("where.nth", 3)


def test_two_columns_away_is_counted():
    doors = [door(f"A{n}", n, 100, 300) for n in range(1, 7)]
    place = locate("A6", doors, SCREEN)
    assert (place.side, place.n) == ("where.right_n", 4)


@pytest.mark.parametrize(("columns", "doors"), [(13, 76), (22, 128)])
def test_more_than_eight_columns_show_the_door_with_two_on_each_side(columns, doors):
    many = [
        door(f"D{n}", n % columns + 1, 100 + 300 * (n // columns), 350 + 300 * (n // columns)) for n in range(doors)
    ]
    whole = draw(many, [], SCREEN)
    for name in ("D0", "D5", f"D{columns - 1}"):
        part = whole.around(name)
        assert len(part.columns) == 5
        shape = part.door(name)
        assert part.left <= shape.x
        assert shape.x + shape.width <= part.left + part.width
        assert shape == whole.door(name)
    assert part.width < whole.width


def test_eight_columns_are_drawn_whole():
    whole = draw([door(f"A{n}", n, 100, 300) for n in range(1, 9)], [], SCREEN)
    assert whole.around("A8") is whole


def test_an_empty_name_marks_no_door():
    assert door_marks(lit="B3", next=["D5", ""], stuck="") == {"B3": "lit", "D5": "next"}
