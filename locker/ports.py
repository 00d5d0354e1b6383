"""What the trade needs from the outside, as protocols. Drivers and links fulfil them; tests fake the far end."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

from locker.errors import LockerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from locker.core.model import Seen
    from locker.measures import BankMeter, Measure
    from locker.slips import Slip


SwitchReport: TypeAlias = "Callable[[Mapping[str, Seen]], None]"
"""How a bank tells what its switches say: compartment id to `Seen`. Callable from any thread."""


class DoorBank(Protocol):
    """A group of doors behind one wire: locks and switches together, because one frame speaks of both.

    Given a `report` callback at birth, it reports every settled change of a switch, and UNSEEN for
    all its doors while the wire is dead. It heals by itself when the wire comes back.
    """

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        ...

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        ...

    @property
    def meter(self) -> BankMeter:
        """What this bank counts about its wire and its locks."""
        ...

    async def unlock(self, door: str) -> None:
        """Give one pulse, at most once; never re-sent. Returns when the pulse is over.

        Raises HardwareFault when the pulse surely or possibly did not happen.
        """
        ...

    async def survey(self) -> Mapping[str, Seen]:
        """One honest look at every door. A door that cannot be read is UNSEEN; never raises for that."""
        ...

    async def __aenter__(self) -> Self:
        """Claim the wire with every lock idle. Raises HardwareFault if it cannot be claimed at all."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave every lock idle and let the wire go."""
        ...


class CodeReader(Protocol):
    """Something that reads codes: a scanner on a serial line, a camera, a simulated scanner."""

    def texts(self) -> AsyncIterator[str]:
        """Texts as they are read, printable, stripped. Ends only when cancelled; heals by itself."""
        ...


class Camera(Protocol):
    """Something that takes still pictures of the cabinet's front."""

    async def still(self) -> bytes:
        """A JPEG without metadata of a frame begun after the call. Raises HardwareFault."""
        ...

    async def frames(self, seconds: float) -> Sequence[tuple[int, bytes]]:
        """What was seen in the last so many seconds: milliseconds from now (negative), JPEG. Raises HardwareFault."""
        ...

    @property
    def lens(self) -> str:
        """What is wrong with what the lens sees: covered, blurred, or nothing."""
        ...


class ReceiptPrinter(Protocol):
    """Something that prints slips on paper for whoever stands before the screen."""

    async def print_slip(self, slip: Slip) -> None:
        """Print it and let it out. Raises HardwareFault when it was surely or possibly not printed whole."""
        ...


class Thermometer(Protocol):
    """Something that tells how warm a group of compartments is."""

    async def celsius(self) -> float:
        """The temperature now. Raises HardwareFault when it cannot be read."""
        ...


class Gauge(Protocol):
    """Something that measures this machine: one source, a file of the kernel or a chip."""

    async def read(self) -> Mapping[Measure, float]:
        """What it measures now; what this machine does not have is left out. Raises HardwareFault."""
        ...


class Clock(Protocol):
    """Time. `asyncio` timers of the running loop keep the same pace as `monotonic`."""

    def now(self) -> datetime:
        """The wall clock, in UTC. May be wrong and may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        ...

    def synced(self) -> bool:
        """True when the wall clock has been set from the network or a battery-backed clock."""
        ...


class Messenger(Protocol):
    """One way to reach a phone or a mailbox."""

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver {"to","text","template","language","data","id"} or raise Undelivered."""
        ...


class DeliveryFault(StrEnum):
    """Why a message was not delivered; the same word is the key of the sentence in each language."""

    AWAY = "away"
    SETTINGS = "settings"
    INCOMPLETE = "incomplete"
    NO_WAY = "no-way"
    SEALED = "sealed"
    INSIDE = "inside"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    UNENCODABLE = "unencodable"

    @property
    def final(self) -> bool:
        """True when trying again will not help, whatever heals: the recipient's record must change first."""
        return self in _FINAL


_FINAL = frozenset(
    {DeliveryFault.UNREACHABLE, DeliveryFault.REFUSED, DeliveryFault.UNREADABLE, DeliveryFault.UNENCODABLE}
)


class Undelivered(LockerError):
    """A message could not be delivered: `fault` says of which kind it is, the text adds what the far end said.

    The text names neither the recipient nor an address. `retry_after`: seconds in which the far end asked not to be
    tried again, 0 when it did not.
    """

    def __init__(self, fault: DeliveryFault, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault
        self.retry_after = retry_after

    @property
    def final(self) -> bool:
        """True when trying again will not help."""
        return self.fault.final


class StampAuthority(Protocol):
    """Somebody outside who says when something was."""

    async def stamp(self, content: bytes) -> bytes:
        """The answer for these bytes (RFC 3161), verified. Raises HardwareFault."""
        ...
