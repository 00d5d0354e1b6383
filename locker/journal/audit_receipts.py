"""The part of the proof that is about the end of the log: an old receipt, or a signed checkpoint, and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.journal.event_tree import EventTree
from locker.signed_note import BadNote, opened_note, read_checkpoint, read_short, short_root

if TYPE_CHECKING:
    from sqlite_utils import Database


def receipt_fault(db: Database, receipt: str, public: bytes | None) -> str | None:
    """What does not fit, as `event SEQ: …` or `receipt: …`; None where the journal is what the receipt says.

    `public`: the cabinet's key, for a signed note. The root is worked out from the events, not from what is kept of it.
    """
    try:
        size, letters = _said(receipt, public)
    except BadNote as wrong:
        return f"receipt: {wrong}"
    tree = EventTree(db, trusting=False)
    if size > tree.size:
        return f"event {tree.size + 1}: is missing, the receipt knows of {size} events: the end of the log was cut off"
    if short_root(tree.root(size)) != letters:
        return f"event {size}: up to it the log is another one than the receipt says"
    return None


def _said(receipt: str, public: bytes | None) -> tuple[int, str]:
    text = receipt.replace("\r\n", "\n")
    if "\n" not in text.strip():
        return read_short(text)
    if public is None:
        raise BadNote("cannot be checked without the key of the cabinet")
    checkpoint = read_checkpoint(opened_note(text.strip() + "\n", public))
    return checkpoint.size, short_root(checkpoint.root)
