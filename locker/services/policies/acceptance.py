"""Who accepted which version of the site's terms: couriers and residents, each their own lines, anew when they change.

The journal is the only place where it stands: whoever asks later finds who, when, which version, and its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from locker.core.events.service_events import RuleAccepted
from locker.services.policies.rule_bodies import RuleKind, Terms

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies.rule_book import RuleBook
    from locker.services.policies.rule_versions import RuleVersion

Party = Literal["couriers", "residents"]


def _accepted(db: Database, by: str) -> int:
    sql = """select json_extract(data, '$.version') from event where kind = 'RuleAccepted' and by = ?
             order by seq desc limit 1"""
    row = db.execute(sql, [by]).fetchone()
    return 0 if row is None else int(row[0])


async def to_accept(journal: Journal, rules: RuleBook, party: Party, by: str) -> RuleVersion | None:
    """The version that this person, as the journal names them, has still to accept; None when nothing is new."""
    holds = rules.holding(RuleKind.TERMS)
    lines = _lines(holds, party)
    if holds is None or not lines:
        return None
    accepted = await journal.read(lambda db: _accepted(db, by))
    versions = rules.versions(RuleKind.TERMS)
    same = 1 <= accepted <= len(versions) and _lines(versions[accepted - 1], party) == lines
    return None if same else holds


def accepted_terms(rules: RuleBook, version: int) -> RuleAccepted:
    """What the journal keeps of somebody who accepted this version. Raises ValueError for no such version."""
    versions = rules.versions(RuleKind.TERMS)
    if not 1 <= version <= len(versions):
        raise ValueError(f"there is no version {version} of the terms")
    found = versions[version - 1]
    return RuleAccepted(rule=found.kind.value, version=version, sha256=found.sha256)


async def accept(engine: Engine, rules: RuleBook, version: int, by: str) -> None:
    """Keep that this person accepted this version. Raises ValueError for no such version, Refused while sealed."""
    await engine.record(accepted_terms(rules, version), by)


def _lines(version: RuleVersion | None, party: Party) -> dict[str, tuple[str, ...]]:
    if version is None or not isinstance(version.body, Terms):
        return {}
    said = version.body.couriers if party == "couriers" else version.body.residents
    return {str(language): lines for language, lines in said.items()}
