"""The codes of an authenticator app (TOTP, RFC 6238), and the recovery codes for when it is lost. Pure."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import TYPE_CHECKING

import pyotp

from locker.text_folding import folded_code

if TYPE_CHECKING:
    from datetime import datetime

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits, in four groups of four letters


def new_secret() -> str:
    """160 random bits for an app, as base32."""
    return pyotp.random_base32()


def enrolment_address(secret: str, name: str, site: str) -> str:
    """What the QR code for an app says: `otpauth://…`, with whose account it is and where."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=site)


def current_code(secret: str, now: datetime) -> str:
    """What the app of this secret shows at this moment."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).at(now)


def matching_step(secret: str, typed: str, now: datetime, spent: int) -> int | None:
    """The number of the half minute whose code was typed, this one or its neighbours; None for no such code.

    A code works once: neither that of step `spent` nor an earlier one is taken.
    """
    totp, code = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS), folded_code(typed)
    here = totp.timecode(now)
    found = [
        step
        for step in (here - 1, here, here + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "surrogatepass"))
    ]
    return next((step for step in found if step > spent), None)


def new_recovery_codes() -> tuple[str, ...]:
    """Codes to be written down, each of which stands once for a code of the app."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def may_be_recovery_code(typed: str) -> bool:
    """True for what is as long as a recovery code."""
    return len(folded_code(typed)) == _RECOVERY_BYTES * 8 // 5


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
