"""Updates with real processes: good ones stay, bad ones go back, and a kill in any phase changes neither."""

import json

import pytest
from updates_bench import Machine

from lockerd.updates.judgement import Expected, Sight, Verdict, judge
from lockerd.updates.progress import Phase, Progress, load_progress, save_progress

DOORS = frozenset({"A1", "A2"})
BAD = {
    "never ready": ({"deaf": True}, "it is not ready"),
    "fewer doors": ({"blind": ["B1"]}, "it does not see B1"),
    "sealed": ({"sealed": True}, "it cannot record"),
    "falls down": ({"dies_after": 0.2}, "it is not ready"),
}


# --- the rule -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sight", "early", "late"),
    [
        (None, Verdict.WAIT, Verdict.BAD),
        (Sight("2", sealed=False, seen=DOORS), Verdict.GOOD, Verdict.GOOD),
        (Sight("2", sealed=False, seen=DOORS | {"A3"}), Verdict.GOOD, Verdict.GOOD),
        (Sight("2", sealed=False, seen=frozenset({"A1"})), Verdict.WAIT, Verdict.BAD),
        (Sight("2", sealed=True, seen=DOORS), Verdict.WAIT, Verdict.BAD),
    ],
)
def test_N11_a_version_is_judged_by_the_doors_that_were_seen_before(sight, early, late):
    expected = Expected(DOORS, sealed_before=False)
    assert judge(expected, sight, 1, 60)[0] is early
    verdict, reason = judge(expected, sight, 60, 60)
    assert verdict is late
    assert bool(reason) == (late is Verdict.BAD)


def test_N11_what_was_sealed_or_unseen_before_is_no_fault_of_the_new_one():
    sealed = Sight("2", sealed=True, seen=frozenset())
    assert judge(Expected(frozenset(), sealed_before=True), sealed, 0, 60)[0] is Verdict.GOOD


def test_progress_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "update.json"
    assert load_progress(file) is None
    progress = Progress(
        phase=Phase.BACK, old="1", new="2", version="1", doors=("A1",), schema=7, copy="/x", reason="no", within=9
    )
    save_progress(file, progress)
    assert load_progress(file) == progress
    file.write_text(json.dumps(json.loads(file.read_text()) | {"of a later release": 1}))
    assert load_progress(file) == progress, "the version of before goes on with what a later one wrote"


# --- with processes -----------------------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["folders", "packages"])
def machine(request, tmp_path):
    made = Machine(tmp_path, packages=request.param)
    made.begin_with("0.1.0")
    yield made
    made.close()


@pytest.fixture
def folders(tmp_path):
    made = Machine(tmp_path)
    made.begin_with("0.1.0")
    yield made
    made.close()


def test_N11_a_good_version_stays(machine):
    said = machine.updated(machine.release("0.2.0"), code=0)
    assert "0.2.0 runs and sees the doors that 0.1.0 saw" in said
    assert (machine.runs, machine.in_place, machine.phase()) == ("0.2.0", "0.2.0", "good")
    asked = [line.split()[1] for line in machine.commands()]
    assert asked == ["backup", "idle"], "a copy first, then nobody at a door"


@pytest.mark.parametrize("bad", BAD)
def test_N11_a_bad_version_goes_back_and_the_old_one_is_judged_too(folders, bad):
    behaviour, reason = BAD[bad]
    said = folders.updated(folders.release("0.2.0", **behaviour), code=2)
    assert reason in said
    assert (folders.runs, folders.in_place, folders.phase()) == ("0.1.0", "0.1.0", "reverted")


def test_N11_a_bad_package_goes_back_as_well(tmp_path):
    machine = Machine(tmp_path, packages=True)
    machine.begin_with("0.1.0")
    machine.updated(machine.release("0.2.0", blind=["A1"]), code=2)
    assert (machine.runs, machine.phase()) == ("0.1.0", "reverted")
    machine.close()


def test_N11_a_migrated_database_comes_back_with_the_version_that_understands_it(folders):
    folders.link.unlink()
    folders.begin_with("0.1.1", fails_on_newer=True)
    folders.updated(folders.release("0.2.0", migrates=True, schema=2, blind=["A1"]), code=2)
    assert (folders.runs, folders.schema()) == ("0.1.1", 1)
    assert "0.1.1 restore" in " ".join(folders.commands())


def test_N11_a_way_back_that_is_bad_too_is_said_and_not_called_good(folders):
    """Of two versions neither sees its doors: the cable was pulled in the same minute."""
    new = folders.release("0.2.0", blind=["A1"])
    process = folders.update(new)
    folders.until(lambda: folders.phase() == "switched")
    file = folders.releases / "0.1.0/behaviour.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"blind": ["B1"]}))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "neither is 0.1.0 now" in said
    assert folders.phase() == "broken"
    assert folders.in_place == "0.1.0", "what was good last stays in place"


GOOD_KILLS = [(side, phase) for phase in ("copied", "switched") for side in ("before", "after")] + [("after", "staged")]
BAD_KILLS = [*GOOD_KILLS, ("before", "back"), ("after", "back"), ("before", "reverted")]


@pytest.mark.parametrize(("side", "phase"), [*GOOD_KILLS, ("before", "good")])
def test_N11_killed_at_any_step_a_good_version_stays_in_the_end(machine, side, phase):
    machine.killed(side, phase, machine.release("0.2.0", migrates=True, schema=2))
    machine.updated("--resume", code=0)
    assert (machine.runs, machine.phase(), machine.schema()) == ("0.2.0", "good", 2)
    assert "no update is under way" in machine.updated("--resume", code=0)


@pytest.mark.parametrize(("side", "phase"), BAD_KILLS)
def test_N11_killed_at_any_step_a_bad_version_is_gone_in_the_end(folders, side, phase):
    folders.killed(side, phase, folders.release("0.2.0", blind=["A2"], migrates=True, schema=2))
    folders.updated("--resume", code=2)
    assert (folders.runs, folders.in_place, folders.phase(), folders.schema()) == ("0.1.0", "0.1.0", "reverted", 1)


def test_N11_the_seconds_that_a_version_was_given_hold_after_a_power_cut(folders):
    folders.killed("after", "switched", folders.release("0.2.0", blind=["A2"]))
    folders.updated("--resume", code=2, within=100_000)
    assert (folders.runs, folders.phase()) == ("0.1.0", "reverted")


@pytest.mark.parametrize("behaviour", [{}, {"blind": ["A1"]}], ids=["good", "bad"])
def test_N11_stopped_in_the_middle_of_unpacking_the_code_is_made_whole_before_anything_of_it_runs(tmp_path, behaviour):
    machine = Machine(tmp_path, packages=True)
    machine.begin_with("0.1.0")
    stop, mark = machine.folder / "stop-in-the-middle", machine.state / "unpacking"
    stop.touch()
    process = machine.update(machine.release("0.2.0", **behaviour))
    process.communicate(timeout=120)
    assert (process.returncode, mark.exists(), machine.phase()) == (-9, True, "switched")
    stop.unlink()
    machine.finish_unpacking()
    assert (mark.exists(), machine.in_place, machine.phase()) == (False, "0.2.0", "switched")
    machine.updated("--resume", code=2 if behaviour else 0)
    assert machine.runs == ("0.1.0" if behaviour else "0.2.0")
    machine.close()


def test_N11_stopped_in_the_middle_of_the_way_back_it_is_the_old_one_that_is_made_whole(tmp_path):
    machine = Machine(tmp_path, packages=True)
    machine.begin_with("0.1.0")
    machine.killed("after", "back", machine.release("0.2.0", blind=["A1"]))
    (machine.state / "unpacking").touch()
    machine.finish_unpacking()
    assert machine.in_place == "0.1.0"
    machine.updated("--resume", code=2)
    assert (machine.runs, machine.phase()) == ("0.1.0", "reverted")
    machine.close()


def test_N11_killed_before_it_is_written_down_there_was_no_update(machine):
    machine.killed("before", "staged", machine.release("0.2.0"))
    assert "no update is under way" in machine.updated("--resume", code=0)
    assert machine.runs == "0.1.0"


def test_N11_a_visitor_is_not_disturbed(machine):
    (machine.data / "visitor").touch()
    before = machine.orders()
    said = machine.updated(machine.release("0.2.0"), code=2)
    assert "somebody is at A1" in said
    assert machine.orders() == before, "nothing was restarted"
    assert (machine.runs, machine.phase()) == ("0.1.0", "reverted")
    (machine.data / "visitor").unlink()
    source = machine.state / "lockerd_0.2.0.deb" if machine.packages else machine.releases / "0.2.0"
    machine.updated(source, code=0)
    assert machine.runs == "0.2.0"


def test_N11_what_cannot_be_judged_or_undone_is_not_begun(folders):
    assert "runs already" in folders.updated(folders.releases / "0.1.0", code=1)
    assert "is no release" in folders.updated(folders.folder / "nowhere", code=1)
    new = folders.release("0.2.0")
    folders.killed("after", "staged", new)
    assert "is under way" in folders.updated(folders.release("0.3.0"), code=1)
    folders.updated("--resume", code=0)
    folders.stop()
    assert "does not answer" in folders.updated(folders.release("0.4.0"), code=1)


def test_N11_without_the_old_package_there_would_be_no_way_back(tmp_path):
    machine = Machine(tmp_path, packages=True)
    machine.begin_with("0.1.0")
    (machine.state / "lockerd_0.1.0.deb").unlink()
    before = machine.orders()
    assert "no way back" in machine.updated(machine.release("0.2.0"), code=1)
    assert machine.orders() == before
    machine.close()
