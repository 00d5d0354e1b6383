"""Couriers at the kiosk: their companies, their PINs, and the wait after wrong ones.

A PIN is short, so it is kept only as a keyed hash, and wrong tries slow the kiosk down. Nobody is
ever locked out: the wait is a minute at most, and after it the right PIN signs in at once.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.people.courier_badges import Badge, CourierBadges
from locker.text_folding import folded_name, names_nobody, visible_name

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.vault import Vault

FREE_TRIES = 5
MAX_WAIT_S = 60
FORGET_ONE_AFTER = timedelta(minutes=10)
_MAX_COUNTED = FREE_TRIES + 6
_META_KEY = "wrong-pins:"


class PinTaken(LockerError):
    """Another courier of this company has this PIN."""


@dataclass(frozen=True, slots=True)
class Courier:
    """A person who may drop off for a company."""

    id: str
    company: str
    name: str = field(repr=False)
    ends_at: datetime | None = None

    def ended(self, now: datetime) -> bool:
        """True when the account has ended by itself."""
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, slots=True)
class ListedCourier:
    """A courier as people see one in a list. `active`: not suspended; `ends_at`: then the account ends by itself.

    `verified_by`: who has looked at badge and papers, empty while nobody has. `has_badge`: signs in by a badge.
    """

    id: str
    company: str
    name: str = field(repr=False)
    active: bool
    ends_at: datetime | None = None
    verified_by: str = ""
    verified_at: datetime | None = None
    has_badge: bool = False


@dataclass(frozen=True, slots=True)
class CompanyRights:
    """What the couriers of a company may do here: put in, and take out what goes back or goes out."""

    puts_in: bool = True
    takes_out: bool = True


@dataclass(frozen=True, slots=True)
class _WrongPins:
    """Wrong PINs that still count at one kiosk, and when the last one was typed."""

    count: int
    at: datetime

    def wait_seconds(self, now: datetime) -> int:
        """Whole seconds until the next try: none for the first wrong PINs, then 1, 2, 4 … 60."""
        over = self.still_counted(now) - FREE_TRIES
        if over < 0:
            return 0
        delay = min(1 << over, MAX_WAIT_S)
        return max(0, min(delay, ceil(delay - (now - self.at).total_seconds())))

    def still_counted(self, now: datetime) -> int:
        """What still counts: one wrong PIN is forgotten every ten minutes."""
        return max(0, self.count - max(now - self.at, timedelta()) // FORGET_ONE_AFTER)

    def with_another(self, now: datetime) -> _WrongPins:
        """Another wrong PIN; a right one takes none back, else one's own PIN would buy tries at others'."""
        return _WrongPins(min(self.still_counted(now) + 1, _MAX_COUNTED), max(now, self.at))


class CourierAccounts:
    """All couriers of this cabinet, in memory as their table has them; the tally of wrong PINs is on the disk."""

    def __init__(self, journal: Journal, engine: Engine, vault: Vault) -> None:
        self._journal = journal
        self._engine = engine
        self._vault = vault
        self._by_pin: dict[tuple[str, str], Courier] = {}
        self._wrong_pins: dict[str, _WrongPins] = {}
        self._rights: dict[str, CompanyRights] = {}
        self._one_at_a_time = asyncio.Lock()
        self.badges = CourierBadges(journal, engine, vault)

    async def load(self) -> None:
        """Read the tables. Call once at start, and after somebody else wrote to them."""
        self._by_pin, self._wrong_pins, self._rights = await self._journal.read(
            lambda db: (_couriers(db), _wrong_pins(db), _rights(db))
        )
        await self.badges.load()

    def companies(self) -> list[str]:
        """Companies with at least one courier who may sign in, sorted."""
        now = self._engine.now()
        return sorted({one.company for one in self._by_pin.values() if not one.ended(now)}, key=folded_name)

    async def sign_in(self, company: str, pin: str, kiosk: str = "kiosk") -> Courier | None:
        """Find the courier; None for a wrong PIN, which is counted on the disk before the answer.

        Raises Refused(throttled) with the seconds left while the kiosk waits, for a right PIN too;
        such a try is not looked at and costs nothing. Refused(sealed) when it cannot be counted.
        """
        async with self._one_at_a_time:
            now = self._engine.now()
            wrong_pins = self._wrong_pins.get(kiosk, _WrongPins(0, now))
            if wait := wrong_pins.wait_seconds(now):
                raise Refused(RefusalReason.THROTTLED, retry_after=wait)
            courier = self._by_pin.get((folded_name(company), self._vault.pin_hash(company, pin)))
            if courier is None or courier.ended(now):
                courier = None
                wrong_pins = wrong_pins.with_another(now)
                try:
                    await self._journal.write(lambda db: _save_wrong_pins(db, kiosk, wrong_pins))
                except CannotWrite:
                    raise Refused(RefusalReason.SEALED) from None
                self._wrong_pins[kiosk] = wrong_pins
            return courier

    async def add(
        self, company: str, name: str, pin: str, by: str = "setup", ends_at: datetime | None = None
    ) -> Courier:
        """Enrol a courier. The PIN has 4 to 10 digits and is the courier's alone within the company.

        Raises PinTaken, and ValueError with what to write instead.
        """
        company, name = visible_name(company), visible_name(name)
        if names_nobody(company) or names_nobody(name) or not 1 <= len(company) <= 60 or not 1 <= len(name) <= 60:
            raise ValueError("a courier needs a company and a name of 1 to 60 characters")
        _must_be_pin(pin)
        async with self._one_at_a_time:
            spelling = next((one for one in self.companies() if folded_name(one) == folded_name(company)), company)
            courier = Courier(self._engine.new_id("c"), spelling, name, ends_at)
            pin_hash = self._vault.pin_hash(spelling, pin)  # as sign-in spells it

            def work(db: Database, _: datetime) -> tuple[Noted, None]:
                if _is_taken(db, pin_hash):
                    raise PinTaken("Another courier of this company has this PIN; choose another one.")
                _insert(db, courier, pin_hash)
                return Noted(what="courier-added", about=courier.id), None

            await self._engine.record_with(work, by)
            self._by_pin[folded_name(company), pin_hash] = courier
        return courier

    async def renew(self, courier: str, pin: str, by: str) -> None:
        """Give a courier another PIN, and let one sign in again who was suspended.

        Raises PinTaken, and ValueError with what to write instead.
        """
        _must_be_pin(pin)
        async with self._one_at_a_time:
            known = next((each for each in await self.listed() if each.id == courier), None)
            if known is None:
                raise ValueError(f"no courier here has the id '{courier}'")
            pin_hash = self._vault.pin_hash(known.company, pin)

            def work(db: Database, _: datetime) -> tuple[Noted, None]:
                if _is_taken(db, pin_hash):
                    raise PinTaken("A courier of this company has or had this PIN; choose another one.")
                db.execute("update courier set pin_hash = ?, active = 1 where id = ?", [pin_hash, courier])
                return Noted(what="courier-renewed", about=courier), None

            await self._engine.record_with(work, by)
            self._by_pin = {key: one for key, one in self._by_pin.items() if one.id != courier}
            self._by_pin[folded_name(known.company), pin_hash] = Courier(
                known.id, known.company, known.name, known.ends_at
            )

    async def listed(self) -> list[ListedCourier]:
        """All couriers, those who may not sign in too, by company and name."""

        def work(db: Database) -> list[ListedCourier]:
            names = "id, company, name, active, ends_at, verified_by, verified_at, badge_hash is not null"
            return [_listed(*row) for row in db.execute(f"select {names} from courier").fetchall()]  # noqa: S608  own names

        found = await self._journal.read(work)
        return sorted(found, key=lambda each: (folded_name(each.company), folded_name(each.name), each.id))

    def of_badge(self, text: str) -> tuple[Courier, Badge] | None:
        """Who may sign in with the badge that a reader has read; None for nobody."""
        badge = self.badges.shown(text)
        if badge is None:
            return None
        now = self._engine.now()
        known = (one for one in self._by_pin.values() if one.id == badge.courier and not one.ended(now))
        return next(((one, badge) for one in known), None)

    def may_put_in(self, courier: str) -> bool:
        """True while this courier, who signed in before, may put parcels in: neither they nor their company ended."""
        known = self._working(courier)
        return known is not None and self.rights(known.company).puts_in

    def may_take_out(self, courier: str) -> bool:
        """The same for what goes back or goes out."""
        known = self._working(courier)
        return known is not None and self.rights(known.company).takes_out

    def _working(self, courier: str) -> Courier | None:
        now = self._engine.now()
        return next((one for one in self._by_pin.values() if one.id == courier and not one.ended(now)), None)

    def rights(self, company: str) -> CompanyRights:
        """What this company's couriers may do; everything unless somebody said otherwise."""
        return self._rights.get(folded_name(company), CompanyRights())

    def may_deliver(self, company: str) -> bool:
        """True while couriers of this company may put parcels in."""
        return self.rights(company).puts_in

    async def set_rights(self, company: str, rights: CompanyRights, by: str) -> None:
        """Say what this company's couriers may do, from their next parcel on."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            sql = "insert or replace into company (name, puts_in, takes_out) values (?, ?, ?)"
            db.execute(sql, [folded_name(company), int(rights.puts_in), int(rights.takes_out)])
            return Noted(what="company-rights-changed", about=company), None

        async with self._one_at_a_time:
            await self._engine.record_with(work, by)
            self._rights[folded_name(company)] = rights

    async def verify(self, courier: str, by: str) -> None:
        """Keep that somebody has looked at this courier's badge and papers, and who."""

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            db.execute("update courier set verified_by = ?, verified_at = ? where id = ?", [by, rfc3339(now), courier])
            return Noted(what="courier-verified", about=courier), None

        await self._engine.record_with(work, by)

    async def end(self, courier: str, ends_at: datetime | None, by: str) -> None:
        """Let this courier's account end by itself then; None: it ends when somebody suspends it."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            db.execute("update courier set ends_at = ? where id = ?", [rfc3339(ends_at) if ends_at else None, courier])
            return Noted(what="courier-end-set", about=courier), None

        async with self._one_at_a_time:
            await self._engine.record_with(work, by)
            self._by_pin = {
                key: replace(one, ends_at=ends_at) if one.id == courier else one for key, one in self._by_pin.items()
            }

    async def suspend(self, courier: str, by: str) -> bool:
        """Let this courier sign in no more; False when there is no such active courier."""
        async with self._one_at_a_time:
            key = next((key for key, one in self._by_pin.items() if one.id == courier), None)
            if key is None:
                return False

            def work(db: Database, _: datetime) -> tuple[Noted, None]:
                _deactivate(db, courier)
                return Noted(what="courier-suspended", about=courier), None

            await self._engine.record_with(work, by)
            del self._by_pin[key]
        return True


def _must_be_pin(pin: str) -> None:
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 10):
        raise ValueError("a PIN has 4 to 10 digits")


def _couriers(db: Database) -> dict[tuple[str, str], Courier]:
    rows = db.execute("select id, company, name, pin_hash, ends_at from courier where active = 1").fetchall()
    return {
        (folded_name(company), pin_hash): Courier(id_, company, name, moment(ends) if ends else None)
        for id_, company, name, pin_hash, ends in rows
    }


def _rights(db: Database) -> dict[str, CompanyRights]:
    rows = db.execute("select name, puts_in, takes_out from company").fetchall()
    return {name: CompanyRights(bool(puts_in), bool(takes_out)) for name, puts_in, takes_out in rows}


def _listed(
    courier: str,
    company: str,
    name: str,
    active: int,
    ends: str | None,
    verified_by: str,
    verified: str | None,
    badge: int,
) -> ListedCourier:
    seen = moment(verified) if verified else None
    return ListedCourier(
        courier, company, name, bool(active), moment(ends) if ends else None, verified_by, seen, bool(badge)
    )


def _wrong_pins(db: Database) -> dict[str, _WrongPins]:
    rows = db.execute("select key, value from meta where key glob ?", [_META_KEY + "*"]).fetchall()
    stored = {key.removeprefix(_META_KEY): json.loads(value) for key, value in rows}
    return {kiosk: _WrongPins(value["wrong"], moment(value["at"])) for kiosk, value in stored.items()}


def _save_wrong_pins(db: Database, kiosk: str, wrong_pins: _WrongPins) -> None:
    value = json.dumps({"wrong": wrong_pins.count, "at": rfc3339(wrong_pins.at)})
    db.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        [_META_KEY + kiosk, value],
    )


def _is_taken(db: Database, pin_hash: str) -> bool:
    """The hash holds the company; a suspended courier's PIN stays taken, so that old events mean one person."""
    return db.execute("select 1 from courier where pin_hash = ?", [pin_hash]).fetchone() is not None


def _insert(db: Database, courier: Courier, pin_hash: str) -> None:
    db.execute(
        "insert into courier (id, company, name, pin_hash, active, ends_at) values (?, ?, ?, ?, 1, ?)",
        [*(courier.id, courier.company, courier.name, pin_hash), rfc3339(courier.ends_at) if courier.ends_at else None],
    )


def _deactivate(db: Database, courier: str) -> None:
    db.execute("update courier set active = 0 where id = ?", [courier])
