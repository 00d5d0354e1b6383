"""The place of the panel where cases are worked on: lists, one case, a new one, dangers, working days."""

from __future__ import annotations

from api.staff.cases.case_pages import install

__all__ = ["install"]
