"""The operator's page of work: who has how much, and how it is moved from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from fleet import assignments, overview
from fleet.assignments import NotAssigned
from fleet.pages.page_request import HEADERS, PageRequest, render

if TYPE_CHECKING:
    from starlette.responses import Response


async def work_page(page: PageRequest, *, fault: str = "") -> Response:
    """Everybody with what they have, and what was moved last."""
    lines = await overview.lockers(page.connection)
    return render(
        page.http,
        "work.html",
        409 if fault else 200,
        loads=assignments.loads(lines),
        people=await assignments.people(page.connection),
        changes=await assignments.changes(page.connection),
        fault=fault,
        session=page.session,
    )


async def move_work(page: PageRequest) -> Response:
    """All of one person's lockers to another."""
    form = page.form
    try:
        await assignments.move_work(
            page.connection,
            form.get("before", ""),
            form.get("person", ""),
            form.get("note", ""),
            page.session.operator,
        )
    except NotAssigned as wrong:
        return await work_page(page, fault=str(wrong))
    return RedirectResponse("/work", 303, headers=HEADERS)
