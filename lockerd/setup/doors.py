"""From counted doors to tables of the site file: names, sizes, places and wires. Pure, no wire is touched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locker.core.model import Size
from lockerd.setup.terminal import Wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HIGHEST_MM = 1900
LOWEST_MM = 60
GAP_MM = 25
MOST_COLUMNS = 26
USUAL_COLUMN = 12
_GROUP = re.compile(r"([1-9][0-9]?)([A-Z]{1,2})")


def column_sizes(typed: str, left: int) -> list[Size]:
    """The sizes of a column from top to bottom: "4S 2M 1L". Raises Wrong when it is not so, or more than `left`."""
    sizes: list[Size] = []
    for word in typed.upper().replace(",", " ").split():
        group = _GROUP.fullmatch(word if word[0].isdigit() else f"1{word}")
        if group is None or group[2] not in set(Size):
            raise Wrong("wrong_sizes", word=word, sizes=" ".join(Size))
        sizes += [Size(group[2])] * int(group[1])
    if not 1 <= len(sizes) <= left:
        raise Wrong("wrong_count", least=1, most=left)
    return sizes


def usual_column(left: int, columns: int) -> str:
    """What a column holds unless it is said: its share of the doors that are left, of a middle size."""
    return f"{min(-(-left // max(columns, 1)), 99)}M"


def numbers(typed: str, most: int) -> list[int]:
    """The numbers of "9-12,16". Raises Wrong for others, for one above `most`, and for one that stands twice."""
    found: list[int] = []
    for part in typed.replace(" ", "").split(","):
        ends = part.split("-")
        if not 1 <= len(ends) <= 2 or not all(end.isascii() and end.isdigit() and len(end) <= 3 for end in ends):
            raise Wrong("wrong_numbers", part=part)
        found += range(int(ends[0]), int(ends[-1]) + 1)
    if not found or max(found) > most or len(set(found)) != len(found):
        raise Wrong("wrong_range", most=most)
    return found


def wires(banks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One wire a door, in the order of the banks: `bank` with `channel`, or with `lock` and `switch`.

    A bank has `doors`, how many, or `locks` and `switches`, as many of each.
    """
    found: list[dict[str, Any]] = []
    for bank in banks:
        if "locks" in bank:
            pairs = zip(bank["locks"], bank["switches"], strict=True)
            found += [{"bank": bank["name"], "lock": lock, "switch": switch} for lock, switch in pairs]
        else:
            found += [{"bank": bank["name"], "channel": number + 1} for number in range(bank["doors"])]
    return found


def compartments(columns: Sequence[Sequence[Size]], places: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tables `[[compartment]]`: A1, A2 … from the top of the first column, each on the next wire."""
    remaining = iter(places)
    for number, sizes in enumerate(columns, 1):
        letter = chr(ord("A") + number - 1)
        for row, (size, (bottom, top)) in enumerate(zip(sizes, heights(sizes), strict=True), 1):
            wire = next(remaining)
            place = {"column": number, "bottom_mm": bottom, "top_mm": top}
            yield {"id": f"{letter}{row}", "size": str(size), **wire, **place}


def heights(sizes: Sequence[Size]) -> list[tuple[int, int]]:
    """Bottom and top of each door from the top down, of their usual heights, lower where all would not fit."""
    wanted = sum(size.usual_height_mm for size in sizes) + GAP_MM * (len(sizes) - 1)
    scale = min(1.0, (HIGHEST_MM - LOWEST_MM) / wanted)
    found, top = [], float(HIGHEST_MM)
    for size in sizes:
        bottom = top - size.usual_height_mm * scale
        found.append((round(bottom), round(top)))
        top = bottom - GAP_MM * scale
    return found
