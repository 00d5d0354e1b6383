"""The place of the panel where rules are read and changed."""

from __future__ import annotations

from api.staff.rules.rule_pages import install

__all__ = ["install"]
