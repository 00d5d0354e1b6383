"""`lockerd setup` as a person meets it: at a terminal, with boards that answer at the far end of the wire."""

import fcntl
import re
import stat

import pytest
import tomlkit
from hardware_wires import Cable, Cb8aBoard
from setup_person import AtTheConsole, Person, lines
from tree import ROOT

from locker.journal.history import events_after
from locker.journal.store import read_only
from lockerd import load_settings

SITE = [
    ("Number", ""),
    ("Short name", "garden-1"),
    ("Name that", "Garden House"),
    ("Address,", "3 Garden Lane"),
    ("Who runs", "Riverside"),
    ("Phone number", "+86 21 5555 0100"),
    ("Time zone", "Asia/Shanghai"),
    ("Languages of", "en, zh-CN"),
    ("Folder for", "DATA"),
    ("message gateway", ""),
]
PINS = [
    ("Number", "2"),
    ("Pins of the locks", "9-11"),
    ("Pins of the switches", "4-6"),
    ("how many columns", "2"),
    ("Column A", "1S 1M"),
    ("Column B", "1L"),
]
PANEL = [("panel listens", "127.0.0.1:8443"), ("own certificate", ""), ("Number", "3")]
WRITE = [("Write", "")]
REST = [("first account", ""), ("Number", "3")]


@pytest.fixture
def sit_down(tmp_path):
    """Somebody sits down at the terminal."""
    people = []

    def begin(person=Person, **env):
        people.append(person(tmp_path / "site.toml", env | {"PYTHONPATH": str(ROOT)}))
        return people[-1]

    yield begin
    for person in people:
        person.leaves()


def script(tmp_path, *parts):
    return [(asked, line.replace("DATA", str(tmp_path / "data"))) for part in parts for asked, line in part]


def through(person, pairs):
    for asked, line in pairs:
        person.answers(asked, line)


def test_OB_06_from_nothing_to_a_sound_file_and_cards_for_the_doors(tmp_path, sit_down):
    person = sit_down()
    through(person, script(tmp_path, SITE, PINS, PANEL, WRITE, REST))
    assert person.ends() == 0
    settings = load_settings(tmp_path / "site.toml")
    assert [(door.id, door.size, door.lock, door.switch, door.column) for door in settings.compartment] == [
        ("A1", "S", 9, 4, 1),
        ("A2", "M", 10, 5, 1),
        ("B1", "L", 11, 6, 2),
    ]
    assert settings.site.languages == ["en", "zh-CN"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["door-cards.html", "site.toml"]
    cards = (tmp_path / "door-cards.html").read_text("utf-8")
    assert re.findall(r"<b>(\w+)</b>", cards) == ["A1", "A2", "B1"]
    assert cards.count("<svg") == 3
    assert "+86 21 5555 0100" in cards


def test_UX_03_every_line_fits_a_serial_console_without_colour(tmp_path, sit_down):
    from lockerd.setup.terminal import width

    person = sit_down()
    through(person, [("Number", "1")])
    for _, line in script(tmp_path, SITE, PINS, PANEL, WRITE, REST)[1:]:
        person.sees(": ")
        person.types(line)
    assert person.ends() == 0
    assert "\x1b" not in person.text
    # A path may be longer than a line: the terminal breaks it.
    assert [line for line in lines(person.text) if width(line) > 80 and str(tmp_path) not in line] == []
    assert "Enter" not in person.text, "all of it is in the language that was chosen"


def test_without_utf_8_it_goes_on_in_english_and_says_so(sit_down):
    person = sit_down(AtTheConsole, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    person.sees("shows no Chinese")
    person.sees("Short name")
    person.presses_ctrl_c()
    assert person.ends() == 130


def test_ctrl_c_at_every_question_loses_no_answer_and_writes_no_half_file(tmp_path, sit_down):
    pairs = script(tmp_path, SITE, PINS, PANEL, WRITE)
    for stop, (asked, _) in enumerate(pairs):
        person = sit_down()
        # All but the last were answered before: they stand in brackets, and Enter takes them.
        through(person, [(each, "") for each, _ in pairs[: max(stop - 1, 0)]] + pairs[max(stop - 1, 0) : stop])
        person.sees(asked)
        person.sees(": ")
        person.presses_ctrl_c()
        assert person.ends() == 130, asked
        assert "Ended." in person.text
        assert [path.name for path in tmp_path.glob("site.toml*")] == ["site.toml.answers"] * bool(stop), asked


def test_ctrl_c_behind_the_file_leaves_it_whole_and_the_next_call_goes_on(tmp_path, sit_down):
    first = sit_down()
    through(first, script(tmp_path, SITE, PINS, PANEL, WRITE))
    written = None
    for number, (asked, _) in enumerate(REST, 1):
        first.sees(asked)
        first.sees(": ")
        first.presses_ctrl_c()
        assert first.ends() == 130, asked
        written = written or (tmp_path / "site.toml").read_bytes()
        assert (tmp_path / "site.toml").read_bytes() == written
        first = sit_down()
        through(first, [*[(each, "") for each, _ in SITE], ("3 doors on 1 banks", "")])
        through(first, [(each, "") for each, _ in PANEL + WRITE] + REST[:number])
    assert first.ends() == 0
    assert not (tmp_path / "site.toml.answers").exists()


def test_every_wrong_answer_gets_a_sentence_and_the_question_again(tmp_path, sit_down):
    person = sit_down()
    wrong = [
        ("Number", "9", "1 to 3"),
        ("Number", "", None),
        ("Short name", "-x y", "1 to 24"),
        ("Short name", "garden-1", None),
        ("Name that", "", "1 to 120"),
        ("Name that", "Garden House", None),
        ("Address,", "3 Garden Lane", None),
        ("Who runs", "Riverside", None),
        ("Phone number", "1", None),
        ("Time zone", "Mars/Phobos", "No such time zone"),
        ("Time zone", "Asia/Shanghai", None),
        ("Languages of", "en, klingon", "Each once"),
        ("Languages of", "en, en", "Each once"),
        ("Languages of", "en", None),
        ("Folder for", "data", "whole path"),
        ("Folder for", str(tmp_path / "data"), None),
        ("message gateway", "gateway", "An address like"),
        ("message gateway", "-", None),
        ("Number", "0", "1 to 3"),
        ("Number", "2", None),
        ("Pins of the locks", "9-x", "no number"),
        ("Pins of the locks", "9-99", "none above 27"),
        ("Pins of the locks", "9-11", None),
        ("Pins of the switches", "9,5", "as many of each"),
        ("Pins of the locks", "9-11", None),
        ("Pins of the switches", "9,5,6", "not both"),
        ("Pins of the locks", "9-11", None),
        ("Pins of the switches", "4-6", None),
        ("how many columns", "7", "from 1 to 3"),
        ("how many columns", "2", None),
        ("Column A", "1Q", "no size"),
        ("Column A", "3M", "from 1 to 2"),
        ("Column A", "2M", None),
        ("Column B", "1L", None),
        ("panel listens", "8443", "An address and a port"),
        ("panel listens", "127.0.0.1:8443", None),
        ("own certificate", "/no/such", "no file"),
        ("own certificate", "", None),
        ("Number", "1", None),
        ("Public key", "age1xyz", "begins with age1"),
    ]
    for asked, line, said in wrong:
        person.answers(asked, line)
        if said:
            person.sees(said)
    person.presses_ctrl_c()
    assert person.ends() == 130


def test_a_second_run_keeps_what_stands_in_the_file_its_comments_and_a_copy(tmp_path, sit_down):
    file = tmp_path / "site.toml"
    text = (ROOT / "firmware_config/sites/cb8a-24.toml").read_text("utf-8").replace("/var/lib/locker", str(tmp_path))
    file.write_text(text, "utf-8")
    file.chmod(0o640)
    person = sit_down()
    person.answers("Number")
    person.sees("[harbour-1]")
    person.types()
    person.answers("Name that", "Harbour Towers, hall C")
    for _ in range(7):
        person.sees(": ")
        person.types()
    person.answers("24 doors on 1 banks")
    through(person, [("panel listens", ""), ("own certificate", ""), ("Number", ""), *WRITE, *REST])
    assert person.ends() == 0
    after, before = file.read_text("utf-8"), tomlkit.parse(text)
    assert after == text.replace("hall B", "hall C"), "one value changed, and nothing else"
    assert (tmp_path / "site.toml.before-1").read_text("utf-8") == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert len(before["compartment"]) == 24
    again = sit_down()
    for _ in range(10):
        again.sees(": ")
        again.types()
    through(again, [("24 doors", ""), ("panel listens", ""), ("own certificate", ""), ("Number", ""), *WRITE, *REST])
    assert again.ends() == 0
    assert not (tmp_path / "site.toml.before-2").exists(), "nothing changed"


def test_what_would_not_be_sound_is_said_and_not_written(tmp_path, sit_down):
    person = sit_down()
    same = [("panel listens", "127.0.0.1:8080"), *PANEL[1:]]
    through(person, script(tmp_path, SITE, PINS, same, WRITE))
    person.sees("Nothing was written")
    person.sees("staff.listen")
    assert not (tmp_path / "site.toml").exists()
    person.presses_ctrl_c()
    assert person.ends() == 130


@pytest.fixture
def board(tmp_path):
    cable = Cable(tmp_path / "bus", Cb8aBoard(3, 24))
    yield cable
    cable.close()


def test_OB_06_boards_are_found_and_each_lock_is_pulsed_after_a_yes_of_its_own(tmp_path, sit_down, board):
    doors = board.boards[0].doors
    doors.jammed = {3}
    person = sit_down(AtTheConsole)
    through(person, script(tmp_path, SITE, [("Number", "1"), ("Serial ports", str(tmp_path / "bus"))]))
    person.answers("cb8a at address 3, 24 channels")
    through(person, [("Doors on board1", "4"), ("how many columns", ""), ("Column A", ""), *PANEL[:2]])
    person.answers("Number", "2")
    person.sees("AGE-SECRET-KEY-")
    person.answers("Type its last 6", "nonsense")
    person.sees("Those are not")
    secret = re.search(r"AGE-SECRET-KEY-\w+", person.text)[0]
    person.answers("Type its last 6", secret[-6:].lower())
    person.answers("Folder for backups", "/media/locker-backup")
    through(person, WRITE)
    person.answers("first account", "chen.lin")
    person.sees("http://127.0.0.1:8443/set-up")
    setup_secret = re.search(r"set-up\n +(\S+)", _until(person, "works once"))[1]
    assert doors.pulses == [], "nothing was opened yet"
    person.answers("Number", "1")
    person.answers("Door A1: stand clear", "")
    assert doors.pulses == [], "Enter alone opens nothing"
    person.answers("Door A2: stand clear", "y")
    person.sees("A2 is seen open")
    assert doors.pulses == [2]
    person.sees("Shut A2 again")
    doors.shut[1] = True
    person.answers("Is A2 empty", "y")
    person.answers("Door A3: stand clear", "y")
    person.sees("no switch moved")
    person.sees("Door A4: stand clear")
    person.presses_ctrl_c()
    assert person.ends() == 130
    assert doors.pulses == [2, 3], "one pulse for one yes"
    kept = (tmp_path / "site.toml.answers").read_text("utf-8")
    for hidden in (secret, setup_secret):
        assert hidden not in kept
    journal = read_only(tmp_path / "data")
    told = [(event.kind, event.by) for event in events_after(journal, 0, 100)]
    assert told.count(("UnlockOrdered", "setup")) == 2
    backup = load_settings(tmp_path / "site.toml").backup
    assert [each.kind for each in backup.place] == ["folder"]
    assert _opens(secret, backup.recipients[0])
    _goes_on(person, sit_down, tmp_path, doors)


def _opens(secret, public):
    import pyrage

    to = pyrage.x25519.Recipient.from_str(public)
    return pyrage.decrypt(pyrage.encrypt(b"journal", [to]), [pyrage.x25519.Identity.from_str(secret)]) == b"journal"


def _until(person, wanted):
    person.sees(wanted)
    return person.text


def _goes_on(before, sit_down, tmp_path, doors):
    """The second call begins with the doors that were not walked to, and mends the fault."""
    doors.jammed = set()
    person = sit_down()
    person.answers("Number")
    person.sees("answers of before are kept")
    for _ in range(9):
        person.sees(": ")
        person.types()
    person.answers("4 doors on 1 banks")
    through(person, [*[(asked, "") for asked, _ in PANEL[:2]]])
    person.sees("to whom backups are sealed")
    through(person, WRITE)
    person.answers("account chen.lin was made")
    person.answers("Number", "1")
    for door in ("A1", "A4"):
        person.answers(f"Door {door}: stand clear", "y")
        person.sees(f"Shut {door} again")
        doors.shut[int(door[1]) - 1] = True
        person.answers(f"Is {door} empty", "")
    assert person.ends() == 1, "A3 did not open on its walk"
    assert "door A3: no switch moved" in person.text
    assert doors.pulses == [2, 3, 1, 4]
    assert before.code == 130
    from locker.journal.audit import audit

    assert audit(read_only(tmp_path / "data"), tmp_path / "data") > 0


def test_a_cabinet_whose_daemon_runs_is_not_walked(tmp_path, sit_down, board):
    (tmp_path / "data").mkdir()
    person = sit_down()
    through(person, script(tmp_path, SITE, PINS, PANEL, WRITE, REST[:1]))
    with (tmp_path / "data" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        person.answers("Number", "1")
        person.sees("is held by")
        assert person.ends() == 1
    assert board.boards[0].doors.pulses == []


def test_the_code_in_the_terminal_is_read_by_a_camera():
    import zxingcpp
    from PIL import Image

    from lockerd.setup.door_cards import code_in_signs

    rows = code_in_signs("https://garden-1.local:8443/set-up")
    assert len(rows) < 20
    assert {len(row) for row in rows} == {len(rows[0])}
    picture = Image.new("L", (len(rows[0]), 2 * len(rows)), 0)
    for y, row in enumerate(rows):
        for x, sign in enumerate(row):
            picture.putpixel((x, 2 * y), 255 * (sign in "█▀"))
            picture.putpixel((x, 2 * y + 1), 255 * (sign in "█▄"))
    big = picture.resize((picture.width * 8, picture.height * 8))
    assert [code.text for code in zxingcpp.read_barcodes(big)] == ["https://garden-1.local:8443/set-up"]
