"""What follows from the type of a parcel: how it is handled, and whether it may lie behind a door at all.

| type                                | handled as | behind a door              |
|-------------------------------------|------------|----------------------------|
| parcel, document, return            | -          | yes                        |
| fragile                             | fragile    | yes, with nothing beside   |
| liquid                              | liquid     | yes, low, nothing beside   |
| fresh                               | cold       | yes, a cold one            |
| valuable                            | insured    | yes, second item asked for |
| oversize                            | -          | no: at a place             |
| key, goods                          | -          | yes, over the desk only    |
"""

from __future__ import annotations

from locker.core.model import Direction, Flag
from locker.core.parcel_words import ParcelType
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Handling:
    """What a type asks for. `desk`: it passes between residents and staff only."""

    flags: frozenset[Flag] = frozenset()
    behind_a_door: bool = True
    desk: bool = False


HANDLING: dict[ParcelType, Handling] = {
    ParcelType.PARCEL: Handling(),
    ParcelType.DOCUMENT: Handling(),
    ParcelType.RETURN: Handling(),
    ParcelType.FRAGILE: Handling(frozenset({Flag.FRAGILE})),
    ParcelType.LIQUID: Handling(frozenset({Flag.LIQUID})),
    ParcelType.FRESH: Handling(frozenset({Flag.COLD})),
    ParcelType.VALUABLE: Handling(frozenset({Flag.INSURED})),
    ParcelType.OVERSIZE: Handling(behind_a_door=False),
    ParcelType.KEY: Handling(desk=True),
    ParcelType.GOODS: Handling(desk=True),
}


def may_be_stored(kind: ParcelType, direction: Direction) -> None:
    """Refuse what may not come behind a door in this direction. Raises Refused."""
    handling = HANDLING[kind]
    if not handling.behind_a_door:
        raise Refused(RefusalReason.TOO_LARGE)
    if handling.desk and direction is not Direction.DESK:
        raise Refused(RefusalReason.STAFF_ONLY)
