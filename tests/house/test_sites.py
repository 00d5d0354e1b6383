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


def _pins(text):
    """Pins of a line like "gpio=4-8,21=ip,pu", with what is said of them."""
    listed, _, says = text.removeprefix("gpio=").partition("=")
    for part in listed.split(","):
        first, _, last = part.partition("-")
        yield from ((pin, says) for pin in range(int(first), int(last or first) + 1))


def test_the_boot_fragment_holds_the_example_at_rest_before_the_daemon_starts():
    lines = (ROOT / "firmware_config" / "boot" / "locker.txt").read_text().splitlines()
    said = dict(pin for line in lines if line.startswith("gpio=") for pin in _pins(line))
    settings = load_settings(ROOT / "firmware_config" / "sites" / "demo-12.toml")
    bank = settings.bank[0]
    rest = "op,dl" if bank.lock_active == "high" else "op,dh"
    assert {pin for pin, says in said.items() if says == rest} == {door.lock for door in settings.compartment}
    pull = "ip,pu" if bank.switch_shut == "low" else "ip,pd"
    assert {pin for pin, says in said.items() if says == pull} == {door.switch for door in settings.compartment}
