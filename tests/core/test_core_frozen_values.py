"""O15: frozen values are made fast, and are what the standard library would have made of them."""

import copy
import dataclasses
import pickle
import typing
from pathlib import Path

import pytest

from locker import frozen

ROOT = Path(__file__).parents[2]


@frozen.dataclass(frozen=True, slots=True)
class Line:
    """Something with all kinds of fields."""

    door: str
    seen: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    note: str = dataclasses.field(default="", repr=False)


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    by: str
    asked: bool = False


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(Order):
    door: str


@frozen.dataclass(frozen=True, slots=True)
class Nothing:
    pass


@frozen.dataclass(frozen=True, slots=True)
class One:
    only: float


@frozen.dataclass(frozen=True, slots=True, order=True)
class Place:
    row: int


@frozen.dataclass(slots=True)
class Open:
    count: int = 0


@frozen.dataclass(frozen=True, slots=True)
class Own:
    name: str

    def __eq__(self, other):
        return isinstance(other, Own)

    def __hash__(self):
        return 7


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    door: str
    note: str = ""


def test_O15_fields_defaults_and_order_of_arguments():
    line = Line("A1", note="late")
    assert [f.name for f in dataclasses.fields(line)] == ["door", "seen", "note"]
    assert (line.door, line.seen, line.note) == ("A1", {}, "late")
    assert Line("A1").seen is not Line("A1").seen
    assert dataclasses.asdict(Line("A1", {"x": 1})) == {"door": "A1", "seen": {"x": 1}, "note": ""}
    unlock = Unlock(by="kiosk", door="A1")
    assert (unlock.by, unlock.asked, unlock.door) == ("kiosk", False, "A1")
    for wrong in (lambda: Unlock("kiosk", "A1"), Line, lambda: Line("A1", nothing=1), lambda: Nothing(1)):
        with pytest.raises(TypeError):
            wrong()


def test_O15_what_is_frozen_is_not_changed_and_has_no_room_for_more():
    line = Line("A1")
    for change in (
        lambda: setattr(line, "door", "A2"),
        lambda: setattr(line, "new", 1),
        lambda: delattr(line, "door"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert not hasattr(line, "__dict__")
    assert line.door == "A1"


def test_O15_compared_by_what_is_compared_and_only_within_a_class():
    assert Line("A1", {"x": 1}) == Line("A1", {"y": 2})
    assert hash(Line("A1", {"x": 1})) == hash(Line("A1")) == hash(("A1", ""))
    assert Line("A1") != Line("A2")
    assert Line("A1", note="") != Standard("A1", "")
    assert Order(by="a") != Unlock(by="a", door="A1")
    nan = float("nan")
    assert One(nan) == One(nan) != One(1.0)
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing(), One(1.0), One(1.0)}) == 2


def test_O15_replaced_matched_copied_and_pickled():
    line = Line("A1", {"x": 1}, "n")
    assert dataclasses.replace(line, door="A2") == Line("A2", note="n")
    match line:
        case Line(door, seen):
            assert (door, seen) == ("A1", {"x": 1})
    for twin in (copy.copy(line), copy.deepcopy(line), pickle.loads(pickle.dumps(line))):
        assert (twin, twin.seen) == (line, line.seen)
    assert typing.get_type_hints(Line.__init__)["seen"] == dict[str, int]
    assert repr(line) == "Line(door='A1', seen={'x': 1})"
    assert repr(Unlock(by="b", door="A1")) == "Unlock(by='b', asked=False, door='A1')"


def test_O15_what_is_not_plainly_frozen_is_as_the_standard_library_makes_it():
    assert Place(1) < Place(2)
    opened = Open()
    opened.count = 3
    assert opened == Open(3)
    assert Own("a") == Own("b")
    assert hash(Own("a")) == 7


def test_O15_every_frozen_value_of_the_trade_is_made_this_way():
    """Made by the standard library each costs a start four times as much, and there are four hundred."""
    slow = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "locker").rglob("*.py")
        for text in [path.read_text()]
        if "@dataclass(frozen=True, slots=True" in text and "from locker.frozen import dataclass" not in text
    ]
    assert slow == []


@frozen.dataclass(frozen=True, slots=True)
class Checked:
    door: str

    def __post_init__(self):
        if not self.door:
            raise ValueError("no door")


@frozen.dataclass(frozen=True, slots=True)
class Inherits(Checked):
    note: str = ""


@frozen.dataclass(frozen=True, slots=True)
class Counts:
    door: str
    seen: int = dataclasses.field(default=3, init=False)


def test_O15_a_check_that_is_inherited_is_made_and_what_nobody_gives_is_not_taken():
    with pytest.raises(ValueError, match="no door"):
        Inherits("")
    assert Counts("A1").seen == 3
    with pytest.raises(TypeError):
        Counts("A1", 4)
