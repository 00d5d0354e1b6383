"""The whole daemon and its notices: a start without the key loses none, and a revoked token is out at once."""

PHONE = "+8613800000001"


def texts(sim):
    return sim.world.get(f"/phones/{PHONE}").json()


def health(sim):
    return sim.get("/health")["status"]


def waiting(sim):
    return 'lockerd_notices{state="waiting"} 1' in sim.api.get(f"http://127.0.0.1:{sim.staff_port}/metrics").text


def test_a_notice_waits_out_a_start_without_the_key_and_leaves_when_it_is_back(make_cabinet):
    sim = make_cabinet()
    sim.hand("/phones/fault", {"kind": "down", "on": True})
    stored = sim.stored("SF1")
    sim.until("a notice that waits", lambda: waiting(sim))
    sim.stop()
    key = sim.data / "key"
    aside = key.rename(sim.folder / "key")
    sim.start()
    sim.hand("/phones/fault", {"kind": "down", "on": False})
    assert health(sim) == "sealed"
    for _ in range(10):
        sim.later(120)
    assert texts(sim) == []
    assert waiting(sim)
    aside.rename(key)
    sim.later(10)
    sim.until("healed", lambda: health(sim) != "sealed")
    sim.later(60)
    assert sim.notice(stored["parcel"])["code"]
    assert len(texts(sim)) == 1
    assert not any(event["kind"] == "NoticeFailed" for event in sim.events())


def test_a_token_that_is_revoked_on_the_command_line_is_out_at_once(make_cabinet):
    sim = make_cabinet()
    other = sim.lockerd("token", "create", "carrier", "--scope", "read")
    headers = {"Authorization": f"Bearer {other}"}
    assert sim.api.get("/compartments", headers=headers).status_code == 200
    assert sim.lockerd("token", "list").split("\t")[0] == "test"
    assert "lets nobody in" in sim.lockerd("token", "revoke", "carrier")
    assert sim.api.get("/compartments", headers=headers).status_code == 401
    assert sim.lockerd("courier", "list")
