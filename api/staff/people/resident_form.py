"""What staff type about a resident, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.i18n import LANGUAGES
from locker.services.command_service import ResidentDetails
from locker.services.people import plain_phone
from locker.text_folding import names_nobody, visible_name

if TYPE_CHECKING:
    from collections.abc import Mapping

CONSENTS: Mapping[str, bool | None] = {"yes": True, "no": False, "ask": None}
FEWEST_DIGITS = 5
LONGEST_UNIT, LONGEST_NAME, LONGEST_MAIL = 40, 60, 120


@dataclass(frozen=True, slots=True)
class ResidentForm:
    """The fields as they were typed. Of a record that exists an empty name, phone or mail means: as it is."""

    unit: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    language: str = ""
    consent: str = "ask"
    low: bool = False

    @classmethod
    def read(cls, form: Mapping[str, str]) -> ResidentForm:
        """The fields of a form."""
        return cls(
            unit=visible_name(form.get("unit", "")),
            name=visible_name(form.get("name", "")),
            phone=form.get("phone", "").strip(),
            email=form.get("email", "").strip(),
            language=form.get("language", ""),
            consent=form.get("consent", "ask"),
            low="low" in form,
        )

    def wrong(self, *, new: bool = True) -> str:
        """The first field that is wrong, empty when none is. `new`: name and a way to tell them must be there."""
        if not 1 <= len(self.unit) <= LONGEST_UNIT:
            return "unit"
        if len(self.name) > LONGEST_NAME or ((new or self.name) and names_nobody(self.name)):
            return "name"
        if self.phone and not FEWEST_DIGITS <= len(plain_phone(self.phone).lstrip("+")) <= 15:
            return "phone"
        if self.email and not is_mail(self.email):
            return "email"
        if self.consent not in CONSENTS or self.language not in {"", *LANGUAGES}:
            return "choice"
        return ""

    def details(self) -> ResidentDetails:
        """The record that a new resident gets."""
        return ResidentDetails(
            unit=self.unit,
            name=self.name,
            phone=self.phone,
            consent=CONSENTS[self.consent],
            language=self.language or None,
            email=self.email,
            reach=self.low,
        )


def is_mail(text: str) -> bool:
    """True for what may be an address of a mail: one @, a point behind it, nothing invisible."""
    name, _, host = text.partition("@")
    plain = text.isprintable() and " " not in text and len(text) <= LONGEST_MAIL
    return plain and bool(name) and "." in host.strip(".") and "@" not in host
