"""What a resident reports at the kiosk is a task until somebody settles it, and who looked at whom can be read."""

from datetime import timedelta

import pytest
from core_play import Play
from staff_bench import an_office
from task_list import tasks_of

from api.kiosk.effects import perform
from api.kiosk.messages import NoteEffect
from api.kiosk.values import ProblemKind
from api.staff.localized_text import LocalizedText
from api.staff.map_view import map_view
from locker.core.events.picture_events import SnapshotTaken
from locker.core.model import Seen
from locker.services.duty import Task, TaskKind
from locker.services.people import Role

SENTENCES = {
    ProblemKind.EMPTY: "a resident found it empty",
    ProblemKind.OTHER: "a resident found another parcel",
    ProblemKind.DAMAGED: "a resident found the parcel damaged",
    ProblemKind.STUCK: "a resident cannot get the parcel out",
}


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def reported(admin, problem=ProblemKind.EMPTY, tracking="SF1029384740192"):
    stored = await admin.bench.store(tracking)
    await perform(admin.bench.context, NoteEffect(problem, stored["compartment"], stored["parcel"]))
    return stored


@pytest.mark.parametrize("problem", ProblemKind)
async def test_every_report_of_a_resident_is_a_task_and_a_line_of_the_door_and_of_the_parcel(admin, problem):
    stored = await reported(admin, problem)
    door = stored["compartment"]
    browser = await admin.person(Role.OPERATOR)
    home = await browser.get("/")
    assert f"{door}: {SENTENCES[problem]}" in home.text
    assert "1 door needs you" in home.text
    for page in (f"/doors/{door}", f"/parcels/{stored['parcel']}"):
        assert "Resident reports" in (await browser.get(page)).text, page


async def test_a_report_stands_before_what_is_not_urgent_with_its_time_and_marks_its_door():
    play = Play()
    name = play.place(play.stored())
    play.later(72 * 3600)
    at = play.now - timedelta(minutes=5)
    text = LocalizedText("en", "UTC", play.now)
    reports = [Task(name, TaskKind.REPORT, at, "empty", 7)]
    view = tasks_of(play.site, text, reports=reports)
    assert (view.first.plate, view.first.time) == (name, text.clock(at))
    assert any("Overdue" in row.sentence for row in view.rows[1:])
    door = next(each for each in map_view(play.site, None, text, reports).doors if each.id == name)
    assert "alarm" in door.marks
    assert "a resident found it empty" in door.label


async def test_a_report_goes_when_somebody_settles_it_and_not_before_and_stays_in_the_history(admin):
    stored = await reported(admin)
    door = stored["compartment"]
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    page = await browser.get(f"/doors/{door}")
    form = page.form(f"/doors/{door}/settle")
    bare = await browser.post(f"/doors/{door}/settle", **{**form, "reason": " "})
    assert "Write a reason first" in bare.text
    page = await browser.send(bare, f"/doors/{door}/settle", reason="Resident has the parcel")
    assert not page.has_form(f"/doors/{door}/settle")
    assert "Report settled" in page.text
    assert "Resident has the parcel" in page.text
    assert "a resident found it empty" not in (await browser.get("/")).text
    settled = (await admin.bench.events("ReportSettled"))[-1]
    assert settled["by"] == "staff:chen.lin"
    assert settled["data"] == {
        "compartment": door,
        "parcel": stored["parcel"],
        "report": int(form["content"]),
        "reason": "Resident has the parcel",
    }


async def test_a_report_is_settled_once_and_a_second_report_stays(admin):
    stored = await reported(admin)
    door = stored["compartment"]
    await perform(admin.bench.context, NoteEffect(ProblemKind.DAMAGED, door, stored["parcel"]))
    one, other = await admin.person(name="a.one"), await admin.person(name="b.two")
    first, late = await one.get(f"/doors/{door}"), await other.get(f"/doors/{door}")
    await one.send(first, f"/doors/{door}/settle", reason="Parcel is back inside")
    same = {"content": first.form(f"/doors/{door}/settle")["content"]}
    page = await other.send(late, f"/doors/{door}/settle", having=same, reason="ok")
    assert len(await admin.bench.events("ReportSettled")) == 1
    assert "This report is settled already" in page.text
    assert "a resident found the parcel damaged" in page.text


async def test_a_report_is_settled_at_its_own_door_only(admin):
    door = (await reported(admin))["compartment"]
    browser = await admin.person(Role.OPERATOR)
    form = (await browser.get(f"/doors/{door}")).form(f"/doors/{door}/settle") | {"reason": "done"}
    other = next(each for each in admin.bench.context.engine.site.compartments if each != door)
    await browser.post(f"/doors/{other}/settle", **form)
    assert await admin.bench.events("ReportSettled") == []
    assert (await browser.post("/doors/Z9/settle", **form)).status == 404
    assert (await browser.post(f"/doors/{door}/settle", **{**form, "content": "x"})).status == 422


async def test_who_may_not_open_a_door_sees_a_report_and_settles_none(admin):
    door = (await reported(admin))["compartment"]
    browser = await admin.person(Role.AUDITOR)
    page = await browser.get(f"/doors/{door}")
    assert "a resident found it empty" in page.text
    assert not page.has_form(f"/doors/{door}/settle")
    csrf = (await browser.get("/me")).form("/sign-out")["csrf"]
    answer = await browser.post(f"/doors/{door}/settle", csrf=csrf, content="1", reason="done")
    assert answer.status == 403
    assert await admin.bench.events("ReportSettled") == []


async def test_who_looked_at_a_recipient_and_at_pictures_stands_in_the_timelines(admin):
    stored = await admin.bench.store("SF1029384740192")
    door, parcel = stored["compartment"], stored["parcel"]
    taken = SnapshotTaken(compartment=door, parcel=parcel, cause="stored", of=1, sha256="a" * 64, day="2026-03-01")
    await admin.bench.context.engine.record(taken, "camera")
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    await browser.send(await browser.get(f"/parcels/{parcel}"), f"/parcels/{parcel}/show")
    await browser.send(await browser.get(f"/doors/{door}"), f"/doors/{door}/pictures")
    auditor = await admin.person(Role.AUDITOR)
    timeline = (await auditor.get(f"/parcels/{parcel}")).text
    assert "Name and phone shown chen.lin" in timeline
    assert "Pictures shown chen.lin" in timeline
    assert "Pictures shown chen.lin" in (await auditor.get(f"/doors/{door}")).text
    assert Seen.SHUT is admin.bench.context.engine.site.compartments[door].seen
