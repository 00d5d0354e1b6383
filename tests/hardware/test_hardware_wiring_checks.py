"""Faults of the site file that no single table shows: each names its keys, says why, and what to do."""

import pytest
from hardware_cabinet import table

from hardware.wiring_checks import output_only
from locker.errors import SettingsError
from lockerd import load_settings

HEAD = """
[site]
id = "test-1"
name = "Test Court"
[storage]
data = "{folder}/data"
"""
PORT = "/dev/locker-bus"


def faults_of(folder, *tables):
    file = folder / "site.toml"
    file.write_text(HEAD.format(folder=folder) + "".join(table(name, keys) for name, keys in tables), "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_settings(file)
    return wrong.value.faults


@pytest.mark.parametrize(("pin", "name"), [(7, "GPA7"), (15, "GPB7")])
def test_a_switch_on_an_output_only_pin_of_an_expander_is_refused_with_why_and_what_to_do(tmp_path, pin, name):
    faults = faults_of(
        tmp_path,
        ("bank", {"name": "x", "kind": "mcp23017"}),
        ("compartment", {"id": "A1", "size": "M", "bank": "x", "lock": 0, "switch": 1}),
        ("compartment", {"id": "A2", "size": "M", "bank": "x", "lock": 2, "switch": pin}),
    )
    assert faults == [f"compartment[1].switch: {output_only(pin)}"]
    assert f"pin {pin} of an MCP23017 ({name}) is an output only" in faults[0]
    assert "put a lock there and the switch on another pin" in faults[0]


def test_the_same_pins_are_locks_and_on_the_header_switches(tmp_path):
    file = tmp_path / "site.toml"
    tables = (
        ("bank", {"name": "x", "kind": "mcp23017"}),
        ("bank", {"name": "g", "kind": "gpio"}),
        ("compartment", {"id": "A1", "size": "M", "bank": "x", "lock": 7, "switch": 1}),
        ("compartment", {"id": "A2", "size": "M", "bank": "x", "lock": 15, "switch": 2}),
        ("compartment", {"id": "A3", "size": "M", "bank": "g", "lock": 17, "switch": 15}),
    )
    file.write_text(HEAD.format(folder=tmp_path) + "".join(table(name, keys) for name, keys in tables), "utf-8")
    assert len(load_settings(file).compartment) == 3


@pytest.mark.parametrize("kind", ["serial", "gm65"])
@pytest.mark.parametrize("written", [PORT, "/dev/../dev/locker-bus"])
def test_a_reader_on_the_line_of_a_bank_is_refused_and_both_keys_are_named(tmp_path, kind, written):
    faults = faults_of(
        tmp_path,
        ("bank", {"name": "other", "kind": "modbus", "port": "/dev/locker-other"}),
        ("bank", {"name": "b", "kind": "cb8a", "port": PORT}),
        ("compartment", {"id": "A1", "size": "M", "bank": "b", "channel": 1}),
        ("reader", {"kind": "serial", "port": "/dev/locker-scanner"}),
        ("reader", {"kind": kind, "port": written}),
    )
    assert faults == [f"reader[1].port: {written} belongs to bank[1].port already; give the scanner a line of its own"]


def test_two_readers_on_one_port_are_refused(tmp_path):
    faults = faults_of(
        tmp_path,
        ("bank", {"name": "b", "kind": "cb8a", "port": PORT}),
        ("compartment", {"id": "A1", "size": "M", "bank": "b", "channel": 1}),
        ("reader", {"kind": "serial", "port": "/dev/locker-scanner"}),
        ("reader", {"kind": "gm65", "port": "/dev/locker-scanner"}),
    )
    assert [fault.split(":")[0] for fault in faults] == ["reader[1].port"]
    assert "reader[0].port" in faults[0]
