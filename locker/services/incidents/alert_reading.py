"""A public alert in the Common Alerting Protocol 1.2 (weather services, governments), as an incident needs it. Pure.

What is taken from it: whether it is meant (not an exercise), how severe it is, until when it holds, and in each of our
languages what happens and what to do.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from locker.errors import LockerError
from locker.frozen import dataclass
from locker.services.incidents.incident_register import LONGEST, IncidentWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_ALERT = 200_000
_SPACES = frozenset(f"{{urn:oasis:names:tc:emergency:cap:{version}}}" for version in ("1.1", "1.2"))
_SEVERE = frozenset({"Extreme", "Severe"})
_KINDS = frozenset({"Alert", "Update", "Cancel", "Ack", "Error"})
_SENTENCE = re.compile(r"(?<=[.!?。！？；;])\s*")  # noqa: RUF001  Chinese punctuation
_STAY_AWAY: Mapping[str, str] = {
    "en": "Come later: parcels stay locked and safe",
    "zh-CN": "请稍后再来，包裹已锁好",  # noqa: RUF001  Chinese punctuation
    "zh-TW": "請稍後再來，包裹已鎖好",  # noqa: RUF001  Chinese punctuation
}


class BadAlert(LockerError):
    """This is no alert that can be taken; the text begins with the element."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What an authority says. `severe`: it is meant for action, at least severe. `replaces`: alerts that it ends.

    `expires` None: it says no end.
    """

    id: str
    kind: str
    actual: bool
    severe: bool
    expires: datetime | None
    words: Mapping[str, IncidentWords]
    replaces: tuple[str, ...] = ()

    @property
    def ends(self) -> bool:
        """True for one that takes others back."""
        return self.kind == "Cancel"


def read_alert(text: str) -> Alert:
    """The alert of a document. Raises BadAlert `ELEMENT: …`."""
    root = _document(text)
    space = next((each for each in _SPACES if root.tag == f"{each}alert"), None)
    if space is None:
        raise BadAlert("alert: the document is no alert of CAP 1.1 or 1.2")
    name, kind = _text(root, space, "identifier"), _text(root, space, "msgType")
    if not name or len(name) > 200 or not name.isprintable():
        raise BadAlert("identifier: must have 1 to 200 printable characters")
    if kind not in _KINDS:
        raise BadAlert(f"msgType: must be one of {', '.join(sorted(_KINDS))}")
    infos = root.findall(f"{space}info")
    if not infos and kind != "Cancel":
        raise BadAlert("info: says nothing of what happens")
    return Alert(
        id=name,
        kind=kind,
        actual=_text(root, space, "status") == "Actual",
        severe=any(_text(each, space, "severity") in _SEVERE for each in infos),
        expires=max((at for each in infos if (at := _expires(each, space)) is not None), default=None),
        words=dict(_words(infos, space)),
        replaces=tuple(_references(_text(root, space, "references"))),
    )


def _document(text: str) -> ET.Element:
    if len(text) > LONGEST_ALERT:
        raise BadAlert(f"alert: is longer than {LONGEST_ALERT} characters")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadAlert("alert: bears a DOCTYPE, which no alert needs")
    try:
        return ET.fromstring(text.encode())  # noqa: S314  without a DOCTYPE there is nothing to expand
    except (ET.ParseError, ValueError, LookupError):
        raise BadAlert("alert: is not XML that can be read") from None


def _text(element: ET.Element, space: str, name: str) -> str:
    return " ".join((element.findtext(f"{space}{name}") or "").split())


def _expires(info: ET.Element, space: str) -> datetime | None:
    text = _text(info, space, "expires")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        known = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadAlert("expires: is no time") from None
    if at.tzinfo is None:
        raise BadAlert("expires: needs its zone, as 2026-07-01T18:00:00+08:00")
    return known


def _words(infos: list[ET.Element], space: str) -> Iterator[tuple[str, IncidentWords]]:
    """What is told in each language that we speak, the first of each."""
    known = set[str]()
    for info in infos:
        language = our_language(_text(info, space, "language") or "en-US")
        cause = shortened(_text(info, space, "headline") or _text(info, space, "event"))
        if not language or not cause or language in known:
            continue
        known.add(language)
        instead = shortened(_text(info, space, "instruction")) or _STAY_AWAY[language]
        yield language, IncidentWords(cause, instead)


def our_language(tag: str) -> str:
    """The language of ours that a tag of RFC 5646 means; empty for none."""
    low = tag.lower()
    if low.startswith("zh"):
        return "zh-TW" if any(mark in low for mark in ("tw", "hk", "mo", "hant")) else "zh-CN"
    return "en" if low.startswith("en") else ""


def shortened(text: str) -> str:
    """As many whole sentences as a screen holds, else the first words of the first one."""
    kept = ""
    for sentence in _SENTENCE.split(text):
        joined = f"{kept} {sentence}".strip() if kept and kept[-1].isascii() else kept + sentence
        if len(joined) > LONGEST:
            break
        kept = joined
    if kept or not text:
        return kept
    cut = text[: LONGEST - 1]
    words = cut.rpartition(" ")[0] if " " in cut and cut.isascii() else cut
    return f"{words.rstrip(' ,;')}…"


def _references(text: str) -> Iterator[str]:
    """The identifiers of `sender,identifier,sent` triples."""
    for triple in text.split():
        parts = triple.split(",")
        if len(parts) == 3:
            yield parts[1]
