"""The messengers by which notices leave, as the site file names them: webhook, mail, Apprise, a WeCom group's robot.

Each is a `Messenger` of locker.ports. Faults name neither the recipient nor the address with its
secrets. Proxies named in the environment are not used: the way is the one in the site file.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from links.apprise_messenger import AppriseMessenger
from locker.services.fees import secret_key, signature
from locker.services.notices import Messengers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from links.options import NoticeOptions
    from locker.ports import Messenger


@asynccontextmanager
async def open_messengers(options: NoticeOptions, now: Callable[[], datetime]) -> AsyncIterator[Messengers]:
    """Open what `[notices]` names, and shut it at the end; `now` dates what is signed. Raises SettingsError.

    Apprise serves phones when there is no webhook.
    """
    mail: Messenger | None = None
    if options.smtp:
        from links.smtp_messenger import MailServer, SmtpMessenger  # noqa: PLC0415  only for who has this way

        mail = SmtpMessenger(MailServer.read(options.smtp))
    async with AsyncExitStack() as opened:
        phone: Messenger | None = None
        group: Messenger | None = None
        # An HTTP client is 2 MB and a tenth of the start: only for who has such a way.
        if options.webhook:
            from links.webhook_messenger import open_webhook  # noqa: PLC0415  see above

            sign = signer(options.webhook_secret, now) if options.webhook_secret else None
            phone = await opened.enter_async_context(open_webhook(options.webhook, sign=sign))
        elif options.apprise:
            phone = AppriseMessenger(options.apprise)
        if options.wecom_robot:
            from links.wecom_messenger import open_wecom  # noqa: PLC0415  see above

            monotonic = asyncio.get_running_loop().time
            group = await opened.enter_async_context(open_wecom(options.wecom_robot, monotonic))
        carriers: dict[str, Messenger] = {}
        for number, each in enumerate(options.carrier):
            from links.webhook_messenger import open_webhook  # noqa: PLC0415  see above

            sign = signer(each.secret, now) if each.secret else None
            way = open_webhook(each.webhook, f"notices.carrier[{number}].webhook", sign)
            carriers[each.company] = await opened.enter_async_context(way)
        public: dict[str, Messenger] = {}
        for number, channel in enumerate(options.public):
            from links.webhook_messenger import open_webhook  # noqa: PLC0415  see above

            sign = signer(channel.secret, now) if channel.secret else None
            way = open_webhook(channel.webhook, f"notices.public[{number}].webhook", sign)
            public[channel.name] = await opened.enter_async_context(way)
        yield Messengers(phone, mail, group, carriers, public)


def signer(secret: str, now: Callable[[], datetime]) -> Callable[[str, bytes], dict[str, str]]:
    """Give the headers of Standard Webhooks for an id and a body, as everything signs that leaves by webhook."""
    key = secret_key(secret)

    def sign(message: str, body: bytes) -> dict[str, str]:
        stamp = str(int(now().timestamp()))
        return {
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(key, message, stamp, body),
        }

    return sign
