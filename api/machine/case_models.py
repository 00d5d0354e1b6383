"""What may be sent about cases, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.machine.moment_text import MomentText
from api.machine.request_models import Body, PersonName, StaffName, Unit, as_whole
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.services.cases import LONGEST_TEXT, Danger, Outcome, Source, Stage
from locker.services.cases import Field as CaseField

if TYPE_CHECKING:
    from locker.services.cases import Award, Case, CaseReceipt, DangerWarning, Entry, WholeCase

_MOST = 10**10
CaseText = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$",
    ),
]
PlaceName = Annotated[str, StringConstraints(min_length=1, max_length=24)]
KindName = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern="^[a-z][a-z-]*$")]
Amount = Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(as_whole)]


class NewCaseBody(Body):
    """`POST /cases`. `resident` is the id of one; `unit` says where somebody lives who is not known."""

    kind: KindName
    text: CaseText | None = None
    parcel: PlaceName | None = None
    compartment: PlaceName | None = None
    unit: Unit | None = None
    resident: PlaceName | None = None
    urgent: bool = False
    source: Literal["staff", "phone", "program", "courier", "resident"] = "program"


class CasesQuery(Body):
    """`GET /cases?state=&kind=&parcel=&after=`."""

    state: Literal["open", "closed"] = "open"
    kind: KindName | None = None
    parcel: PlaceName | None = None
    after: Annotated[str, StringConstraints(max_length=40)] | None = None


class ReportQuery(Body):
    """`GET /case-reports/{month}?carrier=`."""

    carrier: PersonName | None = None


class WordBody(Body):
    """`POST /cases/{number}/words`: for whoever opened it (reply, message, apology), or for staff among themselves."""

    what: Literal["reply", "message", "apology", "note", "step", "contact"]
    text: CaseText


class StageBody(Body):
    """`POST /cases/{number}/stage`."""

    stage: Literal["register", "investigate", "decide", "feedback"]


class FieldBody(Body):
    """`POST /cases/{number}/fields`: something that must be known before it can be closed."""

    field: Literal["finding", "cause", "prevention", "apology", "make-good", "carrier-told"]
    value: CaseText


class OwnerBody(Body):
    """`POST /cases/{number}/owner`: names of staff accounts."""

    owner: StaffName
    partners: Annotated[list[StaffName], Field(max_length=12, default_factory=list)]


class ForwardBody(Body):
    """`POST /cases/{number}/forwards`."""

    to: Literal["carrier", "property", "warehouse"]
    party: PersonName
    due: MomentText
    text: CaseText


class ReturnBody(Body):
    """`POST /cases/{number}/forwards/{entry}/return`: what they answered."""

    text: CaseText


class CompensationBody(Body):
    """`POST /cases/{number}/compensation`, in hundredths of the currency. Without `declared` no value was declared."""

    party: Literal["operator", "carrier", "property", "insurer"]
    actual: Amount
    declared: Amount | None = None


class ApprovalBody(Body):
    """`POST /cases/{number}/compensation/approval`: by somebody else than who decided."""

    approved: bool


class CloseBody(Body):
    """`POST /cases/{number}/close`."""

    outcome: Literal["solved", "compensated", "unfounded", "withdrawn"]


class PhotoBody(Body):
    """`POST /cases/{number}/photos`: a JPEG or PNG in base64."""

    photo: Annotated[str, StringConstraints(min_length=4, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class EmergencyBody(Body):
    """`POST /emergencies`. Without compartments the whole cabinet."""

    danger: Literal["fire", "leak", "hurt", "threat"]
    compartments: Annotated[list[PlaceName], Field(max_length=500, default_factory=list)]
    text: CaseText | None = None


class MarkedDayBody(Body):
    """A day that is not as its weekday says."""

    day: Annotated[date, Field(strict=False)]
    kind: Literal["off", "work"]
    name: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class WorkingDaysBody(Body):
    """`PUT /working-days/{year}`: every day of the year that is not as its weekday says; `source` who published it."""

    days: Annotated[list[MarkedDayBody], Field(min_length=1, max_length=200)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CaseReceiptView(View):
    """What whoever opened a case is told."""

    number: str
    reply_due: Moment
    due: Moment
    provisional: bool


class CaseView(View):
    """A case as it is listed. `late`: a limit has passed. `age_days`: since it was opened."""

    number: str
    kind: str
    priority: int
    source: Source
    stage: Stage
    parcel: str
    compartment: str
    urgent: bool
    owner: str
    partners: list[str]
    opened_at: Moment
    reply_due: Moment
    replied_at: Moment | None
    due: Moment
    provisional: bool
    late: bool
    age_days: int
    closed_at: Moment | None
    outcome: Outcome | Literal[""]


class CasePage(View):
    """Cases, and where the next page begins."""

    items: list[CaseView]
    next: str | None


class EntryView(View):
    """Something that was written; `text` for callers with the scope staff."""

    entry: int
    at: Moment
    by: str
    what: str
    text: str | None


class ForwardView(View):
    """Somebody else who must answer."""

    entry: int
    to: str
    party: str
    due: Moment
    returned_at: Moment | None


class CompensationView(View):
    """What is paid: the lower of the two."""

    party: str
    actual: int
    declared: int | None
    amount: int
    decided_by: str
    approved_by: str


class CaseDetail(CaseView):
    """A case with everything in it. `missing`: what must be known before it can be closed."""

    unit: str | None
    resident: str | None
    missing: list[str]
    fields: list[CaseField]
    entries: list[EntryView]
    photos: list[str]
    forwards: list[ForwardView]
    compensation: CompensationView | None


class WarningView(View):
    """What people are warned of now. No compartments: the whole cabinet."""

    number: str
    danger: Danger
    compartments: list[str]


class WorkingDaysView(View):
    """What was taken; `moved`: open cases whose limits are others now."""

    year: int
    days: int
    moved: int


class PeakApprovalView(View):
    """Who agreed to a version of the rule."""

    version: int
    approved_by: str


def receipt_json(receipt: CaseReceipt) -> dict[str, Any]:
    """A receipt as JSON."""
    return {
        "number": receipt.number,
        "reply_due": rfc3339(receipt.reply_due),
        "due": rfc3339(receipt.due),
        "provisional": receipt.provisional,
    }


def case_json(case: Case, now: datetime) -> dict[str, Any]:
    """A case as JSON."""
    ended = case.closed_at or now
    return {
        "number": case.number,
        "kind": case.kind.name,
        "priority": int(case.priority),
        "source": case.source,
        "stage": case.stage.value,
        "parcel": case.parcel,
        "compartment": case.compartment,
        "urgent": case.urgent,
        "owner": case.owner,
        "partners": list(case.partners),
        "opened_at": rfc3339(case.opened_at),
        "reply_due": rfc3339(case.reply_due),
        "replied_at": _moment(case.replied_at),
        "due": rfc3339(case.due),
        "provisional": case.provisional,
        "late": ended > case.due or (case.replied_at or ended) > case.reply_due,
        "age_days": (ended - case.opened_at).days,
        "closed_at": _moment(case.closed_at),
        "outcome": case.outcome,
    }


def detail_json(whole: WholeCase, now: datetime, *, personal: bool) -> dict[str, Any]:
    """A case with everything in it; what people wrote and who they are only where `personal`."""
    case = whole.case
    return {
        **case_json(case, now),
        "unit": case.unit if personal else None,
        "resident": case.resident if personal else None,
        "missing": list(whole.missing),
        "fields": [name for name in whole.fields if name in list(CaseField)],
        "entries": [_entry_json(each, personal=personal) for each in whole.entries],
        "photos": [each.sha256 for each in whole.photos],
        "forwards": [
            {
                "entry": each.entry,
                "to": each.to,
                "party": each.party,
                "due": rfc3339(each.due),
                "returned_at": _moment(each.returned_at),
            }
            for each in whole.forwards
        ],
        "compensation": _award_json(whole.award),
    }


def warning_json(warning: DangerWarning) -> dict[str, Any]:
    """A warning as JSON."""
    return {"number": warning.number, "danger": warning.danger.value, "compartments": list(warning.doors)}


def _entry_json(each: Entry, *, personal: bool) -> dict[str, Any]:
    text = each.text if personal else None
    return {"entry": each.entry, "at": rfc3339(each.at), "by": each.by, "what": each.what, "text": text}


def _award_json(award: Award | None) -> dict[str, Any] | None:
    if award is None:
        return None
    return {
        "party": award.party,
        "actual": award.actual,
        "declared": award.declared,
        "amount": award.amount,
        "decided_by": award.decided_by,
        "approved_by": award.approved_by,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
