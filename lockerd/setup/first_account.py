"""The first account of the panel: made with a set-up secret, which its owner turns into a password of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.errors import SettingsError
from locker.services.admin import CommandFailed
from locker.services.people import Role
from lockerd.admin_command import carry_out
from lockerd.setup.door_cards import code_in_signs, panel_address
from lockerd.setup.folder_owner import acting_as_owner

if TYPE_CHECKING:
    from lockerd.settings import Settings
    from lockerd.setup.answers import Answers
    from lockerd.setup.terminal import Terminal


def ask_account(terminal: Terminal, answers: Answers, settings: Settings) -> None:
    """Make a supervisor's account, and show its secret and where it is used. Raises SettingsError, OSError."""
    made = answers.get("account")
    if made and not terminal.agree("account_again", default=False, name=made):
        return
    while True:
        name = terminal.ask("ask_account", "", lambda typed: typed)
        if not name:
            terminal.say("account_later")
            return
        act = "staff-renew" if name == made else "staff-add"
        try:
            with acting_as_owner(settings.storage.data):
                secret = carry_out(settings, act, {"name": name, "role": Role.SUPERVISOR.value})
        except CommandFailed as refused:
            terminal.say("account_refused", fault=str(refused))
        except SettingsError as fault:
            terminal.say("account_refused", fault="; ".join(fault.faults))
            return
        else:
            answers.keep("account", name)
            _show(terminal, f"{panel_address(settings)}/set-up", name, secret)
            return


def _show(terminal: Terminal, address: str, name: str, secret: str) -> None:
    terminal.say("account_made", name=name)
    if terminal.shows_all_signs:
        terminal.show("\n".join(f"  {line}" for line in code_in_signs(address)))
    terminal.show(f"  {address}\n  {secret}")
    terminal.say("account_secret")
