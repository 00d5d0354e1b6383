"""`lockerd update`: another version in the place of this one, judged by the doors; the way back is judged too."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.clock import SystemClock
from locker.errors import SettingsError
from locker.services.admin import CommandFailed, ask_daemon
from lockerd.updates.cabinet import Cabinet
from lockerd.updates.ordered import CACHE, PROGRESS, OrderedUpdate, save_ordered, settle, take_over
from lockerd.updates.progress import Phase
from lockerd.updates.releases import DebianPackages, LinkedReleases, verify_signature
from lockerd.updates.repository import FETCHED, fetch
from lockerd.updates.updater import Updater

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings
    from lockerd.updates.progress import Progress
    from lockerd.updates.releases import Releases

LINK, FOLDER = Path("/opt/locker"), Path("/opt/locker-releases")
KEYRING = Path("/usr/share/keyrings/locker.gpg")
_ENDS = {
    Phase.GOOD: "{new} runs and sees the doors that {old} saw",
    Phase.REVERTED: "{old} runs as before, not {new}: {reason}",
    Phase.BROKEN: "{new} was not good and neither is {old} now: {reason}. Go and look at the cabinet",
}


def update_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Update, or go on with one that was cut short; 0 when the new version stays, or there was nothing, 2 when it went.

    Raises SettingsError when it cannot begin; then nothing was touched.
    """
    state = asked.state or (CACHE if not LINK.is_symlink() else FOLDER)
    linked = asked.link or (LINK if LINK.is_symlink() else None)
    releases = LinkedReleases(linked, state) if linked is not None else DebianPackages(state)
    cabinet = Cabinet(settings, asked.config, asked.service)
    updater = Updater(releases, cabinet, state / PROGRESS, asked.within, asked.wait)
    if asked.ordered:
        return _ordered(settings, state, releases, cabinet, updater)
    if not asked.resume:
        if asked.source is None:
            raise SettingsError(["say which version: a package file or the folder of a release, or --resume"])
        if asked.source.is_file() and not asked.unsigned:
            verify_signature(asked.source, asked.keyring or KEYRING)
        updater.begin(asked.source)
    ended = asyncio.run(updater.carry_on())
    settle(state)
    if ended is None:
        print("no update is under way")  # noqa: T201  the answer
        return 0
    return _say(cabinet.data, ended)


def _ordered(settings: Settings, state: Path, releases: Releases, cabinet: Cabinet, updater: Updater) -> int:
    """One that the operator ordered: fetched from the repository, then as any other. Told in any case how it went."""
    order = take_over(settings, SystemClock().now())
    version = str(order.body.get("version", ""))
    state.mkdir(parents=True, exist_ok=True)
    save_ordered(state, OrderedUpdate(order=order.id, new=version))
    try:
        if not releases.may_go_back():
            releases.stage(fetch(releases.current(), state))
        updater.begin(fetch(version, state), order.id)
    except (SettingsError, OSError) as fault:
        reason = "; ".join(fault.faults) if isinstance(fault, SettingsError) else str(fault)
        save_ordered(state, OrderedUpdate(order=order.id, new=version, ended=True, reason=reason[:200]))
        raise
    finally:
        shutil.rmtree(state / FETCHED, ignore_errors=True)
    ended = asyncio.run(updater.carry_on())
    settle(state)
    return _say(cabinet.data, ended) if ended is not None else 0


def _say(data: Path, ended: Progress) -> int:
    sentence = _ENDS[ended.phase].format(old=ended.old, new=ended.new, reason=ended.reason)
    print(sentence)  # noqa: T201  the answer
    _tell(data, ended)
    return 0 if ended.phase is Phase.GOOD else 2


def _tell(data: Path, ended: Progress) -> None:
    """Let the daemon that runs now record it and call staff. One that cannot, or is too old, leaves it to the log."""
    told = {"old": ended.old, "new": ended.new, "kept": ended.phase is Phase.GOOD, "reason": ended.reason}
    try:
        asyncio.run(ask_daemon(data, "update-ended", told))
    except (OSError, CommandFailed) as fault:
        print(f"the cabinet was not told: {fault}")  # noqa: T201  the answer
