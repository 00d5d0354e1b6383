"""The key file and what is made with it."""

import os
import re
import stat

import pytest

from locker.labels import is_pickup_token
from locker.vault import KEY_FILE, CannotUnseal, KeyMissing, Vault, keep_key, make_key


def new(folder):
    """The vault of a folder that gets its key now."""
    keep_key(folder, make_key())
    return Vault.open(folder)


@pytest.fixture
def vault(tmp_path):
    return new(tmp_path)


def test_a_new_key_has_32_bytes_and_is_for_its_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        new(tmp_path)
    finally:
        os.umask(old)
    key = tmp_path / KEY_FILE
    assert len(key.read_bytes()) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [KEY_FILE]


def test_the_same_key_makes_the_same_hashes_after_a_restart(tmp_path):
    first = new(tmp_path)
    made = first.mint(8)
    again = Vault.open(tmp_path)
    assert again.code_hash(made.code) == made.code_hash
    assert again.unseal(made.sealed) == (made.code, made.token)


def test_a_missing_key_is_never_replaced(tmp_path):
    with pytest.raises(KeyMissing):
        Vault.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_damaged_key_is_never_replaced(tmp_path, size):
    (tmp_path / KEY_FILE).write_bytes(b"x" * size)
    with pytest.raises(KeyMissing):
        Vault.open(tmp_path)
    with pytest.raises(FileExistsError):
        keep_key(tmp_path, make_key())
    assert (tmp_path / KEY_FILE).read_bytes() == b"x" * size


def test_a_draft_left_by_a_power_cut_is_no_key(tmp_path):
    (tmp_path / "key.new").write_bytes(b"half")
    new(tmp_path)
    assert len((tmp_path / KEY_FILE).read_bytes()) == 32
    assert not (tmp_path / "key.new").exists()


@pytest.mark.parametrize("digits", [6, 8, 10])
def test_codes_have_their_digits_and_tokens_their_bits(vault, digits):
    made = [vault.mint(digits) for _ in range(200)]
    assert all(re.fullmatch(rf"\d{{{digits}}}", one.code) for one in made)
    assert all(re.fullmatch(r"PL1\.[A-Z2-7]{26}", one.token) for one in made)
    assert len({one.token for one in made}) == 200
    assert any(one.code.startswith("0") for one in made)


def test_nothing_secret_is_shown_by_repr_or_by_an_error(vault, tmp_path):
    made = vault.mint(8)
    for secret in (made.code, made.token, made.code_hash, str(made.sealed)):
        assert secret not in repr(made)
    assert (tmp_path / KEY_FILE).read_bytes().hex() not in repr(vault)


def test_what_is_sealed_does_not_hold_the_code_in_clear(vault):
    made = vault.mint(8)
    assert made.code.encode() not in made.sealed
    assert made.token.encode() not in made.sealed


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b"", lambda b: b[:5] + bytes([b[5] ^ 1]) + b[6:]])
def test_a_changed_seal_is_noticed(vault, spoil):
    with pytest.raises(CannotUnseal):
        vault.unseal(spoil(vault.mint(8).sealed))


def test_a_seal_of_another_cabinet_is_noticed(vault, tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(CannotUnseal):
        new(tmp_path / "other").unseal(vault.mint(8).sealed)


@pytest.mark.parametrize(
    "typed",
    ["1234 5678", "1234-5678", " 12345678\n", "1234\N{EN DASH}5678", "\N{FULLWIDTH DIGIT ONE}2345678", "12345678"],
)
def test_a_code_is_the_same_however_people_write_it(vault, typed):
    assert vault.code_hash(typed) == vault.code_hash("12345678")


def test_a_token_is_the_same_in_any_case_and_with_white_space_around(vault):
    token = vault.mint(8).token
    assert vault.token_hash(f"  {token.lower()}\r\n") == vault.token_hash(token)
    assert is_pickup_token(f" {token.lower()}")
    assert not is_pickup_token("12345678")


def test_a_label_is_the_same_in_any_case(vault):
    assert vault.label_hash(" sf 1234567890 ") == vault.label_hash("SF1234567890")


def test_each_purpose_has_its_own_hash(vault):
    hashes = {vault.code_hash("1"), vault.token_hash("1"), vault.label_hash("1"), vault.body_hash(b"1")}
    assert len(hashes) == 4


def test_a_pin_is_hashed_within_its_company(vault):
    assert vault.pin_hash("SF", "1234") == vault.pin_hash(" sf ", "1234")
    assert vault.pin_hash("SF", "1234") != vault.pin_hash("YTO", "1234")
    assert vault.pin_hash("SF:1", "234") != vault.pin_hash("SF", "1:234")


def test_text_that_is_no_text_is_hashed_all_the_same(vault):
    assert vault.code_hash("\ud800") != vault.code_hash("\ud801")
