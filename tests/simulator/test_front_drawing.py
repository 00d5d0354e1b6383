"""The front of the cabinet as lines: to scale where the file says how, stacked by size where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockerd import load_settings
from simulator.world.front_drawing import draw_front

SITES = Path(__file__).parents[2] / "firmware_config" / "sites"
FILE = """
[site]
id = "plain"
name = "Plain"

[storage]
data = "data"

[[bank]]
name = "board"
kind = "cb8a"
port = "bus"
channels = 50
"""


def apart(one, other):
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@pytest.mark.parametrize("name", ["demo-12.toml", "demo-24.toml"])
def test_the_demonstrations_are_drawn_to_scale_and_no_door_covers_another(name):
    settings = load_settings(SITES / name)
    drawn = draw_front(settings)
    shapes = [door.shape for door in drawn.doors]
    assert [shape.height for shape in shapes] == [each.top_mm - each.bottom_mm for each in settings.compartment]
    boxes = [*shapes, drawn.drawing.screen]
    assert all(apart(one, other) for one in boxes for other in boxes if one is not other)
    assert {each.size for each in settings.compartment} == {"XS", "S", "M", "L", "XL"}
    assert any(each.bottom_mm >= 380 and each.top_mm <= 1220 for each in settings.compartment)
    assert settings.site.languages == ["zh-CN", "zh-TW", "en"]


def test_a_file_without_places_is_stacked_by_sizes(tmp_path):
    sizes = ["XS", "S", "M", "L", "XL"] * 10
    doors = "".join(
        f'[[compartment]]\nid = "D{n}"\nsize = "{size}"\nbank = "board"\nchannel = {n}\n'
        for n, size in enumerate(sizes, 1)
    )
    file = tmp_path / "plain.toml"
    file.write_text(FILE + doors)
    shapes = [door.shape for door in draw_front(load_settings(file)).doors]
    assert len(shapes) == 50
    assert len({shape.x for shape in shapes}) > 5
    assert all(apart(one, other) for one in shapes for other in shapes if one is not other)


def test_what_belongs_to_a_door_is_drawn_inside_it():
    for door in draw_front(load_settings(SITES / "demo-24.toml")).doors:
        box = door.shape
        for x, y in (door.coil, door.switch, door.label):
            assert box.x < x < box.x + box.width
            assert box.y < y < box.y + box.height
