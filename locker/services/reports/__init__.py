"""Facts and reports: a follower counts what happens, each report is a pure function of what was counted.

`FactFollower` gives facts, `ReportDesk` a report of a span of days. A new report is a `ReportKind` in `KINDS`.
"""

from __future__ import annotations

from locker.services.reports.fact_follower import FactFollower
from locker.services.reports.fact_handlers import PRAISED
from locker.services.reports.forecast_reports import PeakWarning
from locker.services.reports.improvements import Improvement, Improvements
from locker.services.reports.live_figures import CaseLimit, LiveFigure, LiveGroup, live_groups
from locker.services.reports.peak_watch import PeakWatch
from locker.services.reports.report import (
    Aim,
    Cell,
    Chart,
    Duration,
    Form,
    Ground,
    Percent,
    Report,
    ReportKind,
    Row,
    Sentence,
    Share,
    Span,
)
from locker.services.reports.report_desk import KINDS, ReportDesk
from locker.services.reports.report_mail import ReportMail, last_whole

__all__ = [
    "KINDS",
    "PRAISED",
    "Aim",
    "CaseLimit",
    "Cell",
    "Chart",
    "Duration",
    "FactFollower",
    "Form",
    "Ground",
    "Improvement",
    "Improvements",
    "LiveFigure",
    "LiveGroup",
    "PeakWarning",
    "PeakWatch",
    "Percent",
    "Report",
    "ReportDesk",
    "ReportKind",
    "ReportMail",
    "Row",
    "Sentence",
    "Share",
    "Span",
    "last_whole",
    "live_groups",
]
