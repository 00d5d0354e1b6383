"""Fees of parcels: worked out when somebody asks, paid by the provider's word alone, waived by staff with a reason."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locker.core.events.record import moment
from locker.core.events.service_events import FeePaid, FeeWaived
from locker.core.model import Direction, ParcelState
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.history import parcel_row
from locker.services.fees.storage_fee import Stay, StorageFee, storage_fee
from locker.services.notices import first_told
from locker.services.policies import RuleKind, Tariff

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import RuleBook

PROVIDER = "payment-provider"
"""How the journal names whoever says that a fee was paid."""


class WrongPayment(LockerError):
    """What was paid is not what this parcel costs: another currency, or nothing to be paid for."""


class _Known(LockerError):
    """This was recorded before."""


@dataclass(frozen=True, slots=True)
class ParcelFee:
    """The fee of one parcel: by which version of the tariff (0: as delivered), what was paid and waived of it.

    `pay_link`: where to pay what is due; empty where nothing is, or no provider is named.
    """

    parcel: str
    tariff: Tariff
    version: int
    effective_from: datetime | None
    fee: StorageFee
    paid: int
    waived: int
    references: tuple[str, ...]
    pay_link: str

    @property
    def due(self) -> int:
        """What is left to pay."""
        return max(0, self.fee.amount - self.paid - self.waived)


class FeeDesk:
    """The fees of this cabinet. `pay_url`: where people pay, with {parcel}, {amount} and {currency} in it."""

    def __init__(self, engine: Engine, journal: Journal, rules: RuleBook, timezone: str, pay_url: str = "") -> None:
        self._engine = engine
        self._journal = journal
        self._rules = rules
        self._timezone = timezone
        self._pay_url = pay_url

    async def fee(self, parcel: str) -> ParcelFee | None:
        """What this parcel costs until now, or cost when it left; None for a parcel without storage behind a door."""
        now = self._engine.now()
        return await self._journal.read(lambda db: self._fee(db, parcel, now))

    async def pay(self, parcel: str, amount: int, currency: str, reference: str) -> ParcelFee:
        """Note that the provider got this amount; the same reference again changes nothing.

        Raises WrongPayment, and Refused while sealed.
        """

        def work(db: Database, now: datetime) -> tuple[FeePaid, None]:
            fee = self._fee(db, parcel, now)
            if fee is not None and reference in fee.references:
                raise _Known
            if fee is None or not fee.tariff.charges or currency != fee.tariff.currency or amount <= 0:
                raise WrongPayment
            return FeePaid(parcel=parcel, amount=amount, currency=currency, reference=reference), None

        with suppress(_Known):
            await self._engine.record_with(work, PROVIDER)
        return await self._standing(parcel)

    async def waive(self, parcel: str, reason: str, by: str) -> ParcelFee | None:
        """Let go of what is due, by whom and why; None for a parcel that has no fee. Raises Refused while sealed."""

        def work(db: Database, now: datetime) -> tuple[FeeWaived, None]:
            fee = self._fee(db, parcel, now)
            if fee is None or not fee.due:
                raise _Known
            waived = FeeWaived(parcel=parcel, amount=fee.due, currency=fee.tariff.currency, reason=reason)
            return waived, None

        with suppress(_Known):
            await self._engine.record_with(work, by)
        return await self.fee(parcel)

    async def _standing(self, parcel: str) -> ParcelFee:
        fee = await self.fee(parcel)
        assert fee is not None, "a fee that was paid stands"
        return fee

    def _fee(self, db: Database, parcel: str, now: datetime) -> ParcelFee | None:
        row = parcel_row(db, parcel)
        if row is None or not row["stored_at"] or not row["deadline"] or row["direction"] == Direction.OUT:
            return None
        stored_at = moment(row["stored_at"])
        version = self._rules.holding(RuleKind.TARIFF, stored_at)
        tariff = self._rules.body(Tariff, stored_at)
        told = first_told(db, parcel)
        stay = Stay(stored_at, moment(told) if told else None, moment(row["deadline"]), _until(row, now))
        paid, waived, references = _settled(db, parcel)
        fee = ParcelFee(
            parcel,
            tariff,
            version.version if version is not None else 0,
            version.starts_at if version is not None else None,
            storage_fee(tariff, stay, self._timezone),
            paid,
            waived,
            references,
            "",
        )
        return fee if not fee.due else _with_link(fee, self._pay_url)


def _with_link(fee: ParcelFee, pay_url: str) -> ParcelFee:
    places = {"parcel": fee.parcel, "amount": str(fee.due), "currency": fee.tariff.currency}
    link = pay_url
    for name, value in places.items():
        link = link.replace(f"{{{name}}}", quote(value, safe=""))
    return ParcelFee(
        *(fee.parcel, fee.tariff, fee.version, fee.effective_from, fee.fee),
        *(fee.paid, fee.waived, fee.references, link),
    )


def _until(row: dict[str, Any], now: datetime) -> datetime:
    """When its time behind the door ended; the time of a held parcel stands still."""
    if row["held"] and row["held_at"]:
        return moment(row["held_at"])
    return now if ParcelState(row["state"]).live else moment(row["since"])


def _settled(db: Database, parcel: str) -> tuple[int, int, tuple[str, ...]]:
    sql = (
        "select kind, data from event where json_extract(data, '$.parcel') = ?"
        " and kind in ('FeePaid', 'FeeWaived') order by seq"
    )
    rows = [(kind, json.loads(data)) for kind, data in db.execute(sql, [parcel]).fetchall()]
    paid = [body for kind, body in rows if kind == "FeePaid"]
    waived = sum(body["amount"] for kind, body in rows if kind == "FeeWaived")
    return sum(body["amount"] for body in paid), waived, tuple(body["reference"] for body in paid)
