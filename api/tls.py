"""A certificate of the cabinet's own, for a staff listener that others can reach and that was given none.

Nobody vouches for it: whoever connects compares the fingerprint that the daemon prints, once.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.options import is_loopback, split_listen
from locker.durable_files import write_file
from locker.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from api.options import StaffOptions

CERTIFICATE_FILE = "tls.crt"
KEY_FILE = "tls.key"
_LONGEST_NAME = 64
_VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_VALID_TO = datetime(2049, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files for the listener. `fingerprint`: SHA-256 of the certificate as browsers show it, "AB:CD:…"."""

    certificate: Path
    key: Path
    fingerprint: str


def certificate_for(options: StaffOptions, folder: Path, site: str) -> Certificate | None:
    """What the staff listener shows: the configured pair, else one of its own; None on loopback without one.

    Raises SettingsError when a configured certificate cannot be read or its key does not belong to
    it, OSError when the data folder cannot be written.
    """
    if options.certificate is not None and options.private_key is not None:
        fingerprint = _configured(options.certificate, options.private_key)
        return Certificate(options.certificate, options.private_key, fingerprint)
    host, _ = split_listen(options.listen)
    return None if is_loopback(host) else own_certificate(folder, site, host)


def names_of(certificate: Certificate | None) -> list[str]:
    """The names for which a certificate was made: by these whoever made it means to reach the panel."""
    if certificate is None:
        return []
    known = x509.load_pem_x509_certificate(certificate.certificate.read_bytes())
    try:
        found = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return found.get_values_for_type(x509.DNSName)


def _configured(certificate: Path, key: Path) -> str:
    for name, path in (("certificate", certificate), ("private_key", key)):
        if not os.access(path, os.R_OK):
            raise SettingsError([f"staff.{name}: {path} cannot be read"])
    fingerprint = _fingerprint(certificate, key)
    if fingerprint is None:
        raise SettingsError(["staff.private_key: does not belong to staff.certificate, or one is not PEM"])
    return fingerprint


def own_certificate(folder: Path, site: str, host: str) -> Certificate:
    """The cabinet's own certificate in its data folder, made at the first call and the same ever after.

    It is valid from 2020 to 2049, so that a cabinet whose clock was lost is still reached. A pair
    that cannot be read or does not belong together is made anew. Raises OSError.
    """
    certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
    fingerprint = _fingerprint(certificate, key)
    if fingerprint is None:
        _make(certificate, key, site, host)
        fingerprint = _fingerprint(certificate, key)
        assert fingerprint is not None, "a pair that was just made belongs together"
    return Certificate(certificate, key, fingerprint)


def _fingerprint(certificate: Path, key: Path) -> str | None:
    """The fingerprint of a pair that belongs together, else None."""
    try:
        known = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):  # TypeError: the key has a password
        return None
    if known.public_key() != private.public_key():
        return None
    return known.fingerprint(hashes.SHA256()).hex(":").upper()


def _make(certificate: Path, key: Path, site: str, host: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Parcel locker {site}"[:_LONGEST_NAME])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_file(key, secret)
    write_file(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _names(host: str) -> list[x509.GeneralName]:
    """What a browser may have typed: this machine's names, loopback, and the address listened on."""
    names = dict.fromkeys(["localhost", socket.gethostname()])
    addresses = ["127.0.0.1", "::1"]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names[host] = None
    else:
        if not address.is_unspecified:
            addresses.append(str(address))
    found: list[x509.GeneralName] = [x509.DNSName(name) for name in names if name and name.isascii()]
    return found + [x509.IPAddress(ipaddress.ip_address(one)) for one in dict.fromkeys(addresses)]
