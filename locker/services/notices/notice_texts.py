"""A notice put into words: the values in their places, times in local time; and why staff are called."""

# ruff: noqa: RUF001  Chinese sentences have Chinese punctuation

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.services.notices.notice_templates import LANGUAGES, OPTIONAL_VALUES, REQUIRED_VALUES, NoticeTemplate
from locker.services.notices.staff_alarm import CERTIFICATE_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.options import SiteOptions
    from locker.services.notices.notice_templates import NoticeWords


# Why staff are called, and what they should do, by the event's kind.
ALARM_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "DoorForced": "door {door} was opened without an order. Go and look.",
        "DoorLeftOpen": "door {door} was left open. Shut it and look inside.",
        "LockFault": "door {door} did not open for a pickup, the parcel is still inside. Go and help.",
        "PickupRejected": "a resident rejects the parcel in {door}, it is held. Go and look.",
        "SwitchFault": "the switch of door {door} does not move. Check lock, switch and cable.",
        "BankFault": "the switches of bank {door} changed all at once and are not believed. Check its wire and supply.",
        "CertificateRenewed": "the panel shows a new certificate. Compare when the browser warns: SHA-256 {door}.",
        "CertificateEnding": "the certificate of the panel ends on {door}. Put a new one in its place.",
        "CertificateFault": "the certificate of the panel could not be renewed: {door}. Browsers will refuse it soon.",
        "sealed": "the cabinet cannot record and opens no door. See the panel.",
    },
    "zh-CN": {
        "DoorForced": "{door} 未经指令被打开，请到现场查看。",
        "DoorLeftOpen": "{door} 一直开着，请关门并查看内部。",
        "LockFault": "{door} 取件时没有打开，包裹仍在里面，请到现场处理。",
        "PickupRejected": "住户拒收 {door} 的包裹，包裹已暂扣，请到现场查看。",
        "SwitchFault": "{door} 的门磁没有变化，请检查锁、门磁和线。",
        "BankFault": "锁组 {door} 的门磁同时变化，读数不可信，请检查接线和电源。",
        "CertificateRenewed": "管理页面已换新证书，浏览器提醒时请核对 SHA-256 {door}。",
        "CertificateEnding": "管理页面的证书将于 {door} 到期，请更换。",
        "CertificateFault": "管理页面的证书未能更新（{door}），到期后浏览器将拒绝访问。",
        "sealed": "柜子无法记录，暂不开门，请查看管理页面。",
    },
    "zh-TW": {
        "DoorForced": "{door} 未經指令被打開，請到現場查看。",
        "DoorLeftOpen": "{door} 一直開著，請關門並查看內部。",
        "LockFault": "{door} 取件時沒有打開，包裹仍在裡面，請到現場處理。",
        "PickupRejected": "住戶拒收 {door} 的包裹，包裹已暫扣，請到現場查看。",
        "SwitchFault": "{door} 的門磁沒有變化，請檢查鎖、門磁和線。",
        "BankFault": "鎖組 {door} 的門磁同時變化，讀數不可信，請檢查接線和電源。",
        "CertificateRenewed": "管理頁面已換新憑證，瀏覽器提醒時請核對 SHA-256 {door}。",
        "CertificateEnding": "管理頁面的憑證將於 {door} 到期，請更換。",
        "CertificateFault": "管理頁面的憑證未能更新（{door}），到期後瀏覽器將拒絕存取。",
        "sealed": "櫃子無法記錄，暫不開門，請查看管理頁面。",
    },
}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def notice_language(wanted: str, of_site: Sequence[str]) -> str:
    """The recipient's language if notices speak it, else the site's first."""
    return wanted if wanted in LANGUAGES else of_site[0]


def missing_values(template: NoticeTemplate, values: Mapping[str, str]) -> list[str]:
    """Name what this notice must say and cannot."""
    return [name for name in REQUIRED_VALUES[template] if not values.get(name, "").strip()]


def alarm_data(site: SiteOptions, kind: str, door: str, at: str, language: str) -> dict[str, str]:
    """What a call to staff tells. `door` is the bank where a whole bank is meant, of certificates what is to be known.

    `at` is RFC 3339, or empty where no event was recorded.
    """
    what = ALARM_TEXTS[language][kind].format(door=door)
    named = "" if kind in CERTIFICATE_KINDS else door
    return {"locker": site.name, "address": site.address, "alarm": kind, "door": named, "at": at, "what": what}


def notice_text(
    template: NoticeTemplate, words: NoticeWords, language: str, values: Mapping[str, str], timezone: str
) -> str:
    """Put the notice into words. Values `deadline` and `at` are RFC 3339, and shown in local time."""
    filled = dict.fromkeys(OPTIONAL_VALUES[template], "") | dict(values)
    for name in ("deadline", "at"):
        if filled.get(name):
            filled[name] = local_time(filled[name], language, timezone)
    return " ".join(words.text.format_map(filled).split())


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
