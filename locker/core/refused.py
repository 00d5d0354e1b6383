"""The one family of error that says: you may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.core.messages import Code
    from locker.core.outcome import Outcome


class Refused(Exception):
    """What was asked may not be. `record` holds what is kept even so, `retry_after` is in seconds."""

    def __init__(self, code: Code, *, retry_after: int | None = None, record: Outcome | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_after = retry_after
        self.record = record
