"""The part of the proof that is about accounts: staff, couriers, machines' tokens, carriers' keys against the events.

An event of `Noted` and its row are one transaction, so each row has the event that made it, and each such event its
row. In a journal of before that was so, a power cut may have come between them:

- a courier whose event ("courier added") has no row was never enrolled: no fault;
- a row that no event tells of is named all the same. Somebody may open doors here and nobody knows who let them in:
  `lockerd staff disable` or `renew`, and `lockerd token revoke`, record it and so put it right.

Passwords, PINs and the text of tokens stand in no event and are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locker.signed_note import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

    from locker.core.events.service_events import Noted


@dataclass(slots=True)
class _Account:
    """What the events tell; `rights` None where they do not say. `gone`: there need not be a row."""

    rights: str | None
    active: bool = True
    gone: bool = False


@dataclass(slots=True)
class Accounts:
    """All accounts as the events tell them: `take` each in order, then `faults`."""

    _staff: dict[str, _Account] = field(default_factory=dict)
    _tokens: dict[str, _Account] = field(default_factory=dict)
    _couriers: dict[str, _Account] = field(default_factory=dict)
    _keys: dict[str, _Account] = field(default_factory=dict)

    def take(self, event: Noted) -> None:
        """Fold one event; those that are not about accounts change nothing."""
        subject, _, act = event.what.replace(" ", "-").partition("-")
        match subject:
            case "staff":
                self._take_staff(act, event.about)
            case "token":
                name, _, rights = event.about.partition(": ")
                if act == "created":
                    self._tokens[name] = _Account(rights)
                elif act == "revoked":
                    self._end(self._tokens, name, gone=True)
            case "courier":
                self._take_courier(act, event)
            case "carrier":
                self._take_key(act, event.about)
            case _:
                pass

    def _take_staff(self, act: str, about: str) -> None:
        if act == "added":
            name, _, rights = about.partition(" ")
            self._staff[name] = _Account(rights)
        elif act == "role-changed":
            name, _, rights = about.partition(" ")
            known = self._staff.get(name)
            self._staff[name] = _Account(rights, active=known.active if known else True)
        elif act == "renewed":
            known = self._staff.get(about)
            self._staff[about] = _Account(known.rights if known else None)
        elif act == "disabled":
            self._end(self._staff, about)

    def _take_courier(self, act: str, event: Noted) -> None:
        if act == "added":
            self._couriers[event.about] = _Account(None, gone=event.what == "courier added")
        elif act in {"suspended", "disabled"}:
            self._end(self._couriers, event.about)
        elif act == "renewed":
            self._couriers[event.about] = _Account(None)

    def _take_key(self, act: str, about: str) -> None:
        company, _, name = about.rpartition(": ")
        if act == "key-added":
            self._keys[name] = _Account(company)
        elif act == "key-ended":
            self._end(self._keys, name, gone=True)

    @staticmethod
    def _end(accounts: dict[str, _Account], name: str, *, gone: bool = False) -> None:
        known = accounts.get(name)
        accounts[name] = _Account(known.rights if known else None, active=False, gone=gone)

    def faults(self, db: Database) -> Iterator[str]:
        """What does not fit, each as `table NAME ID: …`."""
        staff = {
            name: (role + (f" until {ends}" if ends else ""), bool(active))
            for name, role, ends, active in db.execute(f"select name, role, {_ends_at(db, 'staff')}, active from staff")  # noqa: S608  our own words
        }
        tokens = {
            name: (", ".join(sorted(scopes.split())) + (f" until {ends}" if ends else "") + whose, True)
            for name, scopes, ends, whose in db.execute(
                f"select name, scopes, {_ends_at(db, 'token')}, {_whose(db)} from token"  # noqa: S608  our own words
            )
        }
        couriers = {name: ("", bool(active)) for name, active in db.execute("select id, active from courier")}
        yield from _faults("staff", staff, self._staff)
        yield from _faults("token", tokens, self._tokens)
        yield from _faults("courier", couriers, self._couriers)
        yield from _faults("carrier_key", _carrier_keys(db), self._keys)


def _ends_at(db: Database, table: str) -> str:
    """The column of ends, or nothing: the audit also reads folders that no daemon of this release has opened yet."""
    return "ends_at" if "ends_at" in {row[1] for row in db.execute(f"pragma table_info({table})")} else "null"


def _whose(db: Database) -> str:
    """The words for the company of a token, none where it has none."""
    known = "company" in {row[1] for row in db.execute("pragma table_info(token)")}
    return "case when company = '' then '' else ' for ' || company end" if known else "''"


def _carrier_keys(db: Database) -> dict[str, tuple[str, bool]]:
    """Whose each key is; one that is not the key of its name is nobody's."""
    if not db["carrier_key"].exists():
        return {}
    return {
        name: (company if fingerprint(bytes.fromhex(public)).startswith(name) else "", True)
        for name, company, public in db.execute("select id, company, public from carrier_key")
    }


def _faults(table: str, rows: dict[str, tuple[str, bool]], told: dict[str, _Account]) -> Iterator[str]:
    for name in sorted(rows.keys() | told.keys()):
        row, account = rows.get(name), told.get(name)
        if account is None:
            yield f"table {table} {name}: stands there, but no event tells of it"
        elif row is None:
            if not account.gone:
                yield f"table {table} {name}: is missing"
        elif account.rights is not None and row[0] != account.rights:
            yield f"table {table} {name}: may do {row[0]!r}, the events tell {account.rights!r}"
        elif row[1] and not account.active:
            yield f"table {table} {name}: is active, the events tell that it was ended"
        elif account.active and not row[1]:
            yield f"table {table} {name}: is not active, and no event tells who ended it"
