"""What must hold at every moment, whatever people, wires and the power do."""

from dataclasses import replace

from locker.core.model import ParcelState, Use
from locker.core.visits.allocation import offered
from locker.journal.audit import AuditFault, audit
from locker.journal.rows import load


def loads(leaf):
    """What lies behind a door of the world: several parcels are written beside each other."""
    return set((leaf.load or "").split())


class Wrong(AssertionError):
    """A rule was broken."""


class Truth:
    """Watches one town. `tainted` doors had a switch that lied: what is behind them nobody can know."""

    def __init__(self):
        self.pulses = {}
        self.tainted = set()
        self.answered = set()
        self.said = []

    def pulse(self, town, door):
        """A coil is about to get current: its order must be on the disk, and not have been used before."""
        db = town.journal.db
        if db.conn.in_transaction:
            raise Wrong(f"{door} is pulsed inside a transaction")
        self.pulses[door] = self.pulses.get(door, 0) + 1
        if self.pulses[door] > orders(db, door):
            raise Wrong(f"{door} was pulsed {self.pulses[door]} times by {orders(db, door)} orders")

    def always(self, town):
        """Cheap enough for every step."""
        site, world = town.engine.site, town.world
        held = [parcel for c in site.compartments.values() for parcel in c.parcels]
        if len(held) != len(set(held)):
            raise Wrong(f"a parcel is in two places: {held}")
        for compartment in offered(site):
            inside = any(p.compartment == compartment.id and p.state.live for p in site.parcels.values())
            load_there = world.doors[compartment.id].load is not None and compartment.id not in self.tainted
            if inside or load_there:
                raise Wrong(f"{compartment.id} is offered with a parcel in it")
        self._stored_is_inside(site, world)
        self._tables_and_doors_agree(site)
        self._rights_are_counted(site)
        town.places_hold_no_more_than_they_can()
        town.nothing_held_has_left()
        for code, parcel in site.codes.items():
            if parcel not in site.parcels:
                raise Wrong(f"the code of {parcel} is alive without it")
            if code not in site.parcels[parcel].hashes:
                raise Wrong(f"a code of another opens {parcel}")
        for name, visit in site.visits.items():
            used = site.compartments[name].use
            if visit.kind != "staff" and used not in {Use.FILLING, Use.EMPTYING}:
                raise Wrong(f"somebody is at {name}, which is {used}")

    def _stored_is_inside(self, site, world):
        """Nobody is sent to an empty compartment, whatever nobody saw."""
        for parcel in site.parcels.values():
            known = site.compartments.get(parcel.compartment)
            if known is None:
                continue
            believed = parcel.state == "stored" and known.seen == "shut" and known.id not in self.tainted
            if believed and parcel.id not in loads(world.doors[known.id]):
                raise Wrong(f"{known.id} is said to hold {parcel.id} and does not")

    def _tables_and_doors_agree(self, site):
        """What is behind doors and what parcels say of theirs are the same, and behind one door is one household."""
        behind = sorted((c.id, parcel) for c in site.compartments.values() for parcel in c.parcels)
        said = sorted(
            (p.compartment, p.id) for p in site.parcels.values() if p.state is not ParcelState.EXPECTED and not p.place
        )
        if behind != said:
            raise Wrong(f"behind the doors is {behind}, the parcels say {said}")
        for compartment in site.compartments.values():
            here = [site.parcels[one] for one in compartment.parcels if site.parcels[one].state.live]
            if len({frozenset(p.recipients) for p in here}) > 1:
                raise Wrong(f"{compartment.id} holds parcels of two households")
        for parcel in site.parcels.values():
            if parcel.held and parcel.state in {ParcelState.COLLECTING, ParcelState.DEPOSITING}:
                raise Wrong(f"{parcel.id} is held and on its way")

    def _rights_are_counted(self, site):
        """No carrier's right puts in more than it says, whatever was cut short."""
        for right in site.rights.values():
            if not 0 <= right.used <= right.uses or right.given_back > right.uses:
                raise Wrong(f"the right {right.id} was used {right.used} times of {right.uses}")

    def thorough(self, town):
        """Folding the log gives the tables, the tables are the site, and every answer still stands."""
        try:
            audit(town.journal.db)
        except AuditFault as found:
            raise Wrong(str(found)) from found
        self.told(town)
        self.same(town)

    def same(self, town):
        """What a restart would read now is what the engine holds."""
        site = town.engine.site
        left = {c.id for c in site.compartments.values() if c.bank == "" and not c.parcels}
        stays = {name: c for name, c in site.compartments.items() if name not in left}
        visits = {name: visit for name, visit in site.visits.items() if name not in left}
        if load(town.journal.db, site.policy, town.built) != replace(site, compartments=stays, visits=visits):
            raise Wrong("the tables tell of another site than the engine")

    def told(self, town):
        """Every parcel, pickup and order that somebody was told of is in the journal."""
        db = town.journal.db
        there = {kind: {name for (name,) in db.execute(sql)} for kind, sql in _ANSWERED.items()}
        for kind, name in self.answered:
            if name not in there[kind]:
                raise Wrong(f"the {kind} {name} was answered and is not there")


_ANSWERED = {
    "parcel": "select id from parcel",
    "pickup": "select json_extract(data, '$.pickup') from event where kind = 'PickupStarted'",
    "order": "select json_extract(data, '$.visit') from event where kind = 'UnlockOrdered'",
}


def orders(db, door):
    """How often this door was ordered open, by the journal."""
    sql = """select count(*) from event
             where json_extract(data, '$.compartment') = ? and kind = 'UnlockOrdered'"""
    return db.execute(sql, (door,)).fetchone()[0]
