"""The resident's own page: what each holder of a link sees, and what may be done there."""

import io
import json
import logging
import re
import zipfile
from urllib.parse import unquote

import pytest
from resident_bench import OPTIONS, URL, a_home
from staff_bench import Page

from api.app import resident_app
from api.options import ResidentOptions
from locker.core.messages.observations import Tick
from locker.core.model import ParcelState
from locker.journal.audit import audit
from locker.services.people import DEVICE_DAYS
from locker.services.people.resident_links import LINK_DAYS, REST_MINUTES, TRIES

DAY = 86400


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def stored(home, tracking="SF0001"):
    deposit = await home.bench.store(tracking)
    return deposit, deposit["code"], deposit["token"]


def secrets_of(deposit, code, token):
    told = (code, f"{code[:4]}</span>", token, deposit["compartment"] + "<")
    return [*told, "Wang Ming", "1-201", "SF Express", "SF0001"]


async def test_UX_07_the_link_and_the_end_of_the_phone_show_code_qr_door_and_time(home):
    deposit, code, _ = await stored(home)
    phone = await home.at_home()
    page = await phone.get("/")
    assert page.status == 200
    assert f"{code[:4]} {code[4:]}" in page.text
    assert f"Opens {deposit['compartment']}." in page.text
    assert re.search(r"Collect by Wednesday 08:\d\d", page.text)
    assert "2 days 23 hours left, free" in page.text
    assert 'class="qr"' in page.html
    assert f"Stored in {deposit['compartment']}, door shut" in page.text


async def test_UX_07_a_forwarded_link_shows_nothing_of_the_parcel(home):
    deposit, code, token = await stored(home)
    stranger = home.phone()
    for page in (await stranger.get(await home.link()), await stranger.get("/"), await stranger.get("/wishes")):
        assert page.has_form("/gate")
        assert [each for each in secrets_of(deposit, code, token) if each in page.html] == []
    assert (await stranger.raw(f"/parcels/{deposit['parcel']}/extend", {"hours": "24"})).headers["location"] == "/gate"
    for path in (f"/parcels/{deposit['parcel']}", "/history", "/my-data.zip"):
        assert (await stranger.get(path)).has_form("/gate")


BY_KEY = {"/home.json"}  # a home system has a key and no sign-in: test_resident_home_feed holds it
OPEN_TO_ALL = {"/static", "/p/{token}", "/s/{parcel}/{token}", "/gate", "/help", "/.well-known/parcel-locker.json"}


async def test_SEC_01_no_page_is_shown_to_who_holds_a_link_alone_or_none(home):
    """Over every route that there is, so that a new page cannot be forgotten (docs/decisions/11-residents-link.md)."""
    deposit, code, token = await stored(home)
    fills = {"parcel": deposit["parcel"], "of": "1", "case": "R1-0001", "sha256": "0" * 64}
    nobody, linked = home.phone(), home.phone()
    await linked.get(await home.link())
    gone = (await nobody.get("/")).text
    tried = 0
    for route in home.app.routes:
        if route.path in OPEN_TO_ALL:
            continue
        path = route.path.format(**fills)
        for method in sorted(route.methods - {"HEAD"}):
            answers = [
                await each.http.request(
                    method, path, data={"end": "9999"} if method == "POST" else None, headers={"Origin": URL}
                )
                for each in (nobody, linked)
            ]
            assert [
                each for each in secrets_of(deposit, code, token) if each in answers[0].text + answers[1].text
            ] == []
            tried += 1
            if route.path in BY_KEY:
                assert [(each.status_code, each.text) for each in answers] == [(401, "")] * 2, (method, path)
                continue
            assert [each.status_code for each in answers] == [404, 303], (method, path)
            assert answers[1].headers["location"] == "/gate", path
            assert Page(answers[0]).text == gone, path
    assert tried > 30


async def test_SEC_01_a_guessed_link_an_ended_one_and_none_at_all_are_one_and_the_same(home):
    await stored(home)
    first = await home.link()
    await home.context.resident_links.end(home.resident, "staff:test")
    answers = [await home.phone().get(path) for path in ("/p/AAAAAAAAAAAAAAAAAAAAAAAAAA", first, "/", "/gate", "/p/é")]
    assert {page.status for page in answers} == {404}
    assert len({page.text for page in answers}) == 1
    assert "This link has ended" in answers[0].text
    again = await home.link()
    assert again != first
    assert (await home.phone().get(again)).has_form("/gate")


async def test_SEC_01_an_old_link_ends_and_the_next_notice_brings_another(home):
    link = await home.link()
    home.bench.clock.advance((LINK_DAYS - 1) * DAY)
    assert await home.link() == link  # told again, it goes on
    home.bench.clock.advance(LINK_DAYS * DAY + 1)
    assert (await home.phone().get(link)).status == 404
    assert await home.link() != link


async def test_SEC_01_five_wrong_ends_let_the_link_rest_also_for_the_right_one(home):
    _, code, _ = await stored(home)
    stranger = home.phone()
    page = await stranger.get(await home.link())
    for left in range(TRIES - 1, 0, -1):
        page = await stranger.send(page, "/gate", end="9999")
        assert (page.status, f"{left} {'try' if left == 1 else 'tries'} left" in page.text) == (401, True)
    page = await stranger.send(page, "/gate", end="9999")
    assert page.status == 429
    own = home.phone()
    page = await own.send(await own.get(await home.link()), "/gate", end="0001")
    assert page.status == 429
    assert code[:4] not in page.text
    home.bench.clock.advance(REST_MINUTES * 60 + 1)
    page = await own.send(await own.get("/gate"), "/gate", end="0001")
    assert code[:4] in page.text


async def test_SEC_01_another_phone_number_ends_links_and_devices_of_the_old_one(home):
    await stored(home)
    phone, link = await home.at_home(), await home.link()
    await home.bench.resident(phone="+8613900000009", language="en")
    assert (await phone.get("/")).status == 404
    assert (await home.phone().get(link)).status == 404


async def test_SEC_01_a_device_is_let_in_once_and_ends_when_it_is_told_to_or_does_not_come(home):
    await stored(home)
    phone, other = await home.at_home(), await home.at_home()
    page = await phone.get("/wishes")
    assert "All links and devices have ended" in (await phone.send(page, "/leave")).text
    assert (await phone.get("/")).status == 404
    assert (await other.get("/")).status == 404
    late = await home.at_home()
    home.bench.clock.advance(DEVICE_DAYS * DAY + 1)
    assert (await late.get("/")).status == 404


async def test_SEC_01_nobody_sees_what_is_for_another_resident(home):
    deposit, code, _ = await stored(home)
    other = await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    phone = home.phone()
    page = await phone.send(await phone.get(await home.link(other["id"])), "/gate", end="0002")
    assert "No parcel waits for you" in page.text
    for path in ("", "/extend", "/delegate", "/report"):
        page = await phone.get(f"/parcels/{deposit['parcel']}{path}")
        assert page.status == 409
        assert code[:4] not in page.text
    for path, fields in (("extend", {"hours": "24"}), ("delegate", {"name": "x"}), ("report", {"problem": "empty"})):
        assert (await phone.raw(f"/parcels/{deposit['parcel']}/{path}", fields)).status_code == 409


async def test_SEC_01_the_secret_leaves_the_address_at_once_and_stands_in_no_log_table_or_journal(home, caplog):
    caplog.set_level(logging.DEBUG)
    phone = home.phone()
    link = await home.link()
    token = link.removeprefix("/p/")
    answer = await phone.http.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "httponly" in answer.headers["set-cookie"].lower()
    page = await phone.get("/")
    assert page.headers["referrer-policy"] == "same-origin"
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert token not in page.html
    page = await phone.send(page, "/gate", end="0001")
    device = phone.http.cookies["device"]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert [line for line in ours if token in line or device in line] == []
    dump = await home.context.journal.read(lambda db: "\n".join(db.conn.iterdump()))
    assert token not in dump
    assert device not in dump


async def test_SEC_01_cookies_are_for_https_alone_where_residents_come_by_https(home):
    app = resident_app(home.context, OPTIONS.model_copy(update={"url": "https://locker.example.org"}))
    phone = home.phone()
    phone.http._transport.app = app
    answer = await phone.http.get(await home.link(), headers={"Host": "locker.example.org"})
    assert "secure" in answer.headers["set-cookie"].lower()
    assert (await phone.http.get("/", headers={"Host": "evil.example.org"})).status_code == 400


async def test_SEC_01_another_sites_form_changes_nothing(home):
    deposit, *_ = await stored(home)
    phone = await home.at_home()
    answer = await phone.http.post(
        f"/parcels/{deposit['parcel']}/extend", data={"hours": "24"}, headers={"Origin": "https://evil.example.org"}
    )
    assert answer.status_code == 403
    assert not home.context.engine.site.parcels[deposit["parcel"]].extended


async def test_UX_07_more_time_once(home):
    deposit, *_ = await stored(home)
    phone = await home.at_home()
    path = f"/parcels/{deposit['parcel']}/extend"
    page = await phone.send(await phone.get(path), path, hours="24")
    assert re.search(r"Collect by Thursday 08:\d\d", page.text)
    assert not any("/extend" in line for line in page.html.split('"'))
    assert (await phone.raw(path, {"hours": "24"})).status_code == 409
    assert (await phone.raw(path, {"hours": "9999"})).status_code == 409


async def test_UX_07_somebody_else_gets_a_code_that_is_shown_once_and_can_be_taken_back(home):
    deposit, own, _ = await stored(home)
    phone = await home.at_home()
    path = f"/parcels/{deposit['parcel']}/delegate"
    page = await phone.send(await phone.get(path), path, name="Aunt Mei", until="1")
    assert "Aunt Mei can collect until Monday 22:00" in page.text
    (message,) = re.findall(r'href="sms:[?]&amp;body=([^"]+)"', page.html)
    assert re.fullmatch(r"You may collect .* Code \d{8}, until Monday 22:00[.] .*", unquote(message))
    assert "Wang" not in unquote(message)
    (code,) = [line for line in page.html.split("\n") if 'class="code' in line]
    digits = "".join(c for c in code.split("</p>")[0].split('class="code num">')[1] if c.isdigit())
    assert len(digits) == 8
    assert digits != own
    overview = await phone.get("/")
    assert re.search(r"Aunt Mei ?, until Monday 22:00", overview.text)
    assert digits[:4] not in overview.text
    await phone.send(overview, f"/parcels/{deposit['parcel']}/revoke")
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": digits})).status_code == 404


async def test_UX_07_a_delegate_without_a_name_is_asked_for_one(home):
    deposit, *_ = await stored(home)
    phone = await home.at_home()
    answer = await phone.raw(f"/parcels/{deposit['parcel']}/delegate", {"name": "  "})
    assert answer.status_code == 422
    assert "Type a name." in answer.text


async def test_CRM_05_wishes_are_kept_and_shown_and_hold_for_notices(home):
    phone = await home.at_home()
    page = await phone.get("/wishes")
    page = await phone.post(
        "/wishes", rules="never", channel="phone", **{"from": "22:00", "to": "08:00"}, at_once="on",
        language="zh-TW", low="on",
    )  # fmt: skip
    wished = home.context.wishes.of(home.resident)
    assert (wished.quiet, wished.at_once) == ((1320, 480), True)
    person = home.context.directory.get(home.resident)
    assert (person.language, person.consent, person.reach, person.name) == ("zh-TW", False, True, "Wang Ming")
    assert 'value="22:00"' in page.html
    for bad in ({"from": "22:00"}, {"from": "99:00", "to": "1:00"}, {"from": "²:00", "to": "1:00"}):
        assert (await phone.raw("/wishes", {"rules": "yes", "channel": "phone", **bad})).status_code == 422
    assert (await phone.raw("/wishes", {"rules": "yes", "channel": "fax"})).status_code == 422
    assert (await phone.raw("/wishes", {"rules": "always", "channel": "phone"})).status_code == 422


async def test_R25_what_came_and_went_in_twelve_months_and_everything_as_one_file(home):
    deposit, code, _ = await stored(home)
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": code})).status_code == 201
    await home.bench.shut(deposit["compartment"])
    phone = await home.at_home()
    page = await phone.get("/history")
    assert "SF Express" in page.text
    assert "collected" in page.text
    answer = await phone.http.get("/my-data.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert set(files) == {"resident.json", "consent.json", "wishes.json", "devices.json", "parcels.json", "cases.json"}
    assert files["resident.json"]["name"] == "Wang Ming"
    (parcel,) = files["parcels.json"]
    assert (parcel["state"], parcel["tracking"]) == ("collected", "SF0001")
    assert code not in answer.content.decode("latin-1")
    home.bench.clock.advance(366 * DAY)
    late = await home.at_home()
    assert "SF Express" not in (await late.get("/history")).text


async def test_R25_everything_about_a_resident_goes_when_nothing_waits_and_the_journal_still_audits(home):
    deposit, code, _ = await stored(home)
    phone = await home.at_home()
    assert "A parcel still waits for you" in (await phone.get("/erase")).text
    assert (await phone.raw("/erase", {"end": "0001"})).status_code == 200
    assert home.context.directory.get(home.resident) is not None
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": code})).status_code == 201
    await home.bench.shut(deposit["compartment"])
    home.bench.clock.advance(120)
    home.context.engine.observe(Tick(synced=True))
    await home.bench.settle()
    page = await phone.get("/erase")
    assert (await phone.raw("/erase", {"end": "9999"})).status_code == 422
    link = await home.link()
    page = await phone.send(page, "/erase", end="0001")
    assert "Your data is deleted" in page.text
    assert (await phone.get("/")).status == 404
    assert (await home.phone().get(link)).status == 404
    assert home.context.directory.find("1-201") == []
    dump = await home.context.journal.read(lambda db: "\n".join(db.conn.iterdump()))
    for personal in ("Wang Ming", "8613800000001", "SF0001", "1-201"):
        assert personal not in dump
    await home.context.journal.read(audit)
    assert (await home.bench.resident(language="en"))["id"] != home.resident


async def test_QRY_03_a_parcel_that_is_looked_after_shows_no_code(home):
    deposit, code, _ = await stored(home)
    await home.context.custody.hold(deposit["parcel"], "dispute", "staff:test")
    phone = await home.at_home()
    page = await phone.get("/")
    assert "Staff look after this parcel" in page.text
    assert code[:4] not in page.text
    assert home.context.engine.site.parcels[deposit["parcel"]].state is ParcelState.STORED


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
async def test_UX_01_every_page_speaks_three_languages_and_no_sentence_is_missing(home, language):
    deposit, *_ = await stored(home)
    phone = await home.at_home()
    parcel = f"/parcels/{deposit['parcel']}"
    pages = ["/", "/wishes", "/history", parcel, f"{parcel}/extend", f"{parcel}/delegate", f"{parcel}/report"]
    for path in pages:
        page = await phone.get(f"{path}?lang={language}")
        assert page.status == 200, path
        assert f'<html lang="{language}"' in page.html
        assert "my." not in page.text, path
    gate = await home.phone().get(f"{await home.link()}")
    assert "my." not in gate.text


def test_the_residents_page_is_reached_by_https_or_on_this_machine_alone(tmp_path):
    good = {"listen": "127.0.0.1:8091", "url": "https://locker.example.org"}
    assert ResidentOptions(**good).url == "https://locker.example.org"
    for bad in (
        {"url": "http://locker.example.org"},
        {"url": "https://locker.example.org/page"},
        {"url": "https://me@locker.example.org"},
        {"url": "locker.example.org"},
        {"listen": "0.0.0.0:8091"},
        {"certificate": tmp_path},
    ):
        with pytest.raises(ValueError, match=r"residents|certificate"):
            ResidentOptions(**(good | bad))
