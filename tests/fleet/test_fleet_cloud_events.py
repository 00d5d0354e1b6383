"""What leaves for the fleet is CloudEvents to a judge of others, and names nobody."""

import json
from dataclasses import fields
from typing import get_type_hints

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from locker.core.events.record import Recorded
from locker.journal.codec import KINDS
from locker.services.fleet import WITHHELD, cloud_event, event_batch

TOLD = frozenset(
    {
        *("answer", "checked_by", "door", "list", "month", "right", "size", "then", "when"),
        *("action", "backup", "bank", "broadcast", "case", "cause", "company", "compartment"),
        *("compartments", "contents", "credential", "currency", "danger", "deposit", "digest"),
        *("ends", "fault", "fingerprint", "from_place", "handed_over", "identity", "kind", "lens"),
        *("missing", "name", "needs", "new", "newest", "notes", "notice", "old", "on", "open", "opening"),
        *("open_before", "order", "origin", "outcome", "parcel", "photos", "pickup", "place"),
        *("places", "points_sha256", "purpose", "rule", "rung", "sensor", "sha256", "shift", "shut"),
        *("stage", "state", "stored", "subject", "svg_sha256", "taken_back", "target", "task"),
        *("template", "ticked", "version", "visit", "what", "where", "why"),
    }
)
"""Fields of text of which somebody has decided that they name nobody; a new one is decided here or withheld there."""


def line(seq=1, by="staff:chen.lin", **body):
    return Recorded(seq, "2026-03-01T08:00:00.000Z", "Noted", by, json.dumps(body), "ab" * 32)


def test_D7_a_judge_of_others_reads_a_cloud_event():
    told = cloud_event("tower-3", "5f0c6f0a1be2", line(what="restore", about="chen.lin"))
    event = JSONFormat().read(CloudEvent, json.dumps(told).encode())
    assert (event.get_id(), event.get_source(), event.get_type()) == (
        "5f0c6f0a1be2-1",
        "/lockers/tower-3",
        "lockerd.Noted",
    )
    assert event.get_extension("seq") == 1
    assert event.get_extension("actor") == "staff"
    assert event.get_data() == {"what": "restore"}


def test_D7_a_batch_is_a_list_of_them():
    told = json.loads(event_batch("s", "e", [line(seq) for seq in range(1, 4)]))
    assert [each["id"] for each in told] == ["e-1", "e-2", "e-3"]


@pytest.mark.parametrize("name", ["recipients", "before", "resident", "reason", "operator", "witness", "about"])
def test_what_names_somebody_stays_at_home(name):
    assert name in WITHHELD
    assert name not in cloud_event("s", "e", line(**{name: "Wang Ming"}))["data"]


def test_every_field_of_text_is_decided_before_it_leaves():
    texts = {
        field.name
        for kind in KINDS.values()
        for field in fields(kind)
        if not field.metadata.get("private") and not field.metadata.get("withheld")
        if "str" in str(get_type_hints(kind)[field.name])
    }
    assert texts - TOLD - WITHHELD == set()
    assert set() == TOLD & WITHHELD
