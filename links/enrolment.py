"""How this cabinet gets its own certificate from an operator's centre, by a token that is good once.

Its key is made here and never leaves. Both sides prove by the token's secret that what they say is theirs; that secret
does not go over the wire, so it does not matter who else is on the way, and no certificate of the centre is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from locker.errors import SettingsError

TIMEOUT_S = 30.0
LONGEST_ANSWER = 65_536
REQUEST_LABEL, ANSWER_LABEL = b"lockerd enrolment request\0", b"lockerd enrolment answer\0"
_TOKEN = re.compile(r"([0-9a-f]{12})\.([0-9a-f]{40})", re.ASCII)
_TOLD = ("locker", "certificate", "authority", "broker", "topic", "operator_key")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the centre told: for which cabinet, its certificate, who vouches for the broker, and where that is."""

    locker: str
    certificate: str
    authority: str
    broker: str
    topic: str
    operator_key: str


def new_key() -> bytes:
    """A private key as a file has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate_request(key: bytes, site: str) -> str:
    """The request for a certificate of this key. Raises SettingsError for a key that is none."""
    try:
        loaded = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        loaded = None
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise SettingsError(["the private key that lies there is not one that enrol has made; move it away"])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, site)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(loaded, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def ask_centre(address: str, token: str, request: str) -> Enrolled:
    """Ask once. Raises SettingsError with what to do."""
    found = _TOKEN.fullmatch(token.strip())
    if found is None:
        raise SettingsError(["this is no token: it has 12 characters, a dot, and 40 more; copy all of it"])
    name, secret = found[1], bytes.fromhex(found[2])
    body = {"id": name, "request": request, "mac": _mac(secret, REQUEST_LABEL, request)}
    try:
        # whom we speak with is proved by the token's secret, not by the certificate of a centre we cannot know yet
        with httpx.Client(verify=False, timeout=TIMEOUT_S, trust_env=False) as client:  # noqa: S501  see above
            answer = client.post(f"{address.rstrip('/')}/enrol", json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise SettingsError([f"the centre at {address} cannot be reached: {type(fault).__name__}"]) from None
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise SettingsError(["the centre does not take this token: used, older than a day, or replaced by a newer one"])
    if not answer.is_success:
        raise SettingsError([f"the centre answered {answer.status_code}; nothing was changed here, try again later"])
    return read_answer(answer.content, secret)


def read_answer(content: bytes, secret: bytes) -> Enrolled:
    """What was told, if it comes from who made the token. Raises SettingsError."""
    try:
        said: Any = json.loads(content[:LONGEST_ANSWER])
        told, mac = str(said["told"]), str(said["mac"])
        good = hmac.compare_digest(_mac(secret, ANSWER_LABEL, told), mac) if mac.isascii() else False
        read: Any = json.loads(told) if good else None
        values = [read[name] for name in _TOLD] if good else []
    except (ValueError, TypeError, KeyError, RecursionError):
        values = []
    if len(values) != len(_TOLD) or not all(isinstance(value, str) for value in values):
        raise SettingsError(["what answered is not the centre that made this token; nothing was changed here"])
    return Enrolled(*values)


def _mac(secret: bytes, label: bytes, text: str) -> str:
    return hmac.new(secret, label + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
