"""The operator's pages of changes for many: what is under way, one change with its stages, and a new one."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from fleet import rollout_decisions, rollouts
from fleet.pages.page_request import HEADERS, PageRequest, proved, render
from fleet.rollout_contents import PROGRAM, VERSION
from fleet.rollout_decisions import BRING_IN, LEAVE_OUT, MAY_BE_LEFT_OUT
from fleet.rollouts import Change, RolloutNotPossible

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WATCH_MINUTES = 7 * 24 * 60
_LONGEST_REASON = 200
_DIGITS = 6
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
        programs=await rollouts.programs(page.connection),
        fault=fault,
        typed=typed or {},
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


async def new_rollout(page: PageRequest) -> Response:
    """Begin one. Whatever is wrong is said, and what was typed stays."""
    form = page.form
    try:
        known = await rollouts.kinds(page.connection)
        change = _program(form) if form.get("kind") == PROGRAM else _rule(form, known)
        first, watch = form.get("first", "").split(), _watch(form)
        await _must_be_proved(page)
        name = await rollouts.begin(page.connection, change, first, watch, page.session.operator)
    except RolloutNotPossible as wrong:
        return await rollouts_page(page, fault=str(wrong), typed=form)
    return RedirectResponse(f"/rollouts/{name}", 303, headers=HEADERS)


async def rollout_page(page: PageRequest, *, fault: str = "") -> Response:
    """One change: how far it is, in which stage, and at which locker it stopped."""
    name, asked = page.http.path_params["rollout"], page.http.query_params.get("part") or page.form.get("locker", "")
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
        counts=Counter(part.state for part in parts),
        n_all=len(parts),
        chosen=next((part for part in parts if part.locker == asked), None),
        may_be_left_out=MAY_BE_LEFT_OUT,
        decisions=await rollout_decisions.decisions(page.connection, name),
        reason=page.form.get("reason", ""),
        fault=fault,
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


async def decide_rollout(page: PageRequest) -> Response:
    """Halt it, go on, stop it, take it back everywhere; leave one locker out, or bring it in again."""
    name, wish = page.http.path_params["rollout"], page.form.get("wish", "")
    locker, by, reason = page.form.get("locker", ""), page.session.operator, page.form.get("reason", "")
    if not _NAME.fullmatch(name):
        return await rollout_page(page)
    try:
        await _must_be_proved(page)
        if wish == LEAVE_OUT:
            await rollout_decisions.leave_out(page.connection, name, locker, _reason(reason), by)
        elif wish == BRING_IN:
            await rollout_decisions.bring_in(page.connection, name, locker, by)
        else:
            await rollout_decisions.decide(page.connection, name, wish, by)
    except RolloutNotPossible as wrong:
        return await rollout_page(page, fault=str(wrong))
    return RedirectResponse(f"/rollouts/{name}", 303, headers=HEADERS)


async def _must_be_proved(page: PageRequest) -> None:
    if not await proved(page):
        raise RolloutNotPossible("fleet.wrong_code")


def _reason(text: str) -> str:
    if not 1 <= len(text) <= _LONGEST_REASON or not text.isprintable():
        raise RolloutNotPossible("fleet.say_why")
    return text


def _watch(form: Mapping[str, str]) -> int:
    text = form.get("watch", "") or "60"
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS) or int(text) > LONGEST_WATCH_MINUTES:
        raise RolloutNotPossible("fleet.rollout_watch")
    return int(text)


def _program(form: Mapping[str, str]) -> Change:
    """Another version of the program, as it is called in the repository from which lockers take it."""
    version = form.get("version", "")
    if not VERSION.fullmatch(version):
        raise RolloutNotPossible("fleet.program_which")
    return Change(PROGRAM, {"version": version}, _reason(form.get("reason", "")))


def _rule(form: Mapping[str, str], known: list[str]) -> Change:
    if form.get("kind") not in known:
        raise RolloutNotPossible("fleet.rollout_which_kind")
    reason = _reason(form.get("reason", ""))
    try:
        body: Any = json.loads(form.get("body", "") or "{}", parse_constant=_no_number)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise RolloutNotPossible("fleet.rollout_no_json") from None
    if not isinstance(body, dict) or "\\u0000" in json.dumps(body):
        raise RolloutNotPossible("fleet.rollout_no_json")
    starts_at, ends_at = _moment(form.get("starts_at", "")), _moment(form.get("ends_at", ""))
    if starts_at and ends_at and ends_at <= starts_at:
        raise RolloutNotPossible("fleet.rollout_times")
    return Change(form["kind"], body, reason, starts_at, ends_at)


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
