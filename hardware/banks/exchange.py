"""One request on a wire and what counts as its reply: values only, no port in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from hardware.framing import Decode

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Reply]):
    """A frame to send, and how to know its reply among whatever comes back.

    `decode_reply` is a `Decode` that gives only what answers this request; None: the board does not answer it.
    `reply_bytes` is the usual length of the reply, for the time that it needs on the wire.
    """

    request: bytes
    decode_reply: Decode[Reply] | None
    reply_bytes: int = 0
