"""Notices as plain mail through the site's mail server."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError, NonASCIILocalPartDefect
from email.headerregistry import Address
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from locker.errors import SettingsError
from locker.ports import DeliveryFault, Undelivered
from locker.services.notices import mail_subject

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail leaves, from `smtp://user:password@host:587/?from=locker@example.org` or `smtps://…`.

    smtp speaks TLS when the server offers it, and never gives a password without; smtps always does.
    """

    host: str
    port: int
    tls: bool
    sender: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Show where, not as whom."""
        return f"MailServer({self.host}:{self.port})"

    @classmethod
    def read(cls, text: str) -> MailServer:
        """Read the site file's line. Raises SettingsError."""
        wrong = SettingsError(["notices.smtp: write it like smtp://user:password@host:587/?from=locker@example.org"])
        try:
            parts = urlsplit(text)
            port = parts.port
            sender = parse_qs(parts.query).get("from", [unquote(parts.username or "")])[0]
            Address(addr_spec=sender)
        except (ValueError, IndexError, MessageError):
            raise wrong from None
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or "@" not in sender:
            raise wrong
        tls = parts.scheme == "smtps"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or (465 if tls else 25), tls, sender, user if password else "", password)


class SmtpMessenger:
    """Sends the text as a plain mail in a thread, with the picture where there is one.

    Its Message-ID is the message's id, so that a repeat is one mail.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once. Raises Undelivered."""
        try:
            mail = self._mail(message)
        except UnicodeError:
            raise Undelivered(DeliveryFault.UNENCODABLE, "the message is not whole Unicode text") from None
        except (ValueError, IndexError, AttributeError, MessageError):
            raise Undelivered(DeliveryFault.REFUSED, "the mailbox is not one that mail can be sent to") from None
        try:
            await asyncio.to_thread(self._submit, mail)
        except smtplib.SMTPRecipientsRefused as refused:
            answers = list(refused.recipients.values())
            fault = DeliveryFault.REFUSED if all(_no_such_mailbox(*each) for each in answers) else DeliveryFault.AWAY
            raise Undelivered(fault, f"the mail server answered {answers[0][0]} to the mailbox") from None
        except smtplib.SMTPResponseException as refused:
            fault = DeliveryFault.SETTINGS if refused.smtp_code >= 500 else DeliveryFault.AWAY
            raise Undelivered(fault, f"the mail server answered {refused.smtp_code}") from None
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError):
            raise Undelivered(DeliveryFault.SETTINGS, "the mail server speaks no TLS that can be trusted") from None
        except (smtplib.SMTPException, OSError):
            raise Undelivered(DeliveryFault.AWAY, "the mail server cannot be reached or does not let us in") from None

    def _mail(self, message: Mapping[str, object]) -> EmailMessage:
        data = message["data"]
        subject = mail_subject(data) if isinstance(data, dict) else ""
        mail = EmailMessage()
        mail["From"] = Address(addr_spec=self._server.sender)
        mail["To"] = _address(str(message["to"]))
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{message['id']}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(str(message["text"]))
        if picture := message.get("picture"):
            mail.add_attachment(base64.b64decode(str(picture)), "image", "jpeg", filename="parcel.jpg")
        mail["Content-Language"] = str(message["language"])  # behind the content, which takes such headers away
        return mail

    def _submit(self, mail: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context()
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        with connection:
            connection.ehlo()
            if not server.tls and connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
            elif server.password and not server.tls:
                raise smtplib.SMTPNotSupportedError("a password is not given without TLS")
            if server.password:
                sign_in(connection, server)
            if not str(mail["To"]).isascii() and not connection.has_extn("smtputf8"):
                raise Undelivered(DeliveryFault.REFUSED, "the mail server takes no mailbox with such letters")
            connection.send_message(mail)


def _address(text: str) -> Address:
    """A mailbox, of any script: the library itself takes other letters behind the @ only. Raises MessageError."""
    try:
        return Address(addr_spec=text)
    except NonASCIILocalPartDefect:
        name, _, domain = text.rpartition("@")
        return Address(username=name, domain=domain)


def sign_in(connection: smtplib.SMTP, server: MailServer) -> None:
    """Sign in. Letters beyond ASCII go as UTF-8 (RFC 4616), which the library itself cannot. Raises SMTPException."""
    if (server.user + server.password).isascii():
        connection.login(server.user, server.password)
        return
    secret = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, answer = connection.docmd("AUTH", f"PLAIN {secret}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _no_such_mailbox(code: int, answer: bytes) -> bool:
    """True when the server says that the mailbox is wrong; 5.7 speaks of what it lets us do (RFC 3463)."""
    return code >= 500 and code not in {530, 535} and not answer.lstrip().startswith(b"5.7.")
