"""Cases: complaints, losses, help, exceptions and dangers, from the first word to the last, with their clocks."""

from __future__ import annotations

from locker.services.cases.answer_waits import KIOSK, LIMIT, AnswerWait, answer_waits, together
from locker.services.cases.call_desk import CallDesk, CallImport, Imported
from locker.services.cases.call_records import COLUMNS as CALL_COLUMNS
from locker.services.cases.call_records import (
    MOST_CALLS,
    CallFault,
    CallList,
    CallRecord,
    FaultyLine,
    NoCallList,
    read_calls,
)
from locker.services.cases.carrier_reports import CarrierReports
from locker.services.cases.case_clocks import CaseClocks, ages, case_clocks
from locker.services.cases.case_kinds import (
    CLASSES,
    KINDS,
    CaseKind,
    Field,
    Freeze,
    Outcome,
    Priority,
    Source,
    Stage,
    next_stage,
    queue_of,
)
from locker.services.cases.case_money import FORWARDED_TO, PARTIES, approve, decide, forward, take_back
from locker.services.cases.case_opening import LONGEST_TEXT, CaseReceipt, CaseRequest
from locker.services.cases.case_reports import carrier_report, claims_by_age, late_cases
from locker.services.cases.case_rows import (
    TO_OPENER,
    Award,
    Case,
    CasePhoto,
    Entry,
    Forward,
    awards_waiting,
    cases_about,
    closed_cases,
)
from locker.services.cases.case_rows import open_cases as cases_still_open
from locker.services.cases.case_service import WORDS_OF_STAFF, BadText, CaseService
from locker.services.cases.case_views import OwnCase, WholeCase, whole_case
from locker.services.cases.casework import Casework
from locker.services.cases.emergencies import Danger, DangerWarning, Emergencies, call_list
from locker.services.cases.peak_limits import PeakLimits
from locker.services.cases.photos import LARGEST as LARGEST_PHOTO
from locker.services.cases.photos import BadPhoto, Photo, PhotoStore
from locker.services.cases.photos import cleaned as cleaned_photo
from locker.services.cases.site_calendar import SiteCalendar
from locker.services.cases.working_days import MarkedDay, read_days

__all__ = [
    "CALL_COLUMNS",
    "CLASSES",
    "FORWARDED_TO",
    "KINDS",
    "KIOSK",
    "LARGEST_PHOTO",
    "LIMIT",
    "LONGEST_TEXT",
    "MOST_CALLS",
    "PARTIES",
    "TO_OPENER",
    "WORDS_OF_STAFF",
    "AnswerWait",
    "Award",
    "BadPhoto",
    "BadText",
    "CallDesk",
    "CallFault",
    "CallImport",
    "CallList",
    "CallRecord",
    "CarrierReports",
    "Case",
    "CaseClocks",
    "CaseKind",
    "CasePhoto",
    "CaseReceipt",
    "CaseRequest",
    "CaseService",
    "Casework",
    "Danger",
    "DangerWarning",
    "Emergencies",
    "Entry",
    "FaultyLine",
    "Field",
    "Forward",
    "Freeze",
    "Imported",
    "MarkedDay",
    "NoCallList",
    "Outcome",
    "OwnCase",
    "PeakLimits",
    "Photo",
    "PhotoStore",
    "Priority",
    "SiteCalendar",
    "Source",
    "Stage",
    "WholeCase",
    "ages",
    "answer_waits",
    "approve",
    "awards_waiting",
    "call_list",
    "carrier_report",
    "case_clocks",
    "cases_about",
    "cases_still_open",
    "claims_by_age",
    "cleaned_photo",
    "closed_cases",
    "decide",
    "forward",
    "late_cases",
    "next_stage",
    "queue_of",
    "read_calls",
    "read_days",
    "take_back",
    "together",
    "whole_case",
]
