"""Both steps of signing in at the panel, for tests that look at other things: one sign-in a cabinet and hour."""

from datetime import UTC, datetime

import pyotp

PASSWORD = "river-stone-42"
_phones = {}


class BrowserPhone:
    """The authenticator app of one account of one cabinet, and the session that its owner has."""

    def __init__(self, cabinet):
        self._cabinet = cabinet
        self._typed = 0
        self.secret = ""
        self.cookies = []

    def code(self):
        """A code that was not typed yet; the cabinet's time passes until there is one."""
        totp = pyotp.TOTP(self.secret)
        while True:
            here = totp.timecode(self._now())
            step = max(here - 1, self._typed + 1)
            if step <= here + 1:
                self._typed = step
                return totp.generate_otp(step)
            self._cabinet.advance(30)

    def _now(self):
        if not hasattr(self._cabinet, "world"):
            return datetime.now(UTC)
        return datetime.fromisoformat(self._cabinet.world.get("/clock").json()["now"])


def phone_of(cabinet, name):
    """The phone of this account, the same each time."""
    return _phones.setdefault((cabinet.staff, name), BrowserPhone(cabinet))


def set_up(panel, cabinet, name, role="supervisor", picture=lambda _: None):
    """Make an account and go through its first sign-in: password, app, recovery codes."""
    secret = cabinet.command("staff", "add", name, "--role", role).splitlines()[-1]
    phone, page = phone_of(cabinet, name), panel.page
    panel.go("/set-up")
    for field, text in {"#name": name, "#secret": secret, "#word": PASSWORD, "#again": PASSWORD}.items():
        page.fill(field, text)
    page.click("main .btn.is-main")
    page.wait_for_url("**/sign-in/enrol")
    picture("enrol")
    phone.secret = page.inner_text(".enrol code").replace(" ", "")
    page.fill("#code", phone.code())
    page.click("main .btn.is-main")
    page.locator(".recovery").wait_for()
    picture("recovery")
    page.click("main .btn.is-main")
    page.wait_for_url(cabinet.staff + "/")
    phone.cookies = panel.context.cookies()


def enter(panel, cabinet, name):
    """Be signed in at the map: with the session that this account has, or anew where that has ended."""
    phone = phone_of(cabinet, name)
    session = [each for each in phone.cookies if each["name"] == "staff"]
    panel.context.add_cookies(session)
    panel.go("/")
    if "/sign-in" in panel.page.url:
        both_steps(panel, cabinet, name)
        panel.page.wait_for_url(cabinet.staff + "/")
        phone.cookies = panel.context.cookies()


def both_steps(panel, cabinet, name):
    """On the page that asks for name and password: these, then the code."""
    page = panel.page
    page.fill("#name", name)
    page.fill("#word", PASSWORD)
    page.click("main .btn.is-main")
    page.wait_for_url("**/sign-in/code*")
    page.fill("#code", phone_of(cabinet, name).code())
    page.click("main .btn.is-main")
