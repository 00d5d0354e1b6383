"""Keep something on the screen: `screen_keeper.py ADDRESS-FILE COMMAND…`.

Starts the compositor with the browser in it and asks the locker whether its page is painted. Ends when it is not, or
when the compositor has ended, so that systemd starts all of it again. Needs nothing but Python's own library.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 5.0
PAINTED_SECONDS = 30.0
"""A page that has painted is believed this long: it says so every 5 s."""

START_SECONDS = float(os.environ.get("SCREEN_START_SECONDS", "180"))
"""Until the first picture. On a card that others are busy with a browser was seen to need 50 s; three of these. A board
that is slower still says so in a drop-in of the unit, or its screen would be started anew for ever."""


class LockerSilent(Exception):
    """Nobody answers at the locker's address: what the page would say is not known."""


@dataclass
class ScreenJudge:
    """Since when the screen shows nothing while the locker is there to be shown."""

    painted_once: bool = False
    dark_since: float | None = None

    def fault(self, now: float, painted_ago: float | None) -> str | None:
        """Why the screen must be started anew, or None. `painted_ago` is None for a page that never painted."""
        if painted_ago is not None and painted_ago <= PAINTED_SECONDS:
            self.painted_once, self.dark_since = True, None
            return None
        self.dark_since = now if self.dark_since is None else self.dark_since
        dark, patience = now - self.dark_since, PAINTED_SECONDS if self.painted_once else START_SECONDS
        return f"the page was not painted for {dark:.0f} s" if dark > patience else None

    def locker_silent(self) -> None:
        """The time in which the locker does not answer is not held against the screen."""
        self.dark_since = None


def painted_ago(address: str) -> float | None:
    """Seconds since the page was painted, None if it never was. Raises LockerSilent."""
    try:
        with urllib.request.urlopen(f"{address}painted", timeout=LOOK_SECONDS) as answer:  # noqa: S310  http of this machine
            seconds = json.load(answer)["seconds"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise LockerSilent from fault
    return None if seconds is None else float(seconds)


def notify(state: str) -> None:
    """One datagram to $NOTIFY_SOCKET (sd_notify(3)); nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify_socket:
            notify_socket.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)


def keep(address: str, command: list[str]) -> str:
    """Run the compositor until it ends or shows nothing; the reason."""
    compositor = subprocess.Popen(command)  # noqa: S603  from the unit, no shell
    judge, waiting = ScreenJudge(), threading.Event()
    notify("READY=1")
    while compositor.poll() is None:
        notify("WATCHDOG=1")
        try:
            seconds = painted_ago(address)
        except LockerSilent:
            judge.locker_silent()
        else:
            fault = judge.fault(time.monotonic(), seconds)
            if fault is not None:
                return fault
            notify(f"STATUS={'The page is shown' if judge.dark_since is None else 'Waiting for the page'}")
        waiting.wait(LOOK_SECONDS)
    return f"the compositor ended with {compositor.returncode}"


if __name__ == "__main__":
    kiosk = Path(sys.argv[1]).read_text(encoding="utf-8").strip()
    print(f"screen: {keep(kiosk, [*sys.argv[2:], kiosk])}", file=sys.stderr)
    sys.exit(1)
