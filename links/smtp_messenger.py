"""Notices as plain mail through the site's mail server."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from locker.errors import SettingsError
from locker.ports import Undelivered

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
    """Sends the text as a plain mail in a thread. Its Message-ID is the message's id, so that a repeat is one mail."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once. Raises Undelivered."""
        try:
            mail = self._mail(message)
        except (ValueError, IndexError, AttributeError, MessageError):
            raise Undelivered("the mailbox is not one that mail can be sent to", final=True) from None
        try:
            await asyncio.to_thread(self._submit, mail)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise Undelivered("the mail server refused the mailbox", final=min(codes, default=0) >= 500) from None
        except smtplib.SMTPDataError as refused:
            raise Undelivered(f"the mail server answered {refused.smtp_code}", final=refused.smtp_code >= 500) from None
        except (smtplib.SMTPException, OSError):
            raise Undelivered("the mail server cannot be reached or does not let us in") from None

    def _mail(self, message: Mapping[str, object]) -> EmailMessage:
        data = message["data"]
        subject = str(data.get("locker", "")) if isinstance(data, dict) else ""
        mail = EmailMessage()
        mail["From"] = Address(addr_spec=self._server.sender)
        mail["To"] = Address(addr_spec=str(message["to"]))
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{message['id']}@{self._server.sender.rpartition('@')[2]}>"
        mail["Content-Language"] = str(message["language"])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(str(message["text"]))
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
                connection.login(server.user, server.password)
            connection.send_message(mail)
