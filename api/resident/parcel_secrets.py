"""What opens a resident's own parcel, for the pages that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from api.app_context import AppContext
    from locker.core.model import Parcel


async def code_and_token(context: AppContext, parcel: Parcel) -> tuple[str, str]:
    """Code and token of a parcel; empty where nothing opens it, or where they cannot be read now."""
    if parcel.code_dead or parcel.held:
        return "", ""
    sql = "select blob from sealed where parcel = ?"
    row = await context.journal.read(lambda db: db.execute(sql, [parcel.id]).fetchone())
    try:
        return context.vault.unseal(row[0]) if row is not None else ("", "")
    except CannotUnseal:
        return "", ""
