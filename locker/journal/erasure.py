"""What goes when a person is forgotten: their rows, and what would lead to them in the rows of their parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def erase_resident(db: Database, resident: str) -> None:
    """Forget a resident in the open transaction. Parcels that were for others too keep what is theirs."""
    unit = db.execute("select unit from resident where id = ?", [resident]).fetchone()
    if unit is not None:
        db.execute(
            "update parcel set unit = '', tracking = '' where unit = ? and in_site = 0"
            " and json_array_length(recipients) = 1 and json_extract(recipients, '$[0]') = ?",
            [unit[0], resident],
        )
    db.execute("delete from resident where id = ?", [resident])
    for table in ("wish", "resident_link", "resident_device"):
        db.execute(f"delete from {table} where resident = ?", [resident])  # noqa: S608  own names
