"""The number of a case: short, to be said over the phone, with the site and with nobody's name: R1-0187."""

from __future__ import annotations

import re

from locker.text_folding import nfkc

DIGITS = 4
EPOCH_GAP = 100
"""After a restore numbers that were given out since the backup are unknown: so many are left out."""


def site_mark(site: str) -> str:
    """The first letter and the first number of the site's id: riverside-1 is R1."""
    letter = re.search(r"[A-Za-z]", site)
    number = re.search(r"[0-9]+", site)
    return ((letter[0].upper() if letter else "C") + (number[0] if number else ""))[:4]


def case_number(mark: str, serial: int) -> str:
    """The number of the case that is the so-manieth of its site."""
    return f"{mark}-{serial:0{DIGITS}d}"


def read_number(text: str, mark: str) -> str | None:
    """The number as people type and say it: with or without dash, zeros and site; None for what is none."""
    plain = re.sub(r"[\s.·_-]+", "", nfkc(text)).upper()
    tail = plain.removeprefix(mark) if len(plain) > len(mark) else plain
    return case_number(mark, int(tail)) if tail.isascii() and tail.isdigit() and len(tail) <= 9 else None
