"""How SQLite would answer the statements that a test has listened to: what it would read whole."""

import re

SMALL = {"compartment", "visit", "sealed", "bucket", "answer", "resident", "courier", "token", "staff", "session",
         "follower", "meta", "task_owner", "courier_shift", "consumable", "json_each", "sqlite_master",
         "application", "door_service", "automation_standing"}  # fmt: skip
FEW = {"parcel_in_site", "outbox_waiting", "outbox_failed_at", "snapshot_kept", "clip_kept", "case_open",
       "event_of_broadcast", "event_of_firing", "shift_note_open", "outbound_order_here"}  # fmt: skip
"""Partial indexes of what is open: read whole they are as long as what is open, not as the past."""


def scans(db, statements):
    """What would be read whole, each with its statement."""
    found = []
    for sql in statements:
        for *_, detail in db.execute(f"explain query plan {sql}").fetchall():
            scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
            if (
                scan
                and not re.search("CONSTANT ROW|VALUES CLAUSE", detail)
                and scan[1] not in SMALL
                and scan[2] not in FEW
            ):
                found.append(f"{detail}: {' '.join(sql.split())}")
    return found


def heard(journal):
    """The statements that reader and writer run from now on, with their values."""
    statements = []

    def hear(sql):
        if sql.lstrip().lower().startswith(("select", "insert", "update", "delete")):
            statements.append(sql)

    for db in (journal.db, journal._read_only()):
        db.conn.set_trace_callback(hear)
    return statements
