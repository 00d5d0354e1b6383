"""Notices by mail to a whole mail server (aiosmtpd), which keeps to the protocol of its own accord."""

import asyncio
import base64
from contextlib import asynccontextmanager
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from links.smtp_messenger import MailServer, SmtpMessenger
from locker.ports import DeliveryFault, Undelivered

NOTICE = {
    "to": "ming@example.org",
    "text": "您的包裹已存入 Riverside Court: code 12345678 " + "x" * 1200,
    "template": "arrival",
    "language": "zh-CN",
    "data": {"locker": "Riverside Court, 大堂"},
    "id": "n7.abc.r1",
}


class Mailbox:
    """Takes mail, or refuses the mailboxes and the contents that a test names."""

    def __init__(self):
        self.mails = []
        self.refused = {}
        self.content_answer = ""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.content_answer:
            return self.content_answer
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


@asynccontextmanager
async def mail_server(mailbox, **options):
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, hostname="mail.example.org", **options), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def messenger(port, login=""):
    return SmtpMessenger(MailServer.read(f"smtp://{login}127.0.0.1:{port}/?from=locker@example.org"))


async def test_NTF_01_a_mail_arrives_whole_in_any_script_and_says_that_no_person_wrote_it():
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await messenger(port).send(NOTICE)
    ((sender, to, content),) = mailbox.mails
    mail = message_from_bytes(content, policy=policy.default)
    assert (sender, to) == ("locker@example.org", ["ming@example.org"])
    assert mail.get_content().strip() == NOTICE["text"]
    assert mail["Subject"] == "Riverside Court, 大堂"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh-CN"


async def test_NTF_01_a_repeat_is_the_same_mail_to_whoever_reads_it():
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        for _ in range(2):
            await messenger(port).send(NOTICE)
    names = {message_from_bytes(content, policy=policy.default)["Message-ID"] for _, _, content in mailbox.mails}
    assert names == {"<n7.abc.r1@example.org>"}


async def test_a_mailbox_of_another_script_needs_a_server_that_speaks_of_it():
    mailbox = Mailbox()
    async with mail_server(mailbox, enable_SMTPUTF8=True) as port:
        await messenger(port).send(NOTICE | {"to": "王明@例子.cn"})
    assert mailbox.mails[0][1] == ["王明@例子.cn"]
    async with mail_server(mailbox) as port:
        with pytest.raises(Undelivered) as fault:
            await messenger(port).send(NOTICE | {"to": "王明@例子.cn"})
    assert fault.value.fault is DeliveryFault.REFUSED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 no such mailbox", DeliveryFault.REFUSED),
        ("550 5.7.1 relaying denied", DeliveryFault.AWAY),
        ("452 4.2.2 mailbox full", DeliveryFault.AWAY),
    ],
)
async def test_a_mailbox_that_is_refused_ends_the_notice_only_when_there_is_none(answer, expected):
    mailbox = Mailbox()
    mailbox.refused["ming@example.org"] = answer
    async with mail_server(mailbox) as port:
        with pytest.raises(Undelivered) as fault:
            await messenger(port).send(NOTICE)
    assert fault.value.fault is expected
    assert "ming" not in str(fault.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("554 5.7.1 looks like spam", DeliveryFault.SETTINGS), ("451 4.3.0 later", DeliveryFault.AWAY)],
)
async def test_what_the_server_thinks_of_the_content_never_ends_a_notice(answer, expected):
    mailbox = Mailbox()
    mailbox.content_answer = answer
    async with mail_server(mailbox) as port:
        with pytest.raises(Undelivered) as fault:
            await messenger(port).send(NOTICE)
    assert fault.value.fault is expected
    assert mailbox.mails == []


async def test_a_password_is_never_given_to_a_server_without_tls():
    shown = []

    def authenticate(_server, _session, _envelope, _mechanism, data):
        shown.append(data)
        return AuthResult(success=True)

    async with mail_server(Mailbox(), authenticator=authenticate, auth_require_tls=False) as port:
        with pytest.raises(Undelivered) as fault:
            await messenger(port, "locker:secret@").send(NOTICE)
    assert fault.value.fault is DeliveryFault.SETTINGS
    assert shown == []


async def test_R26_the_picture_of_a_parcel_is_attached_to_its_mail():
    mailbox, picture = Mailbox(), b"\xff\xd8 a parcel \xff\xd9"
    async with mail_server(mailbox) as port:
        await messenger(port).send({**NOTICE, "picture": base64.b64encode(picture).decode()})
    mail = message_from_bytes(mailbox.mails[0][2], policy=policy.default)
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_content()) == ("image/jpeg", picture)
    assert mail.get_body().get_content().strip() == NOTICE["text"]
    assert mail["Content-Language"] == "zh-CN"
