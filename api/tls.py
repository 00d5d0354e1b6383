"""A certificate of the cabinet's own, for a staff listener that others can reach and that was given none.

Nobody vouches for it: whoever connects compares the fingerprint that the daemon prints, once.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.certificate import LASTS, Certificate
from locker.durable_files import write_file
from locker.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

CERTIFICATE_FILE = "tls.crt"
KEY_FILE = "tls.key"
_LONGEST_NAME = 64
_BEGUN_BEFORE = timedelta(days=1)
"""Whoever looks at it may have a clock that is behind ours."""


def configured_certificate(certificate: Path, key: Path) -> Certificate:
    """The pair that the site file names. Raises SettingsError where it cannot be read or does not belong together."""
    for name, path in (("certificate", certificate), ("private_key", key)):
        if not os.access(path, os.R_OK):
            raise SettingsError([f"staff.{name}: {path} cannot be read"])
    pair = _read(certificate, key)
    if pair is None:
        raise SettingsError(["staff.private_key: does not belong to staff.certificate, or one is not PEM"])
    return pair


def own_certificate(folder: Path, site: str, host: str, now: datetime, *, renew: bool = True) -> Certificate:
    """The cabinet's own certificate in its data folder, the same until it is to be renewed.

    A pair that cannot be read or does not belong together is made anew. Raises OSError.
    """
    certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
    pair = _read(certificate, key)
    if pair is None or (renew and pair.is_to_be_renewed(now)):
        _make(certificate, key, site, host, now)
        pair = _read(certificate, key)
        assert pair is not None, "a pair that was just made belongs together"
    return replace(pair, own=True)


def _read(certificate: Path, key: Path) -> Certificate | None:
    """A pair that belongs together, else None."""
    try:
        known = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):  # TypeError: the key has a password
        return None
    if known.public_key() != private.public_key():
        return None
    fingerprint = known.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(
        certificate, key, fingerprint, known.not_valid_before_utc, known.not_valid_after_utc, _names_in(known)
    )


def _names_in(known: x509.Certificate) -> tuple[str, ...]:
    try:
        found = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.get_values_for_type(x509.DNSName))


def _make(certificate: Path, key: Path, site: str, host: str, now: datetime) -> None:
    begins = now.replace(microsecond=0) - _BEGUN_BEFORE
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Parcel locker {site}"[:_LONGEST_NAME])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + LASTS)
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
