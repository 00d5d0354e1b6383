"""The operator's pages: who gets in, what is shown first, and that an order needs somebody with a fresh code."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pyotp
import pytest

from fleet.keys import order_key, public_text
from fleet.operators import add_operator
from fleet.overview import Need, needs_of
from fleet.pages.app import pages_app
from fleet.schema import migrate
from fleet.sentences import LANGUAGES, LOCALES
from fleet.settings import FleetSettings, SettingsError, load_settings

_MESSAGE = re.compile(r'^msgid "(.+)"', re.MULTILINE)
PASSWORD = "a walk along the river"
STATE = {
    "name": "Harbour House",
    "doors": {"A1": {"size": "S", "use": "free", "seen": "shut"}, "A2": {"size": "M", "use": "check", "seen": "open"}},
    "free": {"M": 0, "S": 1},
    "parcels": {"stored": 3, "overdue": 1, "held": 0},
    "warnings": [],
}


@pytest.fixture
async def db(database):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await migrate(connection)
        await connection.execute("truncate locker, given_order, session, operator, day_count cascade")
        await connection.execute(
            "insert into locker (id, name, online, seen_at, state)"
            " values ('harbour-2', 'Harbour House', true, now(), %s)",
            [json.dumps(STATE)],
        )
        yield connection


class Browser:
    def __init__(self, settings, secret):
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(pages_app(settings)), base_url="http://centre")
        self.http.headers["sec-fetch-site"] = "same-origin"
        self.totp = pyotp.TOTP(secret)
        self.csrf = ""

    async def sign_in(self, **other):
        form = {"name": "wu.min", "password": PASSWORD, "code": self.totp.now(), **other}
        return await self.http.post("/sign-in", data=form)

    async def page(self, path):
        answer = await self.http.get(path)
        self.csrf = (re.findall(r'name="csrf" value="([^"]+)"', answer.text) or [""])[0]
        return answer


@pytest.fixture
async def browser(db, database, tmp_path):
    secret = await add_operator(db, "wu.min", PASSWORD)
    settings = FleetSettings("mqtt://127.0.0.1:1", database.dsn, tmp_path / "keys")
    browser = Browser(settings, secret)
    yield browser
    await browser.http.aclose()


async def test_nobody_sees_anything_without_password_and_code(browser):
    for path in ("/", "/lockers/harbour-2", "/reports"):
        assert (await browser.http.get(path)).headers["location"] == "/sign-in"
    for wrong in ({"password": "x"}, {"code": "000000"}, {"name": "nobody"}, {"code": "x"}, {"name": "\u0000"}):
        assert (await browser.sign_in(**wrong)).status_code == 401
    assert (await browser.sign_in()).status_code == 303
    assert "Harbour House" in (await browser.page("/")).text


async def test_a_code_is_good_once_and_guessing_pauses(browser, db):
    code = browser.totp.now()
    assert (await browser.sign_in(code=code)).status_code == 303
    assert (await browser.sign_in(code=code)).status_code == 401
    await db.execute("update operator set failures = 5, failed_at = now(), used_step = 0")
    assert (await browser.sign_in()).status_code == 401


async def test_many_wrong_passwords_at_once_are_not_free_and_a_pause_is_not_prolonged(browser, db):
    answers = await asyncio.gather(*(browser.sign_in(password=f"guessed {n}") for n in range(9)))
    assert {each.status_code for each in answers} == {401}
    failures, failed_at = await (await db.execute("select failures, failed_at from operator")).fetchone()
    assert failures == 5
    await browser.sign_in()
    assert (await (await db.execute("select failed_at from operator")).fetchone())[0] == failed_at
    await db.execute("update operator set failed_at = now() - interval '31 seconds'")
    assert (await browser.sign_in()).status_code == 303


async def test_X10_the_fresh_code_of_an_order_cannot_be_guessed_for_long(browser, db):
    await browser.sign_in()
    await browser.page("/lockers/harbour-2")
    await db.execute("update session set proved_at = now() - interval '6 minutes'")
    await db.execute("update operator set used_step = 0")
    form = {"csrf": browser.csrf, "door": "A1", "action": "open", "reason": ""}
    for code in ("1", "2", "3", "4", "5", browser.totp.now()):
        answer = await browser.http.post("/lockers/harbour-2/orders", data={**form, "code": code})
        assert "This code is not right" in answer.text


async def test_a_database_that_is_away_is_said_at_the_door(tmp_path):
    away = FleetSettings("mqtt://127.0.0.1:1", "host=127.0.0.1 port=1", tmp_path / "keys")
    browser = Browser(away, pyotp.random_base32())
    assert (await browser.sign_in()).status_code == 503
    browser.http.cookies.set("fleet", "of before")
    assert (await browser.page("/")).status_code == 503
    await browser.http.aclose()


async def test_the_cookie_of_a_page_that_came_by_TLS_goes_by_TLS_only(browser, db):
    assert "secure" not in (await browser.sign_in()).headers["set-cookie"].lower()
    await db.execute("update operator set used_step = 0")
    browser.http.base_url = "https://centre"
    assert "secure" in (await browser.sign_in()).headers["set-cookie"].lower()


async def test_sessions_that_ended_do_not_pile_up(browser, db):
    await browser.sign_in()
    await db.execute("update session set used_at = now() - interval '21 minutes'")
    await db.execute("update operator set used_step = 0")
    await browser.sign_in()
    assert (await (await db.execute("select count(*) from session")).fetchone())[0] == 1


async def test_a_session_ends_by_itself_and_by_sign_out(browser, db):
    await browser.sign_in()
    await db.execute("update session set used_at = now() - interval '21 minutes'")
    assert (await browser.page("/")).status_code == 303
    await db.execute("update operator set used_step = 0")
    await browser.sign_in()
    await browser.page("/")
    await browser.http.post("/sign-out", data={"csrf": browser.csrf})
    assert (await browser.page("/")).status_code == 303


async def test_a_form_of_another_site_does_nothing(browser, db):
    await browser.sign_in()
    await browser.page("/lockers/harbour-2")
    form = {"csrf": browser.csrf, "door": "A1", "action": "open", "reason": "x"}
    for headers, sent in (({"sec-fetch-site": "cross-site"}, form), ({}, {**form, "csrf": "guessed"})):
        answer = await browser.http.post("/lockers/harbour-2/orders", data=sent, headers=headers)
        assert answer.status_code == 403
    assert (await (await db.execute("select count(*) from given_order")).fetchone())[0] == 0


async def test_X10_an_order_needs_a_reason_and_after_five_minutes_a_fresh_code(browser, db):
    await browser.sign_in()
    await browser.page("/lockers/harbour-2")
    form = {"csrf": browser.csrf, "door": "A1", "action": "open", "reason": ""}
    assert "Say why" in (await browser.http.post("/lockers/harbour-2/orders", data=form)).text
    await db.execute("update session set proved_at = now() - interval '6 minutes'")
    answer = await browser.http.post("/lockers/harbour-2/orders", data={**form, "reason": "at the door", "code": "1"})
    assert "This code is not right" in answer.text
    assert (await (await db.execute("select count(*) from given_order")).fetchone())[0] == 0


async def test_an_order_for_a_locker_that_is_offline_is_never_queued(browser, db):
    await db.execute("update locker set online = false")
    await browser.sign_in()
    page = await browser.page("/lockers/harbour-2")
    assert 'name="action"' not in page.text
    form = {"csrf": browser.csrf, "door": "A1", "action": "open", "reason": "at the door"}
    answer = await browser.http.post("/lockers/harbour-2/orders", data=form)
    assert "not connected" in answer.text
    assert (await (await db.execute("select count(*) from given_order")).fetchone())[0] == 0


async def test_O13_reports_count_over_all_lockers_and_leave_as_csv(browser, db):
    await db.execute(
        "insert into day_count values ('harbour-2', current_date, 'ParcelStored', 1200),"
        " ('x', current_date, 'ParcelStored', 2)"
    )
    await browser.sign_in()
    assert "1,202 parcels came into 2 lockers" in (await browser.page("/reports")).text
    csv = (await browser.page("/reports?as=csv")).text
    assert csv.splitlines()[1:] == ["harbour-2,1200,0,0,0,0,0", "x,2,0,0,0,0,0"]
    for odd in ("from=x&to=y", "from=2026-12-01&to=2020-01-01", "from=0001-01-01", "to=0001-01-05"):
        assert (await browser.page(f"/reports?{odd}")).status_code == 200


@pytest.mark.parametrize("path", ["/lockers/none", "/lockers/%00", "/nowhere"])
async def test_what_is_not_there_is_a_page(browser, path):
    await browser.sign_in()
    answer = await browser.page(path)
    assert (answer.status_code, "<h1>" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("change", "need", "key"),
    [
        ({}, Need.SOON, "fleet.need_check"),
        ({"sealed": True}, Need.NOW, "fleet.need_sealed"),
        ({"doors": {}}, Need.LOOK, "fleet.need_overdue"),
        ({"doors": {}, "parcels": {}, "free": {"S": 0}}, Need.SOON, "fleet.need_full"),
        ({"doors": {"A1": {"seen": "unseen"}}, "parcels": {}}, Need.NOW, "fleet.need_unseen"),
        ({"doors": {}, "parcels": {}, "warnings": ["disk"]}, Need.SOON, "fleet.need_warning"),
    ],
)
def test_O1_what_is_most_pressing_stands_first(change, need, key):
    found = needs_of(True, datetime.now(UTC), {**STATE, **change})
    assert (found[0][0], found[0][1]) == (need, key)


def test_O1_a_locker_that_is_gone_needs_somebody_now():
    assert needs_of(False, datetime.now(UTC) - timedelta(hours=1), {})[0][:2] == (Need.NOW, "fleet.need_offline")


def test_every_sentence_is_there_in_each_language():
    keys = {each: set(_MESSAGE.findall((LOCALES / each / "fleet.po").read_text())) for each in LANGUAGES}
    assert keys["en"] == keys["zh-CN"] == keys["zh-TW"]
    pages = "".join(path.read_text() for path in LOCALES.parent.rglob("*.html"))
    used = {key for key in re.findall(r"""t\(["'](fleet\.[a-z_]+)["']""", pages) if not key.endswith("_")}
    code = "".join(path.read_text() for path in LOCALES.parent.rglob("*.py"))
    used |= set(re.findall(r'"(fleet\.(?:need|off|no|say|wrong|broker|database|foreign|fault)[a-z_]*)"', code))
    assert used - keys["en"] == set()


def test_the_key_of_orders_is_whole_made_once_and_its_owner_s_alone(tmp_path, monkeypatch):
    folder = tmp_path / "keys"
    with monkeypatch.context() as cut:
        cut.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            order_key(folder)
    keys = {public_text(order_key(folder)) for _ in range(3)}
    assert len(keys) == 1
    assert [(each.name, each.stat().st_mode & 0o777) for each in folder.iterdir()] == [("order.key", 0o600)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('broker = "http://x"\ndatabase = "d"\nfolder = "/f"\n', "broker"),
        ('database = "d"\nfolder = "/f"\n', "broker"),
        ('broker = "mqtt://x"\ndatabase = "d"\nfolder = "/f"\nlisten = "0.0.0.0:80"\n', "listen"),
        ('broker = "mqtt://x"\ndatabase = "d"\nfolder = "/f"\nsurplus = "1"\n', "surplus"),
        ('broker = "mqtt://x"\ndatabase = "d"\nfolder = "/f"\n', "broker"),
        ('broker = "mqtts://x:99999"\ndatabase = "d"\nfolder = "/f"\n', "broker"),
        ('broker = "mqtt://x"\ndatabase = 1\nfolder = "/f"\n', "database"),
    ],
)
def test_a_wrong_file_is_told_by_its_key(tmp_path, text, key):
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=f"^{key}: "):
        load_settings(path)
