"""What is answered about fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.machine.request_models import Body, Reason
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from locker.services.fees import ParcelFee


class WaiverBody(Body):
    """Why staff let go of a fee."""

    reason: Reason


class FeeView(View):
    """The bill of a parcel; money in the smallest unit of the currency, of which `decimals` are behind the point.

    `tariff`: the version that held at the deposit, 0 for none, in force since `effective_from`. `free_until`: when the
    free time was over, null while it is not. A fee never keeps a parcel.
    """

    parcel: str
    charges: bool
    tariff: int
    effective_from: Moment | None
    currency: str
    decimals: int
    free_hours: int
    free_until: Moment | None
    steps: int
    step_hours: int
    step_price: int
    cap: int
    capped: bool
    amount: int
    paid: int
    waived: int
    due: int
    references: list[str]
    pay_link: str


def fee_json(fee: ParcelFee) -> dict[str, Any]:
    """As FeeView."""
    tariff, bill = fee.tariff, fee.fee
    return {
        "parcel": fee.parcel,
        "charges": tariff.charges,
        "tariff": fee.version,
        "effective_from": rfc3339(fee.effective_from) if fee.effective_from else None,
        "currency": tariff.currency,
        "decimals": tariff.decimals,
        "free_hours": tariff.free_hours,
        "free_until": rfc3339(bill.free_until) if bill.free_until else None,
        "steps": bill.steps,
        "step_hours": tariff.step_hours,
        "step_price": tariff.step_price,
        "cap": tariff.cap,
        "capped": bill.capped,
        "amount": bill.amount,
        "paid": fee.paid,
        "waived": fee.waived,
        "due": fee.due,
        "references": list(fee.references),
        "pay_link": fee.pay_link,
    }
