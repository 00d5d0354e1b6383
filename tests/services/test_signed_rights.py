"""A deposit right as it stands in a QR: what is believed of it, and what is not."""

import base64
import json
import random
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signed_rights import HEADER, PUBLIC, SECRET, claims, part, signed, spelled

from locker.core.model import Size
from locker.core.reasons import Refused
from locker.labels import is_pickup_token, pickup_token
from locker.services.rights import is_deposit_right, read_public_key, read_right
from locker.services.rights.signed_right import must_be_good

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEY = read_public_key(PUBLIC)
GUIDE = Path(__file__).parents[2] / "docs" / "deposit-rights.md"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def keys(company):
    return (KEY,) if company == "SF Express" else ()


def why(text):
    with pytest.raises(Refused) as refused:
        must_be_good(read_right(text, keys), "riverside-1", NOW)
    return refused.value.reason.value


def test_N5_a_signed_right_says_what_its_carrier_signed():
    more = {
        "nbf": int(NOW.timestamp()),
        "uses": 3,
        "size": "M",
        "door": "A2",
        "tracking": "SF123",
        "to": {"unit": "12"},
    }
    read = read_right(signed(claims(NOW, **more)), keys)
    assert (read.right.company, read.right.name, read.right.uses) == ("SF Express", "R-1", 3)
    assert (read.right.size, read.right.door, read.tracking, read.unit) == (Size.M, "A2", "SF123", "12")
    assert (read.locker, read.right.until) == ("riverside-1", NOW + timedelta(hours=1))
    must_be_good(read, "riverside-1", NOW)


def test_N5_no_altered_letter_passes_wherever_it_stands():
    text = signed(claims(NOW))
    for at, letter in enumerate(text):
        for other in {LETTERS[(LETTERS.find(letter) + step) % 64] for step in (1, 2, 16, 32)} - {letter}:
            altered = f"{text[:at]}{other}{text[at + 1 :]}"
            assert why(altered) in {"right-garbled", "right-not-signed", "right-unknown-carrier"}, (at, other)


def test_N5_no_altered_byte_of_what_is_signed_passes():
    header, body, signature = signed(claims(NOW)).split(".")
    chance = random.Random(5)
    for at, kept in enumerate(parts := [header, body, signature]):
        content = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4))
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << chance.randrange(8)
            altered = ".".join([*parts[:at], part(bytes(changed)), *parts[at + 1 :]])
            assert why(altered) in {"right-garbled", "right-not-signed", "right-unknown-carrier"}, (at, place)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (signed(claims(NOW), secret=bytes(32)), "right-not-signed"),
        (signed(claims(NOW, iss="JD")), "right-unknown-carrier"),
        (signed(claims(NOW, aud="elsewhere")), "right-other-locker"),
        (signed(claims(NOW, nbf=int(NOW.timestamp()) + 121)), "right-not-yet"),
        (signed(claims(NOW, iat=int(NOW.timestamp()) + 121)), "right-not-yet"),
        (signed(claims(NOW, exp=int(NOW.timestamp()))), "right-expired"),
        (signed(claims(NOW, exp=int(NOW.timestamp()) + 31 * 86400 + 1)), "right-too-long"),
        (signed(claims(NOW), header={**HEADER, "alg": "none"}), "right-garbled"),
        (signed(claims(NOW), header={**HEADER, "alg": "HS256"}), "right-garbled"),
        (signed(claims(NOW), header={"alg": "EdDSA", "typ": "JWT"}), "right-garbled"),
        (signed(claims(NOW), header={**HEADER, "crit": ["b64"], "b64": False}), "right-garbled"),
        *((signed(claims(NOW, **{name: None})), "right-garbled") for name in ("aud", "jti", "iat", "exp")),
        *((signed(claims(NOW, uses=uses)), "right-garbled") for uses in (0, -1, 100, True, 1.5, "1")),
        (signed(claims(NOW, size="XXL")), "right-garbled"),
        (signed(claims(NOW, size=["M"])), "right-garbled"),
        (signed(claims(NOW, jti="a/b")), "right-garbled"),
        (signed(claims(NOW, only_on_sundays=True)), "right-garbled"),
        (signed(claims(NOW, to={"unit": "1", "phone": "2"})), "right-garbled"),
        (signed(claims(NOW, exp=1e400)).replace("Infinity", "1"), "right-garbled"),
        ("eyJ" + "A" * 2000, "right-garbled"),
        ("eyJh.eyJh.", "right-garbled"),
    ],
)
def test_N5_each_fault_of_a_right_has_its_own_reason(text, reason):
    assert why(text) == reason


def test_N5_a_right_that_says_something_twice_is_not_taken():
    twice = '{"iss":"SF Express","aud":"x","aud":"riverside-1","jti":"R","iat":1772352000,"exp":1772355600}'
    text = f"{spelled(HEADER)}.{part(twice.encode())}"
    signature = Ed25519PrivateKey.from_private_bytes(SECRET).sign(text.encode())
    assert why(f"{text}.{part(signature)}") == "right-garbled"


def test_N5_a_right_and_a_pickup_code_are_never_taken_for_each_other():
    text = signed(claims(NOW))
    assert is_deposit_right(text)
    assert not is_pickup_token(text)
    assert pickup_token(text) is None
    for other in (
        "PL1.ABCDEFGH.IJKLMNOP.QRST",
        "SF1234567890",
        "12345678",
        "EMP:4711-0099-SF",
        "https://x.example/a.b.c",
    ):
        assert not is_deposit_right(other)


def test_N5_a_public_key_is_read_as_people_have_it():
    public = Ed25519PublicKey.from_public_bytes(KEY)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (PUBLIC, PUBLIC + "=", base64.b64encode(KEY).decode(), pem, f"\n {pem}\n"):
        assert read_public_key(text) == KEY
    for wrong in ("", "x", PUBLIC[:-2], pem.replace("PUBLIC", "PRIVATE"), "-----BEGIN PUBLIC KEY-----\nx", "é" * 43):
        with pytest.raises(ValueError, match="is no Ed25519 public key"):
            read_public_key(wrong)


def test_N5_the_vectors_of_the_guide_are_right_and_fit_a_code_that_a_telephone_shows():
    guide = GUIDE.read_text(encoding="utf-8")
    shown = re.findall(r"^(eyJ\S+\.eyJ\S+\.\S+)$", guide, re.MULTILINE)
    said = [json.loads(each) for each in re.findall(r"^(\{\"iss\".*\})$", guide, re.MULTILINE)]
    assert len(shown) == len(said) >= 2
    for text, body in zip(shown, said, strict=True):
        assert signed(body) == text
        read_right(text, keys)
        assert len(text) < 450, "version 15 of a QR at level M"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_N5_the_example_of_the_guide_makes_a_right_with_openssl_alone(tmp_path):
    example = re.search(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[1]
    made = subprocess.run(
        ["sh", "-eu"], input=example, capture_output=True, text=True, cwd=tmp_path, timeout=20, check=False
    )
    assert made.returncode == 0, made.stderr
    public, text = (tmp_path / "carrier.pub").read_text(), made.stdout.split()[-1]
    read = read_right(text, lambda _company: (read_public_key(public),))
    assert read.right.company == "SF Express"
