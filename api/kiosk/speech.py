"""Sentences as sound: each is made once by a child process, and a recording of the same sentence wins."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ESPEAK = "espeak-ng"
VOICES = {"en": "en-us", "zh-CN": "cmn", "zh-TW": "cmn"}
WORDS_A_MINUTE = "150"
CHILD_SECONDS = 10
MOST_KNOWN = 256
MOST_FILES = 1000
RECORDED = "recorded"


class Speech:
    """The folder of sounds. Only what a screen of ours says is ever spoken: others name no text, but its digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._lock = asyncio.Lock()

    @property
    def speaks(self) -> bool:
        """True when sentences can be made, or have been recorded."""
        return shutil.which(ESPEAK) is not None or (self._folder / RECORDED).is_dir()

    def name(self, language: str, text: str) -> str:
        """The name of a sentence's sound, which `sound` knows from now on."""
        name = f"{language}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        self._texts[name] = (language, text)
        self._texts.move_to_end(name)
        while len(self._texts) > MOST_KNOWN:
            self._texts.popitem(last=False)
        return name

    async def sound(self, name: str) -> Path | None:
        """The sound of this name; None for a name that no screen gave, and when it cannot be made."""
        known = self._texts.get(name)
        if known is None:
            return None
        recorded, made = self._folder / RECORDED / f"{name}.wav", self._folder / f"{name}.wav"
        for path in (recorded, made):
            if path.is_file():
                return path
        async with self._lock:
            if not made.is_file():
                with suppress(OSError, TimeoutError):
                    await self._make(*known, made)
        return made if made.is_file() else None

    async def _make(self, language: str, text: str, target: Path) -> None:
        await asyncio.to_thread(self._prepare)
        draft = target.with_suffix(".new")
        child = await asyncio.create_subprocess_exec(
            *(ESPEAK, "-v", VOICES[language], "-s", WORDS_A_MINUTE, "-w", str(draft), "--stdin"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(CHILD_SECONDS):
                await child.communicate(text.encode())
        except TimeoutError:
            child.kill()
            raise
        if child.returncode == 0:
            target.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")  # for whoever records it
            draft.replace(target)

    def _prepare(self) -> None:
        """A folder with room: sentences of doors and times that are gone would fill it over the years."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        made = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for path in made[: max(0, len(made) - MOST_FILES)]:
            path.unlink(missing_ok=True)
            path.with_suffix(".txt").unlink(missing_ok=True)
