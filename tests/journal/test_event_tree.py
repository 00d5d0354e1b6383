"""The tree over events, signed checkpoints, and receipts that find a cut-off end (N2, SEC-06)."""

import base64
import hashlib
import random

import pytest
from sqlite_utils import Database

from locker.core.events.record import GENESIS, link
from locker.journal.audit_receipts import receipt_fault
from locker.journal.event_tree import (
    EMPTY,
    TABLES,
    EventTree,
    keep,
    leaf_hash,
    node_hash,
    path_of,
    root_by_path,
    root_of,
)
from locker.signed_note import BadNote, Checkpoint, NoteSigner, opened_envelope, opened_note, read_checkpoint

SIGNER = NoteSigner("lockerd/test-1", bytes(range(32)))
# RFC 6962's reference inputs, with the roots that Certificate Transparency publishes for 1 to 8 of them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def journal(count, blocks=True):
    db = Database(memory=True)
    db.execute(
        "create table event (seq integer primary key, at text, kind text, by text, data text, hash text not null)"
    )
    for table in TABLES:
        db.execute(table)
    head = GENESIS
    for seq in range(1, count + 1):
        head = link(head, seq, "2026-03-01T08:00:00.000Z", "Noted", "test", f'{{"n":{seq}}}')
        db.execute("insert into event (seq, hash) values (?, ?)", [seq, head])
    while blocks and (new := EventTree(db).missing_blocks(3) or EventTree(db).upper_blocks()):
        keep(db, new)
    return db


def test_SEC_06_the_tree_is_that_of_the_standard():
    leaves = [leaf_hash(bytes.fromhex(each)) for each in INPUTS]
    assert [root_of(leaves[:n]).hex() for n in range(1, 9)] == ROOTS
    assert root_of([]) == EMPTY


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 255, 256, 257, 300])
def test_SEC_06_a_path_proves_each_leaf_at_its_place_and_no_other(size):
    leaves = [hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(size)]
    hashes = [leaf_hash(each) for each in leaves]
    root = root_of(hashes)
    for index in range(0, size, max(1, size // 20)):
        path = path_of(index, size, lambda begin, end: root_of(hashes[begin:end]))
        assert root_by_path(leaves[index], index, size, path) == root
        assert root_by_path(leaves[index], (index + 1) % size, size, path) != root or size == 1
        assert root_by_path(b"x" * 32, index, size, path) != root
        if path:
            assert root_by_path(leaves[index], index, size, path[:-1]) != root
            assert root_by_path(leaves[index], index, size, [*path, b"x" * 32]) is None


def test_SEC_06_what_is_kept_of_the_tree_changes_no_root_and_no_path():
    db = journal(66_000)
    assert db.execute("select level, count(*) from event_block group by level").fetchall() == [(1, 257), (2, 1)]
    trusting, plain = EventTree(db), EventTree(db, trusting=False)
    chance = random.Random(3)
    for size in (1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000):
        assert trusting.root(size) == plain.root(size)
        seq = chance.randint(1, size)
        leaf = bytes.fromhex(db.execute("select hash from event where seq = ?", [seq]).fetchone()[0])
        assert root_by_path(leaf, seq - 1, size, trusting.path(seq, size)) == trusting.root(size)
    for wrong in (-1, 66_001):
        with pytest.raises(ValueError, match="66000"):
            trusting.root(wrong)


def test_N2_a_receipt_finds_that_the_end_was_cut_off_and_that_the_past_was_written_anew():
    db = journal(700)
    receipt = Checkpoint(SIGNER.name, 600, EventTree(db).root(600)).short
    assert receipt_fault(db, receipt, None) is None
    assert receipt_fault(db, receipt.lower(), None) is None
    shorter = journal(599)
    assert receipt_fault(shorter, receipt, None).startswith("event 600: is missing")
    db.execute("update event set hash = ? where seq = 300", ["0" * 64])
    assert receipt_fault(db, receipt, None).startswith("event 600: up to it")


def test_N2_a_signed_checkpoint_does_the_same_and_is_checked():
    db = journal(300)
    note = SIGNER.note(Checkpoint(SIGNER.name, 300, EventTree(db).root(), "2026-03-01T08:00:00.000Z").text)
    assert receipt_fault(db, note, SIGNER.public) is None
    assert receipt_fault(journal(299), note, SIGNER.public).startswith("event 300")
    assert receipt_fault(db, note, NoteSigner("lockerd/test-1", b"x" * 32).public) == (
        "receipt: is not signed by this cabinet"
    )
    assert "key" in receipt_fault(db, note, None)
    lines = note.splitlines()
    for changed in ("\n".join([lines[0], "299", *lines[2:]]), note.replace("at 2026", "at 2027")):
        assert receipt_fault(db, changed, SIGNER.public) == "receipt: was changed since it was signed"


@pytest.mark.parametrize(
    "text", ["", "x", "12", "-5-ABCDEFGHIJKLMNOPQRST", "5-ABC", "5-ABCDEFGHIJKLMNOPQRS1", "a\nb", "\n\n"]
)
def test_N2_what_is_no_receipt_is_said_to_be_none(text):
    assert receipt_fault(journal(9), text, SIGNER.public).startswith("receipt: ")


def test_a_note_is_that_of_the_standard():
    """A note of another program, golang.org/x/mod/sumdb/note, in its own documentation."""
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    note = f"{text}\n\u2014 PeterNeumann {line}\n"
    assert opened_note(note, public) == text
    with pytest.raises(BadNote):
        opened_note(note.replace("problem", "Problem"), public)


def test_N4_an_envelope_is_opened_by_its_key_alone_and_not_after_a_change():
    envelope = SIGNER.envelope("application/x", b"said")
    assert opened_envelope(envelope, SIGNER.public, "application/x") == b"said"
    for wrong in (
        {**envelope, "payload": base64.b64encode(b"sayd").decode()},
        {**envelope, "payloadType": "application/y"},
        {**envelope, "signatures": []},
        {},
        None,
    ):
        with pytest.raises(BadNote):
            opened_envelope(wrong, SIGNER.public, "application/x")
    with pytest.raises(BadNote):
        opened_envelope(envelope, NoteSigner("x", b"y" * 32).public, "application/x")


@pytest.mark.parametrize("text", ["", "a\n", "a\nx\ny\n", "a\n-1\n" + "A" * 44 + "\n", "a\n5\nAAAA\n"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        read_checkpoint(text)


def test_two_hashes_are_not_taken_for_a_leaf():
    left, right = b"l" * 32, b"r" * 32
    assert node_hash(left, right) != leaf_hash(left + right)
