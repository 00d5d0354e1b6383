"""SEC-03: every route of panel and machine API against every role and scope. A route without a line here fails."""

import re

import httpx
import pytest
from staff_bench import an_office
from starlette.routing import Route

from api.app import static_files
from api.machine.endpoint import ApiEndpoint
from api.machine.operations import OPERATIONS
from api.machine.routes import machine_app
from api.staff.routes import panel_app
from locker.services.people import RIGHTS, Device, Right, Role, Scope

ANYBODY, SIGNED_IN = "anybody", "signed in"
SIGNED = "a signature of the body, and no token"

PANEL = {
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/code": ANYBODY,
    "POST /sign-in/code": ANYBODY,
    "GET /sign-in/enrol": ANYBODY,
    "POST /sign-in/enrol": ANYBODY,
    "GET /set-up": ANYBODY,
    "POST /set-up": ANYBODY,
    "POST /language": ANYBODY,
    "GET /live": SIGNED_IN,
    "GET /me": SIGNED_IN,
    "POST /me/stay": SIGNED_IN,
    "POST /me/password": SIGNED_IN,
    "POST /me/session": SIGNED_IN,
    "POST /me/other-sessions": SIGNED_IN,
    "POST /me/recovery-codes": SIGNED_IN,
    "POST /me/app": SIGNED_IN,
    "GET /prove": SIGNED_IN,
    "POST /prove": SIGNED_IN,
    "POST /sign-out": SIGNED_IN,
    "POST /sign-out-everywhere": SIGNED_IN,
    "GET /": SIGNED_IN,
    "POST /tasks/take": Right.TASKS,
    "POST /tasks/give-back": Right.TASKS,
    "GET /duty": SIGNED_IN,
    "GET /procedures/{kind}": SIGNED_IN,
    "POST /duty/note": Right.TASKS,
    "POST /duty/take-over": Right.TASKS,
    "POST /duty/shift": Right.DUTY,
    "POST /duty/cancel": Right.DUTY,
    "GET /duty/training": SIGNED_IN,
    "POST /duty/training": Right.DUTY,
    "POST /duty/training/remove": Right.DUTY,
    "GET /procedures": SIGNED_IN,
    "GET /glossary": SIGNED_IN,
    "GET /machine": SIGNED_IN,
    "GET /machine/security": SIGNED_IN,
    "POST /machine/security": Right.JOURNAL,
    "GET /machine/security/sbom.json": SIGNED_IN,
    "GET /machine/security/vex.json": SIGNED_IN,
    "GET /.well-known/security.txt": ANYBODY,
    "GET /doors/{door}": SIGNED_IN,
    "POST /doors/{door}/open": Right.OPEN,
    "POST /doors/{door}/settle": Right.OPEN,
    "POST /doors/{door}/clear": Right.CLEAR,
    "POST /doors/{door}/word": Right.CLEAR,
    "POST /doors/{door}/retire": Right.RETIRE,
    "POST /doors/{door}/restore": Right.RESTORE,
    "POST /doors/{door}/pictures": Right.SHOW,
    "GET /pictures/{sha256}": Right.SHOW,
    "GET /clips/{sha256}": Right.SHOW,
    "GET /clips/{sha256}/{number}": Right.SHOW,
    "GET /cases/calls": SIGNED_IN,
    "POST /cases/calls": Right.CASES,
    "POST /cases/calls/take": Right.CASES,
    "POST /cases/calls/drop": Right.CASES,
    "POST /cases/calls/undo": Right.CASES,
    "POST /cases/{number}/pictures": Right.SHOW,
    "GET /parcels": SIGNED_IN,
    "POST /parcels": SIGNED_IN,
    "GET /parcels/outbound": SIGNED_IN,
    "GET /parcels/dispatch": SIGNED_IN,
    "POST /parcels/dispatch": Right.HANDLE,
    "GET /parcels/dispatch/{parcel}": SIGNED_IN,
    "POST /parcels/dispatch/{parcel}/offer": Right.HANDLE,
    "POST /parcels/dispatch/{parcel}/answer": Right.HANDLE,
    "POST /parcels/dispatch/{parcel}/eta": Right.HANDLE,
    "GET /parcels/shifts": Right.HANDLE,
    "POST /parcels/shifts": Right.HANDLE,
    "GET /parcels/stock": SIGNED_IN,
    "POST /parcels/stock": Right.HANDLE,
    "POST /parcels/stock/change": Right.HANDLE,
    "GET /parcels/{parcel}": SIGNED_IN,
    "GET /parcels/{parcel}/label": SIGNED_IN,
    "POST /parcels/{parcel}/show": Right.SHOW,
    "POST /parcels/{parcel}/waive": Right.WAIVE,
    "POST /parcels/{parcel}/not-coming": Right.HANDLE,
    "POST /parcels/{parcel}/release": Right.HANDLE,
    "POST /parcels/{parcel}/new-code": Right.HANDLE,
    "POST /parcels/{parcel}/more-time": Right.HANDLE,
    "POST /parcels/{parcel}/move": Right.HANDLE,
    "POST /parcels/{parcel}/hold": Right.HANDLE,
    "POST /parcels/{parcel}/unhold": Right.HANDLE,
    "POST /parcels/{parcel}/reassign": Right.HANDLE,
    "POST /parcels/{parcel}/return": Right.HANDLE,
    "POST /parcels/{parcel}/hand-over": Right.HANDLE,
    "POST /parcels/{parcel}/sender-check": Right.HANDLE,
    "POST /parcels/{parcel}/take-over": Right.HANDLE,
    "POST /parcels/{parcel}/end-credential": Right.HANDLE,
    "GET /journal": Right.JOURNAL,
    "POST /journal": Right.JOURNAL,
    "POST /journal/export": Right.JOURNAL,
    "GET /access": Right.ACCESS,
    "GET /access/new": Right.ACCESS,
    "POST /access/token": Right.ACCESS,
    "POST /access/courier": Right.ACCESS,
    "POST /access/session": Right.ACCESS,
    "POST /access/new-token": Right.ACCESS,
    "POST /access/new-account": Right.ACCESS,
    "POST /access/renew": Right.ACCESS,
    "POST /access/role": Right.ACCESS,
    "POST /access/disable": Right.ACCESS,
    "GET /incident": SIGNED_IN,
    "GET /automation": SIGNED_IN,
    "POST /incident": Right.CASES,
    "POST /incident/alert": Right.CASES,
    "POST /incident/end": Right.CASES,
    "GET /broadcasts": Right.RULES,
    "POST /broadcasts": Right.RULES,
    "GET /cases": SIGNED_IN,
    "GET /cases/closed": SIGNED_IN,
    "GET /cases/new": Right.CASES,
    "POST /cases/new": Right.CASES,
    "GET /cases/{number}": SIGNED_IN,
    "GET /cases/{number}/photos/{sha256}": Right.SHOW,
    "POST /cases/{number}/words": Right.CASES,
    "POST /cases/{number}/stage": Right.CASES,
    "POST /cases/{number}/fill": Right.CASES,
    "POST /cases/{number}/owner": Right.CASES,
    "POST /cases/{number}/urgent": Right.CASES,
    "POST /cases/{number}/forward": Right.CASES,
    "POST /cases/{number}/returned": Right.CASES,
    "POST /cases/{number}/decide": Right.CASES,
    "POST /cases/{number}/approve": Right.APPROVE,
    "POST /cases/{number}/close": Right.CASES,
    "POST /cases/{number}/file": Right.CASES,
    "GET /cases/emergency": SIGNED_IN,
    "POST /cases/emergency": Right.OPEN,
    "POST /cases/{number}/danger-over": Right.OPEN,
    "GET /cases/working-days": Right.CASES,
    "POST /cases/working-days": Right.CASES,
    "GET /mass-openings": Right.OPEN,
    "POST /mass-openings/ask": Right.OPEN,
    "POST /mass-openings/approve": Right.OPEN,
    "POST /mass-openings/stop": Right.OPEN,
    "POST /doors/{door}/serviced": Right.RETIRE,
    "GET /rounds": SIGNED_IN,
    "GET /entries": Right.JOURNAL,
    "POST /rounds/start": Right.OPEN,
    "GET /rounds/{round}": SIGNED_IN,
    "GET /rounds/{round}/table.csv": SIGNED_IN,
    "POST /rounds/{round}/photos": Right.SHOW,
    "GET /rounds/{round}/photos/{sha256}": Right.SHOW,
    "POST /rounds/{round}/open": Right.OPEN,
    "POST /rounds/{round}/record": Right.OPEN,
    "POST /rounds/{round}/end": Right.OPEN,
    "GET /people": Right.PEOPLE,
    "POST /people": Right.PEOPLE,
    "GET /people/new": Right.PEOPLE,
    "POST /people/new": Right.PEOPLE,
    "POST /people/export": Right.ACCESS,
    "GET /people/couriers": Right.PEOPLE,
    "GET /people/drop-off-passes": Right.PEOPLE,
    "POST /people/drop-off-passes/key": Right.ACCESS,
    "POST /people/drop-off-passes/end-key": Right.ACCESS,
    "POST /people/drop-off-passes/revoke": Right.ACCESS,
    "GET /people/applications": Right.PEOPLE,
    "POST /people/applications/show": Right.SHOW,
    "POST /people/applications/approve": Right.PEOPLE,
    "POST /people/applications/refuse": Right.PEOPLE,
    "POST /people/applications/refuse-all": Right.PEOPLE,
    "POST /people/couriers/enrol": Right.ACCESS,
    "POST /people/couriers/verify": Right.ACCESS,
    "POST /people/couriers/renew": Right.ACCESS,
    "POST /people/couriers/suspend": Right.ACCESS,
    "POST /people/couriers/end": Right.ACCESS,
    "POST /people/couriers/company": Right.ACCESS,
    "GET /people/import": Right.ACCESS,
    "POST /people/import": Right.ACCESS,
    "POST /people/import/read": Right.ACCESS,
    "POST /people/import/drop": Right.ACCESS,
    "POST /people/import/start": Right.ACCESS,
    "POST /people/import/undo": Right.ACCESS,
    "GET /people/{resident}": Right.PEOPLE,
    "POST /people/{resident}/save": Right.PEOPLE,
    "POST /people/{resident}/wishes": Right.PEOPLE,
    "POST /people/{resident}/show": Right.SHOW,
    "POST /people/{resident}/links": Right.PEOPLE,
    "POST /people/{resident}/copy": Right.PEOPLE,
    "POST /people/{resident}/erase": Right.PEOPLE,
    "GET /rules": SIGNED_IN,
    "GET /rules/{kind}": SIGNED_IN,
    "GET /rules/{kind}/write": Right.RULES,
    "POST /rules/{kind}/preview": Right.RULES,
    "POST /rules/{kind}/add": Right.RULES,
    "POST /rules/{kind}/undo": Right.RULES,
    "GET /reports": SIGNED_IN,
    "GET /reports/live": SIGNED_IN,
    "GET /reports/analysis": SIGNED_IN,
    "POST /reports/analysis": Right.RULES,
    "POST /reports/analysis/done": Right.RULES,
    "POST /reports/praise": Right.ACCESS,
    "GET /reports/mine": SIGNED_IN,
    "GET /reports/{report}": SIGNED_IN,
    "GET /reports/{report}/csv": SIGNED_IN,
}

MACHINE = {
    "GET /health": None,
    "GET /openapi.json": None,
    "GET /openapi-plain.json": None,
    "POST /callbacks/receipts": SIGNED,
    "POST /callbacks/payments": SIGNED,
    "POST /pickups": "pickup",
    "POST /pickups/{pickup}/put-back": "pickup",
    "POST /pickups/{pickup}/reject": "pickup",
    "POST /pickups/{pickup}/accept": "pickup",
    "POST /parcels/{parcel}/extend": "pickup",
    "GET /outbound": "read",
    "GET /delivery-price": "read",
    "GET /outbound/{parcel}": "read",
    "POST /dispatch": "staff",
    "POST /outbound/{parcel}/offer": "staff",
    "POST /outbound/{parcel}/answer": "deposit",
    "POST /outbound/{parcel}/eta": "deposit",
    "POST /outbound/{parcel}/news": "deposit",
    "POST /deposits": "deposit",
    "GET /deposits/{deposit}": "deposit",
    "POST /deposits/{deposit}/cancel": "deposit",
    "POST /deposits/{deposit}/resize": "deposit",
    "POST /deposits/{deposit}/reopen": "deposit",
    "POST /outbound": "deposit",
    "POST /parcels/{parcel}/hand-over": "deposit",
    "POST /parcels/{parcel}/withdraw": "deposit",
    "POST /expected": "deposit",
    "POST /entries": "entry",
    "GET /deposit-rights": "deposit",
    "POST /deposit-rights/revoke": "deposit",
    "GET /webhooks": "read",
    "POST /webhooks/{webhook}/replay": "staff",
    "POST /webhooks/{webhook}/dead-letters/send": "staff",
    "DELETE /expected/{tracking}": "deposit",
    "GET /compartments": "read",
    "GET /compartments/{compartment}": "read",
    "GET /parcels": "read",
    "GET /parcels/{parcel}": "read",
    "GET /parcels/{parcel}/credentials": "read",
    "GET /parcels/{parcel}/snapshots": "read",
    "GET /snapshots/{sha256}": "read",
    "GET /events": "read",
    "GET /events/schema": "read",
    "GET /events/stream": "read",
    "GET /expected": "read",
    "GET /places": "read",
    "GET /rules": "read",
    "GET /rules/{kind}": "read",
    "POST /compartments/{compartment}/open": "staff",
    "POST /compartments/{compartment}/clear": "staff",
    "POST /compartments/{compartment}/retire": "staff",
    "POST /compartments/{compartment}/restore": "staff",
    "POST /mass-openings": "staff",
    "GET /mass-openings/{opening}": "staff",
    "POST /mass-openings/{opening}/stop": "staff",
    "PUT /residents": "staff",
    "POST /parcels/{parcel}/credentials": "staff",
    "DELETE /parcels/{parcel}/credentials/{credential}": "staff",
    "POST /parcels/{parcel}/hold": "staff",
    "POST /parcels/{parcel}/unhold": "staff",
    "POST /parcels/{parcel}/reassign": "staff",
    "POST /parcels/{parcel}/move": "staff",
    "POST /parcels/{parcel}/release": "staff",
    "POST /places/{place}/parcels": "staff",
    "POST /deadlines": "staff",
    "PUT /rules/{kind}/{version}": "staff",
    "GET /parcels/{parcel}/signature": "read",
    "GET /parcels/{parcel}/delivery-proof": "read",
    "GET /incident": "read",
    "PUT /incident": "staff",
    "DELETE /incident": "staff",
    "POST /alerts": "staff",
    "POST /phone-status": "phone",
    "GET /crm/contacts": "staff",
    "POST /desk": "staff",
    "POST /desk/bookings": "deposit",
    "POST /parcels/{parcel}/take-over": "staff",
    "GET /broadcasts": "read",
    "PUT /broadcasts/{broadcast}": "staff",
    "PUT /parcels/{parcel}/redelivery": "staff",
    "POST /cases": "staff",
    "GET /cases": "read",
    "GET /cases/{number}": "read",
    "POST /cases/{number}/words": "staff",
    "POST /cases/{number}/stage": "staff",
    "POST /cases/{number}/fields": "staff",
    "POST /cases/{number}/owner": "staff",
    "POST /cases/{number}/urgent": "staff",
    "POST /cases/{number}/forwards": "staff",
    "POST /cases/{number}/forwards/{entry}/return": "staff",
    "POST /cases/{number}/compensation": "staff",
    "POST /cases/{number}/compensation/approval": "staff",
    "POST /cases/{number}/close": "staff",
    "POST /cases/{number}/photos": "staff",
    "GET /cases/{number}/photos/{sha256}": "staff",
    "GET /case-reports/{month}": "read",
    "POST /call-records": "staff",
    "DELETE /call-records/{name}": "staff",
    "GET /answer-waits": "read",
    "POST /parcels/{parcel}/sender-check": "deposit",
    "GET /emergencies": "read",
    "POST /emergencies": "staff",
    "POST /emergencies/{number}/end": "staff",
    "PUT /working-days/{year}": "staff",
    "POST /rules/peak/{version}/approval": "staff",
    "GET /parcels/{parcel}/fee": "read",
    "PUT /parcels/{parcel}/fee/waiver": "staff",
}

FILLS = {
    "door": "A1",
    "compartment": "A1",
    "parcel": "p0000000000",
    "sha256": "0" * 64,
    "kind": "tariff",
    "version": "1",
    "deposit": "d0",
    "pickup": "k0",
    "credential": "c0",
    "tracking": "SF1",
    "place": "shelf",
    "resident": "r0",
    "opening": "o0",
}
OF_A_COMPANY = {"GET /deposit-rights"}
"""Answers tokens of a company and of staff: `tests/api/test_deposit_right_pages.py` asks it."""
FOR_EVER = {"GET /live", "GET /events/stream"}
ENDS_THE_SESSION = {"POST /sign-out", "POST /sign-out-everywhere"}


def filled(path):
    """An address with an id of the right shape in each of its places."""
    return re.sub(r"{(\w+)}", lambda place: FILLS.get(place[1], "1"), path)


def routes_of(app):
    """Every method and path that this app answers; files of the panel's looks are not counted."""
    return {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_every_route_has_its_line(office):
    assert routes_of(panel_app(office.bench.context, static_files())) == set(PANEL)
    assert routes_of(machine_app(office.bench.context)) == set(MACHINE)


def test_the_table_of_roles_is_as_it_was_agreed():
    """A right that somebody gets or loses is written here too, by a person who means it."""
    assert {
        Role.OPERATOR: {
            *(Right.OPEN, Right.CLEAR, Right.SHOW, Right.WAIVE, Right.CASES, Right.HANDLE, Right.PEOPLE),
            Right.TASKS,
        },
        Role.TECHNICIAN: {Right.OPEN, Right.RETIRE, Right.RESTORE, Right.TASKS},
        Role.SUPERVISOR: set(Right),
        Role.AUDITOR: {Right.JOURNAL},
    } == RIGHTS


async def asked(office, line, session):
    """The status of one request of this session, its form bearing the right mark."""
    method, path = line.split(" ")
    browser = office.browser()
    browser.http.cookies.set("staff", session.id)
    if method == "GET":
        return (await browser.http.get(filled(path))).status_code
    return (await browser.raw(filled(path), {"csrf": session.session.csrf})).status_code


@pytest.mark.parametrize("role", list(Role))
async def test_SEC_03_S8_each_role_reaches_what_its_rights_name_and_nothing_else(office, role):
    await office.account("one", role)
    sessions = office.bench.context.staff.sessions
    wrong = []
    for line, needs in PANEL.items():
        if line in FOR_EVER:
            continue
        session = await sessions.begin("one", role.value, Device("192.0.2.1"))
        status = await asked(office, line, session)
        allowed = needs in {ANYBODY, SIGNED_IN} or needs in RIGHTS[role]
        if (status == 403) is allowed or status >= 500:
            wrong.append((line, status))
    assert wrong == []
    assert office.bench.doors.pulses == [], "no form without its reason opens a door"


async def test_SEC_03_X6_nobody_reaches_anything_without_a_session(office):
    browser = office.browser()
    for line, needs in PANEL.items():
        method, path = line.split(" ")
        path = filled(path)
        answer = await (browser.http.get(path) if method == "GET" else browser.raw(path, {"csrf": ""}))
        if needs != ANYBODY:
            turned_away = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in")
            assert turned_away, line
    assert office.bench.doors.pulses == []


async def test_SEC_03_no_form_is_taken_from_another_page_or_without_its_mark(office):
    """Cross-site request forgery: every POST of the panel, of somebody who may do it."""
    await office.account("one", Role.SUPERVISOR)
    session = await office.bench.context.staff.sessions.begin("one", "supervisor", Device())
    for line, needs in PANEL.items():
        method, path = line.split(" ")
        if method != "POST":
            continue
        browser = office.browser()
        browser.http.cookies.set("staff", session.id)
        path, good = filled(path), {"csrf": session.session.csrf, "reason": "look inside"}
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            assert (await browser.raw(path, good, **headers)).status_code == 403, line
        assert (await browser.http.post(path, data=good)).status_code == 403, line
        if needs != ANYBODY:
            assert (await browser.raw(path, good | {"csrf": "x" * 32})).status_code == 403, line
    assert office.bench.doors.pulses == []


@pytest.mark.parametrize("scope", list(Scope))
async def test_SEC_03_each_scope_of_a_token_reaches_what_is_its_own(office, scope):
    client = await office.bench.client(scope.value)
    wrong = []
    for line, needs in MACHINE.items():
        method, path = line.split(" ")
        allowed = needs in {None, scope.value}
        if needs == SIGNED or (line in FOR_EVER and allowed) or line in OF_A_COMPANY:
            continue
        answer = await client.request(method, filled(path), json={} if method in {"POST", "PUT"} else None)
        if (answer.status_code == 403) is allowed or answer.status_code in {401, 500}:
            wrong.append((line, answer.status_code))
    assert wrong == []
    assert office.bench.doors.pulses == []


async def test_SEC_03_X6_without_a_token_the_api_tells_its_health_and_its_document_only(office):
    transport = httpx.ASGITransport(app=office.bench.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8443/api/v1") as nobody:
        for line, needs in MACHINE.items():
            method, path = line.split(" ")
            status = (await nobody.request(method, filled(path))).status_code
            assert 400 <= status < 500 if needs == SIGNED else (status == 401) is (needs is not None), line


def test_the_scope_that_is_documented_is_the_one_that_is_asked_for():
    for each in OPERATIONS:
        assert MACHINE[f"{each.method} {each.path}"] == (each.scope.value if each.scope else None)
        assert ApiEndpoint(each.endpoint, each.method, each.scope)._scope is each.scope
