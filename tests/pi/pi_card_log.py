"""What a recorded card was told, in order, and the disks that a power cut may leave of it.

QEMU's blklogwrites keeps the format of the kernel's dm-log-writes: a head, then for each request a sector with its own
head of 32 bytes (first sector, sectors, flags, length), and its data.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

FLUSH, FUA, DISCARD = 1, 2, 4
MAGIC = 0x6A736677736872
KEPT = ("all", "none", "some", "newest")
"""Which of the writes since the last flush a card still has after the cut: what it likes, in any order."""


@dataclass(frozen=True)
class Request:
    """One request to the card; `ends` is how long the log was when it stood there."""

    offset: int
    flags: int
    data: bytes
    ends: int


def requests(path):
    """Every request of the log, in order."""
    with Path(path).open("rb") as log:
        magic, _, count, sector = struct.unpack("<QQQI", log.read(28))
        assert magic == MAGIC, hex(magic)
        at = sector
        for _ in range(count):
            log.seek(at)
            first, sectors, flags, _ = struct.unpack("<QQQQ", log.read(32))
            at += sector
            data = b""
            if sectors and not flags & DISCARD:
                log.seek(at)
                data = log.read(sectors * sector)
                at += len(data)
            yield Request(first * sector, flags, data, at)


class Disk:
    """A part of the card as a file, written up to any request; what no flush has covered is kept as the model says."""

    def __init__(self, image, part, log):
        self._image = image
        self._part = part
        self.log = log
        self._next = 0
        self._pending = []

    def advance(self, until):
        """Take the requests before this number; a flush makes all before it durable. Never backward."""
        for request in self.log[self._next : until]:
            if request.flags & FLUSH:
                self._keep(self._pending)
                self._pending = []
            if self._inside(request):
                self._keep([request]) if request.flags & FUA else self._pending.append(request)
        self._next = max(self._next, until)

    def states(self, chance):
        """Every different set of pending writes that one of the models keeps: its name and the writes."""
        pending = self._pending
        kept = {
            "all": pending, "none": [], "some": [one for one in pending if chance.random() < 0.5],
            "newest": pending[len(pending) // 2 :],
        }  # fmt: skip
        different = {}
        for model in KEPT:
            different.setdefault(tuple(id(one) for one in kept[model]), (model, kept[model]))
        return list(different.values())

    def write_state(self, kept, target):
        """Put these pending writes onto a copy of the durable disk."""
        self._write(target, kept)

    def _keep(self, writes):
        self._write(self._image, writes)

    def _write(self, path, writes):
        with Path(path).open("r+b") as disk:
            for one in writes:
                disk.seek(one.offset - self._part.start)
                disk.write(one.data)

    def _inside(self, request):
        return request.data and self._part.start <= request.offset < self._part.start + self._part.size
