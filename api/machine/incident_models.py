"""What may be sent about incidents and alerts, and what is answered."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.machine.moment_text import MomentText
from api.machine.problems import invalid
from api.machine.request_models import Body
from api.machine.response_models import Moment, View
from locker.services.incidents import LONGEST, AlertOutcome

_XML = frozenset({"application/cap+xml", "application/xml", "text/xml"})
Sentence = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class WordsBody(Body):
    """Why, and what to do instead, in one language."""

    cause: Sentence
    alternative: Sentence


class IncidentBody(Body):
    """`PUT /incident`: all of it must be said, in one language of the site at least.

    `tell`: who is written to at once, all residents or those for whom a parcel waits; without it the screen alone
    tells.
    """

    words: dict[str, WordsBody]
    recovers_at: MomentText
    tell: Literal["all", "waiting"] | None = None


class AlertBody(Body):
    """`POST /alerts`: the text of an alert in CAP 1.2; or the document itself, as `application/cap+xml`."""

    cap: Annotated[str, StringConstraints(min_length=1)]


class AlertView(View):
    """What became of an alert. Only `started` and `ended` changed anything."""

    alert: str
    outcome: AlertOutcome


class IncidentView(View):
    """What is told now."""

    words: dict[str, dict[str, str]]
    declared_at: Moment
    recovers_at: Moment
    by: str


def is_cap(content_type: str) -> bool:
    """True when the body says that it is the document of an alert itself."""
    return content_type.partition(";")[0].strip().lower() in _XML


def cap_as_json(raw: bytes) -> bytes:
    """The document as the JSON that the call takes. Raises Problem (422)."""
    try:
        return json.dumps({"cap": raw.decode("utf-8-sig")}).encode()
    except UnicodeDecodeError:
        raise invalid("body", "is not text in utf-8") from None
