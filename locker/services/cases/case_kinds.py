"""What a case may be: each kind as data. A new kind is one entry of `KINDS` and its words in three languages."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum, StrEnum

from locker.frozen import dataclass
from locker.services.people import Role
from locker.services.policies import Queue


class Stage(StrEnum):
    """How far a case has come. A kind has some of them, in this order."""

    REGISTER = "register"
    INVESTIGATE = "investigate"
    DECIDE = "decide"
    FEEDBACK = "feedback"
    CLOSED = "closed"


class Priority(IntEnum):
    """The class of a case: 1 is safety, 2 what is lost or hurt, 3 the rest."""

    SAFETY = 1
    HARM = 2
    ORDINARY = 3


class Field(StrEnum):
    """What may have to be known before a case can be closed."""

    FINDING = "finding"
    CAUSE = "cause"
    PREVENTION = "prevention"
    APOLOGY = "apology"
    MAKE_GOOD = "make-good"
    CARRIER_TOLD = "carrier-told"


class Source(StrEnum):
    """From where a case came."""

    KIOSK = "kiosk"
    RESIDENT = "resident"
    COURIER = "courier"
    STAFF = "staff"
    PHONE = "phone"
    PROGRAM = "program"
    CABINET = "cabinet"


class Outcome(StrEnum):
    """How a case ended."""

    SOLVED = "solved"
    COMPENSATED = "compensated"
    UNFOUNDED = "unfounded"
    WITHDRAWN = "withdrawn"


class Freeze(StrEnum):
    """What stays as it is while a case is open."""

    NOTHING = "nothing"
    PARCEL = "parcel"
    DOORS = "doors"


@dataclass(frozen=True, slots=True)
class ClassRules:
    """The clocks of one class. `warn`: how long before its end the supervisor is told; `reply_warn`: of the reply.

    Resolution is due after `working_days`, but never later than LEGAL_DAYS days.
    """

    reply: timedelta
    reply_warn: timedelta
    working_days: int
    warn: timedelta
    owner: Role


LEGAL_DAYS = 7
"""By law a complaint is handled and answered within seven days; no profile makes that longer."""
URGENT_REPLY = timedelta(hours=4)

CLASSES: dict[Priority, ClassRules] = {
    Priority.SAFETY: ClassRules(timedelta(minutes=15), timedelta(minutes=5), 1, timedelta(hours=4), Role.SUPERVISOR),
    Priority.HARM: ClassRules(timedelta(hours=24), timedelta(hours=4), 5, timedelta(hours=48), Role.SUPERVISOR),
    Priority.ORDINARY: ClassRules(timedelta(hours=24), timedelta(hours=2), 5, timedelta(hours=24), Role.OPERATOR),
}

WHOLE = (Stage.REGISTER, Stage.INVESTIGATE, Stage.DECIDE, Stage.FEEDBACK)
SHORT = (Stage.REGISTER, Stage.FEEDBACK)


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind: its class and stages, what must be known to close it, who approves money, what is frozen meanwhile.

    `claim`: it may end in compensation. `script`: which advice staff are shown. `opens_itself`: the code of a courier
    who could not deliver, for which a case is opened without anybody asking.
    """

    name: str
    priority: Priority
    stages: tuple[Stage, ...] = SHORT
    fields: tuple[Field, ...] = ()
    approver: Role = Role.SUPERVISOR
    freezes: Freeze = Freeze.NOTHING
    claim: bool = False
    script: str = "exception"
    opens_itself: bool = False


_LOSS = (Field.CAUSE, Field.PREVENTION, Field.APOLOGY, Field.MAKE_GOOD, Field.CARRIER_TOLD)


def _harm(name: str, script: str, *, opens_itself: bool = False) -> CaseKind:
    return CaseKind(
        name,
        Priority.HARM,
        WHOLE,
        _LOSS,
        freezes=Freeze.PARCEL,
        claim=True,
        script=script,
        opens_itself=opens_itself,
    )


def _exception(name: str) -> CaseKind:
    return CaseKind(name, Priority.ORDINARY, opens_itself=True)


_ALL = (
    CaseKind(
        "emergency",
        Priority.SAFETY,
        WHOLE,
        (Field.CAUSE, Field.PREVENTION),
        freezes=Freeze.DOORS,
        script="emergency",
    ),
    _harm("lost", "lost"),
    _harm("damaged", "damaged", opens_itself=True),
    _harm("wrong-parcel", "wrong"),
    _harm("wrong-door", "wrong"),
    CaseKind("complaint", Priority.ORDINARY, WHOLE, (Field.FINDING, Field.APOLOGY), script="complaint"),
    CaseKind("fee", Priority.ORDINARY, WHOLE, (Field.FINDING,), claim=True, script="fee"),
    CaseKind("behaviour", Priority.ORDINARY, WHOLE, (Field.FINDING, Field.APOLOGY), script="complaint"),
    CaseKind("help", Priority.ORDINARY, script="help"),
    CaseKind("courier-feedback", Priority.ORDINARY, script="complaint"),
    _exception("absent"),
    _exception("not-ready"),
    _exception("no-answer"),
    _exception("gate-locked"),
    _exception("no-space"),
    _exception("wrong-address"),
    _exception("refused"),
    _exception("oversize"),
)
KINDS: dict[str, CaseKind] = {kind.name: kind for kind in _ALL}


def queue_of(kind: CaseKind, source: Source) -> Queue:
    """Who is called for it: help that somebody waits for is a call, other questions are chat, all else complaints."""
    if kind.name == "help":
        return Queue.CALLS if source in {Source.KIOSK, Source.PHONE} else Queue.CHAT
    return Queue.CHAT if kind.name == "courier-feedback" else Queue.COMPLAINTS


def next_stage(kind: CaseKind, stage: Stage) -> Stage:
    """The stage behind this one; CLOSED behind the last."""
    order = (*kind.stages, Stage.CLOSED)
    return order[order.index(stage) + 1]
