"""The second step at the panel: the app's page, its code, recovery codes, and proving later that it is still you."""

import re

import pytest
from staff_bench import PASSWORD, an_office

from api.staff.panel import PENDING_SECONDS
from locker.services.people import Role


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def at_the_enrolment(admin):
    secret = await admin.bench.context.staff.add("chen.lin", Role.OPERATOR, by="test")
    browser = admin.browser()
    page = await browser.post("/set-up", name="chen.lin", secret=secret, password=PASSWORD, again=PASSWORD)
    assert page.answer.url.path == "/sign-in/enrol"
    return browser, page


async def test_the_first_time_the_secret_is_shown_as_a_code_and_as_text_and_recovery_codes_once(admin):
    import zxingcpp
    from PIL import Image, ImageDraw

    browser, page = await at_the_enrolment(admin)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.html)[1].replace(" ", "")
    squares = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", page.html)]
    side = max(map(max, squares)) + 9
    picture = Image.new("L", (side * 6, side * 6), 255)
    for x, y in squares:
        ImageDraw.Draw(picture).rectangle(((x + 4) * 6, (y + 4) * 6, (x + 5) * 6 - 1, (y + 5) * 6 - 1), 0)
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == f"otpauth://totp/Test%20Court:chen.lin?secret={secret}&issuer=Test%20Court"
    admin.phone.scan("chen.lin", secret)
    kept = await browser.post("/sign-in/enrol", code=admin.phone.code("chen.lin"))
    codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", kept.html)
    assert len(set(codes)) == 10
    assert (await browser.get("/")).status == 200
    assert (await browser.get("/sign-in/enrol")).answer.url.path == "/", "and is never shown again"
    admin.bench.clock.advance(60)
    page = await admin.browser().post("/sign-in", name="chen.lin", password=PASSWORD)
    assert secret not in page.html.replace(" ", "")
    assert 'svg class="qr"' not in page.html


async def test_a_wrong_first_code_sets_nothing_up_and_shows_the_same_secret_again(admin):
    browser, page = await at_the_enrolment(admin)
    again = await browser.post("/sign-in/enrol", code="000000")
    assert again.status == 401
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.html)[1]
    assert secret in again.html
    assert (await browser.http.get("/")).status_code == 303


async def test_between_the_steps_no_page_and_no_stream_is_seen(admin):
    await admin.account("chen.lin", Role.SUPERVISOR)
    browser = admin.browser()
    page = await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    assert page.answer.url.path == "/sign-in/code"
    for path in ("/", "/parcels", "/doors/A1", "/me", "/journal", "/access"):
        assert (await browser.http.get(path)).status_code == 303
    assert (await browser.http.get("/live")).status_code == 401
    pending = browser.http.cookies["staff-pending"]
    browser.http.cookies.set("staff", pending)
    assert (await browser.http.get("/")).status_code == 303, "what stands between the steps is no session"


async def test_the_id_of_the_session_is_another_than_that_between_the_steps_or_one_a_stranger_planted(admin):
    """Session fixation: an id that somebody had before signing in is worth nothing afterwards."""
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    browser.http.cookies.set("staff", "planted-planted-planted-planted-planted-pla", domain="127.0.0.1")
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    pending = browser.http.cookies["staff-pending"]
    answer = await browser.raw("/sign-in/code", {"code": admin.phone.code("chen.lin")})
    given = answer.headers.get_list("set-cookie")[0].partition(";")[0].removeprefix("staff=")
    assert given not in {pending, "planted-planted-planted-planted-planted-pla"}
    for old in (pending, "planted-planted-planted-planted-planted-pla"):
        stranger = admin.browser()
        stranger.http.cookies.set("staff", old)
        stranger.http.cookies.set("staff-pending", old)
        assert (await stranger.http.get("/")).status_code == 303
        assert (await stranger.http.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_a_code_of_another_site_s_page_is_refused(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    code = {"code": admin.phone.code("chen.lin")}
    assert (await browser.raw("/sign-in/code", code, Origin="https://evil.example")).status_code == 403
    assert (await browser.raw("/sign-in/code", code)).status_code == 303


async def test_after_five_wrong_codes_one_begins_again_with_the_password(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    for _ in range(4):
        admin.bench.clock.advance(60)
        assert (await browser.post("/sign-in/code", code="000000")).status == 401
    admin.bench.clock.advance(60)
    page = await browser.post("/sign-in/code", code="000000")
    assert page.answer.url.path == "/sign-in"
    assert "Begin again with your password" in page.text


async def test_codes_without_a_pause_are_429_and_say_how_long(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    await browser.post("/sign-in/code", code="000000")
    page = await browser.post("/sign-in/code", code="000001")
    assert (page.status, page.headers["retry-after"]) == (429, "1")


async def test_whoever_waits_too_long_between_the_steps_begins_again(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    admin.bench.clock.advance(PENDING_SECONDS)
    assert (await browser.get("/sign-in/code")).answer.url.path == "/sign-in"


async def test_a_recovery_code_leads_in_and_stands_in_the_journal_without_itself(admin):
    browser, page = await at_the_enrolment(admin)
    admin.phone.scan("chen.lin", re.search(r'class="secret">([A-Z2-7 ]+)<', page.html)[1])
    kept = await browser.post("/sign-in/enrol", code=admin.phone.code("chen.lin"))
    recovery = re.search(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", kept.html)[0]
    other = admin.browser()
    await other.post("/sign-in", name="chen.lin", password=PASSWORD)
    page = await other.post("/sign-in/code", code=recovery)
    assert page.answer.url.path == "/"
    assert "9 recovery codes are left" in (await other.get("/me")).text
    noted = [each["data"] for each in await admin.bench.events("Noted")]
    assert {"what": "staff-recovery-used", "about": "chen.lin", "reason": ""} in noted
    assert recovery not in str(noted)


@pytest.mark.parametrize("path", ["/me/recovery-codes", "/me/app"])
async def test_what_changes_the_second_factor_asks_for_a_fresh_code_first(admin, path):
    browser = await admin.person(name="chen.lin")
    admin.bench.clock.advance(301)
    page = await browser.send(await browser.get("/me"), path)
    assert page.answer.url.path == "/prove"
    assert "Is it still you?" in page.text
    wrong = await browser.send(page, "/prove?next=/me", code="000000")
    assert wrong.status == 401
    admin.bench.clock.advance(60)
    page = await browser.send(page, "/prove?next=/me", code=admin.phone.code("chen.lin"))
    assert page.answer.url.path == "/me"
    page = await browser.send(page, path)
    assert page.answer.url.path == (path if path == "/me/recovery-codes" else "/sign-in/enrol")
    if path == "/me/app":
        page = await browser.second_step(page)
        assert page.answer.url.path == "/me"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/live", "/sign-out"])
async def test_after_proving_one_goes_nowhere_but_to_a_page_of_the_panel(admin, target):
    browser = await admin.person(name="chen.lin")
    page = await browser.get(f"/prove?next={target}")
    answer = await browser.raw("/prove", {**page.forms[0][1], "code": admin.phone.code("chen.lin")})
    assert answer.headers["location"] == "/"


async def test_a_cabinet_without_its_key_says_so_at_the_second_step(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    await browser.post("/sign-in", name="chen.lin", password=PASSWORD)
    admin.bench.context.vault.has_key = False
    page = await browser.post("/sign-in/code", code=admin.phone.code("chen.lin"))
    assert page.status == 503
    assert "Nothing can be opened or changed right now" in page.text


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_UX_04_the_second_step_speaks_three_languages(admin, language):
    browser, _ = await at_the_enrolment(admin)
    page = await browser.post("/language", language=language, back="/sign-in/enrol")
    assert f'<html lang="{language}"' in page.html
    assert not re.search(r"\bpanel\.[a-z]", page.text)
    for form in page.forms:
        assert form[0] in {"/language", "/sign-in/enrol"}
