"""How it goes: six questions that people ask, answered, with the numbers of this locker in the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.resident.public_record import opening_hours

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import Asked, ResidentPages

QUESTIONS = ("collect", "lost", "late", "somebody", "broken", "data")


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the page. It says nothing of anybody, so that whoever holds a link, or none, may read it."""

    async def answers(asked: Asked) -> Response:
        context = pages.context
        policy = context.engine.site.policy
        fills = {"hours": policy.free_hours, "digits": policy.code_digits, "seconds": policy.reopen_seconds}
        return pages.render(
            "help", asked, questions=QUESTIONS, fills=fills, hours=opening_hours(context),
            always=not policy.opening.week_at(context.engine.now()),
        )  # fmt: skip

    app.add_route("/help", pages.public(answers), methods=["GET"])
