"""Facts and reports: a follower counts what happens, each report is a pure function of what was counted.

`FactFollower` gives facts, `ReportDesk` a report of a span of days. A new report is a `ReportKind` in `KINDS`.
"""

from __future__ import annotations

from locker.services.reports.fact_follower import FactFollower
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
from locker.services.reports.report_mail import ReportMail

__all__ = [
    "KINDS",
    "Aim",
    "Cell",
    "Chart",
    "Duration",
    "FactFollower",
    "Form",
    "Ground",
    "Percent",
    "Report",
    "ReportDesk",
    "ReportKind",
    "ReportMail",
    "Row",
    "Sentence",
    "Share",
    "Span",
]
