"""Options of the wires to the world: pure data."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from locker.options import Name, Options, SitePath
from locker.services.fees import secret_key
from locker.services.notices import Audience

PICTURE_WAIT_S = 5
"""The picture of a parcel is taken when its door was seen shut; for so long its notice waits for it."""

_Address = Annotated[str, Field(max_length=254, pattern=r"^(\+?[0-9][0-9 -]{4,24}|[^@\s]+@[^@\s]+)$")]


def _is_a_secret(text: str) -> str:
    if text:
        secret_key(text)
    return text


_Secret = Annotated[str, Field(max_length=200, repr=False), AfterValidator(_is_a_secret)]
"""What signs, as Standard Webhooks spell it; empty: nothing is signed."""


class CarrierOptions(Options):
    """`[[notices.carrier]]`: the system of a company, which hears what became of the parcels that it brought.

    `secret` signs what it is told (Standard Webhooks: base64, `whsec_` before it or not).
    """

    company: Name
    webhook: str = Field(max_length=500, pattern=r"^https?://\S+$")
    secret: _Secret = ""


class PublicOptions(Options):
    """`[[notices.public]]`: a channel that everybody reads: an official account, Weibo, a bulletin screen.

    A webhook of yours that posts there gets what all residents are told, incidents and changes of service, and nothing
    of any person. `secret` signs it, as for carriers.
    """

    name: Name
    webhook: str = Field(max_length=500, pattern=r"^https?://\S+$")
    secret: _Secret = ""


class WebhookOptions(Options):
    """`[[webhook]]`: a program outside that gets events as CloudEvents, without names, one POST each, in order.

    `kinds`: of which kinds, all where none is named (docs/events.md). `secret` signs them, as for carriers.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(max_length=500, pattern=r"^https?://\S+$", repr=False)
    secret: _Secret = Field(min_length=1)
    kinds: list[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,63}$")]] = Field(default=[], max_length=100)


class NoticeOptions(Options):
    """`[notices]`: how notices reach residents. Without any way notices wait in the outbox.

    `staff`: phones and mailboxes that hear of forced doors, doors left open, faults and a sealed cabinet;
    `wecom_robot`: the address of a WeCom group's robot that says the same to the group. `texts`: a folder with words of
    the site's own, `en.toml` and the like. Recipients are reminded `reminder_hours` after the storing, and once more
    `last_warning_hours` before the free time ends (0: not); with `collected` they hear that their parcel was taken out.
    `survey_percent`: of how many pickups people are asked how it was, each of them once a month at most.
    `pictures`: the picture of a parcel behind its door goes along by mail and webhook, where a camera took one.
    `reports`: phones and mailboxes that get what the reports found, at the end of each day, week or month.
    `receipts`: the webhook's gateway tells what became of each notice, at `/api/v1/callbacks/receipts` of `[staff]`.
    `webhook_secret` signs what goes by the webhook, as for carriers.
    """

    webhook: str | None = Field(default=None, max_length=500)
    webhook_secret: _Secret = ""
    smtp: str | None = Field(default=None, max_length=500)
    apprise: list[str] = Field(default=[])
    staff: list[_Address] = Field(default=[], max_length=20)
    wecom_robot: str | None = Field(default=None, max_length=500)
    texts: SitePath | None = None
    reminder_hours: list[Annotated[int, Field(ge=1, le=720)]] = Field(default=[24, 48], max_length=10)
    last_warning_hours: int = Field(default=1, ge=0, le=72)
    collected: bool = False
    receipts: bool = False
    survey_percent: int = Field(default=0, ge=0, le=100)
    carrier: list[CarrierOptions] = Field(default=[], max_length=50)
    public: list[PublicOptions] = Field(default=[], max_length=20)
    pictures: bool = False
    reports: list[_Address] = Field(default=[], max_length=20)
    report_every: Literal["day", "week", "month"] = "month"

    def audience(self, staff: int) -> Audience:
        """Give who is told besides recipients."""
        carriers = frozenset(each.company for each in self.carrier)
        public = tuple(each.name for each in self.public)
        wait = PICTURE_WAIT_S if self.pictures else 0
        return Audience(staff, self.collected, carriers, self.survey_percent, public, wait, len(self.reports))

    @field_validator("webhook", "wecom_robot")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value


class HeartbeatOptions(Options):
    """`[heartbeat]`: who outside is told every so many seconds that this locker lives, and calls when it does not.

    `url` takes a POST, as dead man's switches do (healthchecks.io, Uptime Kuma, a monitor of your own). It may hold the
    key of that service. Give the far end three times `every_seconds` before it calls.
    """

    url: str = Field(max_length=500, pattern=r"^https?://\S+$", repr=False)
    every_seconds: int = Field(default=300, ge=30, le=86_400)


class TimestampOptions(Options):
    """`[timestamps]`: an outside authority (RFC 3161) that stamps the log's checkpoints once a day, and each case file.

    It is told a hash and nothing else. `roots`: the certificates (PEM) under which its answers are believed.
    """

    url: str = Field(max_length=500, pattern=r"^https?://\S+$", repr=False)
    roots: SitePath


class FeeOptions(Options):
    """`[fees]`: where fees are paid, and how the payment provider proves who it is. What is charged is a rule.

    `pay_url` has {parcel}, {amount} and {currency} in it; `callback_secret` signs what the provider tells at
    `/api/v1/callbacks/payments` of `[staff]` (Standard Webhooks: base64, `whsec_` before it or not).
    """

    pay_url: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")
    callback_secret: _Secret = ""


class FolderPlace(Options):
    """A folder on another disk, mostly a USB stick; the newest `keep` backups stay there.

    `same_disk`: it may lie on the disk of the data, for benches.
    """

    kind: Literal["folder"]
    path: SitePath
    keep: int = Field(default=14, ge=1, le=1000)
    same_disk: bool = False

    @property
    def name(self) -> str:
        """How the journal and the log name this place."""
        return str(self.path)


_Target = Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9_][A-Za-z0-9._@-]*:[A-Za-z0-9._/~-]*$")]


class _SshPlace(Options):
    """Another machine over ssh: `to` is user@host:folder/. What is old there is that machine's to tidy."""

    to: _Target
    identity: SitePath | None = None
    known_hosts: SitePath | None = None

    @property
    def name(self) -> str:
        """How the journal and the log name this place."""
        return self.to


class RsyncPlace(_SshPlace):
    """By rsync."""

    kind: Literal["rsync"]


class SftpPlace(_SshPlace):
    """By sftp, for a machine that gives no more."""

    kind: Literal["sftp"]


BackupPlace = Annotated[FolderPlace | RsyncPlace | SftpPlace, Field(discriminator="kind")]


class BackupOptions(Options):
    """`[backup]`: to whom backups are sealed, when they are made, and where they go.

    `recipients` are public keys of age. The private ones never come near the cabinet, so its thief reads nothing.
    """

    recipients: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=20)
    at: time = Field(default=time(3), strict=False)
    place: list[BackupPlace] = Field(default=[], max_length=10)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.recipients) != bool(self.place):
            raise ValueError("recipients and [[backup.place]] go together")
        return self
