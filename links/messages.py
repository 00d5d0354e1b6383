"""The ways by which notices leave: a webhook to a phone company, a mail server, and what Apprise knows.

Each is a `Messenger` of locker.ports. Faults name neither the recipient nor the address with its
secrets. Proxies named in the environment are not used: the way is the one in the site file.
"""

from __future__ import annotations

import asyncio
import importlib
import smtplib
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from locker.errors import SettingsError
from locker.ports import Undelivered
from locker.services.notices.routes import Routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from links.options import NoticeOptions
    from locker.ports import Messenger

TIMEOUT_S = 30.0
_APPRISE_KEYS = ("{to}", "{email}")


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
            mail = self._written(message)
        except (ValueError, IndexError, AttributeError, MessageError):
            raise Undelivered("the mailbox is not one that mail can be sent to", final=True) from None
        try:
            await asyncio.to_thread(self._hand_over, mail)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise Undelivered("the mail server refused the mailbox", final=min(codes, default=0) >= 500) from None
        except smtplib.SMTPDataError as refused:
            raise Undelivered(f"the mail server answered {refused.smtp_code}", final=refused.smtp_code >= 500) from None
        except (smtplib.SMTPException, OSError):
            raise Undelivered("the mail server cannot be reached or does not let us in") from None

    def _written(self, message: Mapping[str, object]) -> EmailMessage:
        data = message["data"]
        place = str(data.get("locker", "")) if isinstance(data, dict) else ""
        mail = EmailMessage()
        mail["From"] = Address(addr_spec=self._server.sender)
        mail["To"] = Address(addr_spec=str(message["to"]))
        mail["Subject"] = place
        mail["Message-ID"] = f"<{message['id']}@{self._server.sender.rpartition('@')[2]}>"
        mail["Content-Language"] = str(message["language"])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(str(message["text"]))
        return mail

    def _hand_over(self, mail: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context()
        if server.tls:
            line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            line = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        with line:
            line.ehlo()
            if not server.tls and line.has_extn("starttls"):
                line.starttls(context=context)
                line.ehlo()
            elif server.password and not server.tls:
                raise smtplib.SMTPNotSupportedError("a password is not given without TLS")
            if server.password:
                line.login(server.user, server.password)
            line.send_message(mail)


class AppriseMessenger:
    """Sends the text through addresses of Apprise that name the recipient as {to}, the optional extra `apprise`."""

    def __init__(self, addresses: list[str]) -> None:
        for number, address in enumerate(addresses):
            if not any(key in address for key in _APPRISE_KEYS):
                raise SettingsError(
                    [f"notices.apprise[{number}]: must hold {{to}}, or everybody's code goes to one place"]
                )
        try:
            self._apprise: Any = importlib.import_module("apprise")
        except ImportError:
            raise SettingsError(["notices.apprise: install the extra first: pip install 'lockerd[apprise]'"]) from None
        self._addresses = addresses

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once to every address. Raises Undelivered when one does not take it."""
        to = quote(str(message["to"]), safe="")
        service = self._apprise.Apprise()
        for address in self._addresses:
            filled = address.replace("{to}", to).replace("{email}", to)
            if not service.add(filled):
                raise Undelivered("a service of notices.apprise cannot take this recipient", final=True)
        if not await service.async_notify(body=str(message["text"])):
            raise Undelivered("a service of notices.apprise did not take it")


@asynccontextmanager
async def open_routes(options: NoticeOptions) -> AsyncIterator[Routes]:
    """Open the ways that `[notices]` names, and shut them at the end. Raises SettingsError.

    Apprise serves phones when there is no webhook.
    """
    mail: Messenger | None = SmtpMessenger(MailServer.read(options.smtp)) if options.smtp else None
    if options.webhook:
        # An HTTP client is 2 MB and a tenth of the start: only for who has this way.
        from links.webhook import open_webhook  # noqa: PLC0415  see above

        async with open_webhook(options.webhook) as phone:
            yield Routes(phone, mail)
    else:
        yield Routes(AppriseMessenger(options.apprise) if options.apprise else None, mail)
