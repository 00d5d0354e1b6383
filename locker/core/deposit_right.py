"""A carrier's right to put parcels in: what its courier, whom nobody enrolled here, shows instead of a PIN.

The carrier signs it (services/rights), so no network is asked. It puts in and does nothing else. How often it was used,
and that it was revoked, is the site's own knowledge: counted with the deposit, in one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.core.model import Size

LONGEST_LIFE = timedelta(days=31)
"""So long at most after it was signed a right is good: a revoked number needs to be known no longer."""
EVERY_RIGHT = "/"
"""What is known under this name holds for every right that was made before: a backup does not tell which were used."""
RIGHT_ACTOR = "courier:right:"
"""How the journal names whoever shows a right, before the company: they put in, and do nothing else."""


@dataclass(frozen=True, slots=True)
class DepositRight:
    """What a carrier signed, as far as rules need it: `name` is the carrier's own number of it.

    `until`: from then on it puts nothing in. `size`: of the compartment, where one was said; `door`: the only one.
    `made_at`: when it was signed, as the carrier says.
    """

    company: str
    name: str
    uses: int
    until: datetime
    size: Size | None = None
    door: str = ""
    made_at: datetime | None = None

    @property
    def id(self) -> str:
        """What it is counted under: numbers are each carrier's own."""
        return right_id(self.company, self.name)


@dataclass(frozen=True, slots=True)
class KnownRight:
    """A right that was used here or revoked: `used` parcels were put in by it, of `uses`.

    `given_back`: uses that came to nothing by the cabinet's fault; at most as many as it has. `size` and `door` as
    signed, empty for any. `uses` 0: revoked before it was ever shown.
    """

    id: str
    company: str
    name: str
    uses: int
    until: datetime
    used: int = 0
    given_back: int = 0
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    size: str = ""
    door: str = ""


def right_id(company: str, name: str) -> str:
    """The name under which this right of this company is counted."""
    return f"{folded_name(company)}/{name}"
