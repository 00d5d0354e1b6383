"""The table of events under the names of postal standards speaks of events that there are."""

import csv
import re

from tree import ROOT

from locker.journal.codec import KINDS


def test_every_line_is_of_an_event_that_there_is_and_of_one_code():
    with (ROOT / "docs" / "standard-names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["kind"], row["when"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["kind"] in KINDS, row
        assert bool(row["emsevt"]) == bool(row["emsevt_name"]), row
        assert re.fullmatch(r"(E[A-Z]{2})?", row["emsevt"]), row
        assert row["cen_ts_18055"], row
