"""What goes when a person is forgotten, or when a restore does not know who was shut out since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.service_events import ResidentErased

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.core.events.door_events import Restored


def forget(db: Database, event: ResidentErased | Restored) -> None:
    """Do what this event says, in the open transaction."""
    if isinstance(event, ResidentErased):
        _erase_resident(db, event.resident)
    else:
        _end_all_links(db)


def _erase_resident(db: Database, resident: str) -> None:
    """Forget a resident in the open transaction. Parcels that were for others too keep what is theirs."""
    unit = db.execute("select unit from resident where id = ?", [resident]).fetchone()
    if unit is not None:
        db.execute(
            "update parcel set unit = '', tracking = '', details = '' where unit = ? and in_site = 0"
            " and json_array_length(recipients) = 1 and json_extract(recipients, '$[0]') = ?",
            [unit[0], resident],
        )
    db.execute(
        """delete from signature where parcel in
           (select id from parcel where json_array_length(recipients) = 1 and json_extract(recipients, '$[0]') = ?)""",
        [resident],
    )
    db.execute("delete from resident where id = ?", [resident])
    db.execute("delete from resident_import_row where resident = ?", [resident])
    for table in ("wish", "resident_link", "resident_device", "contact_change"):
        db.execute(f"delete from {table} where resident = ?", [resident])  # noqa: S608  own names


def _end_all_links(db: Database) -> None:
    """After a restore nobody knows which links and devices of residents were ended since the backup: all are."""
    db.execute("delete from resident_link")
    db.execute("delete from resident_device")
    db.execute("delete from contact_change")
