"""The site files that we hand out load, and are whole."""

import pytest
from tree import ROOT, name

from lockerd import load_settings, main

SITES = sorted((ROOT / "firmware_config" / "sites").glob("*.toml"))


def test_there_are_examples():
    assert SITES


@pytest.mark.parametrize("site", SITES, ids=name)
def test_a_site_example_loads(site, capsys):
    assert main(["check", "--config", str(site)]) == 0
    assert "no fault" in capsys.readouterr().out


@pytest.mark.parametrize("site", SITES, ids=name)
def test_an_example_has_doors_on_every_bank_and_no_two_in_one_place(site):
    settings = load_settings(site)
    assert {door.bank for door in settings.compartment} == {bank.name for bank in settings.bank}
    for one in settings.compartment:
        for other in settings.compartment:
            apart = one.column != other.column or one.bottom_mm >= other.top_mm or other.bottom_mm >= one.top_mm
            assert one is other or apart, f"{one.id} and {other.id} overlap"
