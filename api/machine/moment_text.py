"""Moments in requests: a text as RFC 3339 spells it, with its zone, and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

_DAY_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_MOMENTS = TypeAdapter(AwareDatetime)


def _moment(text: Any) -> Any:
    """The moment of a text; what is none stays as it is and is refused. Digits are none, as seconds would be."""
    if isinstance(text, str) and _DAY_AND_TIME.match(text):
        with suppress(ValidationError):
            return _MOMENTS.validate_python(text)
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError:
        raise PydanticCustomError("trade", "must be a time that there is") from None


MomentText = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_utc)]
"""A moment as RFC 3339 spells it, with its zone; read it is in UTC with whole milliseconds, as the journal has it."""
