"""An incident begins by a word or a public alert, and is told at once: cause, recovery and what to do instead."""

import pytest
from machine_bench import a_bench, said
from public_alerts import cap, info

ALERTS = {"Content-Type": "application/cap+xml"}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_PK_06_an_incident_is_told_at_once_with_cause_recovery_and_what_to_do_instead(bench):
    staff = await bench.client("staff")
    words = {"en": {"cause": "Power cut", "alternative": "Ask at the desk"}}
    body = {"words": words, "recovers_at": "2026-03-01T10:00:00Z", "tell": "all"}
    await said(await staff.put("/incident", json=body))
    (sent,) = await said(await (await bench.client("read")).get("/broadcasts"))
    assert sent["texts"] == {"en": "Power cut. Expected to work again: 1 Mar 10:00. Until then: Ask at the desk."}
    assert (sent["template"], sent["audience"]) == ("incident", "all")
    for missing in ("cause", "alternative"):
        told = {"en": {name: text for name, text in words["en"].items() if name != missing}}
        assert (await said(await staff.put("/incident", json=body | {"words": told}), 422))[
            "field"
        ] == f"words.en.{missing}"
    without_end = {name: value for name, value in body.items() if name != "recovers_at"}
    assert (await said(await staff.put("/incident", json=without_end), 422))["field"] == "recovers_at"
    assert len(await bench.events("BroadcastSent")) == 1, "what was refused told nobody"


async def test_PK_06_without_a_word_who_is_told_the_screen_alone_tells(bench):
    staff = await bench.client("staff")
    words = {"en": {"cause": "Power cut", "alternative": "Ask at the desk"}}
    await said(await staff.put("/incident", json={"words": words, "recovers_at": "2026-03-01T10:00:00Z"}))
    assert await bench.events("BroadcastSent") == []


async def test_PK_05_a_severe_alert_begins_an_incident_once_and_its_cancelling_ends_it(bench):
    staff, incidents = await bench.client("staff"), bench.context.incidents
    storm = cap(info(expires="2026-03-01T20:00:00+08:00"))
    assert await said(await staff.post("/alerts", content=storm, headers=ALERTS)) == {
        "alert": "CN-1",
        "outcome": "started",
    }
    assert incidents.now.told("en").cause == "Red rainstorm warning"
    assert (await said(await staff.post("/alerts", json={"cap": storm})))["outcome"] == "known"
    other = cap(kind="Cancel", name="CN-8", references="a,CN-7,b")
    assert (await said(await staff.post("/alerts", content=other, headers=ALERTS)))["outcome"] == "not-ours"
    assert incidents.now is not None
    over = cap(kind="Cancel", name="CN-9", references="a,CN-1,b")
    assert (await said(await staff.post("/alerts", content=over, headers=ALERTS)))["outcome"] == "ended"
    assert incidents.now is None
    assert len(await bench.events("BroadcastSent")) == 1


@pytest.mark.parametrize(
    ("alert", "outcome"),
    [
        (cap(info(), status="Exercise"), "exercise"),
        (cap(info(severity="Minor")), "minor"),
        (cap(info(expires="2026-03-01T07:59:00Z")), "over"),
    ],
)
async def test_PK_05_an_exercise_a_slight_one_and_one_that_is_over_begin_nothing(bench, alert, outcome):
    staff = await bench.client("staff")
    assert (await said(await staff.post("/alerts", content=alert, headers=ALERTS)))["outcome"] == outcome
    assert bench.context.incidents.now is None
    assert await bench.events("BroadcastSent") == []


async def test_PK_05_what_has_no_end_in_sight_is_told_for_a_year_and_shown(bench):
    staff = await bench.client("staff")
    storm = cap(info(expires="9999-12-31T23:59:59+00:00"))
    assert (await said(await staff.post("/alerts", content=storm, headers=ALERTS)))["outcome"] == "started"
    assert bench.context.incidents.now.recovers_at.year == 2027
    words = {"en": {"cause": "Power cut", "alternative": "Ask at the desk"}}
    late = await staff.put("/incident", json={"words": words, "recovers_at": "9999-12-31T23:59:59Z"})
    assert (await said(late, 422))["field"] == "recovers_at"


async def test_PK_05_what_is_no_alert_is_refused_with_the_element(bench):
    staff = await bench.client("staff")
    for content, field in ((b"<alert/>", "alert"), (b"\xff", "body"), (cap(info(), kind="x").encode(), "msgType")):
        assert (await said(await staff.post("/alerts", content=content, headers=ALERTS), 422))["field"] == field
    french = cap(info("fr-FR"))
    assert (await said(await staff.post("/alerts", content=french, headers=ALERTS), 422))["field"] == "words"
