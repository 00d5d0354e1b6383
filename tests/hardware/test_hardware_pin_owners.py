"""Pins that I²C, SPI, a serial line or a thermometer needs are refused to doors, and the holder is named."""

import pytest
from hardware_cabinet import table

from hardware.pin_owners import kernel_holders, pin_faults
from locker.errors import SettingsError
from lockerd import load_settings

HEAD = """
[site]
id = "test-1"
name = "Test Court"
[storage]
data = "{folder}/data"
"""


def site(folder, lock, switch, *others):
    tables = [
        ("bank", {"name": "pins", "kind": "gpio"}),
        ("compartment", {"id": "A1", "size": "M", "bank": "pins", "lock": lock, "switch": switch}),
        *others,
    ]
    file = folder / "site.toml"
    file.write_text(HEAD.format(folder=folder) + "".join(table(name, keys) for name, keys in tables), "utf-8")
    return file


EXPANDER = (
    ("bank", {"name": "x", "kind": "mcp23017"}),
    ("compartment", {"id": "B1", "size": "M", "bank": "x", "lock": 0, "switch": 1}),
)
BOARD = (
    ("bank", {"name": "b", "kind": "cb8a", "port": "/dev/ttyAMA0"}),
    ("compartment", {"id": "B1", "size": "M", "bank": "b", "channel": 1}),
)
COLD = (
    ("compartment", {"id": "B1", "size": "M", "bank": "pins", "lock": 22, "switch": 23, "features": ["cold"]}),
    ("sensor", {"name": "chest", "kind": "w1", "device": "28-0316a2795aff", "bank": "pins"}),
)


@pytest.mark.parametrize(
    ("lock", "switch", "others", "line"),
    [
        (17, 2, EXPANDER, "compartment[0].switch: pin 2 belongs to I²C bus 1 of bank[1]; take another pin"),
        (3, 17, EXPANDER, "compartment[0].lock: pin 3 belongs to I²C bus 1 of bank[1]; take another pin"),
        (
            14,
            17,
            BOARD,
            "compartment[0].lock: pin 14 belongs to the serial line /dev/ttyAMA0 of bank[1].port; take another pin",
        ),
        (17, 4, COLD, "compartment[0].switch: pin 4 belongs to the thermometers of sensor[0]; take another pin"),
    ],
)
def test_OB_06_a_pin_that_another_wire_of_the_cabinet_needs_is_refused(tmp_path, lock, switch, others, line):
    with pytest.raises(SettingsError) as wrong:
        load_settings(site(tmp_path, lock, switch, *others))
    assert wrong.value.faults == [line]


@pytest.mark.parametrize("others", [EXPANDER, BOARD, COLD])
def test_pins_beside_those_wires_are_free(tmp_path, others):
    assert load_settings(site(tmp_path, 17, 27, *others)).compartment[0].lock == 17
    assert load_settings(site(tmp_path, 17, 2)).compartment[0].switch == 2, "no wire of this cabinet needs it"


@pytest.fixture
def pi(tmp_path):
    """The files of a Pi's kernel on which nothing was switched on."""
    root = tmp_path / "pi"
    for folder in ("sys/class", "dev", "proc/device-tree"):
        (root / folder).mkdir(parents=True)
    return root


def test_a_pi_with_nothing_switched_on_holds_no_pin(pi):
    assert kernel_holders(pi) == {}
    (pi / "dev/serial0").symlink_to("ttyAMA10")
    assert kernel_holders(pi) == {}, "on a Pi 5 that is a plug of its own"


def test_OB_06_what_the_kernel_gave_away_is_found_by_its_own_files(pi, tmp_path):
    (pi / "sys/class/i2c-adapter/i2c-1").mkdir(parents=True)
    (pi / "sys/class/spi_master/spi0").mkdir(parents=True)
    (pi / "dev/serial0").symlink_to("ttyS0")
    wire = pi / "proc/device-tree/onewire@11"
    wire.mkdir()
    (wire / "gpios").write_bytes(bytes([0, 0, 0, 7, 0, 0, 0, 17, 0, 0, 0, 0]))
    holders = kernel_holders(pi)
    assert set(holders) == {2, 3, 7, 8, 9, 10, 11, 14, 15, 17}
    settings = load_settings(site(tmp_path, 10, 17))
    lock, switch = pin_faults(settings.bank, settings.compartment, holders)
    assert lock.startswith("compartment[0].lock: pin 10 belongs to SPI bus 0 (dtparam=spi")
    assert switch.startswith("compartment[0].switch: pin 17 belongs to the 1-wire bus (dtoverlay=w1-gpio")
