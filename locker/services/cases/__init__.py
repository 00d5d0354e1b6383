"""Cases: complaints, losses, help, exceptions and dangers, from the first word to the last, with their clocks."""

from __future__ import annotations

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
    "CLASSES",
    "FORWARDED_TO",
    "KINDS",
    "LARGEST_PHOTO",
    "LONGEST_TEXT",
    "PARTIES",
    "TO_OPENER",
    "WORDS_OF_STAFF",
    "Award",
    "BadPhoto",
    "BadText",
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
    "Field",
    "Forward",
    "Freeze",
    "MarkedDay",
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
    "read_days",
    "take_back",
    "whole_case",
]
