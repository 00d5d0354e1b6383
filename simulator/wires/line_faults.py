"""What a bad wire does to a reply, as values: nothing here knows a port or a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.world.world import BankFault

if TYPE_CHECKING:
    import random
    from collections.abc import Set as AbstractSet

    from simulator.wires.boards import BoardReply

LATE_S = 0.1
"""How late a slow reply begins: boards answer within 50 ms, drivers must wait longer than that."""
BETWEEN_BYTES_S = 0.003


@dataclass(frozen=True, slots=True)
class LineFaults:
    """What happens on the way. Seconds are real: adapters and drivers know no other."""

    lost: bool = False
    garbage: bytes = b""
    flipped: bool = False
    glued: bool = False
    echo: bool = False
    late_s: float = 0.0
    between_s: float = 0.0

    def suffered(self, request: bytes, reply: bytes) -> bytes:
        """What arrives at the other end."""
        if self.lost:
            return b""
        if self.flipped:
            reply = reply[:-1] + bytes([reply[-1] ^ 0x10])
        return (request if self.echo else b"") + self.garbage + reply * (2 if self.glued else 1)


def suffer(faults: AbstractSet[BankFault], reply: BoardReply, count: int, chance: random.Random) -> LineFaults:
    """What the faults of a wire do to its reply number `count`.

    A wire that loses replies loses every answer to an order, which hurts most, and every third to a
    question. A noisy one puts garbage before each and breaks the check of every fourth.
    """
    lost = BankFault.LOST_REPLIES in faults and (reply.command or count % 3 == 0)
    noisy, slow = BankFault.NOISE in faults, BankFault.SLOW in faults
    return LineFaults(
        lost=lost,
        garbage=chance.choice((b"\xfa\xfd\x99\x99", chance.randbytes(chance.randint(1, 6)))) if noisy else b"",
        flipped=noisy and count % 4 == 0,
        glued=noisy and count % 5 == 0,
        late_s=LATE_S if slow else 0.0,
        between_s=BETWEEN_BYTES_S if slow else 0.0,
    )
