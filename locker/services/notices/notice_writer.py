"""A notice as it leaves: its words in the recipient's language, the values in them, and the same as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment
from locker.core.parcel_words import receipt_number
from locker.frozen import dataclass
from locker.ports import DeliveryFault, Undelivered
from locker.services.notices.carrier_notices import CASE_TOLD, case_text
from locker.services.notices.notice_templates import REQUIRED_VALUES, NoticeTemplate, NoticeWords
from locker.services.notices.notice_texts import (
    alarm_data,
    carrier_text,
    contact_text,
    fee_rule,
    kept_text,
    local_time,
    masked_text,
    missing_values,
    notice_language,
    notice_text,
    promise_text,
    shipment_text,
    window_text,
)
from locker.services.notices.outbound_words import booked_values, days_text, eta_values
from locker.services.policies import DeliveryTimes, EmergencyContacts, NoticeTexts, PromiseTable, Tariff
from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.model import Parcel
    from locker.engine import Engine
    from locker.options import SiteOptions
    from locker.services.notices.notice_templates import Catalogue
    from locker.services.notices.outbox import Notice, NoticeDetails
    from locker.services.policies import RuleBook
    from locker.vault import Vault


@dataclass(frozen=True, slots=True)
class WrittenNotice:
    """A message as messengers take it, without its recipient; `masked`: its text with what opens a door hidden."""

    message: Mapping[str, Any]
    language: str
    version: str
    masked: str


class NoticeWriter:
    """Writes notices. The words are those of the rule `notice-texts` where it has them, else those of the catalogue."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        site: SiteOptions,
        free_hours: int,
        catalogue: Catalogue,
        rules: RuleBook,
        *,
        receipts: bool = False,
    ) -> None:
        """`receipts`: each message bears what its gateway shows when it tells what became of it."""
        self._receipts = receipts
        self._engine = engine
        self._vault = vault
        self._site = site
        self._free_hours = free_hours
        self._catalogue = catalogue
        self._rules = rules

    @property
    def cannot_unseal(self) -> bool:
        """True while the key is missing or may be another one: codes may be read later."""
        return self._engine.sealed is not None or not self._vault.has_key

    def write(self, notice: Notice, details: NoticeDetails, language: str) -> WrittenNotice:
        """Put it into words. Raises Undelivered when it cannot say what it must."""
        language = notice_language(language, self._site.languages)
        opening = self._code_and_token(details) if notice.template.tells_code else ("", "")
        data = self.data(notice, details, language, opening)
        values = {name: str(value) for name, value in data.items()}
        if missing := missing_values(notice.template, values):
            raise Undelivered(DeliveryFault.INCOMPLETE, f"the notice lacks {', '.join(missing)}")
        words = self.words(language, notice.template)
        text = notice_text(notice.template, words, language, values, self._site.timezone)
        message = {
            "text": text,
            "template": notice.template.value,
            "language": language,
            "data": data,
            "id": notice.id,
            **({"receipt": self._vault.receipt_token(notice.id)} if self._receipts else {}),
        }
        return WrittenNotice(message, language, words.version, masked_text(text, values))

    def words(self, language: str, template: NoticeTemplate, texts: NoticeTexts | None = None) -> NoticeWords:
        """The words of this notice that hold now, or as they would with these `texts`."""
        own = texts if texts is not None else self._rules.body(NoticeTexts)
        text = own.text(language, template.value)
        return NoticeWords(text) if text is not None else self._catalogue[language][template]

    def data(
        self, notice: Notice, details: NoticeDetails, language: str, opening: tuple[str, str]
    ) -> Mapping[str, str | int]:
        """What a notice says, as data. `opening`: the code and the token of its parcel, where it tells them."""
        if notice.template is NoticeTemplate.STAFF_ALARM:
            return alarm_data(self._site, details.alarm, details.door, details.at, language)
        common: dict[str, str | int] = {
            "locker": self._site.name,
            "address": self._site.address,
            "help_phone": self._site.help_phone,
            "parcel": notice.parcel,
            **({"link": details.link} if details.link else {}),
        }
        if notice.template.from_table:
            told = common | {"what": _in_language(details.texts, language), "effective": details.effective}
            if notice.template is NoticeTemplate.INCIDENT:
                told["contact"] = contact_text(self._rules.body(EmergencyContacts).contact, language)
            return told
        if notice.template.of_case:
            return common | {"case": str(details.event["case"])}
        if notice.template in {NoticeTemplate.CARRIER_CASE, NoticeTemplate.CARRIER_REPORT}:
            return common | self._of_cases(details, language)
        if notice.template is NoticeTemplate.FOR_CARRIER:
            return common | self._for_carrier(details, language)
        if notice.template is NoticeTemplate.PRE_ARRIVAL:
            begin, end = details.event["window_from"], details.event["window_to"]
            window = window_text(begin, end, language, self._site.timezone)
            return common | {"company": details.company, "window": window, "window_from": begin, "window_to": end}
        if (goes_out := self._going_out(notice, details, language)) is not None:
            return {**common, "company": details.company, **goes_out}
        kept = self._kept(notice, details, language)
        if not notice.template.tells_code:
            told = kept if notice.template is NoticeTemplate.WITH_STAFF else {}
            told |= {"at": details.at} if "at" in REQUIRED_VALUES[notice.template] else {}
            return common | {"company": details.company} | told
        code, token = opening
        free_hours = details.free_hours or self._free_hours
        return common | {
            "code": code,
            "token": token,
            "deadline": details.deadline,
            "free_hours": free_hours,
            "fee_rule": fee_rule(self._tariff(details), free_hours, language),
            **kept,
        }

    def _kept(self, notice: Notice, details: NoticeDetails, language: str) -> dict[str, str | int]:
        """How many parcels wait for this recipient, and at which place this one lies, if not in the locker (NTF-06)."""
        site = self._engine.site
        here = [each for each in site.parcels.values() if notice.recipient in each.recipients and _waits(each)]
        parcel = site.parcels.get(notice.parcel)
        place = site.places.get(parcel.place) if parcel is not None else None
        name = place.name if place is not None else ""
        told = f"{kept_text(len(here), name, language)} {shipment_text(*details.pieces, language)}".strip()
        return {"place": name, "pieces": len(here), "kept": told}

    def _going_out(self, notice: Notice, details: NoticeDetails, language: str) -> Mapping[str, str | int] | None:
        """What is said of a parcel that goes out; None for any other notice."""
        event = details.event
        match notice.template:
            case NoticeTemplate.HANDED_OVER:
                return {**self._handed_over(details, language), "receipt": receipt_number(notice.parcel)}
            case NoticeTemplate.BOOKED:
                return booked_values(event, notice.parcel, language)
            case NoticeTemplate.COURIER_ETA:
                return eta_values(event, language)
            case NoticeTemplate.COURIER_JOB:
                begin, end = event.get("window_from"), event.get("window_to")
                window = window_text(begin, end, language, self._site.timezone) if begin and end else ""
                told = {"courier": str(event["courier"]), "until": str(event["answer_by"]), "window": window}
                return {**told, "number": notice.parcel, "window_from": begin or "", "window_to": end or ""}
            case _:
                return None

    def _handed_over(self, details: NoticeDetails, language: str) -> dict[str, str | int]:
        """What a sender hears when a carrier has taken a parcel over, with the promise that held then (NTF-09)."""
        at = moment(details.at)
        told = {"company": details.company, "at": details.at, "number": details.tracking[-4:]}
        days = (
            self._rules.body(DeliveryTimes, at).time(*details.chosen, details.company) if any(details.chosen) else None
        )
        if days is not None:
            return {**told, "promise": days_text(days, language)}
        promise = self._rules.body(PromiseTable, at).promise("delivery", details.company)
        return {**told, "promise": promise_text(promise, language)}

    def _for_carrier(self, details: NoticeDetails, language: str) -> dict[str, str | int]:
        on, to = str(details.event.get("on", "")), str(details.event.get("to", ""))
        state = "redelivery" if on else str(details.event.get("state", "collected"))
        told = {"tracking": details.tracking, "company": details.company, "at": details.at, "state": state}
        return {**told, "on": on, "to": to, "what": carrier_text(state, on, to, language)}

    def _of_cases(self, details: NoticeDetails, language: str) -> dict[str, str | int]:
        """What a carrier's system hears of a case, or of those of a month."""
        event = dict(details.event)
        if "month" in event:
            return {name: event[name] for name in ("company", "month", "cases", "csv", "sha256")}
        due = local_time(event["due"], language, self._site.timezone) if event["due"] else ""
        told = {name: event[name] for name in CASE_TOLD if name in event}
        return {**told, "case": event["number"], "at": details.at, "what": case_text(event, due, language)}

    def _tariff(self, details: NoticeDetails) -> Tariff:
        """What was promised at the deposit."""
        return self._rules.body(Tariff, moment(details.stored_at) if details.stored_at else None)

    def _code_and_token(self, details: NoticeDetails) -> tuple[str, str]:
        try:
            return self._vault.unseal(details.sealed or b"")
        except CannotUnseal:
            fault = DeliveryFault.SEALED if self.cannot_unseal else DeliveryFault.UNREADABLE
            raise Undelivered(fault, "the code of this parcel cannot be read") from None


def _waits(parcel: Parcel) -> bool:
    """True for what somebody brought for its recipient and is still here."""
    return parcel.stored_at is not None and parcel.state.live and not parcel.from_resident


def _in_language(texts: Mapping[str, str], language: str) -> str:
    """What staff wrote in this language, else in the first in which they wrote."""
    return texts.get(language) or next(iter(texts.values()), "")
