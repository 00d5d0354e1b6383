"""What a bad wire does to a reply, as values: nothing here knows a port or a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.world.world import WireFault

if TYPE_CHECKING:
    import random
    from collections.abc import Set as AbstractSet

    from simulator.wires.boards import BoardReply

LATE_S = 0.1
"""How late a slow reply begins: boards answer within 50 ms, drivers must wait longer than that."""
BYTE_GAP_S = 0.003


@dataclass(frozen=True, slots=True)
class LineFaults:
    """What happens to one reply on the way. Seconds are real: adapters and drivers know no other."""

    lost: bool = False
    garbage: bytes = b""
    flipped: bool = False
    glued: bool = False
    echo: bool = False
    late_s: float = 0.0
    byte_gap_s: float = 0.0

    def apply(self, request: bytes, reply: bytes) -> bytes:
        """What arrives at the other end."""
        if self.lost:
            return b""
        if self.flipped:
            reply = reply[:-1] + bytes([reply[-1] ^ 0x10])
        return (request if self.echo else b"") + self.garbage + reply * (2 if self.glued else 1)


def line_faults_for(faults: AbstractSet[WireFault], reply: BoardReply, count: int, rng: random.Random) -> LineFaults:
    """What the faults of a wire do to its reply number `count`.

    A wire that loses replies loses every reply to an unlock, which hurts most, and every third to a
    status request. A noisy one puts garbage before each and breaks the check of every fourth.
    """
    lost = WireFault.LOST_REPLIES in faults and (reply.command or count % 3 == 0)
    noisy, slow = WireFault.NOISE in faults, WireFault.SLOW in faults
    return LineFaults(
        lost=lost,
        garbage=rng.choice((b"\xfa\xfd\x99\x99", rng.randbytes(rng.randint(1, 6)))) if noisy else b"",
        flipped=noisy and count % 4 == 0,
        glued=noisy and count % 5 == 0,
        late_s=LATE_S if slow else 0.0,
        byte_gap_s=BYTE_GAP_S if slow else 0.0,
    )
