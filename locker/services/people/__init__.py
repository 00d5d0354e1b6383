"""People around the cabinet: residents, couriers, staff, tokens of machines, and how they sign in.

Knows nothing of notices, pictures or the command line.
"""

from __future__ import annotations

from locker.services.people.applications import Application, Applications, applications_waiting, take_application
from locker.services.people.courier_accounts import (
    CompanyRights,
    Courier,
    CourierAccounts,
    ListedCourier,
    PinTaken,
)
from locker.services.people.courier_badges import Badge, BadgeTaken, CourierBadges
from locker.services.people.dialled_phone import DialledPhone
from locker.services.people.import_plan import COLUMNS, ImportPlan, ImportRow, RowEffect, guessed_columns, plan_import
from locker.services.people.login_backoff import BackoffTable
from locker.services.people.machine_tokens import ListedToken, MachineToken, MachineTokens, Scope, machine_token_hash
from locker.services.people.masking import masked_name
from locker.services.people.name_search import keypad_digits
from locker.services.people.one_time_codes import current_code, enrolment_address
from locker.services.people.parcel_search import (
    MATCHES,
    FoundParcel,
    ParcelGroup,
    ParcelSearch,
    ParcelSearchResult,
    find_parcels,
    matched_by,
)
from locker.services.people.passwords import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    PasswordWeakness,
    password_weakness,
)
from locker.services.people.pending_sign_ins import LASTS as PENDING_LASTS
from locker.services.people.pending_sign_ins import PendingSignIn
from locker.services.people.phone_numbers import dialled_phone, plain_phone
from locker.services.people.resident_erasure import erase_resident, still_needed
from locker.services.people.resident_links import DEVICE_DAYS, GateAnswer, ResidentLinks
from locker.services.people.resident_list import ResidentGroup, ResidentPage, ResidentSearch, find_residents
from locker.services.people.resident_wishes import (
    BACK_AT,
    CHANNELS,
    NO_WISHES,
    Away,
    DepositWishes,
    Wishes,
    WishRegister,
    wishes,
)
from locker.services.people.residents import Person, ResidentDirectory
from locker.services.people.roles import RIGHTS, Right, Role
from locker.services.people.sessions import Device, ListedSession, NewSession, Session
from locker.services.people.staff_accounts import Account, StaffAccounts, active_staff
from locker.services.people.table_reading import LARGEST_FILE, Table, UnreadableTable, read_table

__all__ = [
    "BACK_AT",
    "CHANNELS",
    "COLUMNS",
    "DEVICE_DAYS",
    "LARGEST_FILE",
    "MATCHES",
    "MAX_PASSWORD_LENGTH",
    "MIN_PASSWORD_LENGTH",
    "NO_WISHES",
    "PENDING_LASTS",
    "RIGHTS",
    "Account",
    "Application",
    "Applications",
    "Away",
    "BackoffTable",
    "Badge",
    "BadgeTaken",
    "CompanyRights",
    "Courier",
    "CourierAccounts",
    "CourierBadges",
    "DepositWishes",
    "Device",
    "DialledPhone",
    "FoundParcel",
    "GateAnswer",
    "ImportPlan",
    "ImportRow",
    "ListedCourier",
    "ListedSession",
    "ListedToken",
    "MachineToken",
    "MachineTokens",
    "NewSession",
    "ParcelGroup",
    "ParcelSearch",
    "ParcelSearchResult",
    "PasswordWeakness",
    "PendingSignIn",
    "Person",
    "PinTaken",
    "ResidentDirectory",
    "ResidentGroup",
    "ResidentLinks",
    "ResidentPage",
    "ResidentSearch",
    "Right",
    "Role",
    "RowEffect",
    "Scope",
    "Session",
    "StaffAccounts",
    "Table",
    "UnreadableTable",
    "WishRegister",
    "Wishes",
    "active_staff",
    "applications_waiting",
    "current_code",
    "dialled_phone",
    "enrolment_address",
    "erase_resident",
    "find_parcels",
    "find_residents",
    "guessed_columns",
    "keypad_digits",
    "machine_token_hash",
    "masked_name",
    "matched_by",
    "password_weakness",
    "plain_phone",
    "plan_import",
    "read_table",
    "still_needed",
    "take_application",
    "wishes",
]
