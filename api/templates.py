"""The templates of kiosk and panel: one environment, and where their titles may break."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket

TEMPLATES = Path(__file__).parent / "web" / "templates"
PUNCTUATION = "，。；：？、"  # noqa: RUF001  Chinese punctuation is meant


class CompiledOnce(BytecodeCache):
    """What a template was compiled to, for every environment of this process: screens, panel and pages share parts."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from this very text, if it was."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = CompiledOnce()


def environment() -> Environment:
    """Templates that escape everything and fail for a value that nobody gave."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )


def clauses(text: str, marks: str = PUNCTUATION) -> Markup:
    """A text as HTML whose lines may break after Chinese punctuation only."""
    return _joined([part for part in re.split(f"(?<=[{marks}])", text) if part], Markup(""))


def sentences(text: str) -> Markup:
    """A title as HTML that breaks between its sentences, in Chinese between its clauses, before it breaks elsewhere."""
    parts = text.split(". ")
    if len(parts) == 1:
        return clauses(text, PUNCTUATION.removesuffix("、"))
    return _joined([f"{part}." for part in parts[:-1]] + parts[-1:], Markup(" "))


def _joined(parts: list[str], space: Markup) -> Markup:
    if len(parts) < 2:
        return escape("".join(parts))
    return space.join(Markup('<span class="clause">{}</span>').format(part) for part in parts)
