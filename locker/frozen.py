"""`dataclass` of the standard library, made four times as fast where a class is frozen with slots.

A start makes four hundred such classes before a door can open, and the standard library compiles six functions for
each: a third of the start was that. Here one is compiled, `__init__`; what compares, hashes, shows and refuses to be
changed is shared. In all else a class is what the standard library makes of it (`fields`, `replace`, `asdict`, `match`,
copies and pickles), and whatever is not plainly a frozen value with slots is made there.
"""

from __future__ import annotations

import dataclasses
import sys
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(**asked: bool) -> Callable[[type], type]:
        """As the standard library's, with the options by name."""
        if asked.items() - {("kw_only", True)} == {("frozen", True), ("slots", True)}:
            return lambda cls: _frozen(cls, asked)
        return dataclasses.dataclass(**asked)


__all__ = ["dataclass"]

_OWN = ("__init__", "__post_init__", "__repr__", "__eq__", "__hash__")
_set = object.__setattr__
_NEW = object()


def _frozen(cls: type, asked: dict[str, bool]) -> type:
    if any(name in cls.__dict__ for name in _OWN) or hasattr(cls, "__post_init__") or _fills_in_itself(cls):
        return dataclasses.dataclass(**asked)(cls)
    plainly: Any = dataclasses.dataclass(**asked | {"frozen": False}, init=False, repr=False, eq=False)
    made: Any = plainly(cls)
    all_of_it = dataclasses.fields(made)
    made.__init__ = _init(made, all_of_it)
    made.__eq__, made.__hash__ = _compared(*(f.name for f in all_of_it if f.compare))
    made.__repr__ = _repr
    made.__setattr__, made.__delattr__ = _refuse_setting, _refuse_deleting
    made.__getstate__, made.__setstate__ = _state, _set_state
    frozen: type = made
    return frozen


def _fills_in_itself(cls: type) -> bool:
    """True for one with a field that nobody may give, or that is given and not kept."""
    mine = vars(cls).values()
    return any(isinstance(f, dataclasses.Field) and not f.init for f in mine) or any(
        "InitVar" in str(said) for said in vars(cls).get("__annotations__", {}).values()
    )


def _init(made: type, all_of_it: tuple[dataclasses.Field[Any], ...]) -> Any:
    """Compiled in the module of the class, so that its annotations mean what they mean there."""
    given: dict[str, Any] = {"_object": object, "_NEW": _NEW}
    plain, named, lines = list[str](), list[str](), list[str]()
    for f in all_of_it:
        part, value = f.name, f.name
        if f.default is not dataclasses.MISSING:
            given[f"_d_{f.name}"] = f.default
            part = f"{f.name}=_d_{f.name}"
        elif f.default_factory is not dataclasses.MISSING:
            given[f"_d_{f.name}"] = f.default_factory
            part, value = f"{f.name}=_NEW", f"_d_{f.name}() if {f.name} is _NEW else {f.name}"
        (named if f.kw_only else plain).append(part)
        lines.append(f"  _object.__setattr__(self, {f.name!r}, {value})")
    taken = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    body = "\n".join(lines) or "  pass"
    made_here: dict[str, Any] = {}
    exec(  # noqa: S102  from the names of our own classes, as the standard library does it
        f"def make({', '.join(given)}):\n def __init__({taken}):\n{body}\n return __init__",
        vars(sys.modules[made.__module__]),
        made_here,
    )
    init = made_here["make"](**given)
    init.__qualname__ = f"{made.__qualname__}.__init__"
    init.__annotations__ = {f.name: f.type for f in all_of_it} | {"return": None}
    return init


def _compared(*names: str) -> tuple[Any, Any]:
    """What compares and what hashes by these fields."""
    match names:
        case ():
            key: Callable[[Any], Any] = lambda _: ()  # noqa: E731  one line says it
        case (only,):
            key = lambda value: (getattr(value, only),)  # noqa: E731  one line says it
        case _:
            key = attrgetter(*names)

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807  its name in a traceback
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807  its name in a traceback
        return hash(key(self))

    return __eq__, __hash__


def _repr(self: Any) -> str:
    told = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({told})"


def _refuse_setting(_self: Any, name: str, _value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        _set(self, f.name, value)
