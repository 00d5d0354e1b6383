"""A new locker gets its own certificate by a token that is good once, for a day, and for one name.

Both sides prove by the token's secret that what they say is theirs, and that secret never goes over the wire: the
exchange needs no certificate that a new locker could not have yet. The key is made in the locker and stays there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.authority import Authority, RequestRefused
from fleet.keys import order_key, public_text
from fleet.wire_format import LOCKER_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import AsyncConnection

    from fleet.settings import FleetSettings

GOOD_FOR = timedelta(hours=24)
LONGEST_REQUEST = 8_192
_TOKEN_LOCK = 4_711_004
_TOKEN_NAME, _MAC = re.compile(r"[0-9a-f]{12}", re.ASCII), re.compile(r"[0-9a-f]{64}", re.ASCII)
REQUEST_LABEL, ANSWER_LABEL = b"lockerd enrolment request\0", b"lockerd enrolment answer\0"


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """Of which token, the request for a certificate, and the proof that both come from who has the token."""

    token: str
    request: str = field(repr=False)
    mac: str = field(repr=False)


class NotEnrolled(Exception):
    """It gets no certificate. Whatever it was, the other side hears the same."""


class NameRefused(Exception):
    """No token for this name; the text is the key of a sentence."""


async def new_token(connection: AsyncConnection[Any], locker: str, by: str) -> str:
    """A token for this locker, told once. Earlier ones for it that nobody used end. Raises NameRefused."""
    if not LOCKER_NAME.fullmatch(locker):
        raise NameRefused("fleet.enrol_name")
    name, secret, now = secrets.token_hex(6), secrets.token_bytes(20), datetime.now(UTC)
    async with connection.transaction():
        # Two operators at the same moment: one token is good in the end, not two.
        await connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [_TOKEN_LOCK, locker])
        await connection.execute(
            "delete from enrolment where (locker = %s and used_at is null) or not_after < %s", [locker, now - GOOD_FOR]
        )
        await connection.execute(
            "insert into enrolment (id, locker, secret, operator, made_at, not_after) values (%s, %s, %s, %s, %s, %s)",
            [name, locker, secret, by, now, now + GOOD_FOR],
        )
    return f"{name}.{secret.hex()}"


async def waiting(connection: AsyncConnection[Any]) -> list[tuple[str, datetime, str]]:
    """For which lockers a token waits: name, until when, who made it."""
    rows = await connection.execute(
        "select locker, not_after, operator from enrolment where used_at is null and not_after > now() order by locker"
    )
    return [(str(locker), until, str(by)) for locker, until, by in await rows.fetchall()]


def read_request(body: bytes) -> EnrolmentRequest:
    """What a locker asks, if it has the form of that. Costs nothing but this. Pure. Raises NotEnrolled."""
    try:
        told = json.loads(body)
        asked = EnrolmentRequest(str(told["id"]), str(told["request"]), str(told["mac"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotEnrolled from None
    if not _TOKEN_NAME.fullmatch(asked.token) or not _MAC.fullmatch(asked.mac) or len(asked.request) > LONGEST_REQUEST:
        raise NotEnrolled
    return asked


async def enrol(connection: AsyncConnection[Any], settings: FleetSettings, asked: EnrolmentRequest) -> bytes:
    """Answer one request. The same again, while the token lives, gets the same answer. Raises NotEnrolled."""
    name, request, mac = asked.token, asked.request, asked.mac
    async with connection.transaction():
        row = await (
            await connection.execute(
                "select locker, secret, used_at, operator, answered from enrolment where id = %s and not_after > now()"
                " for update",
                [name],
            )
        ).fetchone()
        if row is None or not hmac.compare_digest(_mac(row[1], REQUEST_LABEL, request), mac.encode()):
            raise NotEnrolled
        locker, secret, used_at, by, answered = row
        digest = hashlib.sha256(request.encode()).hexdigest()
        if used_at is not None:
            before = json.loads(answered)
            if before["request"] != digest:
                raise NotEnrolled
            return _answer(secret, before["told"])
        told = json.dumps(await _issue(connection, settings, locker, request, by))
        await connection.execute(
            "update enrolment set used_at = now(), answered = %s where id = %s",
            [json.dumps({"request": digest, "told": told}), name],
        )
    return _answer(secret, told)


async def _issue(
    connection: AsyncConnection[Any], settings: FleetSettings, locker: str, request: str, by: str
) -> dict[str, str]:
    authority, now = Authority(settings.folder), datetime.now(UTC)
    try:
        signed = authority.sign_request(request, locker, now)
    except RequestRefused:
        raise NotEnrolled from None
    await connection.execute(
        "insert into certificate (serial, locker, made_at, not_after, operator) values (%s, %s, %s, %s, %s)",
        [signed.serial, locker, now, signed.not_after, by],
    )
    await connection.execute("insert into locker (id) values (%s) on conflict do nothing", [locker])
    return {
        "locker": locker,
        "certificate": signed.pem,
        "authority": authority.pem,
        "broker": settings.lockers_broker or settings.broker,
        "topic": settings.topic,
        "operator_key": public_text(order_key(settings.folder)),
    }


async def revoke(connection: AsyncConnection[Any], settings: FleetSettings, locker: str) -> tuple[int, Path]:
    """End all certificates of this locker: how many that were, and the list that the broker reads."""
    now = datetime.now(UTC)
    async with connection.transaction():
        ended = await connection.execute(
            "update certificate set revoked_at = %s where locker = %s and revoked_at is null", [now, locker]
        )
        rows = await connection.execute(
            "select serial from certificate where revoked_at is not null and not_after > now()"
        )
        serials = [str(row[0]) for row in await rows.fetchall()]
    return ended.rowcount, Authority(settings.folder).write_revoked(serials, now)


def _mac(secret: bytes, label: bytes, text: str) -> bytes:
    return hmac.new(secret, label + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest().encode()


def _answer(secret: bytes, told: str) -> bytes:
    return json.dumps({"told": told, "mac": _mac(secret, ANSWER_LABEL, told).decode()}).encode()
