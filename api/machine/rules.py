"""`/rules`: what a person may change without a new site file, in versions that are added and never changed."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import VERSION_TAKEN, Problem, invalid, refusal
from api.machine.rule_models import NewRuleBody, RuleQuery, rule_json, version_json
from locker.core.reasons import RefusalReason, Refused
from locker.services.policies import BODIES, NewVersion, RuleBody, RuleBook, RuleKind, VersionTaken


async def listing(request: ApiRequest, query: RuleQuery) -> Response:
    """What holds of every kind: now, or at a moment. A kind without a version holds by its defaults."""
    rules, at = request.context.rules, query.at or request.context.engine.now()
    return JSONResponse([rule_json(rules, kind, at) for kind in RuleKind])


async def show(request: ApiRequest, kind: str, query: RuleQuery) -> Response:
    """One kind: what holds, and every version that there ever was."""
    rules, known = request.context.rules, _kind(kind)
    at = query.at or request.context.engine.now()
    return JSONResponse(
        {**rule_json(rules, known, at), "versions": [version_json(each) for each in rules.versions(known)]}
    )


async def add(request: ApiRequest, kind: str, version: str, body: NewRuleBody) -> Response:
    """Add this version, one more than the last. To ask the same again is answered with what stands there."""
    rules, known = request.context.rules, _kind(kind)
    if not (version.isascii() and version.isdigit() and len(version) <= 6):
        raise refusal(Refused(RefusalReason.UNKNOWN))
    said = _said(rules, known, body)
    asked = NewVersion(int(version), said, body.reason, body.starts_at, body.ends_at, body.review_on)
    try:
        return JSONResponse(version_json(await rules.add(asked, request.by)))
    except VersionTaken:
        last = len(rules.versions(known))
        raise Problem(VERSION_TAKEN, f"The last version is {last}: a new one is {last + 1}.", last=last) from None
    except ValueError as wrong:
        raise _wrong("", wrong) from None


def _said(rules: RuleBook, kind: RuleKind, asked: NewRuleBody) -> RuleBody:
    """What the version shall say: its own body, or that of an earlier version, 0 for the defaults."""
    if (asked.body is None) == (asked.body_of is None):
        raise invalid("body", "or body_of is needed, and not both")
    if asked.body is not None:
        try:
            return BODIES[kind].read(json.dumps(asked.body))
        except ValueError as wrong:
            raise _wrong("body.", wrong) from None
    versions, number = rules.versions(kind), asked.body_of or 0
    if number > len(versions):
        raise invalid("body_of", "must be a version that there is, or 0")
    return versions[number - 1].body if number else BODIES[kind]()


def _wrong(where: str, wrong: ValueError) -> Problem:
    field, _, why = str(wrong).partition(": ")
    return invalid(where + field, f"cannot be taken: {why}")


def _kind(text: str) -> RuleKind:
    try:
        return RuleKind(text)
    except ValueError:
        raise refusal(Refused(RefusalReason.UNKNOWN)) from None
