"""What notices say of a parcel that goes out: a booking read back, and when the courier comes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.core.parcel_words import booking_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.services.policies import DeliveryTime

_KINDS = {
    "en": {"parcel": "parcel", "document": "papers", "return": "return"},
    "zh-CN": {"parcel": "包裹", "document": "文件", "return": "退货"},
    "zh-TW": {"parcel": "包裹", "document": "文件", "return": "退貨"},
}
_CONTENTS = {
    "en": {"electronics": "electronics"},
    "zh-CN": {"electronics": "电子产品"},
    "zh-TW": {"electronics": "電子產品"},
}
_SIZE = {"en": "size {size}", "zh-CN": "{size} 号格", "zh-TW": "{size} 號格"}
_WEIGHT = {"en": "{kilograms} kg", "zh-CN": "{kilograms} 公斤", "zh-TW": "{kilograms} 公斤"}
_WORTH = {"en": "worth {worth}", "zh-CN": "声明价值 {worth}", "zh-TW": "聲明價值 {worth}"}
_COMMA = {"en": ", ", "zh-CN": "，", "zh-TW": "，"}  # noqa: RUF001  Chinese punctuation
_DAYS = {
    "en": {
        "same": "Promised: delivered today.",
        "one": "Promised: delivered on day {last}.",
        "span": "Promised: delivered on day {first} to {last}.",
    },
    "zh-CN": {
        "same": "承诺当日送达。",
        "one": "承诺第 {last} 天送达。",
        "span": "承诺第 {first}–{last} 天送达。",  # noqa: RUF001  a span
    },
    "zh-TW": {
        "same": "承諾當日送達。",
        "one": "承諾第 {last} 天送達。",
        "span": "承諾第 {first}–{last} 天送達。",  # noqa: RUF001  a span
    },
}
_ANOTHER_TIME = {"en": "Another time than before.", "zh-CN": "时间有变更。", "zh-TW": "時間有變更。"}


def booked_values(event: Mapping[str, Any], parcel: str, language: str) -> dict[str, str]:
    """A booking read back as it was taken down: what it is, how large, how heavy, worth what; and its number."""
    said = [_KINDS[language].get(str(event.get("type")), _KINDS[language]["parcel"])]
    said.append(_SIZE[language].format(size=event["size"]))
    if contents := _CONTENTS[language].get(str(event.get("contents"))):
        said.append(contents)
    if grams := event.get("declared_weight_g"):
        said.append(_WEIGHT[language].format(kilograms=f"{grams / 1000:.1f}"))
    if coins := event.get("declared"):
        said.append(_WORTH[language].format(worth=f"{coins / 100:.2f}"))
    number = booking_id(parcel)[1:].upper()
    groups = "-".join(number[at : at + 5] for at in range(0, len(number), 5))
    return {"booked": _COMMA[language].join(said), "number": groups, "until": str(event["reserved_until"])}


def eta_values(event: Mapping[str, Any], language: str) -> dict[str, str]:
    """When the courier comes; that it is another time than was told is said too."""
    return {"at": str(event["at"]), "changed": _ANOTHER_TIME[language] if event.get("again") else ""}


def days_text(time: DeliveryTime, language: str) -> str:
    """On which days after the hand-over it arrives, as its sender reads it."""
    return _DAYS[language][time.span].format(first=time.first, last=time.last)
