"""When nobody can say what is behind a door: the compartment becomes CHECK and stays so until a person looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events import ContentUnknown

if TYPE_CHECKING:
    from locker.core.model import CheckFrom
    from locker.core.outcome import Draft


def content_unknown(draft: Draft, name: str, why: str, check_from: CheckFrom) -> None:
    """Make the compartment CHECK, and with it the parcel that may be inside."""
    parcel = draft.site.compartments[name].parcel or ""
    draft.add(ContentUnknown(compartment=name, why=why, parcel=parcel, check_from=check_from if parcel else None))
