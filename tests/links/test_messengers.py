"""The ways out: what counts as delivered, what is tried again, and what never will be."""

import asyncio
import base64
import json
import smtplib
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy

import httpx
import pytest

from links.apprise_messenger import AppriseMessenger
from links.messengers import open_messengers
from links.options import NoticeOptions
from links.smtp_messenger import MailServer, SmtpMessenger, sign_in
from links.webhook_messenger import WebhookMessenger
from locker.errors import SettingsError
from locker.ports import DeliveryFault, Undelivered

MESSAGE = {
    "to": "+8613800000001",
    "text": "您的包裹已存入Riverside Court, code 12345678",
    "template": "arrival",
    "language": "zh-CN",
    "data": {"code": "12345678", "locker": "Riverside Court, lobby"},
    "id": "n7.abc.r1",
}
MAIL = MESSAGE | {"to": "ming@example.org"}

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@asynccontextmanager
async def served(answer):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def web(status, posts, headers=""):
    """An HTTP server that gives one answer; None closes without any."""

    async def answer(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(v)
                for k, _, v in (line.partition(":") for line in head.lower().splitlines())
                if k == "content-length"
            )
            posts.append((head, await reader.readexactly(length)))
            if status is not None:
                writer.write(f"HTTP/1.1 {status} X\r\nLocation: /x\r\n{headers}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async with served(answer) as port:
        yield f"http://127.0.0.1:{port}/sms?key=secret"


async def post(address, **options):
    async with httpx.AsyncClient(trust_env=False, **options) as client:
        await WebhookMessenger(client, address).send(MESSAGE)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_delivered_and_the_whole_message_went(status):
    posts = []
    async with web(status, posts) as address:
        await post(address)
    ((head, body),) = posts
    assert head.startswith("POST /sms")
    assert json.loads(body) == MESSAGE


@pytest.mark.parametrize("status", [400, 422])
async def test_a_number_that_is_refused_is_final(status):
    async with web(status, []) as address:
        with pytest.raises(Undelivered, match=str(status)) as fault:
            await post(address)
    assert fault.value.fault is DeliveryFault.REFUSED
    assert fault.value.final


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [("settings", [301, 302, 401, 403, 404, 405, 407, 410]), ("away", [408, 425, 429, 500, 502, 503, 504, None])],
)
async def test_a_wrong_setting_and_a_dead_network_only_delay(fault, statuses):
    for status in statuses:
        posts = []
        async with web(status, posts) as address:
            with pytest.raises(Undelivered) as undelivered:
                await post(address)
        assert (undelivered.value.fault, undelivered.value.final) == (fault, False)
        assert len(posts) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ("Retry-After: 120\r\n", 120),
        ("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:29:30 GMT\r\n", 90),
        ("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:20:00 GMT\r\n", 0),
        *(("Retry-After: soon\r\n", 0), ("Retry-After: -1\r\n", 0), ("Retry-After: \r\n", 0), ("", 0)),
        ("Retry-After: Wed, 21 Oct 2026 07:29:30 GMT\r\n", 0),
        ("Retry-After: 99999999999999999999\r\n", 999999999),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_a_company_that_is_busy_says_when_to_come_back(status, headers, seconds):
    async with web(status, [], headers) as address:
        with pytest.raises(Undelivered) as undelivered:
            await post(address)
    assert (undelivered.value.fault, undelivered.value.retry_after) == (DeliveryFault.AWAY, seconds)


async def test_a_name_that_cannot_be_resolved_and_a_broken_tls_only_delay():
    async with web(200, []) as address:
        for far in ("http://nobody.invalid/sms", address.replace("http:", "https:")):
            with pytest.raises(Undelivered) as undelivered:
                await post(far)
            assert (undelivered.value.fault, undelivered.value.final) == (DeliveryFault.AWAY, False)
    for text in ("smtp://nobody.invalid:25/?from=a@example.org", "smtps://nobody.invalid/?from=a@example.org"):
        with pytest.raises(Undelivered) as undelivered:
            await SmtpMessenger(MailServer.read(text)).send(MAIL)
        assert (undelivered.value.fault, undelivered.value.final) == (DeliveryFault.AWAY, False)


async def test_what_is_no_whole_text_cannot_be_sent_by_anybody_and_is_said_so():
    async with web(200, []) as address, httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(Undelivered) as fault:
            await WebhookMessenger(client, address).send(MESSAGE | {"text": "half a pair \ud83d"})
    assert fault.value.fault is DeliveryFault.UNENCODABLE
    with pytest.raises(Undelivered) as fault:
        await mail(MailHost(), text="half a pair \ud83d")
    assert fault.value.fault is DeliveryFault.UNENCODABLE


async def test_nobody_listening_is_tried_again_and_the_fault_holds_no_secret():
    async with web(200, []) as address:
        pass
    with pytest.raises(Undelivered) as fault:
        await post(address)
    assert not fault.value.final
    assert "secret" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert fault.value.__suppress_context__


async def test_a_phone_company_that_never_answers_is_given_up_and_tried_again():
    held = asyncio.Event()

    async def answer(_reader, writer):
        await held.wait()
        writer.close()

    async with served(answer) as port:
        with pytest.raises(Undelivered, match="in time") as fault:
            await post(f"http://127.0.0.1:{port}/", timeout=0.05)
        held.set()
    assert not fault.value.final


class MailHost:
    """A mail server on a socket. `at` gives another answer to a command."""

    def __init__(self, **at):
        self.at = at
        self.mails = []
        self.commands = []

    async def answer(self, reader, writer):
        async def say(line):
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await say("220 ready")
            while line := (await reader.readline()).decode().strip():
                self.commands.append(line)
                word = line.split(maxsplit=1)[0].upper()
                if word in self.at:
                    await say(self.at[word])
                elif word == "EHLO":
                    await say("250-here")
                    if "SMTPUTF8" in self.at:
                        await say("250-SMTPUTF8")
                    await say("250 AUTH PLAIN LOGIN")
                elif word == "DATA":
                    await say("354 go on")
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    await say(self.at.get("MAIL_TAKEN", "250 taken"))
                elif word == "QUIT":
                    await say("221 bye")
                    break
                else:
                    await say("250 ok")
        writer.close()


async def mail(host, message=MAIL, login="", **more):
    async with served(host.answer) as port:
        server = MailServer.read(f"smtp://{login}127.0.0.1:{port}/?from=locker@example.org")
        await SmtpMessenger(server).send(message | more)


async def test_a_mail_goes_to_one_mailbox_in_any_language_and_bears_the_id():
    host = MailHost()
    await mail(host)
    seen = message_from_bytes(host.mails[0].removesuffix(b".\r\n"), policy=policy.default)
    assert (seen["To"], seen["From"], seen["Subject"]) == (MAIL["to"], "locker@example.org", "Riverside Court, lobby")
    assert seen["Message-ID"] == "<n7.abc.r1@example.org>"
    assert seen.get_content().strip() == MAIL["text"]


@pytest.mark.parametrize(
    ("at", "final"),
    [
        ({"RCPT": "550 no such mailbox"}, True),
        ({"RCPT": "450 later"}, False),
        ({"RCPT": "550 5.7.1 relaying denied"}, False),
        ({"RCPT": "530 sign in first"}, False),
        ({"MAIL_TAKEN": "554 refused"}, False),
        ({"MAIL_TAKEN": "452 full"}, False),
        ({"MAIL": "421 busy"}, False),
    ],
)
async def test_a_mail_server_says_what_is_final(at, final):
    with pytest.raises(Undelivered) as fault:
        await mail(MailHost(**at))
    assert fault.value.final is final
    assert MAIL["to"] not in str(fault.value)


@pytest.mark.parametrize("to", ["", "nobody", "a@b\r\nBcc: all@example.org", "a@b, c@d", "@"])
async def test_a_mailbox_that_is_none_is_final_and_adds_no_header(to):
    host = MailHost()
    with pytest.raises(Undelivered) as fault:
        await mail(host, to=to)
    assert fault.value.final
    assert host.mails == []


@pytest.mark.parametrize("to", ["müller@example.org", "ming@例子.cn"])
async def test_a_mailbox_with_letters_that_the_server_does_not_take_is_refused(to):
    host = MailHost()
    with pytest.raises(Undelivered) as fault:
        await mail(host, to=to)
    assert fault.value.fault is DeliveryFault.REFUSED
    assert to not in str(fault.value)
    assert host.mails == []


async def test_a_mailbox_with_other_letters_is_written_to_where_the_server_takes_them():
    host = MailHost(SMTPUTF8=True)
    await mail(host, to="ming@例子.cn")
    assert len(host.mails) == 1


async def test_a_password_is_not_given_without_tls():
    host = MailHost()
    with pytest.raises(Undelivered) as fault:
        await mail(host, login="user:secret@")
    assert not fault.value.final
    assert not any("AUTH" in line or "secret" in line for line in host.commands)


class MailSession:
    """What `smtplib` gives a caller, as far as signing in goes: it takes one user and password."""

    def __init__(self, code):
        self.code = code
        self.said = []

    def docmd(self, command, text):
        self.said.append((command, base64.b64decode(text.removeprefix("PLAIN ")).decode()))
        return self.code, b"said"


def test_a_password_with_letters_beyond_ascii_is_given_as_utf_8_and_a_wrong_one_is_a_setting():
    server = MailServer.read("smtps://u:p%C3%A4ss@localhost/?from=l@example.org")
    session = MailSession(235)
    sign_in(session, server)
    assert session.said == [("AUTH", "\0u\0p\u00e4ss")]
    with pytest.raises(smtplib.SMTPAuthenticationError):
        sign_in(MailSession(535), server)


@pytest.mark.parametrize(
    "text",
    ["", "smtp://", "smtp://host", "http://host/?from=a@b", "smtp://host:x/?from=a@b", "smtp://host/?from=nobody"],
)
def test_a_mail_server_that_cannot_be_read_is_named_by_its_key(text):
    with pytest.raises(SettingsError, match=r"notices\.smtp"):
        MailServer.read(text)


def test_a_mail_server_shows_no_password():
    server = MailServer.read("smtps://user:se%40cret@mail.example.org?from=locker@example.org")
    assert (server.port, server.password, server.tls) == (465, "se@cret", True)
    assert "cret" not in repr(server)


async def test_apprise_fills_the_recipient_into_its_address():
    posts = []
    async with web(200, posts) as address:
        await AppriseMessenger([f"json://127.0.0.1:{httpx.URL(address).port}/{{to}}"]).send(MESSAGE)
    ((head, body),) = posts
    assert "%2B8613800000001" in head.splitlines()[0] or "+8613800000001" in head.splitlines()[0]
    assert json.loads(body)["message"] == MESSAGE["text"]


async def test_apprise_that_is_refused_is_tried_again():
    async with web(500, []) as address:
        with pytest.raises(Undelivered) as fault:
            await AppriseMessenger([f"json://127.0.0.1:{httpx.URL(address).port}/{{to}}"]).send(MESSAGE)
    assert not fault.value.final


def test_SEC_07_apprise_never_sends_everybodys_code_to_one_place():
    with pytest.raises(SettingsError, match=r"notices\.apprise\[1\]"):
        AppriseMessenger(["json://host/{to}", "json://host/all"])


async def test_routes_are_what_the_site_file_names():
    async with open_messengers(NoticeOptions(), lambda: NOW) as messengers:
        assert (messengers.phone, messengers.mail) == (None, None)
    options = NoticeOptions(
        webhook="http://127.0.0.1:1/sms", smtp="smtp://127.0.0.1:1/?from=a@b.org", apprise=["json://h/{to}"]
    )
    async with open_messengers(options, lambda: NOW) as messengers:
        assert isinstance(messengers.phone, WebhookMessenger)
        assert isinstance(messengers.mail, SmtpMessenger)
    async with open_messengers(NoticeOptions(apprise=["json://h/{to}"]), lambda: NOW) as messengers:
        assert isinstance(messengers.phone, AppriseMessenger)


@pytest.mark.parametrize("webhook", ["http://", "http://[", "https:///sms"])
async def test_a_webhook_that_names_no_host_is_named_by_its_key(webhook):
    with pytest.raises(SettingsError, match=r"notices\.webhook"):
        async with open_messengers(NoticeOptions(webhook=webhook), lambda: NOW):
            pass


class PickyService:
    """Apprise as far as this way goes: `takes` says which addresses it takes."""

    def __init__(self, takes):
        self.takes = takes

    def Apprise(self):
        return self

    def add(self, address):
        return self.takes(address)


@pytest.mark.parametrize(
    ("takes", "fault"),
    [
        (lambda address: "+86" not in address and "%2B8613800000001" not in address, "refused"),
        (lambda _: False, "settings"),
    ],
)
async def test_apprise_that_takes_nobody_is_a_setting_and_one_recipient_only_is_refused(takes, fault):
    messenger = AppriseMessenger(["json://host/{to}"])
    messenger._apprise = PickyService(takes)
    with pytest.raises(Undelivered) as undelivered:
        await messenger.send(MESSAGE)
    assert undelivered.value.fault == fault
