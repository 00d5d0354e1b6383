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


@pytest.mark.parametrize(
    ("file", "doors", "kinds"),
    [
        ("gpio-8", 8, ["gpio"]),
        ("mcp23017-16", 16, ["mcp23017", "mcp23017"]),
        ("cb8a-24", 24, ["cb8a"]),
        ("kerong-cu48-48", 48, ["kerong-cu48"]),
        ("modbus-32", 32, ["modbus"] * 4),
        ("mixed-76", 76, ["gpio", "kerong-cu48", "cb8a"]),
    ],
)
def test_there_is_an_example_of_every_cabinet_that_is_sold(file, doors, kinds):
    settings = load_settings(ROOT / "firmware_config" / "sites" / f"{file}.toml")
    assert (len(settings.compartment), [bank.kind for bank in settings.bank]) == (doors, kinds)
    low = [door for door in settings.compartment if door.compartment().low]
    assert low, "a person in a wheelchair reaches some of them"


def test_the_mixed_machine_has_a_cold_column_on_a_supply_of_its_own():
    settings = load_settings(ROOT / "firmware_config" / "sites" / "mixed-76.toml")
    cold = {door.bank for door in settings.compartment if "cold" in door.features}
    assert cold == {"cold"}
    supplies = {bank.name: bank.supply for bank in settings.bank}
    assert [name for name, supply in supplies.items() if supply == supplies["cold"]] == ["cold"]


@pytest.mark.parametrize(
    ("whole", "wrong", "named"),
    [
        ("code_digits = 8", 'code_digits = "8"', "pickup.code_digits: "),
        ('kind = "gpio"', 'kind = "zzz"', "bank[0].kind: is not a known kind"),
        ('kind = "gpio"', "", "bank[0].kind: is missing"),
    ],
)
def test_a_number_in_quotes_and_an_unknown_kind_are_faults_that_name_the_key(tmp_path, capsys, whole, wrong, named):
    said = (ROOT / "firmware_config" / "sites" / "gpio-8.toml").read_text()
    assert whole in said
    file = tmp_path / "site.toml"
    file.write_text(said.replace(whole, wrong, 1))
    assert main(["check", "--config", str(file)]) == 1
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("written", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")])
def test_a_site_file_saved_on_windows_is_a_site_file(tmp_path, written):
    plain = SITES[0].read_bytes()
    saved = tmp_path / "site.toml"
    saved.write_bytes(written(plain))
    assert load_settings(saved) == load_settings(SITES[0])
    saved.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    assert load_settings(saved) == load_settings(SITES[0])
