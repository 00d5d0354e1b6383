"""What was said of one parcel, and what it costs, as the page of the parcel shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.staff.rules.rule_fields import money
from api.staff.untold_notices import undelivered_text
from locker.core.events.record import moment
from locker.services.people import masked_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.fees import ParcelFee
    from locker.services.people import ResidentDirectory


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One notice: which and to whom, what became of it, its words with the code hidden, when."""

    what: str
    became: str
    said: str
    time: str
    alarm: bool


def told_rows(told: Sequence[Mapping[str, Any]], directory: ResidentDirectory, text: LocalizedText) -> list[ToldRow]:
    """Every notice of a parcel, the newest first."""
    return [_told(row, directory, text) for row in reversed(told)]


def _told(row: Mapping[str, Any], directory: ResidentDirectory, text: LocalizedText) -> ToldRow:
    t = text.translate
    person = directory.get(row["recipient"])
    name = masked_name(person.name) if person is not None else ""
    what = t(f"panel.notice_{row['template'].replace('-', '_')}")
    became, failed = _became(row, text)
    return ToldRow(
        t("panel.notice_to", what=what, name=name) if name else what,
        became,
        row["said"],
        text.short_time(moment(row["done_at"] or row["created_at"])),
        failed,
    )


def _became(row: Mapping[str, Any], text: LocalizedText) -> tuple[str, bool]:
    t = text.translate
    if row["state"] == "sent":
        channel = t(f"panel.channel_{row['channel'] or 'phone'}")
        key = "panel.notice_delivered" if row["receipt"] == "delivered" else "panel.notice_sent"
        return t(key, channel=channel), False
    if row["state"] == "failed":
        return undelivered_text(row["last_fault"], text), True
    return t(f"panel.notice_{row['state']}"), False


@dataclass(frozen=True, slots=True)
class FeeView:
    """The fee of a parcel: line by line, and whether something is due that staff may let go of."""

    facts: Sequence[tuple[str, str]]
    due: bool


def fee_view(fee: ParcelFee | None, text: LocalizedText) -> FeeView | None:
    """What this parcel costs; None where nothing is charged."""
    if fee is None or not fee.tariff.charges:
        return None
    t, tariff, bill = text.translate, fee.tariff, fee.fee

    def amount(units: int) -> str:
        return f"{money(units, tariff.decimals)} {tariff.currency}"

    lines = [(t("panel.fee_tariff"), t("panel.rule_number", v=fee.version))]
    if bill.free_until is not None:
        lines.append((t("panel.fee_free_until"), text.date_and_time(bill.free_until)))
    item = t("panel.fee_steps_of", n=bill.steps, hours=tariff.step_hours, price=amount(tariff.step_price))
    lines.append((item, amount(bill.amount)))
    lines += [(t("panel.fee_paid"), amount(fee.paid))] if fee.paid else []
    lines += [(t("panel.fee_waived"), amount(fee.waived))] if fee.waived else []
    lines.append((t("panel.fee_due"), amount(fee.due)))
    return FeeView(lines, fee.due > 0)
