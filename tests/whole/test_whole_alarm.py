"""The whole daemon calls the staff that its site file names, and an account ends while it runs."""

from locker_sim import LockerSim

GUARD = "+8613900000001"


def about(door, messages):
    """Those of this door: a slow machine calls for itself too."""
    return [message for message in messages if message["data"]["door"] == door]


def test_SEC_05_a_forced_door_rings_at_the_phone_of_the_site_file(tmp_path):
    sim = LockerSim(tmp_path / "cabinet")
    text = sim.file.read_text(encoding="utf-8")
    sim.file.write_text(text.replace("[notices]\n", f'[notices]\nstaff = ["{GUARD}"]\n'), encoding="utf-8")
    sim.start()
    try:
        door = sim.get("/compartments")[0]["id"]
        sim.fault(door, "forced")
        calls = sim.until("the call", lambda: about(door, sim.world.get(f"/phones/{GUARD}").json()))
        assert [message["template"] for message in calls] == ["staff-alarm"]
        assert sim.lockerd("staff", "add", "chen.lin", "--role", "operator")
        assert "cannot sign in" in sim.lockerd("staff", "disable", "chen.lin")
        noted = [event["data"]["what"] for event in sim.events() if event["kind"] == "Noted"]
        assert noted[-2:] == ["staff-added", "staff-disabled"]
    finally:
        sim.kill()
