"""Typed texts that are one, and the forms of which stored hashes are made."""

import pytest

from locker.text_folding import folded_code, folded_company, folded_name, folded_token, folded_tracking, folded_unit


@pytest.mark.parametrize(
    ("fold", "typed", "folded"),
    [
        (folded_name, "  \uff37ang   MING ", "wang ming"),
        (folded_name, "STRASSE Straße", "strasse strasse"),
        (folded_unit, " a - 12\u300003 ", "a-1203"),
        (folded_company, " SF  Express ", "sf  express"),
        (folded_tracking, " sf 123\u3000ß ", "SF123SS"),
        (folded_token, " pl1.ab \r\n", "PL1.AB"),
        (folded_code, "\uff11\uff12 3\N{EN DASH}4\N{MINUS SIGN}5", "12345"),
    ],
)
def test_stored_hashes_are_made_of_these_forms(fold, typed, folded):
    assert fold(typed) == folded
