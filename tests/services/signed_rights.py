"""A carrier's side of a deposit right: signs claims as any JWT library would."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
"""The private key that RFC 8037 prints in its appendix A.1: everybody knows it."""
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
HEADER = {"alg": "EdDSA", "typ": "deposit-right+jwt"}


def part(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def spelled(said):
    return part(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def signed(claims, secret=SECRET, header=HEADER):
    """The text of the QR."""
    text = f"{spelled(header)}.{spelled(claims)}"
    return f"{text}.{part(Ed25519PrivateKey.from_private_bytes(secret).sign(text.encode()))}"


def claims(now, locker="riverside-1", **more):
    """What a right says that is good for an hour; `more` None: leaves that out."""
    made = int(now.timestamp())
    said = {"iss": "SF Express", "aud": locker, "jti": "R-1", "iat": made, "exp": made + 3600} | more
    return {name: value for name, value in said.items() if value is not None}
