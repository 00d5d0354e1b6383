"""Debounce of one door switch, without a clock: time is an argument, in seconds."""

from __future__ import annotations

from locker.core.model import Seen

OPEN_AFTER = 0.05
SHUT_AFTER = 0.3
RESTLESS_AFTER = 3.0


class DebouncedSwitch:
    """Believe a level only when it has stood still.

    Open is believed after `open_after` seconds, shut after `shut_after`: a slamming door rebounds for
    tens to hundreds of milliseconds, and "shut" passes a parcel into our keeping. A switch that finds
    no rest for `restless_after` seconds is UNSEEN: what it says cannot be known.
    """

    def __init__(
        self, open_after: float = OPEN_AFTER, shut_after: float = SHUT_AFTER, restless_after: float = RESTLESS_AFTER
    ) -> None:
        self._open_after = open_after
        self._shut_after = shut_after
        self._restless_after = restless_after
        self._shut: bool | None = None
        self._still_since = 0.0
        self._restless_since: float | None = None
        self._seen = Seen.UNSEEN

    @property
    def seen(self) -> Seen:
        """What is believed now."""
        return self._seen

    @property
    def unsettled(self) -> bool:
        """True while a level waits to be believed: look again soon."""
        return self._restless_since is not None

    def look(self, shut: bool | None, at: float) -> Seen:
        """Take one reading and say what is believed. None: the switch could not be read."""
        if shut is None:
            self._shut = None
            self._restless_since = None
            self._seen = Seen.UNSEEN
            return self._seen
        if shut is not self._shut:
            self._shut = shut
            self._disturb(at)
        if at - self._still_since >= (self._shut_after if shut else self._open_after):
            self._restless_since = None
            self._seen = Seen.SHUT if shut else Seen.OPEN
        elif self._restless_since is not None and at - self._restless_since >= self._restless_after:
            self._seen = Seen.UNSEEN
        return self._seen

    def touched(self, at: float) -> None:
        """Note an edge between two readings: whatever the level is, it has not stood still."""
        if self._shut is not None:
            self._disturb(at)

    def _disturb(self, at: float) -> None:
        self._still_since = at
        if self._restless_since is None:
            self._restless_since = at
