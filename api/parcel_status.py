"""The address behind the QR code of a parcel's label: what anybody who scans it may know of the parcel."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.app_context import AppContext
    from locker.vault import Vault


def status_address(context: AppContext, parcel: str) -> str:
    """Where the state of this parcel stands; empty where residents have no pages, or without the key."""
    if context.resident is None or not context.vault.has_key:
        return ""
    return f"{context.resident.url}/s/{parcel}/{context.vault.status_token(parcel)}"


def is_status_token(vault: Vault, parcel: str, token: str) -> bool:
    """True for the token of this parcel's label: nobody guesses it, whatever ids of parcels they know."""
    return vault.has_key and hmac.compare_digest(vault.status_token(parcel).encode(), token.encode())
