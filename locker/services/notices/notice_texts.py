"""A notice put into words: the values in their places, times in local time; and why staff are called."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.services.notices.alarm_texts import ALARM_TEXTS
from locker.services.notices.notice_templates import LANGUAGES, OPTIONAL_VALUES, REQUIRED_VALUES, NoticeTemplate
from locker.services.notices.staff_alarm import CASE_KINDS, CERTIFICATE_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.options import SiteOptions
    from locker.services.notices.notice_templates import NoticeWords
    from locker.services.policies import AreaContact, Promise, Tariff


# Who answers in an emergency (PK-04).
_CONTACTS = {
    "en": "Emergency contact: {person} {phone}, deputy {deputy} {deputy_phone}.",
    "zh-CN": "应急联系人：{person} {phone}，副手 {deputy} {deputy_phone}。",  # noqa: RUF001  Chinese punctuation
    "zh-TW": "應急聯絡人：{person} {phone}，副手 {deputy} {deputy_phone}。",  # noqa: RUF001  Chinese punctuation
}
# What is charged behind the free time, where a tariff charges.
_FEE_RULES = {
    "en": "After {hours} hours each {step} hours begun cost {price}, at most {cap}.",
    "zh-CN": "超过 {hours} 小时后每 {step} 小时收费 {price}，最多 {cap}。",  # noqa: RUF001  Chinese punctuation
    "zh-TW": "超過 {hours} 小時後每 {step} 小時收費 {price}，最多 {cap}。",  # noqa: RUF001  Chinese punctuation
}
# How many parcels wait for somebody, how the one of which a notice speaks looked, and where it is kept (NTF-06).
_KEPT = {
    "en": {
        "one": "1 parcel waits for you, undamaged outside, {where}.",
        "many": "{pieces} parcels wait for you; this one is undamaged outside, {where}.",
        "shipment": "{here} of {of} pieces of this shipment are here.",
        "locker": "in the locker",
        "place": "kept at {place}",
    },
    "zh-CN": {
        "one": "共 1 件待取，外包装完好，{where}。",  # noqa: RUF001  Chinese punctuation
        "many": "共 {pieces} 件待取，本件外包装完好，{where}。",  # noqa: RUF001  Chinese punctuation
        "shipment": "本票共 {of} 件，已到 {here} 件。",  # noqa: RUF001  Chinese punctuation
        "locker": "存放于柜内",
        "place": "保管于{place}",
    },
    "zh-TW": {
        "one": "共 1 件待取，外包裝完好，{where}。",  # noqa: RUF001  Chinese punctuation
        "many": "共 {pieces} 件待取，本件外包裝完好，{where}。",  # noqa: RUF001  Chinese punctuation
        "shipment": "本票共 {of} 件，已到 {here} 件。",  # noqa: RUF001  Chinese punctuation
        "locker": "存放於櫃內",
        "place": "保管於{place}",
    },
}
# What the carrier that took a parcel over promises: the words are kept with the notice, so that nothing is oral.
_PROMISED = {
    "en": "Promised: delivered within {within} {unit}.",
    "zh-CN": "承诺 {within} {unit}内送达。",
    "zh-TW": "承諾 {within} {unit}內送達。",
}
_NOTHING_PROMISED = {
    "en": "No time of delivery was promised.",
    "zh-CN": "未承诺送达时间。",
    "zh-TW": "未承諾送達時間。",
}
_UNITS = {
    "en": {"minutes": "minutes", "hours": "hours", "days": "days", "working-days": "working days"},
    "zh-CN": {"minutes": "分钟", "hours": "小时", "days": "天", "working-days": "个工作日"},
    "zh-TW": {"minutes": "分鐘", "hours": "小時", "days": "天", "working-days": "個工作天"},
}
# What a carrier is told of a parcel that it brought.
_CARRIER_TEXTS = {
    "en": {
        "collected": "was collected",
        "returned": "was not collected and has left the locker",
        "redelivery": "is wanted again: {on}, {to}",
    },
    "zh-CN": {"collected": "已取件", "returned": "逾期未取，已离柜", "redelivery": "要求重新派送：{on}，{to}"},  # noqa: RUF001  Chinese punctuation
    "zh-TW": {"collected": "已取件", "returned": "逾期未取，已離櫃", "redelivery": "要求重新派送：{on}，{to}"},  # noqa: RUF001  Chinese punctuation
}
_YUAN = {"zh-CN": "元", "zh-TW": "元"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def notice_language(wanted: str, of_site: Sequence[str]) -> str:
    """The recipient's language if notices speak it, else the site's first."""
    return wanted if wanted in LANGUAGES else of_site[0]


def missing_values(template: NoticeTemplate, values: Mapping[str, str]) -> list[str]:
    """Name what this notice must say and cannot."""
    return [name for name in REQUIRED_VALUES[template] if not values.get(name, "").strip()]


def alarm_data(site: SiteOptions, kind: str, door: str, at: str, language: str) -> dict[str, str]:
    """What a call to staff tells.

    `door` is the bank where a whole bank is meant, of certificates, cases and rules what is to be known.

    `at` is RFC 3339, or empty where no event was recorded.
    """
    what = ALARM_TEXTS[language][kind].format(door=door)
    named = "" if kind in {*CERTIFICATE_KINDS, *CASE_KINDS, "AutomationFired"} else door
    return {"locker": site.name, "address": site.address, "alarm": kind, "door": named, "at": at, "what": what}


def fee_rule(tariff: Tariff, free_hours: int, language: str) -> str:
    """What keeping a parcel costs behind the free time, in a sentence; empty where nothing is charged."""
    if not tariff.charges:
        return ""
    price, cap = (money_text(amount, tariff, language) for amount in (tariff.step_price, tariff.cap))
    hours = max(free_hours, tariff.free_hours)
    return _FEE_RULES[language].format(hours=hours, step=tariff.step_hours, price=price, cap=cap)


def money_text(amount: int, tariff: Tariff, language: str) -> str:
    """An amount of the smallest unit with its currency: 0.50 CNY."""
    currency = _YUAN.get(language, tariff.currency) if tariff.currency == "CNY" else tariff.currency
    return f"{Decimal(amount).scaleb(-tariff.decimals):.{tariff.decimals}f} {currency}"


def carrier_text(state: str, on: str, to: str, language: str) -> str:
    """What became of a parcel, as its carrier reads it."""
    return _CARRIER_TEXTS[language][state].format(on=on, to=to)


def kept_text(pieces: int, place: str, language: str) -> str:
    """How many parcels wait, that this one was taken in undamaged, and whether the locker or a place keeps it (NTF-06).

    Its door is not told: it opens by itself, and whoever reads over a shoulder need not know it.
    """
    words = _KEPT[language]
    where = words["place" if place else "locker"].format(place=place)
    return words["one" if pieces < 2 else "many"].format(pieces=pieces, where=where)


def shipment_text(here: int, pieces: int, language: str) -> str:
    """How many pieces of one shipment are here, and how many there are; empty for a single parcel."""
    return _KEPT[language]["shipment"].format(here=here, of=pieces) if pieces > 1 else ""


def contact_text(contact: AreaContact | None, language: str) -> str:
    """Whom to call in an emergency, and who stands in; empty where nobody was named."""
    return "" if contact is None else _CONTACTS[language].format_map(contact.model_dump())


def promise_text(promise: Promise | None, language: str) -> str:
    """Within what time a carrier brings a parcel, as its sender reads it; that nothing was promised is said too."""
    if promise is None:
        return _NOTHING_PROMISED[language]
    unit = _UNITS[language][promise.unit.value]
    return _PROMISED[language].format(within=promise.within, unit=unit)


def window_text(begin: str, end: str, language: str, timezone: str) -> str:
    """A span of time as people at the site read it: the second day is told only where it is another one."""
    first, last = (local_time(each, language, timezone) for each in (begin, end))
    day, _, clock = last.rpartition(" ")
    return f"{first}–{clock if first.startswith(day) else last}"  # noqa: RUF001  a span


def notice_text(
    template: NoticeTemplate, words: NoticeWords, language: str, values: Mapping[str, str], timezone: str
) -> str:
    """Put the notice into words. Values `deadline` and `at` are RFC 3339, and shown in local time.

    A fee, where a parcel is kept and whom to call are told whether the words have a place for them or not.
    """
    filled = dict.fromkeys(OPTIONAL_VALUES[template], "") | dict(values)
    for name in ("deadline", "at", "effective", "until"):
        if filled.get(name):
            filled[name] = local_time(filled[name], language, timezone)
    text = words.text if "{fee_rule}" in words.text else words.text + " {fee_rule}"
    for name in ("kept", "contact"):
        if name in OPTIONAL_VALUES[template] and f"{{{name}}}" not in text:
            text += f" {{{name}}}"
    filled.setdefault("fee_rule", "")
    return " ".join(text.format_map(filled).split())


def mail_subject(data: Mapping[str, object]) -> str:
    """Under which subject a notice goes by mail: where the parcel lies, and nothing that a screen should not show."""
    return str(data.get("locker", ""))


def masked_text(text: str, values: Mapping[str, str]) -> str:
    """The words with what opens a door, or leads to it, hidden: they are kept for years, and read by others."""
    for name in ("code", "token", "link"):
        if values.get(name):
            text = text.replace(values[name], "•" * 4)
    return text


def local_time(instant: str, language: str, timezone: str) -> str:
    """A time of RFC 3339 as people at the site read it."""
    at = datetime.fromisoformat(instant).astimezone(UTC).astimezone(ZoneInfo(timezone))
    if language == "en":
        return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}"
    return f"{at.month} 月 {at.day} 日 {at:%H:%M}"
