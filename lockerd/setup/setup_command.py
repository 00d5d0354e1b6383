"""`lockerd setup`: asks, writes the site file, makes the first account and walks from door to door.

Every answer is kept, so whoever is interrupted goes on with Enter. The site file is written once, whole, when all
is answered and found sound; an older one is kept beside it.
"""

from __future__ import annotations

import asyncio
import locale
import logging
import sys
from typing import TYPE_CHECKING

from api import tls
from api.i18n import LANGUAGE_NAMES, LANGUAGES
from hardware.clock import SystemClock
from hardware.commissioning.check_command import run_check
from locker.durable_files import write_file
from locker.errors import SettingsError
from lockerd.settings import load_settings
from lockerd.setup import site_file
from lockerd.setup.answers import Answers
from lockerd.setup.door_cards import door_cards
from lockerd.setup.first_account import ask_account
from lockerd.setup.folder_owner import acting_as_owner
from lockerd.setup.lock_walk import walk_locks
from lockerd.setup.questions import Questions
from lockerd.setup.terminal import Stopped, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from lockerd.settings import Settings

ENDED_BY_HAND = 130
CARDS = "door-cards.html"


def setup_command(path: Path) -> int:
    """Lead a person through it; 0 when all is done, 130 when it was ended by hand. Raises SettingsError, OSError."""
    encoding = "utf-8" if locale.getencoding().lower().replace("-", "") == "utf8" else "ascii"
    terminal = Terminal(sys.stdin.fileno(), sys.stdout.fileno(), encoding=encoding)
    logging.getLogger().setLevel(logging.ERROR)
    try:
        return _led(terminal, path)
    except (Stopped, KeyboardInterrupt):
        terminal.show("")
        terminal.say("stopped", command=f"lockerd setup --config {path}")
        return ENDED_BY_HAND


def _led(terminal: Terminal, path: Path) -> int:
    answers = Answers(path)
    resumed = bool(answers)
    _ask_language(terminal, answers)
    terminal.say("welcome", file=path)
    if resumed:
        terminal.say("resumed")
    _settings(terminal, answers, path)
    settings = load_settings(path)
    _certificate(terminal, settings)
    ask_account(terminal, answers, settings)
    faults = _walk(terminal, answers, settings, path)
    cards = path.with_name(CARDS)
    write_file(cards, door_cards(settings, terminal.text).encode(), site_file.MODE)
    terminal.say("cards", file=cards)
    for fault in faults:
        terminal.show(f"  ! {fault}")
    if faults:
        terminal.say("done_faults", count=len(faults), command=f"lockerd setup --config {path}")
        return 1
    answers.forget()
    terminal.say("done")
    return 0


def _ask_language(terminal: Terminal, answers: Answers) -> None:
    if not terminal.shows_all_signs:
        terminal.say("only_ascii")
        return
    options = [(code, f"{LANGUAGE_NAMES[code]} ({code})") for code in LANGUAGES]
    chosen = terminal.choose("ask_language", options, answers.get("language", "en"))
    terminal.language = answers.keep("language", chosen)


def _settings(terminal: Terminal, answers: Answers, path: Path) -> None:
    """Ask until the whole file is sound, and put it in place."""
    document = site_file.read(path)
    questions = Questions(terminal, answers, document)
    while True:
        questions.site()
        questions.cabinet()
        questions.panel()
        questions.backup()
        try:
            if not terminal.agree("ask_write", default=True, file=path, doors=len(document["compartment"])):
                continue
            kept = site_file.write(path, document)
        except SettingsError as wrong:
            terminal.say("not_sound")
            for line in wrong.faults:
                terminal.show(f"  ! {line}")
            continue
        terminal.say("written", file=path)
        if kept is not None:
            terminal.say("kept", file=kept)
        return


def _certificate(terminal: Terminal, settings: Settings) -> None:
    staff = settings.staff
    if staff.certificate is None or staff.private_key is None:
        terminal.say("certificate_own")
        return
    found = tls.configured_certificate(staff.certificate, staff.private_key)
    terminal.say("certificate_yours", fingerprint=found.fingerprint, ends=f"{found.ends:%Y-%m-%d}")


def _walk(terminal: Terminal, answers: Answers, settings: Settings, path: Path) -> list[str]:
    ways = [(way, terminal.text(f"walk_by_{way}")) for way in ("locks", "hand", "later")]
    way = terminal.choose("ask_walk", ways, "locks")
    if way == "later":
        terminal.say("walk_another_day", file=path)
        return []
    with acting_as_owner(settings.storage.data):
        try:
            if way == "hand":
                run_check(settings, everywhere=False, walk_doors=True)
                return []
            return asyncio.run(walk_locks(settings, SystemClock(), terminal, answers))
        except SettingsError as fault:
            return fault.faults
