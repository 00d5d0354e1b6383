"""The cabinet's one secret key, and everything that is made with it.

An eight-digit code cannot be protected by hashing alone (it is found in minutes), so the key that
hashes it lives in its own file beside the database and never in it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import field
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from locker.durable_files import write_new_file
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.labels import TOKEN_PREFIX, codes_in
from locker.text_folding import folded_code, folded_company, folded_token, folded_tracking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY_FILE = "key"
KEY_BYTES = 32
TOKEN_CHARACTERS = 26
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # 32 of them: a random byte favours none
_NONCE_BYTES = 12
_TAG_BYTES = 16
SHORTEST_SEALED = _NONCE_BYTES + 6 + 1 + len(TOKEN_PREFIX) + TOKEN_CHARACTERS + 16
"""Bytes of the shortest thing that `mint` seals: nonce, code, space, token, and the tag of AES-GCM."""


class KeyMissing(LockerError):
    """The key file is gone or damaged. A new key would make every stored code worthless: never made by itself."""


class CannotUnseal(LockerError):
    """A sealed code was not sealed with this key, or was changed since."""


@dataclass(frozen=True, slots=True)
class PickupSecrets:
    """A new code and token, their keyed hashes, and both sealed for a later resend. Never shown by `repr`."""

    code: str = field(repr=False)
    token: str = field(repr=False)
    code_hash: str = field(repr=False)
    token_hash: str = field(repr=False)
    sealed: bytes = field(repr=False)


class Vault:
    """Hashes and seals under sub-keys of one 32-byte key. Safe from any thread.

    `has_key` is false while it stands in for a key that is missing: what it cannot read then may be read later.
    """

    def __init__(self, key: bytes) -> None:
        self._derive_keys(key)
        self.has_key = True

    def _derive_keys(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise KeyMissing(f"The key must have {KEY_BYTES} bytes.")
        self._check_value = _sub_key(key, "check").hex()
        self._code_key = _sub_key(key, "code")
        self._token_key = _sub_key(key, "token")
        self._label_key = _sub_key(key, "label")
        self._body_key = _sub_key(key, "body")
        self._pin_key = _sub_key(key, "pin")
        self._badge_key = _sub_key(key, "badge")
        self._link_key = _sub_key(key, "link")
        self._receipt_key = _sub_key(key, "receipt")
        self._seal = AESGCM(_sub_key(key, "seal"))
        self._screen_seal = AESGCM(_sub_key(key, "screen"))
        self._authenticator_seal = AESGCM(_sub_key(key, "authenticator"))
        self._recovery_key = _sub_key(key, "recovery")
        self.signing_seed = _sub_key(key, "signing")

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the key of this data folder. Raises KeyMissing, or OSError when it cannot be read."""
        return cls(_read(folder / KEY_FILE))

    @classmethod
    def without_key(cls) -> Self:
        """A vault that fits no stored code, to stand in while the cabinet is sealed for want of its key."""
        vault = cls(make_key())
        vault.has_key = False
        return vault

    def reload_key(self, folder: Path, fits: Callable[[Vault], bool]) -> None:
        """Take the key of this folder, now that it may be back, if it `fits`. Raises KeyMissing or OSError."""
        key = _read(folder / KEY_FILE)
        if not fits(Vault(key)):
            raise KeyMissing("The key file is another cabinet's; put this one's back from a backup.")
        self._derive_keys(key)
        self.has_key = True

    @property
    def check_value(self) -> str:
        """What tells this key from any other and tells nothing else of it: kept in the database, in hex."""
        return self._check_value

    def code_hash(self, code: str) -> str:
        """HMAC-SHA256 of a pickup code, in hex. Spaces and dashes as people type them do not count."""
        return _mac(self._code_key, folded_code(code))

    def token_hash(self, token: str) -> str:
        """HMAC-SHA256 of a QR token, in hex. Case and surrounding white space do not count."""
        return _mac(self._token_key, folded_token(token))

    def label_hash(self, tracking: str) -> str:
        """HMAC-SHA256 of the number on a label, in hex. Case and white space do not count."""
        return _mac(self._label_key, folded_tracking(tracking))

    def body_hash(self, body: bytes) -> str:
        """HMAC-SHA256 of a request's body, in hex, byte for byte."""
        return hmac.new(self._body_key, body, hashlib.sha256).hexdigest()

    def pin_hash(self, company: str, pin: str) -> str:
        """HMAC-SHA256 of a courier's PIN within one company, in hex. Case of the company does not count."""
        folded = folded_company(company)
        # The length keeps "SF:1" with PIN 234 apart from "SF" with PIN 1:234.
        return _mac(self._pin_key, f"{len(folded)}:{folded}:{folded_code(pin)}")

    def badge_hash(self, text: str) -> str:
        """HMAC-SHA256 of what a reader sends of a courier's badge, in hex; the reader's own signs do not count."""
        return _mac(self._badge_key, "\n".join(code.text for code in codes_in(text)))

    def link_token(self, resident: str, number: int) -> str:
        """The unguessable part of a resident's link, 130 bits: made again whenever it is told, and kept nowhere."""
        digest = hmac.new(self._link_key, f"{number}:{resident}".encode(), hashlib.sha256).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:TOKEN_CHARACTERS])

    def status_token(self, parcel: str) -> str:
        """The unguessable part of the address on a parcel's label, 80 bits: made again for each print, kept nowhere."""
        digest = hmac.new(self._link_key, f"status:{parcel}".encode(), hashlib.sha256).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:16])

    def contact_hash(self, resident: str, code: str) -> str:
        """HMAC-SHA256 of a code that confirms an address of this resident, in hex."""
        return _mac(self._link_key, f"contact:{resident}:{code}")

    def receipt_token(self, notice: str) -> str:
        """What a gateway shows when it tells what became of this notice, 128 bits in hex; kept nowhere."""
        return _mac(self._receipt_key, notice)[:32]

    def phone_hash(self, phone: str) -> str:
        """HMAC-SHA256 of a phone or a mailbox, in hex: whether it is still the same, and not what it is."""
        return _mac(self._link_key, f"phone:{phone}")

    def recovery_hash(self, staff: str, code: str) -> str:
        """HMAC-SHA256 of a recovery code of this account, in hex. Case, spaces and dashes do not count."""
        return _mac(self._recovery_key, f"{staff}:{folded_code(code).upper()}")

    def mint(self, digits: int) -> PickupSecrets:
        """Make a new code of so many digits (leading zeros allowed) and a token of 130 random bits."""
        code = f"{secrets.randbelow(10**digits):0{digits}d}"
        random_bytes = secrets.token_bytes(TOKEN_CHARACTERS)
        token = TOKEN_PREFIX + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in random_bytes)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._seal.encrypt(nonce, f"{code} {token}".encode(), None)
        return PickupSecrets(code, token, self.code_hash(code), self.token_hash(token), sealed)

    @staticmethod
    def code_digits(sealed: bytes) -> int:
        """How many digits the code has that `mint` sealed; its length tells, without the key."""
        return len(sealed) - _NONCE_BYTES - _TAG_BYTES - len(" ") - len(TOKEN_PREFIX) - TOKEN_CHARACTERS

    def unseal(self, sealed: bytes) -> tuple[str, str]:
        """Code and token out of what `mint` sealed. Raises CannotUnseal."""
        try:
            text = self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError):
            raise CannotUnseal("The sealed code cannot be read with this key.") from None
        code, _, token = text.partition(" ")
        return code, token

    def seal_screen(self, text: bytes) -> bytes:
        """Seal what stands on the touchscreen, for the next start of this cabinet."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._screen_seal.encrypt(nonce, text, None)

    def unseal_screen(self, sealed: bytes) -> bytes:
        """What `seal_screen` sealed. Raises CannotUnseal."""
        try:
            return self._screen_seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise CannotUnseal("The sealed screen cannot be read with this key.") from None

    def seal_authenticator(self, staff: str, secret: str) -> bytes:
        """Seal the secret of this account's authenticator app; under another account's name it is worth nothing."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._authenticator_seal.encrypt(nonce, secret.encode(), staff.encode())

    def unseal_authenticator(self, staff: str, sealed: bytes) -> str:
        """What `seal_authenticator` sealed for this account. Raises CannotUnseal."""
        try:
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._authenticator_seal.decrypt(nonce, rest, staff.encode()).decode()
        except (InvalidTag, ValueError):
            raise CannotUnseal("The sealed secret cannot be read with this key.") from None


def make_key() -> bytes:
    """A new key, which no folder holds yet."""
    return secrets.token_bytes(KEY_BYTES)


def keep_key(folder: Path, key: bytes) -> None:
    """Write the key of a new data folder, durable when it returns. Raises OSError; never writes over a key."""
    write_new_file(folder / KEY_FILE, key)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing("The key file is missing; put it back from a backup.") from None
    if len(key) != KEY_BYTES:
        raise KeyMissing("The key file is damaged; put it back from a backup.")
    return key


def _sub_key(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"parcel-locker/{purpose}/1".encode(), hashlib.sha256).digest()


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
