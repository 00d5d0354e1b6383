"""How the outbox names who is told and is no person: systems of carriers, and channels that everybody reads."""

from __future__ import annotations

_CARRIER = "carrier:"
_PUBLIC = "public:"


def carrier_recipient(company: str) -> str:
    """The recipient of what a company's system is told of the parcels that it brought."""
    return f"{_CARRIER}{company}"


def carrier_company(recipient: str) -> str | None:
    """The company of such a recipient; None when it is none."""
    return recipient.removeprefix(_CARRIER) if recipient.startswith(_CARRIER) else None


def public_recipient(channel: str) -> str:
    """The recipient of what is posted to a channel: an official account, a bulletin."""
    return f"{_PUBLIC}{channel}"


def public_channel(recipient: str) -> str | None:
    """The channel of such a recipient; None when it is none."""
    return recipient.removeprefix(_PUBLIC) if recipient.startswith(_PUBLIC) else None
