"""A phone number as it is kept, and the two rules that need no table of the world."""

from __future__ import annotations

import re
from typing import NamedTuple

MIN_NATIONAL_DIGITS = 8
CHINESE_MOBILE = re.compile(r"(?:\+86)?(1[3-9]\d{9})")
"""New ranges of these are in use years before any table knows them, so they are never doubted."""


class DialledPhone(NamedTuple):
    """A number as it is kept, and whether it can be dialled from here as far as the tables of the world know."""

    number: str
    can_be_dialled: bool
