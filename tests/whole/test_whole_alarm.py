"""The whole daemon calls the staff that its site file names, and an account ends while it runs."""

from locker_sim import LockerSim

GUARD = "+8613900000001"


def test_SEC_05_a_forced_door_rings_at_the_phone_of_the_site_file(tmp_path):
    sim = LockerSim(tmp_path / "cabinet")
    text = sim.file.read_text(encoding="utf-8")
    sim.file.write_text(text.replace("[notices]\n", f'[notices]\nstaff = ["{GUARD}"]\n'), encoding="utf-8")
    sim.start()
    try:
        door = sim.get("/compartments")[0]["id"]
        sim.fault(door, "forced")
        (message,) = sim.until("the call", lambda: sim.world.get(f"/phones/{GUARD}").json())
        assert (message["template"], message["data"]["door"]) == ("staff-alarm", door)
        assert sim.lockerd("staff", "add", "chen.lin", "--role", "operator")
        assert "cannot sign in" in sim.lockerd("staff", "disable", "chen.lin")
        noted = [event["data"]["what"] for event in sim.events() if event["kind"] == "Noted"]
        assert noted[-2:] == ["staff-added", "staff-disabled"]
    finally:
        sim.kill()
