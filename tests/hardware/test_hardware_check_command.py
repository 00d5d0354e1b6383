"""`lockerd check --hardware` as it is typed: what it prints, and how it ends."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from hardware_cabinet import table
from hardware_wires import Cable, Cb8aBoard

from lockerd import main

HEAD = """
[site]
id = "test-1"
name = "Test Court"
[storage]
data = "{folder}/data"
"""
PATIENCE_S = 60


@pytest.fixture
def cabinet(tmp_path):
    """Doors D1 and D2 on board 1, D3 on board 2, all on one wire."""
    text = HEAD.format(folder=tmp_path)
    for address in (1, 2):
        text += table(
            "bank", {"name": f"b{address}", "kind": "cb8a", "port": str(tmp_path / "bus"), "address": address}
        )
    for door, bank, channel in (("D1", "b1", 1), ("D2", "b1", 2), ("D3", "b2", 9)):
        text += table("compartment", {"id": door, "size": "M", "bank": bank, "channel": channel})
    (tmp_path / "site.toml").write_text(text, "utf-8")
    cable = Cable(tmp_path / "bus", Cb8aBoard(1, 24, bit_shut=1), Cb8aBoard(2, 24))
    yield cable
    cable.close()


def check(folder, capsys, *more):
    code = main(["check", "--config", str(folder / "site.toml"), "--hardware", *more])
    told = capsys.readouterr()
    return code, told.out.splitlines(), told.err.splitlines()


def test_OB_06_a_sound_cabinet_is_0_and_every_door_is_told(cabinet, tmp_path, capsys):
    cabinet.boards[0].doors.shut[1] = False
    code, out, err = check(tmp_path, capsys)
    assert (code, err) == (0, [])
    assert out[1:] == [
        f"{tmp_path}/bus: cb8a at address 1, 24 channels",
        f"{tmp_path}/bus: cb8a at address 2, 24 channels",
        "door D1: shut",
        "door D2: open",
        "door D3: shut",
    ]
    assert not (tmp_path / "data").exists(), "who checks as root must not make the daemon's folder"


def test_OB_06_each_fault_is_one_line_that_names_its_door(cabinet, tmp_path, capsys):
    cabinet.boards[1].address = 5
    code, _, err = check(tmp_path, capsys)
    assert (code, [line.split(":")[0] for line in err]) == (1, ["door D3"])
    code, out, err = check(tmp_path, capsys, "--scan")
    assert code == 1
    assert f"{tmp_path}/bus: cb8a at address 5, 24 channels" in out, "the board is found where it really is"
    cabinet.unplug()
    code, _, err = check(tmp_path, capsys)
    assert (code, [line.split(":")[0] for line in err]) == (1, ["door D1", "door D2", "door D3"])
    cabinet.plug()


def test_STO_07_a_thermometer_that_is_not_there_is_a_fault_of_its_table(cabinet, tmp_path, capsys):
    file = tmp_path / "site.toml"
    text = file.read_text("utf-8").replace('"D3"', '"D3"\nfeatures = ["cold"]')
    device = "28-ffffffffffff"
    file.write_text(text + table("sensor", {"name": "chest", "kind": "w1", "device": device, "bank": "b2"}), "utf-8")
    code, _, err = check(tmp_path, capsys)
    assert (code, [line.split(":")[0] for line in err]) == (1, ["sensor[0]"])


def test_OB_06_wires_that_a_daemon_holds_are_left_alone(cabinet, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, err = check(tmp_path, capsys)
    assert (code, [line.split(":")[0] for line in err]) == (1, ["storage.data"])
    assert cabinet.requests == []


def test_OB_06_a_person_is_led_through_the_walk_in_the_terminal(cabinet, tmp_path):
    for board in cabinet.boards:
        board.bit_shut = 0
    doors = {
        "D1": (cabinet.boards[0].doors.shut, 1),
        "D2": (cabinet.boards[0].doors.shut, 0),
        "D3": (cabinet.boards[1].doors.shut, 8),
    }
    lockerd = Path(sys.executable).parent / "lockerd"
    command = [lockerd, "check", "--config", tmp_path / "site.toml", "--hardware", "--walk"]
    walk = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out = []
    for line in walk.stdout:
        out.append(line.strip())
        if line.startswith("Shut every door"):
            walk.stdin.write("\n")
            walk.stdin.flush()
        elif line.startswith("Open door"):
            shut, place = doors[line.split()[2]]
            shut[place] = False
        elif "Shut it again" in line:
            shut[place] = True
    err = walk.stderr.read().splitlines()
    assert walk.wait(PATIENCE_S) == 1
    changed = out[out.index("Change these lines of the file, then walk again:") + 2 :]
    assert changed == [
        *["[[bank]]  # b1", "shut_bit = 0", "[[bank]]  # b2", "shut_bit = 0"],
        *["[[compartment]]  # D1", "channel = 2", "[[compartment]]  # D2", "channel = 1"],
    ]
    assert err == [
        "bank b1: shut_bit must be 0",
        "bank b2: shut_bit must be 0",
        "compartment D1: channel must be 2",
        "compartment D2: channel must be 1",
    ]
    walk.stdin.close()


def test_OB_06_a_walk_without_a_terminal_ends_with_a_sentence(cabinet, tmp_path):
    lockerd = Path(sys.executable).parent / "lockerd"
    command = [lockerd, "check", "--config", tmp_path / "site.toml", "--hardware", "--walk"]
    nobody = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert nobody.returncode == 1
    assert nobody.stderr.startswith("--walk: ")
    assert len(nobody.stderr.splitlines()) == 1


def test_OB_06_a_reader_whose_name_leads_to_the_line_of_a_bank_is_found_on_the_machine(cabinet, tmp_path, capsys):
    (tmp_path / "scanner").symlink_to(tmp_path / "bus")
    with (tmp_path / "site.toml").open("a") as file:
        file.write(table("reader", {"kind": "serial", "port": str(tmp_path / "scanner")}))
    code, _, err = check(tmp_path, capsys)
    assert code == 1
    assert any(line.startswith("reader[0].port:") and "bank[1].port" in line for line in err), err
