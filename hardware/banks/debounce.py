"""Debounce of one door switch, without a clock: time is an argument, in seconds."""

from __future__ import annotations

from locker.core.model import Seen

OPEN_AFTER = 0.05
SHUT_AFTER = 0.3
UNSTABLE_AFTER = 3.0


class DebouncedSwitch:
    """Believe a level only when it has stood still.

    Open is believed after `open_after` seconds, shut after `shut_after`: a slamming door rebounds for
    tens to hundreds of milliseconds, and "shut" passes a parcel into our keeping. A switch that finds
    no rest for `unstable_after` seconds is UNSEEN: its level cannot be known.
    """

    def __init__(
        self, open_after: float = OPEN_AFTER, shut_after: float = SHUT_AFTER, unstable_after: float = UNSTABLE_AFTER
    ) -> None:
        self._open_after = open_after
        self._shut_after = shut_after
        self._unstable_after = unstable_after
        self._shut: bool | None = None
        self._still_since = 0.0
        self._unsettled_since: float | None = None
        self._began = 0.0
        self._seen = Seen.UNSEEN

    @property
    def seen(self) -> Seen:
        """What is believed now."""
        return self._seen

    @property
    def unsettled(self) -> bool:
        """True while a level waits to be believed: poll again soon."""
        return self._unsettled_since is not None

    @property
    def began(self) -> float:
        """When the switch last began to move, whether it has come to rest since or not."""
        return self._began

    def update(self, shut: bool | None, at: float) -> Seen:
        """Take one reading and give what is believed. None: the switch could not be read."""
        if shut is None:
            self._shut = None
            self._unsettled_since = None
            self._seen = Seen.UNSEEN
            return self._seen
        if shut is not self._shut:
            self._shut = shut
            self._unsettle(at)
        if at - self._still_since >= (self._shut_after if shut else self._open_after):
            self._unsettled_since = None
            self._seen = Seen.SHUT if shut else Seen.OPEN
        elif self._unsettled_since is not None and at - self._unsettled_since >= self._unstable_after:
            self._seen = Seen.UNSEEN
        return self._seen

    def edge(self, at: float) -> None:
        """Note an edge between two readings: whatever the level is, it has not stood still."""
        if self._shut is not None:
            self._unsettle(at)

    def _unsettle(self, at: float) -> None:
        self._still_since = at
        if self._unsettled_since is None:
            self._unsettled_since = self._began = at
