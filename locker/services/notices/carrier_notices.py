"""What systems of carriers are told of cases: each that is forwarded to them, how it ended, and the list of a month.

The message is that of every webhook here, signed where the site file names a secret. Of people it says nothing but
what staff wrote to the carrier.
"""

# ruff: noqa: RUF001  Chinese sentences have Chinese punctuation

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlite_utils import Database

FORWARDED, CLOSED = "forwarded", "closed"
_SAID = {
    "en": {FORWARDED: "is given to you, your answer is due {due}", CLOSED: "has ended: {outcome}"},
    "zh-CN": {FORWARDED: "已转交贵司，请于 {due} 前答复", CLOSED: "已结案：{outcome}"},
    "zh-TW": {FORWARDED: "已轉交貴司，請於 {due} 前答覆", CLOSED: "已結案：{outcome}"},
}
_OUTCOMES = {
    "en": ("solved", "compensated", "unfounded", "withdrawn"),
    "zh-CN": ("已解决", "已赔付", "不成立", "已撤回"),
    "zh-TW": ("已解決", "已賠付", "不成立", "已撤回"),
}
"""In the order of the English words, which are those of the data."""
_COLUMNS = ("number", "kind", "opened_at", "closed_at", "outcome", "compartment", "parcel", "tracking", "company")
CASE_TOLD = (*_COLUMNS[1:], "state", "due", "words", "amount")
"""What stands in the message beside the number of the case; `amount`, in hundredths, where the carrier pays."""


def told_of_case(db: Database, carriers: Iterable[str], kind: str, body: Mapping[str, Any]) -> list[str]:
    """The company whose system hears of this event of a case; none for what carriers are not told of."""
    if kind == "CaseForwarded":
        named = [str(body["party"])] if body["to"] == "carrier" else []
    elif kind == "CaseClosed":
        sql = "select party from case_forward where number = ? and recipient = 'carrier' order by entry"
        named = [str(row[0]) for row in db.execute(sql, [body["case"]]).fetchall()]
    else:
        named = []
    if not named:
        return []
    known = {folded_name(each): each for each in carriers}
    found = [known[folded_name(each)] for each in named if folded_name(each) in known]
    return (found or _who_brought_it(db, str(body["case"]), named, known))[:1]


def _who_brought_it(db: Database, case: str, named: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Staff write names as they like ("Mr Li"): whoever brought the parcel is meant, unless they name another company.

    What staff wrote to that one nobody else is told.
    """
    sql = "select p.company from cases c join parcel p on p.id = c.parcel where c.number = ?"
    brought = {folded_name(str(row[0])) for row in db.execute(sql, [case]).fetchall()}
    companies = {folded_name(str(row[0])) for row in db.execute("select distinct company from courier").fetchall()}
    said = [folded_name(each) for each in named]
    if any(other in one for other in {*companies, *known} - brought for one in said):
        return []
    return [known[each] for each in brought if each in known]


def case_for_carrier(db: Database, event: Mapping[str, Any]) -> dict[str, str | int]:
    """What a carrier is told of a case: what it is about, what staff wrote to them, and how it ended."""
    sql = """select c.number, c.kind, c.opened_at, coalesce(c.closed_at, ''), c.outcome, c.compartment, c.parcel,
             coalesce(p.tracking, ''), coalesce(p.company, ''), coalesce(a.party, ''),
             case when a.approved_by <> '' then a.amount end
             from cases c left join parcel p on p.id = c.parcel left join case_award a on a.number = c.number
             where c.number = ?"""
    *told, party, amount = db.execute(sql, [event["case"]]).fetchone()
    state = FORWARDED if "party" in event else CLOSED
    words = ""
    if state == FORWARDED:
        entry = "select text from case_entry where number = ? and entry = ?"
        words = str(db.execute(entry, [event["case"], event["number"]]).fetchone()[0])
    found: dict[str, str | int] = {
        **dict(zip(_COLUMNS, told, strict=True)),
        "state": state,
        "due": str(event.get("due", "")),
        "words": words,
    }
    if state == CLOSED and party == "carrier" and amount is not None:
        found["amount"] = int(amount)
    return found


def case_text(facts: Mapping[str, str | int], due: str, language: str) -> str:
    """What became of a case, as its carrier reads it; `due` in words."""
    words = dict(zip(_OUTCOMES["en"], _OUTCOMES[language], strict=True))
    outcome = words.get(str(facts["outcome"]), str(facts["outcome"]))
    return _SAID[language][str(facts["state"])].format(due=due, outcome=outcome)


def month_report(db: Database, company: str, month: str) -> str:
    """The list that was made for this company of this month; empty when it is not kept any more."""
    row = db.execute("select csv from carrier_report where company = ? and month = ?", [company, month]).fetchone()
    return "" if row is None else str(row[0])
