"""A conversation in a terminal: one question a line, no colour and no cursor, as a serial console shows it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from api.i18n import translate
from locker.errors import LockerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COLUMNS = 78
SIGNALS_AT_ONCE = 64
T = TypeVar("T")


class Stopped(LockerError):
    """The person has ended the conversation."""


class Wrong(ValueError):
    """An answer that cannot be taken; `key` is of the sentence that says why."""

    def __init__(self, key: str, **fills: object) -> None:
        super().__init__(key)
        self.key = key
        self.fills = fills


class Terminal:
    """Asks and says in `language`. `source` and `target` are file descriptors: a terminal, or a pipe."""

    def __init__(self, source: int, target: int, language: str = "en", *, encoding: str = "utf-8") -> None:
        self.language = language
        self.shows_all_signs = encoding.lower().replace("-", "") == "utf8"
        self._source, self._target, self._encoding = source, target, encoding
        self._typed = b""

    def text(self, key: str, **fills: object) -> str:
        """The sentence of this key."""
        return translate(self.language, f"setup.{key}", **fills)

    def say(self, key: str, **fills: object) -> None:
        """A sentence on lines that fit."""
        self.show("\n".join(wrapped(self.text(key, **fills))))

    def show(self, text: str) -> None:
        """A line as it is."""
        os.write(self._target, f"{text}\n".encode(self._encoding, errors="replace"))

    def ask(self, key: str, default: str, check: Callable[[str], T], **fills: object) -> T:
        """What was typed, or `default` for Enter alone, as `check` gives it; asked again while that raises Wrong."""
        while True:
            self._prompt(self.text(key, **fills), default)
            try:
                return check(self._line().strip() or default)
            except Wrong as wrong:
                self.say(wrong.key, **wrong.fills)

    def agree(self, key: str, *, default: bool, **fills: object) -> bool:
        """Yes or no."""
        return self.ask(key, "y" if default else "n", _yes_or_no, **fills)

    def choose(self, key: str, options: Sequence[tuple[str, str]], default: str, **fills: object) -> str:
        """The value of one of the numbered options (value, text), chosen by its number or its value."""
        self.say(key, **fills)
        for number, (_, text) in enumerate(options, 1):
            self.show(f"  {number}  {text}")
        values = [value for value, _ in options]

        def chosen(typed: str) -> str:
            if typed in values:
                return typed
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(values):
                return values[int(typed) - 1]
            raise Wrong("wrong_number", last=len(values))

        return self.ask("number", str(values.index(default) + 1) if default in values else "", chosen)

    async def agree_meanwhile(self, key: str, *, default: bool, **fills: object) -> bool:
        """As `agree`, while the loop goes on."""
        while True:
            self._prompt(self.text(key, **fills), "y" if default else "n")
            try:
                return _yes_or_no((await self.line_meanwhile()).strip() or ("y" if default else "n"))
            except Wrong as wrong:
                self.say(wrong.key, **wrong.fills)

    async def line_meanwhile(self) -> str:
        """The next line that is typed, while the loop goes on. Raises Stopped."""
        loop = asyncio.get_running_loop()
        with _woken_by_signals() as woken:
            loop.add_reader(woken, os.read, woken, SIGNALS_AT_ONCE)
            try:
                while b"\n" not in self._typed:
                    await self._more(loop)
                    self._read()
            finally:
                loop.remove_reader(woken)
        return self._taken()

    async def _more(self, loop: asyncio.AbstractEventLoop) -> None:
        ready = asyncio.Event()
        loop.add_reader(self._source, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._source)

    def _prompt(self, question: str, default: str) -> None:
        *above, last = wrapped(f"{question} [{default}]:" if default else f"{question}:")
        text = "\n".join([*above, f"{last} "])
        os.write(self._target, text.encode(self._encoding, errors="replace"))

    def _line(self) -> str:
        try:
            with _woken_by_signals() as woken:
                while b"\n" not in self._typed:
                    readable, _, _ = select.select([self._source, woken], [], [])
                    if woken in readable:
                        os.read(woken, SIGNALS_AT_ONCE)
                    if self._source in readable:
                        self._read()
        except KeyboardInterrupt:
            raise Stopped from None
        return self._taken()

    def _read(self) -> None:
        try:
            more = os.read(self._source, 4096)
        except OSError:  # the far end of the terminal is gone
            more = b""
        if not more:
            raise Stopped
        self._typed += more.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _taken(self) -> str:
        line, _, self._typed = self._typed.partition(b"\n")
        return "".join(sign for sign in line.decode("utf-8", errors="replace") if sign.isprintable())


@contextmanager
def _woken_by_signals() -> Iterator[int]:
    """A file that can be read as soon as a signal has come, to be waited for together with the keys.

    Python acts on a signal between two of its own steps. One that comes behind the last of them and before the
    waiting begins, as Ctrl-C may when a question has just been shown, would lie there until the next key.
    """
    woken, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(before)
        os.close(waking)
        os.close(woken)


def whole(least: int, most: int) -> Callable[[str], int]:
    """What takes a whole number of this range."""

    def check(typed: str) -> int:
        if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and least <= int(typed) <= most):
            raise Wrong("wrong_count", least=least, most=most)
        return int(typed)

    return check


def _yes_or_no(typed: str) -> bool:
    known = {"y": True, "yes": True, "是": True, "n": False, "no": False, "否": False}
    if typed.lower() not in known:
        raise Wrong("wrong_yes_no")
    return known[typed.lower()]


def width(text: str) -> int:
    """How many columns a text takes: a Chinese sign takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def wrapped(text: str) -> list[str]:
    """The text on lines of COLUMNS at the most, broken between words, and anywhere between Chinese signs."""
    lines: list[str] = []
    for whole in text.split("\n"):
        line = ""
        for piece in _pieces(whole):
            if line and width(line) + width(piece.rstrip()) > COLUMNS:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    pieces, word = [], ""
    for sign in text:
        if width(sign) == 2:
            pieces += [word, sign] if word else [sign]
            word = ""
        elif sign == " ":
            pieces.append(word + sign)
            word = ""
        else:
            word += sign
    return [*pieces, word] if word else pieces
