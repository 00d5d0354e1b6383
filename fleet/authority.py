"""The centre's own authority: signs who may connect to the broker, and says whose certificate is no longer good.

Its key lies in the centre's folder, beside the one that signs orders, readable by its owner only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fleet.keys import make_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CERTIFICATE_LASTS = timedelta(days=730)
_AUTHORITY_LASTS = timedelta(days=3650)
_CLOCKS_DIFFER = timedelta(hours=1)
_PEM = serialization.Encoding.PEM


class RequestRefused(ValueError):
    """What came is no request for a certificate that can be signed."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate. `serial` in hexadecimal, as it stands in the list of revoked ones."""

    pem: str
    serial: str
    not_after: datetime


class Authority:
    """Opened on a folder; made there at the first time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "authority.pem"
        key = folder / "authority.key"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not key.exists():
            make_secret(key, private_pem(ec.generate_private_key(ec.SECP256R1())))
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise RequestRefused("authority.key is not the key that was made here")
        self._key = loaded
        if not self.path.exists():
            self._write(self.path, self._own().public_bytes(_PEM))
        self._certificate = x509.load_pem_x509_certificate(self.path.read_bytes())

    @property
    def pem(self) -> str:
        """What everybody trusts who connects to this broker."""
        return self.path.read_text(encoding="ascii")

    def sign_request(self, request: str, name: str, now: datetime) -> Signed:
        """A certificate for this key and this name, whatever name the request bears. Raises RequestRefused."""
        try:
            asked = x509.load_pem_x509_csr(request.encode())
            key = asked.public_key()
            good = asked.is_signature_valid and isinstance(key, ec.EllipticCurvePublicKey) and key.key_size == 256
        except ValueError:
            raise RequestRefused("is no request for a certificate") from None
        if not good or not isinstance(key, ec.EllipticCurvePublicKey):
            raise RequestRefused("is no request for a certificate of a P-256 key")
        return self._sign(key, name, (), now)

    def issue(self, name: str, hosts: Sequence[str], now: datetime) -> tuple[Signed, bytes]:
        """A certificate with a new key, for the broker (with its `hosts`) or the centre itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._sign(key.public_key(), name, hosts, now), private_pem(key)

    def revoked(self, serials: Iterable[str], now: datetime) -> bytes:
        """The list of certificates that are no longer good, as a broker reads it (`crlfile`)."""
        made = x509.CertificateRevocationListBuilder().issuer_name(self._certificate.subject)
        made = made.last_update(now - _CLOCKS_DIFFER).next_update(now + _AUTHORITY_LASTS)
        for serial in serials:
            one = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(now)
            made = made.add_revoked_certificate(one.build())
        return made.sign(self._key, hashes.SHA256()).public_bytes(_PEM)

    def write_revoked(self, serials: Iterable[str], now: datetime) -> Path:
        """Put that list beside the authority's own certificate, whole or not at all; where it is."""
        path = self.folder / "revoked.pem"
        self._write(path, self.revoked(serials, now))
        return path

    def _sign(self, key: ec.EllipticCurvePublicKey, name: str, hosts: Sequence[str], now: datetime) -> Signed:
        serial, ends = x509.random_serial_number(), now + CERTIFICATE_LASTS
        made = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(self._certificate.subject)
        made = made.public_key(key).serial_number(serial).not_valid_before(now - _CLOCKS_DIFFER).not_valid_after(ends)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            made = made.add_extension(names, critical=False)
        pem = made.sign(self._key, hashes.SHA256()).public_bytes(_PEM).decode()
        return Signed(pem, f"{serial:x}", ends)

    def _own(self) -> x509.Certificate:
        now, name = datetime.now(UTC), _named("lockers' authority")
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - _CLOCKS_DIFFER)
        made = made.not_valid_after(now + _AUTHORITY_LASTS)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        return made.sign(self._key, hashes.SHA256())

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_name(f".{path.name}.new")
        draft.write_bytes(content)
        draft.chmod(0o644)
        os.replace(draft, path)  # noqa: PTH105  whole or not at all


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as a file has it."""
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
