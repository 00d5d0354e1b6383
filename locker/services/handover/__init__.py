"""A courier's round: what was handed over, weighed and missed, and the receipt of it."""

from __future__ import annotations

from locker.services.handover.hand_over import declared_weight, differs, keep_hand_over

__all__ = ["declared_weight", "differs", "keep_hand_over"]
