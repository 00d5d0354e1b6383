"""How the outbox names the systems of carriers, which hear what became of the parcels that they brought."""

from __future__ import annotations

_PREFIX = "carrier:"


def carrier_recipient(company: str) -> str:
    """The recipient of what a company's system is told."""
    return f"{_PREFIX}{company}"


def carrier_company(recipient: str) -> str | None:
    """The company of such a recipient; None when it is a person."""
    return recipient.removeprefix(_PREFIX) if recipient.startswith(_PREFIX) else None
