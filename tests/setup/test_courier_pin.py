"""`lockerd courier add` at a terminal asks for the PIN, and shows nobody what is typed."""

from setup_person import AtTheConsole
from tree import ROOT

PIN = "482915"


def test_the_pin_of_a_courier_is_asked_for_and_not_shown(tmp_path):
    site = tmp_path / "site.toml"
    text = (ROOT / "firmware_config/sites/gpio-8.toml").read_text(encoding="utf-8")
    site.write_text(text.replace("/var/lib/locker", str(tmp_path / "data")), encoding="utf-8")
    person = AtTheConsole(site, {"PYTHONPATH": str(ROOT)}, ("courier", "add", "SF Express", "Li Na"))
    try:
        person.sees("PIN: ")
        person.types(PIN)
        assert person.ends() == 0, person.text
    finally:
        person.leaves()
    assert PIN not in person.text
