"""What all boards share: terminals with locks and switches, and a buffer in which they look for a frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 64


class Terminals(Protocol):
    """The screws of a board: a lock and a switch a channel, 1-based. A channel may have nothing on it."""

    def shut(self, channel: int) -> bool:
        """True when the contact of this channel is closed; an open contact for a channel with nothing on it."""
        ...

    def inside(self, channel: int) -> bool:
        """True when the light barrier of this channel sees something."""
        ...

    def pulse(self, channel: int, seconds: float) -> None:
        """Current for so many seconds."""
        ...

    def hold(self, channel: int, on: bool) -> None:
        """Current on or off until the next call."""
        ...


@dataclass(frozen=True, slots=True)
class BoardReply:
    """A reply of a board; `command` when it answers an unlock, not a status request."""

    frame: bytes
    command: bool = False


class Board(ABC):
    """A board on a bus: it receives every byte and answers what is addressed to it."""

    def __init__(self, terminals: Terminals, address: int, channels: int, shut_bit: int) -> None:
        self.terminals = terminals
        self.address = address
        self.channels = channels
        self.shut_bit = shut_bit
        self._buffer = b""

    def receive(self, data: bytes) -> list[BoardReply]:
        """Take bytes from the bus, in any pieces; give the replies that are due now."""
        self._buffer += data
        replies: list[BoardReply] = []
        while self._buffer:
            length, found = self.take_frame(self._buffer)
            if length == 0:
                break
            replies += found
            self._buffer = self._buffer[length:]
        self._buffer = self._buffer[-LONGEST:]
        return replies

    def clear_buffer(self) -> None:
        """Lose what was half received, as a board without power does."""
        self._buffer = b""

    @abstractmethod
    def take_frame(self, buffer: bytes) -> tuple[int, list[BoardReply]]:
        """Judge the beginning of the buffer: how many bytes to take, and the replies to them.

        0 bytes: a frame may begin here, more must come. 1 byte and no reply: no frame begins here.
        """

    def bits(self, channels: Iterable[int]) -> bytes:
        """Status bits of these channels, lowest first."""
        states = [self.shut_bit if self.terminals.shut(channel) else 1 - self.shut_bit for channel in channels]
        return packed(states)


def packed(states: list[int]) -> bytes:
    """Bits as bytes, the first in the lowest bit."""
    return bytes(
        sum(bit << place for place, bit in enumerate(states[start : start + 8])) for start in range(0, len(states), 8)
    )
