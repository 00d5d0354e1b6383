"""All that ever opened a parcel, and how it ended: its row has those that open it now, the journal the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.events.record import Recorded, rfc3339
from locker.core.model import ParcelState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

_KINDS = ("DepositStarted", "OutboundBooked", "CodeRenewed", "CredentialAdded", "CredentialEnded", "Restored")


def credential_history(db: Database, parcel: str, now: datetime) -> list[dict[str, Any]] | None:
    """Each with id, kind, name, when it was made, until when, how and when it ended; None for no such parcel.

    The name of a delegate is known while the credential opens. What a restore ended stands there as revoked.
    """
    row = db.execute("select state, since, credentials, in_site from parcel where id = ?", (parcel,)).fetchone()
    if row is None:
        return None
    marks = ", ".join("?" * len(_KINDS))
    sql = f"""select seq, at, kind, by, data, hash from event
              where json_extract(data, '$.parcel') = ? and kind in ({marks}) order by seq"""  # noqa: S608  marks only
    lines = [Recorded(*line) for line in db.execute(sql, (parcel, *_KINDS)).fetchall()]
    found = _made(lines)
    names = dict(db.execute("select credential, name from credential_name where parcel = ?", (parcel,)).fetchall())
    state = None if row[3] else ParcelState(row[0])  # in the grace after a pickup its code still opens
    open_now = {one["id"] for one in json.loads(row[2])}
    for one in found:
        one["name"] = names.get(one["id"])
        if one["ended"] is None:
            _end_of_what_is_left(one, state, str(row[1]), open_now, rfc3339(now))
    return found


def _made(lines: Iterable[Recorded]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        body = line.body()
        letters = str(body["parcel"])[1:]
        own = [_one("c" + letters, CredentialKind.CODE, line), _one("t" + letters, CredentialKind.TOKEN, line)]
        match line.kind:
            case "DepositStarted" if body["code_hash"]:
                found += own
            case "OutboundBooked":
                found += [own[0], _one("r" + letters, CredentialKind.CARRIER, line)]
            case "CodeRenewed":
                _end(found, {own[0]["id"], own[1]["id"]}, CredentialEnd.REVOKED, line.at)
                found += own
            case "CredentialAdded":
                added = _one(str(body["credential"]), CredentialKind(body["kind"]), line)
                found.append(added | {"until": body["until"]})
            case "CredentialEnded":
                _end(found, {body["credential"]}, CredentialEnd(body["end"]), line.at)
            case _:
                pass
    return found


def _one(name: str, kind: CredentialKind, line: Recorded) -> dict[str, Any]:
    return {"id": name, "kind": kind.value, "made_at": line.at, "until": None, "ended": None, "ended_at": None}


def _end(found: list[dict[str, Any]], names: set[str], end: CredentialEnd, at: str) -> None:
    for one in found:
        if one["id"] in names and one["ended"] is None:
            one |= {"ended": end.value, "ended_at": at}


def _end_of_what_is_left(
    one: dict[str, Any], ended: ParcelState | None, since: str, open_now: set[str], now: str
) -> None:
    """No event ends what ends with its parcel, what its time ended a moment ago, or what a restore made void."""
    if ended is not None:
        used = ended is ParcelState.COLLECTED
        _end([one], {one["id"]}, CredentialEnd.USED if used else CredentialEnd.REVOKED, since)
    elif one["until"] is not None and one["until"] <= now:
        _end([one], {one["id"]}, CredentialEnd.EXPIRED, one["until"])
    elif one["id"] not in open_now:
        _end([one], {one["id"]}, CredentialEnd.REVOKED, since)
