"""Another phone or mailbox: no link, no device and no code alone is enough."""

import re

import pytest
from resident_bench import a_home

from locker.ports import DeliveryFault, Undelivered
from locker.services.command_service import ResidentDetails
from locker.services.contact_service import ASKS_A_DAY, TRIES, VALID
from locker.services.notices import ContactMessages, Messengers, NoticeWriter, read_catalogue

NEW = "+8613900000099"


class Post:
    """Phones and mailboxes of everybody, as a gateway would reach them."""

    def __init__(self):
        self.sent = []
        self.down = False

    async def send(self, message):
        if self.down:
            raise Undelivered(DeliveryFault.REFUSED, "down")
        self.sent.append(message)

    def code(self, address):
        told = [each for each in self.sent if each["to"] == address]
        return re.search(r"ode (\d{6})", told[-1]["text"]).group(1)


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        context = made.context
        made.post = Post()
        writer = NoticeWriter(context.engine, context.vault, context.site, 72, read_catalogue(), context.rules)
        context.contacts.messages = ContactMessages(Messengers(made.post, made.post), writer, context.site)
        yield made


async def asked(home, channel="phone", address=NEW):
    phone = await home.at_home()
    page = await phone.post("/contact", channel=channel, **{channel: address})
    return phone, page


def person(home):
    return home.context.directory.get(home.resident)


async def test_SEC_01_both_codes_change_the_phone_and_end_every_other_link_and_device(home):
    other, link = await home.at_home(), await home.link()
    phone, page = await asked(home)
    assert "Type the code sent to •• 0001 and the one sent to •• 0099" in page.text
    assert person(home).phone == "+8613800000001"
    page = await phone.post("/contact/codes", old=home.post.code("+8613800000001"), new=home.post.code(NEW))
    assert "Changed." in page.text
    assert person(home).phone == NEW
    assert (await other.get("/")).status == 404
    assert (await home.phone().get(link)).status == 404
    assert (await phone.get("/")).status == 200
    last = home.post.sent[-1]
    assert (last["to"], last["template"]) == ("+8613800000001", "contact-changed")
    dump = "\n".join(home.context.journal.db.conn.iterdump())
    assert [
        each for each in home.post.sent if each["data"]["confirmation"] and each["data"]["confirmation"] in dump
    ] == []


@pytest.mark.parametrize("told", ["old", "new"])
async def test_SEC_01_one_of_the_codes_alone_changes_nothing(home, told):
    phone, _ = await asked(home)
    codes = {"old": home.post.code("+8613800000001"), "new": home.post.code(NEW)}
    for wrong in ("", "000000", codes[told]):
        both = {"old": wrong, "new": wrong, told: codes[told]}
        if both == codes:
            continue
        answer = await phone.raw("/contact/codes", both)
        assert (answer.status_code, "not right" in answer.text) == (422, True)
    assert person(home).phone == "+8613800000001"


async def test_SEC_01_who_holds_link_and_end_of_the_phone_cannot_take_the_account_over(home):
    """A thief who was let in by a forwarded link sees what comes to the address of their own, and no more."""
    thief, _ = await asked(home)
    theirs = home.post.code(NEW)
    for _ in range(TRIES):
        answer = await thief.raw("/contact/codes", {"old": theirs, "new": theirs})
        assert answer.status_code == 422
    answer = await thief.raw("/contact/codes", {"old": home.post.code("+8613800000001"), "new": theirs})
    assert "These codes have ended" in answer.text
    assert person(home).phone == "+8613800000001"
    warned = [each for each in home.post.sent if each["to"] == "+8613800000001"]
    assert "If that was not you" in warned[0]["text"]
    assert home.context.site.help_phone in warned[0]["text"]
    stranger = home.phone()
    await stranger.get(await home.link())
    for path in ("/contact", "/contact/codes", "/contact/keep"):
        assert (await stranger.raw(path, {"channel": "phone", "phone": NEW})).headers["location"] == "/gate"


async def test_SEC_01_codes_end_after_half_an_hour_and_are_sent_three_times_a_day(home):
    phone, _ = await asked(home)
    codes = {"old": home.post.code("+8613800000001"), "new": home.post.code(NEW)}
    home.bench.clock.advance(VALID.total_seconds() + 1)
    assert "These codes have ended" in (await phone.raw("/contact/codes", codes)).text
    for _ in range(ASKS_A_DAY - 1):
        await phone.post("/contact", channel="phone", phone=NEW)
    before = len(home.post.sent)
    answer = await phone.raw("/contact", {"channel": "phone", "phone": "+8613900000077"})
    assert (answer.status_code, "Three times a day" in answer.text) == (422, True)
    assert len(home.post.sent) == before
    home.bench.clock.advance(86400)
    assert "Type the code sent to" in (await phone.post("/contact", channel="phone", phone=NEW)).text


async def test_CRM_05_a_mailbox_is_confirmed_by_the_phone_and_who_has_no_phone_confirms_by_mail(home):
    phone, _ = await asked(home, "mail", "wang@example.org")
    await phone.post("/contact/codes", old=home.post.code("+8613800000001"), new=home.post.code("wang@example.org"))
    assert (person(home).phone, person(home).email) == ("+8613800000001", "wang@example.org")
    card = ResidentDetails(unit="1-202", name="Li Na", phone="", consent=True, language="en", email="li@example.org")
    made = await home.context.commands.save_resident(card, "test")
    theirs = home.phone()
    await theirs.send(await theirs.get(await home.link(made.id)), "/gate", end="1-202")
    await theirs.post("/contact", channel="phone", phone="+8613900000055")
    codes = {"old": home.post.code("li@example.org"), "new": home.post.code("+8613900000055")}
    assert "Changed." in (await theirs.post("/contact/codes", **codes)).text
    assert home.context.directory.get(made.id).phone == "+8613900000055"


@pytest.mark.parametrize(
    ("channel", "address", "said"),
    [
        ("phone", "12", "cannot be written to"),
        ("phone", "", "cannot be written to"),
        ("phone", "+86 138 0000 0001", "there already"),
        ("mail", "nobody", "cannot be written to"),
        ("mail", "a@b@example.org", "cannot be written to"),
        ("mail", "a@example.org\r\nBcc: x@y.org", "cannot be written to"),
        ("fax", "+8613900000099", "cannot be written to"),
    ],
)
async def test_CRM_05_what_cannot_be_written_to_is_said(home, channel, address, said):
    phone = await home.at_home()
    answer = await phone.raw("/contact", {"channel": channel, channel: address})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert home.post.sent == []


async def test_CRM_05_where_nothing_can_be_sent_nothing_waits_for_codes(home):
    home.post.down = True
    phone = await home.at_home()
    answer = await phone.raw("/contact", {"channel": "phone", "phone": NEW})
    assert "could not be sent" in answer.text
    home.post.down = False
    assert not (await phone.get("/contact")).has_form("/contact/codes")
    _, page = await asked(home)
    assert page.has_form("/contact/codes")
    assert not (await phone.send(page, "/contact/keep")).has_form("/contact/codes")


async def test_R25_what_was_asked_for_goes_with_the_resident(home):
    await asked(home)
    phone = await home.at_home()
    await phone.send(await phone.get("/erase"), "/erase", end="0001")
    assert NEW not in "\n".join(home.context.journal.db.conn.iterdump())
