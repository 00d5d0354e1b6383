"""One tree over all events (RFC 6962): its root stands for every event up to a number, and a short path proves one.

A leaf is the hash of an event's line. Roots of whole blocks of 256 leaves, of 256 such blocks and so on, are kept in
a table, so that a root or a path costs a few hundred rows however many events there are. They can always be made again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

WIDTH = 256
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """What stands in the tree for a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands in the tree for two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbours of one height (RFC 6962): split at the largest power of two below their number."""
    if not hashes:
        return EMPTY
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:half]), root_of(hashes[half:]))


def path_of(index: int, size: int, root: Callable[[int, int], bytes]) -> list[bytes]:
    """The hashes that lead from a leaf to the root, from below. `root` gives that over leaves from one to another."""
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        half = begin + (1 << (end - begin - 1).bit_length() - 1)
        if index < half:
            path.append(root(half, end))
            end = half
        else:
            path.append(root(begin, half))
            begin = half
    return path[::-1]


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which this path leads from this leaf; None for a path that fits no such place (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf_hash(leaf)
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        place >>= 1
        last >>= 1
    return found if last == 0 else None


class EventTree:
    """The tree of a journal, read only; `keep` writes. Not `trusting`: what is kept of it is not read."""

    def __init__(self, db: Database, *, trusting: bool = True) -> None:
        self._db = db
        self._trusting = trusting

    @property
    def size(self) -> int:
        """How many events there are."""
        return int(self._db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])

    def root(self, size: int | None = None) -> bytes:
        """The root over the first so many events; over all when none is said. Raises ValueError beyond the last."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"there are {self.size} events")
        return self._root(0, size)

    def path(self, seq: int, size: int) -> list[bytes]:
        """The path from an event to the root over the first `size`. Raises ValueError where it is not among them."""
        if not 1 <= seq <= size <= self.size:
            raise ValueError(f"event {seq} is not among the first {size}")
        return path_of(seq - 1, size, self._root)

    def missing_blocks(self, most: int = 64) -> list[tuple[int, int, bytes]]:
        """Whole blocks that are not kept yet, as level, number and root: at most so many of the lowest level."""
        kept = self._count(1)
        numbers = range(kept, min(self.size // WIDTH, kept + most))
        return [(1, each, root_of(self._leaves(each * WIDTH, (each + 1) * WIDTH))) for each in numbers]

    def upper_blocks(self) -> list[tuple[int, int, bytes]]:
        """Whole blocks above those that are kept."""
        found, level = list[tuple[int, int, bytes]](), 2
        while True:
            below = int(self._count(level - 1))
            kept = int(self._count(level))
            new = [
                (level, number, root_of(self._blocks(level - 1, number * WIDTH, (number + 1) * WIDTH)))
                for number in range(kept, below // WIDTH)
            ]
            found += new
            if below < WIDTH:
                return found
            level += 1

    def _count(self, level: int) -> int:
        return int(self._db.execute("select count(*) from event_block where level = ?", [level]).fetchone()[0])

    def _root(self, begin: int, end: int) -> bytes:
        size = end - begin
        if size == 0:
            return EMPTY
        if size == 1 or size < WIDTH:
            return root_of(self._leaves(begin, end))
        level, width = 1, WIDTH
        while width * WIDTH <= size:
            level, width = level + 1, width * WIDTH
        if size == width and begin % width == 0:
            kept = self._block(level, begin // width)
            if kept is not None:
                return kept
        half = begin + (1 << (size - 1).bit_length() - 1)
        return node_hash(self._root(begin, half), self._root(half, end))

    def _block(self, level: int, number: int) -> bytes | None:
        if not self._trusting:
            return None
        sql = "select root from event_block where level = ? and number = ?"
        row = self._db.execute(sql, [level, number]).fetchone()
        return None if row is None else bytes.fromhex(row[0])

    def _blocks(self, level: int, begin: int, end: int) -> list[bytes]:
        sql = "select root from event_block where level = ? and number >= ? and number < ? order by number"
        return [bytes.fromhex(row[0]) for row in self._db.execute(sql, [level, begin, end]).fetchall()]

    def _leaves(self, begin: int, end: int) -> list[bytes]:
        sql = "select hash from event where seq > ? and seq <= ? order by seq"
        return [leaf_hash(bytes.fromhex(row[0])) for row in self._db.execute(sql, [begin, end]).fetchall()]


def keep(db: Database, blocks: Sequence[tuple[int, int, bytes]]) -> None:
    """Keep the roots of whole blocks, in the caller's transaction."""
    for level, number, root in blocks:
        db.execute(
            "insert or replace into event_block (level, number, root) values (?, ?, ?)", [level, number, root.hex()]
        )


TABLES = (
    """create index event_of_case on event (json_extract(data, '$.case'))
        where json_extract(data, '$.case') is not null""",
    """create table event_block (
        level integer not null, number integer not null, root text not null,
        primary key (level, number)) strict, without rowid""",
    """create table checkpoint (
        size integer primary key, at text not null, cause text not null, note text not null) strict""",
)
