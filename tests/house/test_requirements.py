"""A requirement counts as delivered when a test bears its ID."""

import re

import pytest
from requirement_rows import OUT, ROWS
from tree import kept_files, name, parsed

IDEAS = {
    "C": (2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
    "D": (1, 2, 3, 4, 5, 6, 7),
    "H": (5, 6, 7, 8, 9),
    "N": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16),
    "O": (1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 14, 15),
    "R": (5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27),
    "S": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19),
    "X": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
}
"""What is delivered of the ideas beside the rows, by letter and number."""

DELIVERED = [
    *(row for row in ROWS if row not in OUT),
    *(f"{letter}{number}" for letter, numbers in IDEAS.items() for number in numbers),
]
NUMBERED = re.compile(r"def (test_\w+)")


def _tests():
    for path in kept_files():
        if name(path).startswith("tests/") and path.name.startswith("test_"):
            yield from NUMBERED.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("requirement", DELIVERED)
def test_a_delivered_requirement_is_held_by_a_test(requirement):
    wanted = re.compile(rf"_{requirement.replace('-', '_')}(?:_|$)")
    assert any(wanted.search(test) for test in _tests())


def test_no_test_hides_another_of_the_same_name():
    for path in kept_files():
        if name(path).startswith("tests/") and path.name.startswith("test_"):
            tests = [node.name for node in parsed(path).body if getattr(node, "name", "").startswith("test_")]
            assert len(tests) == len(set(tests)), name(path)
