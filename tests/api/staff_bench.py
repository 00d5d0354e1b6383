"""A person at the panel: a browser without a screen, that reads forms and sends them as a real one does."""

import re
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import httpx
from machine_bench import a_bench
from staff_phone import StaffPhone

from locker.services.people import Role

PASSWORD = "river-stone-42"


class Forms(HTMLParser):
    """The forms of a page by action and, where several share it, in order."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.text = []
        self._quiet = 0
        self._named = self._writing = ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.found.append((attrs.get("action"), {}))
        elif tag == "input" and self.found and attrs.get("name"):
            if attrs.get("type") != "checkbox" or "checked" in attrs:
                self.found[-1][1][attrs["name"]] = attrs.get("value", "")
        elif tag in {"select", "textarea"} and self.found:
            self._named = attrs.get("name", "")
            self.found[-1][1][self._named] = ""
        elif tag == "option" and self._named and ("selected" in attrs or not self.found[-1][1][self._named]):
            self.found[-1][1][self._named] = attrs.get("value", "")
        if tag in {"style", "script"}:
            self._quiet += 1
        self._writing = self._named if tag == "textarea" else ""

    def handle_endtag(self, tag):
        if tag in {"style", "script"}:
            self._quiet -= 1
        elif tag == "textarea":
            self._writing = ""
        elif tag == "select":
            self._named = ""

    def handle_data(self, data):
        if self._writing:
            self.found[-1][1][self._writing] += data
        if not self._quiet and data.strip():
            self.text.append(" ".join(data.split()))


class Page:
    """An answer as a person sees it."""

    def __init__(self, answer):
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.headers = answer.headers
        parsed = Forms()
        parsed.feed(answer.text)
        self.forms = parsed.found
        self.text = " ".join(parsed.text)

    def form(self, action, **having):
        for where, fields in self.forms:
            if where == action and all(fields.get(name) == value for name, value in having.items()):
                return dict(fields)
        raise AssertionError(f"no form {action} on the page: {[where for where, _ in self.forms]}")

    def has_form(self, action):
        return any(where == action for where, _ in self.forms)


class Browser:
    """Keeps cookies, follows redirects, says where a form came from."""

    def __init__(self, app, base="http://127.0.0.1:8443", source="127.0.0.1", phone=None):
        self.base = base
        self.phone = phone
        transport = httpx.ASGITransport(app=app, client=(source, 50000), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=base, headers={"Accept-Language": "en"})

    async def get(self, path, **headers):
        answer = await self.http.get(path, headers=headers)
        while answer.is_redirect:
            answer = await self.http.get(answer.headers["location"], headers=headers)
        return Page(answer)

    async def raw(self, path, data=None, **headers):
        headers = {"Origin": self.base, **headers}
        return await self.http.post(path, data=data, headers=headers)

    async def post(self, path, **fields):
        answer = await self.raw(path, fields)
        if answer.is_redirect:
            return await self.get(answer.headers["location"])
        return Page(answer)

    async def send(self, page, action, /, having=None, **typed):
        """Fill in a form of the page and send it."""
        return await self.post(action, **{**page.form(action, **(having or {})), **typed})

    async def sign_in(self, name, password=PASSWORD):
        """Both steps, as far as the first one is right; who has no app yet sets one up."""
        return await self.second_step(await self.post("/sign-in", name=name, password=password))

    async def second_step(self, page):
        """The code of the app, where a page asks for it."""
        path = page.answer.url.path
        action = next((where for where, _ in page.forms if where and where.startswith(path)), path)
        if path == "/sign-in/code":
            return await self.post(action, code=self.phone.code(name_on(page)))
        if path == "/sign-in/enrol":
            self.phone.scan(name_on(page), re.search(r'class="secret">([A-Z2-7 ]+)<', page.html)[1])
            kept = await self.post(action, code=self.phone.code(name_on(page)))
            return await self.get(re.search(r'class="btn is-main" href="([^"]+)"', kept.html)[1])
        return page


def name_on(page):
    """Whose second step it is: the account's name stands first in the sentence above the form."""
    return re.search(r'class="hint">([a-z0-9._-]+),', page.html)[1]


class Office:
    """The bench of the machine API, with people at the panel beside it."""

    def __init__(self, bench):
        self.bench = bench
        self.phone = StaffPhone(bench.clock)
        self._browsers = []

    def browser(self, app=None, **more):
        made = Browser(app or self.bench.app, phone=self.phone, **more)
        self._browsers.append(made)
        return made

    async def account(self, name, role, source="setup"):
        accounts = self.bench.context.staff
        secret = await accounts.add(name, role, by="test")
        pending = await accounts.set_up(name, secret, PASSWORD, f"{source}-{name}")
        assert await self.phone.enrol(accounts, pending) is not None

    async def person(self, role=Role.SUPERVISOR, name=None, **more):
        """Somebody of this role, signed in."""
        name = name or f"{role.value}.one"
        await self.account(name, role)
        browser = self.browser(**more)
        page = await browser.sign_in(name)
        assert page.status == 200, page.text
        return browser

    async def close(self):
        for each in self._browsers:
            await each.http.aclose()


@asynccontextmanager
async def an_office(folder, **pickup):
    async with a_bench(folder, **pickup) as bench:
        await bench.resident()
        admin = Office(bench)
        try:
            yield admin
        finally:
            await admin.close()
