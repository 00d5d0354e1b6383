"""What a disk may hold after a power cut at any point of a recorded run.

The log is played once, record by record. Between any two records the disk can be asked what it would
hold if the power went now, under one of several models of how much a disk keeps.
"""

import random
import struct
from dataclasses import dataclass, field

MODELS = ("all", "synced", "torn", "drop-one", "no-dir-sync")
DRAWN = {"torn", "drop-one", "no-dir-sync"}
"""Models in which chance decides what the disk keeps."""
SECTOR = 512
_HEAD = struct.Struct("<cIQQ")


@dataclass(frozen=True)
class Record:
    """One line of the recorder's log, see recorder.c."""

    kind: str
    path: str
    at: int
    data: bytes


def records(log, root):
    """All records of a log in order, paths relative to the recorded folder."""
    text, place = log.read_bytes(), 0
    while place + _HEAD.size <= len(text):
        kind, path_length, at, length = _HEAD.unpack_from(text, place)
        place += _HEAD.size
        path, data = text[place : place + path_length].decode(), text[place + path_length :][:length]
        place += path_length + length
        if kind in {b"R", b"L"}:
            data = _below(root, data.decode()).encode()
        yield Record(kind.decode(), path if kind == b"A" else _below(root, path), at, data)


def _below(root, path):
    return path[len(str(root)) :].lstrip("/")


@dataclass
class File:
    """One file, whatever its name: what was written, what is surely on the disk, and what lies between."""

    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    pending: list = field(default_factory=list)

    def do(self, change):
        _do(self.now, change)
        self.pending.append(change)

    def sync(self):
        self.kept, self.pending = bytes(self.now), []


def _do(text, change):
    """A change is (place, data), or (length, None) for a cut."""
    place, data = change
    if data is None:
        del text[place:]
        text.extend(bytes(place - len(text)))
        return
    if place > len(text):
        text.extend(bytes(place - len(text)))
    text[place : place + len(data)] = data


class Disk:
    """The recorded folder, as processes see it and as a power cut would leave it."""

    def __init__(self):
        self.names = {}
        self.sure = {}

    def play(self, record):
        """Take one record."""
        path = record.path
        match record.kind:
            case "O":
                self.names[path] = File()
            case "W":
                self._file(path).do((record.at, record.data))
            case "T":
                self._file(path).do((record.at, None))
            case "S":
                self._file(path).sync()
            case "U":
                self.names.pop(path, None)
            case "R":
                self._rename(path, record.data.decode())
            case "L":
                self.names[record.data.decode()] = self._file(path)
            case "D":
                self._sync_folder(path)
            case _:
                raise AssertionError(f"the recorder wrote {record.kind!r}")

    def _rename(self, path, new):
        """Give a file another name, or a folder with all that is in it."""
        if path in self.names:
            self.names[new] = self.names.pop(path)
        for inside in [name for name in self.names if name.startswith(f"{path}/")]:
            self.names[new + inside[len(path) :]] = self.names.pop(inside)

    def _file(self, path):
        return self.names.setdefault(path, File())

    def _sync_folder(self, folder):
        def inside(path):
            return path.rpartition("/")[0] == folder

        self.sure = {path: file for path, file in self.sure.items() if not inside(path)}
        self.sure |= {path: file for path, file in self.names.items() if inside(path)}

    def after_a_cut(self, model, chance, wanted):
        """What is on the disk when the power comes back: contents by name, of the files that are `wanted`."""
        named = self.sure if model == "no-dir-sync" else self.names
        files = {path: file for path, file in named.items() if wanted(path)}
        lost = _lost(files, chance) if model == "drop-one" else None
        if model == "no-dir-sync":
            model = chance.choice(("all", "synced"))
        return {path: _content(file, model, chance, lost) for path, file in files.items()}


def _lost(files, chance):
    """The one unsynced change that is lost."""
    pending = [(id(file), n) for file in files.values() for n in range(len(file.pending))]
    return chance.choice(pending) if pending else None


def _content(file, model, chance, lost):
    if model == "all" or (model == "torn" and not file.pending):
        return bytes(file.now)
    if model == "synced":
        return file.kept
    text = bytearray(file.kept)
    for n, (place, data) in enumerate(file.pending):
        if model == "drop-one":
            if (id(file), n) != lost:
                _do(text, (place, data))
        elif data is None:
            if chance.random() < 0.5:
                _do(text, (place, None))
        else:
            for sector in _sectors(place, data):
                if chance.random() < 0.5:
                    _do(text, sector)
    return bytes(text)


def _sectors(place, data):
    """A write, cut where the disk's sectors end."""
    done = 0
    while done < len(data):
        room = SECTOR - (place + done) % SECTOR
        yield place + done, data[done : done + room]
        done += room


def cuts(log, root, *, seed, torn=3, share=1.0):
    """Every point of the log where the power may go, under every model; those DRAWN at this share of the points.

    Yields `(number, model, image, claims, world)`: contents by name, the records that made claims since the
    last point, and the newest state of the doors. A cut between two claims is proved by the one after both.
    """
    disk, claims, doors = Disk(), [], None
    played = list(records(log, root))
    for number, record in enumerate(played):
        if record.kind == "A" or (record.kind, record.path) == ("W", "world/pulses.jsonl"):
            claims.append(record)
            if number + 1 < len(played):
                continue
        elif record.path.startswith("world/"):
            disk.play(record)
            if record.kind == "R" and record.data == b"world/doors.json":
                doors = bytes(disk.names["world/doors.json"].now)
            continue
        else:
            yield from _models(disk, number, claims, doors, seed, torn, share)
            claims = []
            disk.play(record)
    yield from _models(disk, len(played), claims, doors, seed, torn, share)


def _models(disk, number, claims, doors, seed, torn, share):
    told = list(claims)
    drawn = random.Random(f"{seed}/{number}").random() < share
    for model in MODELS:
        if model in DRAWN and not drawn:
            continue
        for times in range(torn if model == "torn" else 1):
            chance = random.Random(f"{seed}/{number}/{model}/{times}")
            yield number, model, disk.after_a_cut(model, chance, _wanted), told, doors
            told = []


def _wanted(path):
    """What a restart reads. The reserve is room, the lock and the world are nobody's memory."""
    return not path.startswith("world/") and path not in {"reserve", "lock", "control"}
