"""To whom backups are sealed: a public key that was made elsewhere, or a new pair whose secret half is shown once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from locker.services.backup import recipient_faults
from lockerd.setup.terminal import Wrong

if TYPE_CHECKING:
    from lockerd.setup.terminal import Terminal

SHOWN = 6


def ask_recipient(terminal: Terminal) -> str:
    """A public key; empty for later."""
    ways = [(way, terminal.text(f"backup_{way}")) for way in ("own", "new", "later")]
    way = terminal.choose("ask_backup", ways, "later")
    if way == "own":
        return terminal.ask("ask_recipient", "", _recipient)
    return _new_pair(terminal) if way == "new" else ""


def _new_pair(terminal: Terminal) -> str:
    """The public half, once the secret one was written down: it is kept nowhere here."""
    age: Any = import_module("pyrage")
    pair = age.x25519.Identity.generate()
    secret = str(pair)
    terminal.say("backup_secret")
    terminal.show(f"\n  {secret}\n")

    def written_down(typed: str) -> str:
        if typed.upper() != secret[-SHOWN:]:
            raise Wrong("wrong_secret", count=SHOWN)
        return typed

    terminal.ask("ask_written", "", written_down, count=SHOWN)
    return str(pair.to_public())


def _recipient(typed: str) -> str:
    if recipient_faults([typed]):
        raise Wrong("wrong_recipient")
    return typed
