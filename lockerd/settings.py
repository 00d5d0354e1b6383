"""The whole site file: every table, and what concerns two of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from api.options import KioskOptions, ResidentOptions, StaffOptions
from hardware.options import (
    BankOptions,
    CameraOptions,
    NoUpsOptions,
    PrinterOptions,
    ReaderOptions,
    SensorOptions,
    UpsOptions,
)
from hardware.pin_owners import own_wires, pin_faults
from hardware.wiring_checks import reader_faults, sensor_faults, wiring_faults
from links.mqtt_options import MqttOptions
from links.options import (
    BackupOptions,
    FeeOptions,
    HeartbeatOptions,
    NoticeOptions,
    TimestampOptions,
    WebhookOptions,
)
from locker.errors import SettingsError
from locker.options import (
    ColumnOptions,
    CompartmentOptions,
    OpeningOptions,
    Options,
    PickupOptions,
    PlaceOptions,
    SiteOptions,
    StorageOptions,
    fault_line,
)
from locker.services.backup import recipient_faults
from locker.services.notices import read_catalogue
from lockerd.webhook_wiring import webhook_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locker.core.model import Policy


class Settings(Options):
    """The whole site file."""

    site: SiteOptions
    storage: StorageOptions
    kiosk: KioskOptions = Field(default_factory=KioskOptions)
    staff: StaffOptions = Field(default_factory=StaffOptions)
    resident: ResidentOptions | None = None
    pickup: PickupOptions = Field(default_factory=PickupOptions)
    opening: OpeningOptions = Field(default_factory=OpeningOptions)
    notices: NoticeOptions = Field(default_factory=NoticeOptions)
    bank: list[BankOptions]
    column: list[ColumnOptions] = Field(default=[])
    compartment: list[CompartmentOptions]
    place: list[PlaceOptions] = Field(default=[])
    reader: list[ReaderOptions] = Field(default=[])
    sensor: list[SensorOptions] = Field(default=[])
    camera: CameraOptions = Field(default_factory=CameraOptions)
    printer: PrinterOptions | None = None
    ups: UpsOptions = Field(default_factory=NoUpsOptions)
    backup: BackupOptions = Field(default_factory=BackupOptions)
    heartbeat: HeartbeatOptions | None = None
    timestamps: TimestampOptions | None = None
    fees: FeeOptions = Field(default_factory=FeeOptions)
    mqtt: MqttOptions | None = None
    webhook: list[WebhookOptions] = Field(default=[], max_length=20)

    def policy(self) -> Policy:
        """Give what the rules read of it."""
        policy = self.pickup.policy(self.opening.hours(self.site.timezone))
        return replace(policy, many_doors=self.staff.many_doors, many_minutes=self.staff.many_minutes)


def load_settings(path: Path) -> Settings:
    """The site file, checked as a whole. Raises SettingsError with one line a fault, each naming its key."""
    try:
        return read_settings(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise SettingsError([f"{path}: cannot be read: {fault.strerror}"]) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError([f"{path}: is not TOML: {fault}"]) from fault


def read_settings(text: str) -> Settings:
    """The text of a site file, checked as a whole. Raises SettingsError, and TOMLDecodeError for what is no TOML."""
    try:
        settings = Settings.model_validate(tomllib.loads(text))
    except ValidationError as invalid:
        raise SettingsError([fault_line(error) for error in invalid.errors()]) from invalid
    faults = [*wiring_faults(settings.bank, settings.compartment), *_other_faults(settings)]
    if faults:
        raise SettingsError(faults)
    return settings


def _other_faults(settings: Settings) -> Iterator[str]:
    try:
        read_catalogue(settings.notices.texts)
    except SettingsError as wrong:
        yield from wrong.faults
    yield from sensor_faults(settings.sensor, settings.compartment)
    yield from reader_faults(settings.reader, settings.bank)
    wires = own_wires(settings.bank, settings.reader, settings.sensor)
    yield from pin_faults(settings.bank, settings.compartment, wires)
    columns = Counter(column.number for column in settings.column)
    for number, column in enumerate(settings.column):
        if columns[column.number] > 1:
            yield f"column[{number}].number: {column.number} stands more than once"
    if (settings.staff.certificate is None) != (settings.staff.private_key is None):
        yield "staff.certificate: certificate and private_key go together"
    yield from _listener_faults(settings)
    yield from recipient_faults(settings.backup.recipients)
    yield from webhook_faults(settings.webhook)
    taken = Counter([*(door.id for door in settings.compartment), *(place.id for place in settings.place)])
    for number, place in enumerate(settings.place):
        if taken[place.id] > 1:
            yield f"place[{number}].id: {place.id} is another place's or a compartment's too"
    ports = {table.port for table in (*settings.bank, *settings.reader) if hasattr(table, "port")}
    if settings.printer is not None and settings.printer.device in ports:
        yield f"printer.device: {settings.printer.device} is the port of a bank or a reader too"
    if not settings.compartment:
        yield "compartment: a cabinet has at least one compartment"
    if settings.camera.kind == "files" and settings.camera.folder is None:
        yield "camera.folder: is missing for kind files"


def _listener_faults(settings: Settings) -> Iterator[str]:
    if settings.resident is not None and settings.resident.listen in {settings.kiosk.listen, settings.staff.listen}:
        yield "resident.listen: is the address of another listener too"
    if settings.kiosk.listen == settings.staff.listen:
        yield "staff.listen: is the address of the kiosk too"
