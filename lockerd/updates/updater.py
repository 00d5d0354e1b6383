"""One update from begin to end, and from wherever a power cut or a kill has left it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from locker.errors import SettingsError
from lockerd.updates.judgement import Expected, Verdict, judge
from lockerd.updates.progress import Phase, Progress, load_progress, save_progress

if TYPE_CHECKING:
    from pathlib import Path

    from lockerd.updates.cabinet import Cabinet
    from lockerd.updates.releases import Releases

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
STEADY_SECONDS = 15.0
COPY = "before-update.backup"


class Updater:
    """Carries an update out. `within`: seconds that a version has to show what is expected of it.

    `idle_within`: seconds that visitors have to leave. `file`: where its progress stands.
    """

    def __init__(self, releases: Releases, cabinet: Cabinet, file: Path, within: float, idle_within: int) -> None:
        self._releases = releases
        self._cabinet = cabinet
        self._file = file
        self._within = within
        self._idle_within = idle_within

    def begin(self, source: Path, order: str = "") -> Progress:
        """Stage a version for the next one; nothing that runs is touched. Raises SettingsError when it cannot be.

        `order`: the operator's, if it came by one.
        """
        before = load_progress(self._file)
        if before is not None and not before.phase.ended:
            raise SettingsError([f"an update to {before.new} is under way: lockerd update --resume goes on with it"])
        old = self._releases.current()
        if not self._releases.may_go_back():
            raise SettingsError([f"the package of {old}, which runs, is not kept here: there would be no way back"])
        sight = self._cabinet.sight()
        if sight is None:
            raise SettingsError(["the locker does not answer, so nobody could tell whether an update did it harm"])
        new = self._releases.stage(source)
        if new == old:
            raise SettingsError([f"{new} runs already"])
        self._releases.trust(old)
        return self._at(
            Progress(
                phase=Phase.STAGED,
                old=old,
                new=new,
                version=sight.version,
                doors=tuple(sorted(sight.seen)),
                sealed=sight.sealed,
                schema=self._cabinet.schema(),
                within=self._within,
                order=order,
            )
        )

    async def carry_on(self) -> Progress | None:
        """Do what is left to do; how it ended. None when there is nothing."""
        progress = load_progress(self._file)
        if progress is None or progress.phase.ended:
            return None
        acts = {
            Phase.STAGED: self._copied,
            Phase.COPIED: self._about_to_switch,
            Phase.SWITCHED: self._tried,
            Phase.BACK: self._gone_back,
        }
        while progress.phase in acts:
            progress = self._at(await acts[progress.phase](progress))
        return progress

    async def _copied(self, progress: Progress) -> Progress:
        """A backup stands and nobody is at a door; a visitor who stays, or a copy that fails, ends it here."""
        old, copy = self._releases.program(progress.old), self._cabinet.data / COPY
        idle = ("idle", "--seconds", str(self._idle_within))
        try:
            copy.unlink(missing_ok=True)
            self._cabinet.run(old, "backup", str(copy))
            self._cabinet.run(old, *idle)
        except SettingsError as fault:
            return replace(progress, phase=Phase.REVERTED, reason="; ".join(fault.faults))
        return replace(progress, phase=Phase.COPIED, copy=str(copy))

    async def _about_to_switch(self, progress: Progress) -> Progress:
        """Say so first: from here on whoever comes after a cut must judge what runs."""
        return replace(progress, phase=Phase.SWITCHED)

    async def _tried(self, progress: Progress) -> Progress:
        """The new version, started and judged."""
        self._start(progress.new)
        verdict, reason = await self._judged(progress)
        if verdict is Verdict.GOOD:
            self._releases.trust(progress.new)
            return replace(progress, phase=Phase.GOOD)
        log.error("%s goes back: %s", progress.new, reason)
        return replace(progress, phase=Phase.BACK, reason=reason)

    async def _gone_back(self, progress: Progress) -> Progress:
        """The old version again, with its database if that was changed, judged as the new one was."""
        self._cabinet.service("stop")
        self._releases.put(progress.old)
        reason = self._database_of_before(progress)
        self._cabinet.service("restart")
        if not reason:
            verdict, reason = await self._judged(progress)
            if verdict is Verdict.GOOD:
                return replace(progress, phase=Phase.REVERTED)
        log.error("%s, which was good before, is not good either: %s", progress.old, reason)
        return replace(progress, phase=Phase.BROKEN, reason=f"{progress.reason}; {progress.old} again: {reason}")

    def _database_of_before(self, progress: Progress) -> str:
        """Put the backup back where the new version has changed the tables; why that did not go, or nothing."""
        if self._cabinet.schema() == progress.schema:
            return ""
        self._cabinet.service("stop")
        try:
            self._cabinet.run(self._releases.program(progress.old), "restore", progress.copy, "--force")
        except SettingsError as fault:
            return "; ".join(fault.faults)
        return ""

    def _start(self, version: str) -> None:
        """Let this version run. Again after a power cut: which version answers then, nobody can be sure of."""
        self._releases.put(version)
        self._cabinet.service("restart")

    async def _judged(self, progress: Progress) -> tuple[Verdict, str]:
        expected = Expected(frozenset(progress.doors), progress.sealed)
        within = progress.within or self._within
        # One that falls down again and again shows its doors for a moment each time.
        steady = min(STEADY_SECONDS, within / 3)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        good_since: float | None = None
        while True:
            sight = await asyncio.to_thread(self._cabinet.sight)
            now = loop.time()
            verdict, reason = judge(expected, sight, now - begun, within)
            if verdict is Verdict.BAD:
                return verdict, reason
            good_since = (good_since or now) if verdict is Verdict.GOOD else None
            if good_since is not None and now - good_since >= steady:
                return verdict, ""
            await asyncio.sleep(LOOK_SECONDS)

    def _at(self, progress: Progress) -> Progress:
        save_progress(self._file, progress)
        log.info("update from %s to %s: %s %s", progress.old, progress.new, progress.phase, progress.reason)
        return progress
