"""The table of all calls of the machine API: what is served and what is documented come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.machine import cabinet, deposits, events, parcels, pickups, residents, snapshots, views
from locker.core.messages import Code
from locker.desk.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Path:
    """One call: where, who may, what it answers and what the trade may refuse."""

    method: str
    path: str
    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    answer: Any
    scope: Scope | None
    status: int = 200
    refusals: tuple[Code, ...] = ()


_DEPOSIT = (
    Code.NO_SPACE,
    Code.CONSENT_NEEDED,
    Code.IN_PERSON_ONLY,
    Code.DAMAGED,
    Code.DUPLICATE_TRACKING,
    Code.UNKNOWN_RECIPIENT,
    Code.TOO_LARGE,
    Code.BUSY,
    Code.SEALED,
)
_CANCEL = (Code.UNKNOWN, Code.NOT_NOW, Code.SEALED)
_RESIZE = (Code.UNKNOWN, Code.NOT_NOW, Code.NO_SPACE, Code.TOO_LARGE, Code.SEALED)
_REOPEN = (Code.UNKNOWN, Code.NOT_NOW, Code.DOOR_UNSEEN, Code.SEALED)
_PICKUP = (
    Code.UNKNOWN_CODE,
    Code.SECOND_NEEDED,
    Code.THROTTLED,
    Code.DOOR_UNSEEN,
    Code.BUSY,
    Code.NOT_NOW,
    Code.SEALED,
)
_OPEN = (Code.UNKNOWN, Code.BUSY, Code.SEALED)
_CLEAR = (Code.UNKNOWN, Code.NOT_NOW, Code.DOOR_UNSEEN, Code.SEALED)
_RETIRE = (Code.UNKNOWN, Code.BUSY, Code.NOT_NOW, Code.SEALED)
_ONE = (Code.UNKNOWN,)

_DEPOSITS, _DEPOSIT_ID = "/deposits", "/deposits/{deposit}"
_COMPARTMENTS, _COMPARTMENT_ID = "/compartments", "/compartments/{compartment}"

PATHS: tuple[Path, ...] = (
    Path("POST", "/pickups", pickups.start, views.PickupView, Scope.PICKUP, 201, _PICKUP),
    Path("POST", _DEPOSITS, deposits.start, views.DepositView, Scope.DEPOSIT, 201, _DEPOSIT),
    Path("GET", _DEPOSIT_ID, deposits.show, views.DepositView, Scope.DEPOSIT, 200, _ONE),
    Path("POST", f"{_DEPOSIT_ID}/cancel", deposits.cancel, views.DepositView, Scope.DEPOSIT, 200, _CANCEL),
    Path("POST", f"{_DEPOSIT_ID}/resize", deposits.resize, views.DepositView, Scope.DEPOSIT, 200, _RESIZE),
    Path("POST", f"{_DEPOSIT_ID}/reopen", deposits.reopen, views.DepositView, Scope.DEPOSIT, 200, _REOPEN),
    Path("GET", "/health", cabinet.health, views.HealthView, None),
    Path("GET", _COMPARTMENTS, cabinet.listing, list[views.CompartmentView], Scope.READ),
    Path("GET", _COMPARTMENT_ID, cabinet.show, views.CompartmentView, Scope.READ, 200, _ONE),
    Path("POST", f"{_COMPARTMENT_ID}/open", cabinet.open_door, views.CompartmentView, Scope.STAFF, 201, _OPEN),
    Path("POST", f"{_COMPARTMENT_ID}/clear", cabinet.clear, views.CompartmentView, Scope.STAFF, 200, _CLEAR),
    Path("POST", f"{_COMPARTMENT_ID}/retire", cabinet.retire, views.CompartmentView, Scope.STAFF, 200, _RETIRE),
    Path("POST", f"{_COMPARTMENT_ID}/restore", cabinet.restore, views.CompartmentView, Scope.STAFF, 200, _CLEAR),
    Path("PUT", "/residents", residents.save, views.ResidentView, Scope.STAFF, 200, (Code.SEALED,)),
    Path("GET", "/parcels", parcels.listing, views.ParcelPage, Scope.READ),
    Path("GET", "/parcels/{parcel}", parcels.show, views.ParcelDetail, Scope.READ, 200, _ONE),
    Path("GET", "/parcels/{parcel}/snapshots", snapshots.listing, list[views.SnapshotView], Scope.READ, 200, _ONE),
    Path("GET", "/snapshots/{sha256}", snapshots.show, None, Scope.READ, 200, _ONE),
    Path("GET", "/events", events.listing, list[views.EventView], Scope.READ),
    Path("GET", "/events/stream", events.stream, None, Scope.READ),
)
