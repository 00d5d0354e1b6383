"""What must be true of every disk that a power cut may leave: the product reopens it, and is then cross-examined."""

import asyncio
import hashlib
import json
import random
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from power_cabinet import DOORS

from locker.core.events.record import moment
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Compartment, ParcelState, Policy, Seen, Size, Use
from locker.core.visit import Grace
from locker.core.visits.allocation import offered
from locker.errors import SettingsError
from locker.journal.audit import AuditFault, audit
from locker.journal.reserve import NAME as RESERVE
from locker.journal.store import CannotWrite, Journal, JournalBroken
from locker.startup import open_engine

WHOLE_FILES, LOST_COMMONS = 0.9, 0.1
"""How often a start meets a site file without changes, and switches that all read open."""
BUILT = [Compartment(id=n, size=Size(s), bank="left", bottom_mm=1300, top_mm=1500) for n, s in DOORS.items()]


FOREIGN = 0.05
"""How many of the disks are first tried with another cabinet's key."""


class Violation(AssertionError):
    """A rule was broken by a power cut."""


@dataclass(frozen=True)
class Facts:
    """What one disk still knew, after everything else about it was found right."""

    seq: int


class StoppedClock:
    """The time at which the power came back: so long after the last event that is known."""

    def __init__(self, journal, gone, begin):
        self._journal = journal
        self._gone = gone
        self._begin = begin
        self._moment = None

    def now(self):
        if self._moment is None:
            self._moment = moment(self._journal.at or self._begin) + self._gone
        return self._moment

    def monotonic(self):
        return 0.0

    def synced(self):
        return True


class Trial:
    """One recorded run, known to its end, against which every cut of it is judged."""

    def __init__(self, final):
        """`final` holds the files as the run left them."""
        with sqlite3.connect(f"file:{final / 'locker.db'}?mode=ro", uri=True) as db:
            self.events = [(at, kind, json.loads(data), h) for at, kind, data, h in db.execute(_EVENTS)]
            self.kept = {key: json.loads(told) for key, told in db.execute("select key, answer from answer")}
        self.key = (final / "key").read_bytes()
        self._runner = asyncio.Runner()
        self.pulses = 0
        self._counted = {}
        self._known = {}
        self._begun = self._seqs()
        self._talk = {}

    # --- what had been said and done before the cut ----------------------------------------------

    def floor(self, records):
        """The event that must be on the disk because of these answers and pulses."""
        return max((self._claim(record) for record in records), default=0)

    def _claim(self, record):
        if record.kind == "A":
            return self._answer(record.at, record.data)
        door = json.loads(record.data).get("door")
        if door is None:
            return 0
        self.pulses += 1
        return self._nth("pulse", door, self._orders(door))

    def _orders(self, door, visit=""):
        return [
            n
            for n, (_, kind, body, _) in self._lines()
            if kind == "UnlockOrdered" and body["compartment"] == door and visit in {"", body["kind"]}
        ]

    def _lines(self):
        return enumerate(self.events, 1)

    def _nth(self, what, name, seqs):
        """One more of these was seen: the event that must be there for it."""
        count = self._counted[what, name] = self._counted.get((what, name), 0) + 1
        if count > len(seqs):
            raise Violation(f"{what} {count} of {name} has no event at all")
        return seqs[count - 1]

    def _answer(self, socket, data):
        """The body follows its head in a second piece, on the same socket."""
        if data.startswith(b"HTTP/1.1"):
            head, _, body = data.partition(b"\r\n\r\n")
            self._talk[socket] = int(head.split()[1])
            data = body
        status = self._talk.get(socket, 0)
        if not data.startswith(b"{"):
            return 0
        try:
            body = json.loads(data)
        except ValueError:
            return 0  # longer than what the recorder keeps: no answer to an order is
        if status == 404 and body.get("code") == "unknown-code":
            return self._nth("wrong code", "any", [n for n, line in self._lines() if line[1] == "CodeRejected"])
        return self._said(status, body) if status in {200, 201} else 0

    def _said(self, status, body):
        if "deposit" in body and "state" in body:
            return max(self._begun["deposit", body["deposit"]], self._reached(body))
        if "held" in body and "place" in body:
            word = self._begun.get(("ParcelHeld", body["parcel"]), 0) if body["held"] else 0
            return max(word, self._begun.get(("ParcelPlaced", body["parcel"]), 0))
        if "pickup" in body:
            return max(self._begun["pickup", body["pickup"]], self._spoken(body))
        if "booking" in body:
            return self._begun["OutboundBooked", body["parcel"]]
        if "token" in body and "kind" in body:
            made = {"delegate": "CredentialAdded", "code": "CodeRenewed"}[body["kind"]]
            return self._begun[made, body["parcel"]]
        if {"id", "use", "since"} <= set(body):
            ordered = self._nth("staff order", body["id"], self._orders(body["id"], "staff")) if status == 201 else 0
            return max(ordered, self._begun.get(("since", body["since"]), 0))
        if set(body) == {"id"} and body["id"].startswith("r"):
            return self._begun["resident", body["id"]]
        return 0

    def _spoken(self, body):
        """What a resident was answered at the open door is recorded: held is held."""
        rejected = [one["parcel"] for one in body.get("parcels", ()) if one["held"]]
        return max((self._begun["PickupRejected", one] for one in rejected), default=0)

    def _reached(self, body):
        kinds = {"stored": "ParcelStored", "cancelled": "ParcelEnded", "withdrawn": "ParcelEnded"}
        wanted = kinds.get(body["state"])
        return self._begun.get((wanted, body["parcel"]), 0) if wanted else 0

    def _seqs(self):
        """Which event an answer of the run rests on."""
        found = {}
        for seq, (at, kind, body, _) in self._lines():
            match kind:
                case "DepositStarted":
                    found.setdefault(("deposit", body["deposit"]), seq)
                    found.setdefault(("pickup", body["deposit"]), seq)  # a booking's code opens a door for it
                case "PickupStarted":
                    found.setdefault(("pickup", body["pickup"]), seq)
                case "DepositReopened":
                    found.setdefault(("pickup", "d" + body["parcel"][1:]), seq)
                case "ResidentSaved":
                    found.setdefault(("resident", body["resident"]), seq)
            if "parcel" in body:
                found.setdefault((kind, body["parcel"]), seq)
            found.setdefault(("since", at), seq)
        return found

    # --- what the disk says ----------------------------------------------------------------------

    def judge(self, image, doors, folder, name):
        """Reopen what is left and examine it. Raises Violation. `name` seeds what people did meanwhile.

        A disk that was examined before is not examined again; what had been claimed by then is compared anew.
        """
        digest = hashlib.sha256(repr(sorted((p, hashlib.sha256(c).digest()) for p, c in image.items())).encode())
        known = digest.digest()
        if known not in self._known:
            for path in folder.iterdir():
                if path.name != RESERVE:
                    path.unlink()
            for path, content in image.items():
                (folder / path).write_bytes(content)
            self._known[known] = self._reopen(image, doors, folder, random.Random(name))
        return self._known[known]

    @property
    def different(self):
        """How many different disks were reopened."""
        return len(self._known)

    def _reopen(self, image, doors, folder, chance):
        if chance.random() < FOREIGN:
            self._runner.run(self._foreign(folder, image.get("key")))
        journal, pulses = Journal(folder, threads=False), []
        try:
            return self._runner.run(self._examine(journal, doors, pulses, chance))
        except (AuditFault, JournalBroken, CannotWrite, SettingsError) as fault:
            raise Violation(str(fault)) from fault
        finally:
            journal.close()

    async def _foreign(self, folder, key):
        """With another cabinet's key this disk opens nothing, and with its own it is as it was."""
        if key is None:
            return  # a first start that was cut short: any key is its first
        path = folder / "key"
        path.write_bytes(bytes(reversed(key)))
        journal = Journal(folder, threads=False)
        try:
            engine, _ = open_engine(
                journal, StoppedClock(journal, timedelta(0), self.events[0][0]), Policy(), BUILT, str
            )
            if engine.sealed is None:
                raise Violation("a foreign key is taken")
        except SettingsError:
            pass
        finally:
            journal.close()
            path.write_bytes(key)

    async def _examine(self, journal, doors, pulses, chance):
        gone = timedelta(seconds=chance.choice((0, 3, 40, 200, 90_000, -30_000)))
        clock = StoppedClock(journal, gone, self.events[0][0])
        built = BUILT if chance.random() < WHOLE_FILES else [c for c in BUILT if c.id != chance.choice(list(DOORS))]
        engine, _ = open_engine(journal, clock, Policy(), built, pulses.append)
        if engine.sealed is not None:
            raise Violation(f"it starts sealed: {engine.sealed}")
        if journal.seq and (journal.folder / "key").read_bytes() != self.key:
            raise Violation("a database without its key")
        facts = self._facts(journal)
        before, seen = engine.site, _pushed(doors, chance)
        if chance.random() < LOST_COMMONS:
            seen = dict.fromkeys(DOORS, Seen.OPEN)
        seen = {name: value for name, value in seen.items() if name in {c.id for c in built}}
        running = asyncio.ensure_future(engine.run())
        engine.observe(Begun("after the cut"))
        engine.observe(SwitchesSeen(seen))
        await engine.heartbeat()
        running.cancel()
        kinds = [row[0] for row in journal.db.execute("select kind from event where seq > ?", (facts.seq,))]
        if kinds[:1] != ["Started"]:
            raise Violation(f"the start recorded {kinds}")
        if pulses or "UnlockOrdered" in kinds:
            raise Violation(f"recovery pulsed {pulses}")
        audit(journal.db)
        _table_of_starts(before, engine.site, {} if "BankFault" in kinds else seen)
        _nobody_is_wronged(journal, engine.site)
        return facts

    def _facts(self, journal):
        audit(journal.db)
        last = journal.db.execute("select hash from event order by seq desc limit 1").fetchone()
        told = self.events[journal.seq - 1][3] if 0 < journal.seq <= len(self.events) else None
        if last is not None and last[0] != told:
            raise Violation(f"event {journal.seq} is not what the run recorded")
        answers = frozenset(row[0] for row in journal.db.execute("select key from answer"))
        for key, told in self.kept.items():
            if (self._begun["deposit", told["deposit"]] <= journal.seq) is not (key in answers):
                raise Violation(f"the answer of {key} and its deposit are not both there")
        return Facts(journal.seq)


_EVENTS = "select at, kind, data, hash from event order by seq"


def _pushed(doors, chance):
    """How the doors stand when the power comes back: people went on pushing and pulling."""
    stood = json.loads(doors) if doors else {}
    seen = {}
    for name in DOORS:
        is_open = bool(stood.get(name, {}).get("open"))
        if chance.random() < 0.3:
            is_open = not is_open
        seen[name] = Seen.OPEN if is_open else Seen.SHUT
    return seen


def _table_of_starts(before, after, seen):
    """The table of architecture for starts, row by row; where switches are not believed nothing is decided."""
    for name, was in before.compartments.items():
        use, is_open = after.compartments[name].use, seen.get(name) is Seen.OPEN
        if name not in seen:
            if use is not was.use:
                raise Violation(f"{name} was {was.use} and cannot be seen: it is {use}")
            continue
        visit = before.visits.get(name)
        if was.use in {Use.FREE, Use.LOADED}:
            wanted = Use.CHECK if is_open else was.use
        elif was.use in {Use.CHECK, Use.RETIRED} or is_open:
            wanted = was.use
        elif visit is not None and isinstance(visit.last, Grace):
            wanted = Use.FREE if use is Use.FREE else was.use  # the grace goes on, or ran out meanwhile
        else:
            wanted = Use.CHECK
        if use is not wanted:
            raise Violation(f"{name} was {was.use} and is seen {seen[name]}: it is {use}, not {wanted}")


def _doors_and_parcels_agree(site, places):
    """Of several behind one door none is lost and none doubled; what is held stays where it is."""
    said = sorted(
        (p.id, p.compartment) for p in site.parcels.values() if p.state is not ParcelState.EXPECTED and not p.place
    )
    if said != sorted(places):
        raise Violation(f"the doors hold {places}, the parcels say {said}")
    for parcel in site.parcels.values():
        if parcel.held and parcel.state in {ParcelState.COLLECTING, ParcelState.DEPOSITING}:
            raise Violation(f"{parcel.id} is held and on its way")


def _nobody_is_wronged(journal, site):
    """No parcel in two places, none offered away, and no code of a parcel that is gone."""
    places = [(parcel, c.id) for c in site.compartments.values() for parcel in c.parcels]
    if len({parcel for parcel, _ in places}) != len(places):
        raise Violation(f"a parcel is in two places: {places}")
    _doors_and_parcels_agree(site, places)
    for compartment in offered(site):
        if any(p.compartment == compartment.id and p.state.live for p in site.parcels.values()):
            raise Violation(f"{compartment.id} is offered with a parcel in it")
    for parcel in site.codes.values():
        known = site.parcels.get(parcel)
        door = site.compartments.get(known.compartment) if known is not None else None
        if known is None or (known.state.ended and (door is None or parcel not in door.parcels)):
            raise Violation(f"the code of {parcel} is alive without its parcel")
    gone = journal.db.execute("select id, credentials from parcel where in_site = 0").fetchall()
    for parcel, credentials in gone:
        for one in json.loads(credentials):
            if {one["code_hash"], one["token_hash"]} & site.codes.keys():
                raise Violation(f"the code of {parcel}, which is gone, is alive")
    ended = [s.value for s in ParcelState if not s.live and s is not ParcelState.EXPECTED]
    marks = ",".join("?" * len(ended))
    left = journal.db.execute(
        f"select parcel from sealed join parcel on id = parcel where state in ({marks})", ended
    ).fetchall()
    if left:
        raise Violation(f"the secrets of {left} still lie there")
