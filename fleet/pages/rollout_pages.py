"""The operator's pages of changes for many: what is under way, one change with its stages, and a new one."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from fleet import rollouts
from fleet.pages.page_request import HEADERS, PageRequest, proved, render
from fleet.rollouts import Change, RolloutNotPossible

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WATCH_MINUTES = 7 * 24 * 60
_LONGEST_REASON = 200
_YEARS = range(2000, 3000)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


async def rollouts_page(page: PageRequest, *, fault: str = "", typed: Mapping[str, str] | None = None) -> Response:
    """What is under way and what was, and the form of a new one."""
    return render(
        page.http,
        "rollouts.html",
        409 if fault else 200,
        rollouts=await rollouts.listed(page.connection),
        kinds=await rollouts.kinds(page.connection),
        fault=fault,
        typed=typed or {},
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


async def new_rollout(page: PageRequest) -> Response:
    """Begin one. Whatever is wrong is said, and what was typed stays."""
    form = page.form
    try:
        change, first, watch = _read(form, await rollouts.kinds(page.connection))
        await _must_be_proved(page)
        name = await rollouts.begin(page.connection, change, first, watch, page.session.operator)
    except RolloutNotPossible as wrong:
        return await rollouts_page(page, fault=str(wrong), typed=form)
    return RedirectResponse(f"/rollouts/{name}", 303, headers=HEADERS)


async def rollout_page(page: PageRequest, *, fault: str = "") -> Response:
    """One change: how far it is, in which stage, and at which locker it stopped."""
    name = page.http.path_params["rollout"]
    found = await rollouts.one(page.connection, name) if _NAME.fullmatch(name) else None
    if found is None:
        return render(page.http, "error.html", 404, key="fleet.no_page", session=page.session)
    change, parts = found
    stages = [
        (stage, Counter(part.state for part in parts if part.stage == stage), [p for p in parts if p.stage == stage])
        for stage in sorted({part.stage for part in parts})
    ]
    return render(
        page.http,
        "rollout.html",
        409 if fault else 200,
        change=change,
        body=json.dumps(change["body"], ensure_ascii=False, indent=2),
        stages=stages,
        n_done=sum(part.state == "done" for part in parts),
        n_all=len(parts),
        fault=fault,
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


async def decide_rollout(page: PageRequest) -> Response:
    """Halt it, go on, or take it back everywhere."""
    name = page.http.path_params["rollout"]
    if not _NAME.fullmatch(name):
        return await rollout_page(page)
    try:
        await _must_be_proved(page)
        await rollouts.decide(page.connection, name, page.form.get("wish", ""))
    except RolloutNotPossible as wrong:
        return await rollout_page(page, fault=str(wrong))
    return RedirectResponse(f"/rollouts/{name}", 303, headers=HEADERS)


async def _must_be_proved(page: PageRequest) -> None:
    if not await proved(page):
        raise RolloutNotPossible("fleet.wrong_code")


def _read(form: Mapping[str, str], known: list[str]) -> tuple[Change, list[str], int]:
    reason = form.get("reason", "")
    if form.get("kind") not in known:
        raise RolloutNotPossible("fleet.rollout_which_kind")
    if not 1 <= len(reason) <= _LONGEST_REASON or not reason.isprintable():
        raise RolloutNotPossible("fleet.say_why")
    try:
        body: Any = json.loads(form.get("body", "") or "{}", parse_constant=_no_number)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        watch = int(form.get("watch", "") or "60")
    except (ValueError, RecursionError):
        raise RolloutNotPossible("fleet.rollout_no_json") from None
    if not isinstance(body, dict) or "\\u0000" in json.dumps(body):
        raise RolloutNotPossible("fleet.rollout_no_json")
    if not 0 <= watch <= LONGEST_WATCH_MINUTES:
        raise RolloutNotPossible("fleet.rollout_watch")
    starts_at, ends_at = _moment(form.get("starts_at", "")), _moment(form.get("ends_at", ""))
    if starts_at and ends_at and ends_at <= starts_at:
        raise RolloutNotPossible("fleet.rollout_times")
    return Change(form["kind"], body, reason, starts_at, ends_at), form.get("first", "").split(), watch


def _no_number(name: str) -> float:
    raise ValueError(name)


def _moment(text: str) -> datetime | None:
    """A time of a form, which is in UTC as all times of these pages."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise RolloutNotPossible("fleet.rollout_times") from None
    if read.year not in _YEARS:
        raise RolloutNotPossible("fleet.rollout_times")
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
