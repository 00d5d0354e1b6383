"""The place of the panel where figures are read: reports, as pages, on paper and as CSV."""

from __future__ import annotations

from api.staff.reports.report_pages import install

__all__ = ["install"]
