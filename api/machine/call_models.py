"""What may be sent about calls that a telephone exchange counted, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, StringConstraints

from api.machine.moment_text import MomentText
from api.machine.request_models import Body
from api.machine.response_models import View
from locker.services.cases import LIMIT, MOST_CALLS, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.services.cases import AnswerWait

_Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f].*$")]
_MOST_SECONDS = 4 * 3600
_MOST_DAYS = 366


class CallBody(Body):
    """One call: when it came, how long it waited, whether somebody answered. Without `call` it is known by these."""

    call: _Word | None = None
    time: MomentText
    waited_s: Annotated[float, Field(ge=0, le=_MOST_SECONDS, strict=False)]
    answered: bool
    queue: _Word | None = None


class CallsBody(Body):
    """`POST /call-records`: calls of the exchange `source`. Who called is not asked and not kept."""

    source: _Word
    calls: Annotated[list[CallBody], Field(min_length=1, max_length=MOST_CALLS)]


class CallsView(View):
    """How many were new, how many were known before; `list` takes them back, empty when none was new."""

    list: str
    taken: int
    known: int


class CallListView(View):
    """A list of calls that was taken back."""

    list: str


class WaitsQuery(Body):
    """`GET /answer-waits?days=`."""

    days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] = 30


class AnswerWaitView(View):
    """One way to staff: `kiosk`, or a queue of the exchange. Averages are of calls that somebody answered."""

    way: str
    answered: int
    unanswered: int
    average_s: float | None
    longest_s: float
    late: bool

    @classmethod
    def of(cls, wait: AnswerWait) -> Self:
        """The same in seconds."""
        average = wait.average
        return cls(
            way=wait.way,
            answered=wait.answered,
            unanswered=wait.unanswered,
            average_s=None if average is None else round(average.total_seconds(), 1),
            longest_s=round(wait.longest.total_seconds(), 1),
            late=wait.late,
        )


class AnswerWaitsView(View):
    """How long people waited until somebody answered, in all and by way. `late`: longer than the limit, on average."""

    days: int
    limit_s: int
    all: AnswerWaitView
    ways: list[AnswerWaitView]

    @classmethod
    def of(cls, days: int, waits: Sequence[AnswerWait]) -> Self:
        """These waits, and all of them as one."""
        ways = [AnswerWaitView.of(each) for each in waits]
        return cls(days=days, limit_s=int(LIMIT.total_seconds()), all=AnswerWaitView.of(together(waits)), ways=ways)
