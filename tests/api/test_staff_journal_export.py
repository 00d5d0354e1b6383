"""The journal leaves the panel as a table: after a fresh code, told in the journal, with nothing a spreadsheet runs."""

import csv
import io

import pytest
from staff_bench import an_office

from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_an_auditor_exports_what_the_form_looks_for_and_that_is_a_line_too(office):
    await office.bench.store()
    auditor = await office.person(Role.AUDITOR, name="audit")
    operator = await office.person(Role.OPERATOR, name="chen")
    await operator.send(await operator.get("/doors/A2"), "/doors/A2/open", reason='=HYPERLINK("x")')
    await office.bench.settle()
    page = await auditor.post(
        "/journal", csrf=(await auditor.get("/journal")).forms[0][1]["csrf"], door="A2", group="all"
    )
    answer = await auditor.raw("/journal/export", page.form("/journal/export"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["door"] for row in rows} <= {"A2", ""}, "one line of all doors tells of this one too"
    (order,) = [row for row in rows if row["kind"] == "UnlockOrdered"]
    assert (order["by"], order["time"][-1]) == ("staff:chen", "Z")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    (told,) = [each for each in await office.bench.events("Noted") if each["data"]["what"] == "journal-exported"]
    assert told["by"] == "staff:audit"


async def test_nobody_exports_from_a_panel_left_alone_or_without_the_right(office):
    auditor = await office.person(Role.AUDITOR, name="audit")
    form = (await auditor.get("/journal")).form("/journal/export")
    office.bench.clock.advance(301)
    assert (await auditor.raw("/journal/export", form)).headers["location"] == "/prove?next=%2Fjournal"
    operator = await office.person(Role.OPERATOR, name="chen")
    csrf = (await operator.get("/me")).forms[0][1]["csrf"]
    assert (await operator.raw("/journal/export", {"csrf": csrf})).status_code == 403
    assert "journal-exported" not in str(await office.bench.events("Noted"))
