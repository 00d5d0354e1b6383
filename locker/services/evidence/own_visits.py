"""Which pictures show the person themselves: those of visits that the parcel's own code opened. Pure.

Others that the camera saw, a courier or somebody who was sent, are other people's pictures.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locker.core.events.record import Recorded
    from locker.services.evidence.snapshot_store import Snapshot

_FETCHED = frozenset({"opened", "collected", "put-back", "rejected"})
_BROUGHT = frozenset({"deposit-opened", "stored"})
_OWN_CREDENTIALS = ("c", "t")
"""How the ids of a parcel's own code and token begin."""


def of_own_visits(events: Iterable[Recorded], taken: Sequence[Snapshot], *, sent: bool) -> list[Snapshot]:
    """Of what was taken of a parcel, stills and clips, that which shows its only recipient, or its sender (`sent`).

    What is no longer kept is not among it.
    """
    started = sorted(
        (each.seq, str(each.body().get("credential", ""))) for each in events if each.kind == "PickupStarted"
    )
    numbers = [seq for seq, _ in started]

    def own(picture: Snapshot) -> bool:
        cause = picture.cause.removeprefix("clip-")
        if sent:
            return cause in _BROUGHT
        before = bisect_left(numbers, picture.of)
        return cause in _FETCHED and before > 0 and started[before - 1][1].startswith(_OWN_CREDENTIALS)

    return [each for each in taken if not each.removed and own(each)]
