"""How a pickup token of ours begins, so that nobody takes it for the number of a parcel."""

from __future__ import annotations

from locker.text_folding import folded_token

TOKEN_PREFIX = "PL1."  # noqa: S105  the public beginning of every token, not a token


def is_pickup_token(text: str) -> bool:
    """Tell whether a text claims to be a QR token of ours, in any case and width."""
    return folded_token(text).startswith(TOKEN_PREFIX)
