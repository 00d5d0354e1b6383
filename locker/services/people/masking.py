"""What a stranger may see of a name and a phone number: at least one character of the name is hidden (GB/T 41833)."""

from __future__ import annotations

import re
import unicodedata

from locker.text_folding import nfkc


def masked_name(name: str) -> str:
    """Give a name as a stranger may see it: 王*明, 李*, "Wang **". At least one character is hidden."""
    words = nfkc(name).split()
    if not words:
        return ""
    if len(words) > 1:
        return f"{words[0]} **"
    word = words[0]
    if not is_syllable(word[0]):
        return f"{word[0]}**"
    if len(word) == 1:
        return "*"
    return word[0] + "*" if len(word) == 2 else word[0] + "*" * (len(word) - 2) + word[-1]


def masked_phone_tail(phone: str) -> str:
    """Give the end of a phone number that a stranger may see: four digits, fewer when six would not stay hidden."""
    digits = re.sub(r"\D", "", phone)
    shown = max(0, min(4, len(digits) - 6))
    return digits[len(digits) - shown :]


def is_syllable(character: str) -> bool:
    """True for a Chinese or Hangul character: one of them alone is a syllable."""
    return unicodedata.name(character, "").startswith(("CJK ", "HANGUL SYLLABLE"))
