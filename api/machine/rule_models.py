"""What may be sent about rules, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.machine.moment_text import MomentText
from api.machine.request_models import Body, Reason, as_whole
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.services.policies import BODIES, RuleBook, RuleKind, RuleVersion


class RuleQuery(Body):
    """`?at=`: what held or will hold at that moment, instead of now."""

    at: MomentText | None = None


class NewRuleBody(Body):
    """A version: what it says (`body`, or as version `body_of` did, 0 for the defaults), why, and from when until when.

    Without `starts_at` it begins now, without `ends_at` it ends when another begins.
    """

    body: dict[str, Any] | None = None
    body_of: Annotated[int, Field(ge=0, le=999_999), BeforeValidator(as_whole)] | None = None
    reason: Reason
    starts_at: MomentText | None = None
    ends_at: MomentText | None = None
    review_on: date | None = None


class RuleVersionView(View):
    """One version as it was written."""

    kind: RuleKind
    version: int
    author: str
    reason: str
    made_at: Moment
    starts_at: Moment
    ends_at: Moment | None
    review_on: date
    body: dict[str, Any]


class RuleView(View):
    """What holds of one kind; `version` 0: no version, the defaults."""

    kind: RuleKind
    version: int
    body: dict[str, Any]


class RuleDetail(RuleView):
    """The same with every version."""

    versions: list[RuleVersionView]


def rule_json(rules: RuleBook, kind: RuleKind, at: datetime) -> dict[str, Any]:
    """As RuleView."""
    version = rules.holding(kind, at)
    body = version.body if version is not None else BODIES[kind]()
    number = version.version if version is not None else 0
    return {"kind": kind.value, "version": number, "body": body.model_dump(mode="json")}


def version_json(version: RuleVersion) -> dict[str, Any]:
    """As RuleVersionView."""
    return {
        "kind": version.kind.value,
        "version": version.version,
        "author": version.author,
        "reason": version.reason,
        "made_at": rfc3339(version.made_at),
        "starts_at": rfc3339(version.starts_at),
        "ends_at": rfc3339(version.ends_at) if version.ends_at else None,
        "review_on": version.review_on.isoformat(),
        "body": version.body.model_dump(mode="json"),
    }
