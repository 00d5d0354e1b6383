"""Rows: docs/install.md followed to the letter, at a serial console, on a Debian that knows nothing of the product."""

import pytest
from pi_card import copy_of
from pi_console import SerialConsole
from pi_guide import Guide
from pi_offline import plain_card
from pi_places import MADE, run
from pi_product import todays_package

USER, PASSWORD = "pi", "raspberry"
DOORS = ("A1", "A2", "B1", "B2")

LEFT_OUT = {
    "sudo editor": "the example is taken as it is",
    "locker-sim my-site.toml": "for another computer; tests/simulator does it",
    "sudo apt install git": "needs a network; tests/boot installs without the package",
    "sudo systemd/install.sh": "the same",
    "/opt/locker/systemd/kiosk-browser": "for a desktop, which is not on this card",
}
WIZARD = [
    ("Short name", "garden-1"), ("Name that", "Garden House"), ("Address,", "3 Garden Lane"),
    ("Who runs", "Riverside"), ("Phone number", "+86 21 5555 0100"), ("Time zone", ""), ("Languages of", "en, zh-CN"),
    ("Folder for", ""), ("message gateway", ""), ("Keep them?", "n"), ("Number", "1"),
    ("Serial ports", "/dev/locker-rs485"), ("Use it?", ""), ("counted", "4"), ("how many columns", "2"),
    ("Column A", "1S 1M"), ("Column B", "2M"), ("panel listens", ""), ("own certificate", ""), ("Number", "3"),
    ("Write", ""),
]  # fmt: skip
"""What is asked, and what an installer types; Enter takes what stands in brackets."""


@pytest.fixture(scope="module")
def guide():
    return Guide()


@pytest.fixture(scope="module")
def pi(machine, first):
    card = copy_of(MADE / "locker-pi.img", MADE / "run" / "plain.img")
    plain_card(card, todays_package(), USER, PASSWORD)
    stick = MADE / "run" / "stick.img"
    stick.unlink(missing_ok=True)
    with stick.open("wb") as file:
        file.truncate(64 << 20)
    run("sfdisk", "--quiet", stick, input="label: dos\ntype=83\n")
    disk = (
        "-drive",
        f"file={stick},if=none,id=stick-data,format=raw",
        "-device",
        "usb-storage,drive=stick-data,id=stick",
    )
    one = machine("guide", card=card, extra=disk)
    one.wait_far_end()
    return one


@pytest.fixture(scope="module")
def console(pi):
    here = SerialConsole(pi)
    here.log_in(USER, PASSWORD)
    yield here
    here.close()


def test_the_guide_s_package_goes_onto_a_plain_debian(pi, console, guide, measured):
    began = pi.since()
    console.does(guide.sentence("sudo timedatectl set-timezone Asia/Shanghai"))
    for command in guide.block("2. The package"):
        console.does(command)
    measured.append(f"installed in {pi.since() - began:.0f} s")
    assert pi.command("systemctl is-active lockerd", ok=(3,)) == "inactive"
    assert pi.command("systemctl --failed --no-legend --plain") == ""


def test_OB_06_an_example_of_the_guide_is_sound_as_it_stands(console, guide):
    copy, _, tmpfiles, check = guide.block("3. Questions", 1)
    for command in (copy, tmpfiles, check):
        said = console.does(command)
    assert "8 compartments" in said


def test_OB_06_the_wizard_sets_a_cabinet_up_over_a_serial_cable_and_pulses_its_locks(pi, console, guide, measured):
    began = pi.since()
    (command,) = guide.block("3. Questions", 0)
    console.types(command)
    if console.sees("shows no Chinese", "Language of this conversation") != "shows no Chinese":
        console.answers("Number", "en")
    for asked, line in WIZARD:
        console.answers(asked, line)
    console.answers("first account", "chen.hua")
    console.sees("/set-up")
    console.answers("Number", "1")
    for number, door in enumerate(DOORS, 1):
        console.answers(f"Door {door}: stand clear. Open it now?", "y")
        console.sees(f"{door} is seen open")
        console.sees(f"Shut {door} again")
        assert len(pi.board.pulses) == number
        pi.board.open.clear()
        console.answers(f"Is {door} empty inside?", "")
    console.sees("All is done")
    console.sees("READY> ")
    assert [channel for _, channel, _ in pi.board.pulses] == [1, 2, 3, 4]
    assert pi.command("stat -c '%a %U %G' /etc/locker/site.toml") == "640 root locker"
    assert pi.command("ls /etc/locker") == "door-cards.html\nsite.toml\nsite.toml.before-1"
    measured.append(f"{len(WIZARD) + 2} answers and 4 doors in {pi.since() - began:.0f} s, one pulse a door")


def test_the_board_is_told_and_after_a_restart_the_locker_runs(pi, console, guide, measured):
    (command,) = guide.block("4. The board")
    console.does(command)
    assert "include locker.txt" in pi.command("cat /boot/firmware/config.txt")
    pi.hello = None
    began = pi.since()
    pi.send_command("systemctl reboot")
    pi.wait_far_end()
    measured.append(f"restart to ready {pi.wait_ready() - began:.0f} s")
    console.log_in(USER, PASSWORD)
    console.does("systemctl is-active lockerd")


def test_the_first_people_are_made(pi, console, guide):
    staff, courier, token = guide.block("5. The first people")
    assert len(console.does(staff).split("\n")[-2].strip()) > 8
    console.types(courier)
    console.answers("PIN", "482915")
    if console.sees("PIN", "READY> ") == "PIN":
        console.types("482915")
        console.sees("READY> ")
    pi.token = console.does(token).split("\n")[-2].strip()
    pi.wait_network()
    assert pi.ask("GET", "/health")[1]["unseen"] == []
    fingerprint = guide.sentence("journalctl -u lockerd | grep SHA-256")
    assert "SHA-256" in pi.command(fingerprint)


def test_every_door_is_walked_by_hand(pi, console, guide, measured):
    console.does(guide.sentence("sudo systemctl stop lockerd"))
    (walk,) = guide.block("6. Walk every door")
    pulses = len(pi.board.pulses)
    console.types(walk)
    console.sees("press Enter")
    console.types()
    for number, door in enumerate(DOORS, 1):
        console.sees(f"Open door {door} by hand")
        pi.board.open.add(number)
        console.sees("Shut it again")
        pi.board.open.discard(number)
    console.sees("Every switch is where the file says")
    console.sees("READY> ")
    assert len(pi.board.pulses) == pulses
    console.does(guide.sentence("sudo systemctl start lockerd"))
    measured.append("4 doors, no lock fired")


def test_PK_02_removing_keeps_the_data_and_a_purge_asks(pi, console, guide, measured):
    pi.wait_ready()
    pi.wait_network()
    before = _last_event(pi)
    assert guide.sentence("purge")
    console.types(guide.sentence("sudo apt remove lockerd"))
    console.sees("[Y/n]")
    console.types("y")
    console.sees("READY> ")
    _only_the_code_is_gone(pi)
    console.types("sudo apt purge lockerd")
    console.sees("[Y/n]")
    console.types("y")
    console.sees("data as well?")
    console.sees("[yes/no]")
    console.types("no")
    console.sees("READY> ")
    _only_the_code_is_gone(pi)
    for line in guide.block("2. The package"):
        console.does(line)
    pi.wait_ready()
    pi.wait_network()
    assert _last_event(pi) > before
    measured.append("removed, purged with a no, and installed again: the same journal goes on")


def _only_the_code_is_gone(pi):
    pi.command(
        "test ! -e /opt/locker/bin/lockerd && test -s /var/lib/locker/locker.db && test -s /etc/locker/site.toml"
    )


def test_the_journal_moves_to_a_disk_of_its_own_and_without_it_nothing_starts(pi, console, guide, measured):
    before = _last_event(pi)
    commands = guide.block("The journal on a disk")
    for command in commands:
        console.does(command)
    assert pi.command("findmnt -no SOURCE /var/lib/locker") == "/dev/sda1"
    pi.wait_ready()
    pi.wait_network()
    assert _last_event(pi) > before
    pi.qmp("device_del", id="stick")
    pi.wait(lambda: [one for one in pi.events if one[1] == "DEVICE_DELETED"], 120, "the disk to be out")
    pi.hello = None
    pi.send_command("systemctl reboot")
    pi.wait_far_end()
    assert pi.command("until systemctl is-active --quiet getty.target; do sleep 1; done; systemctl is-active lockerd",
                      ok=(3,)) == "inactive"  # fmt: skip
    assert pi.command("ls -A /var/lib/locker") == ""
    measured.append("without its disk no daemon and no second journal")


def _last_event(pi):
    return pi.ask("GET", "/events?after=0&limit=500")[1][-1]["seq"]


def test_every_command_of_the_guide_was_typed_or_is_named_here(guide):
    assert [line for line in guide.not_typed() if not line.startswith(tuple(LEFT_OUT))] == []
