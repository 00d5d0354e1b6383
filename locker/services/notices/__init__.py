"""Notices to residents and staff: which one an event asks for, its words, and its way out.

`NoticeFollower` fills the outbox, `NoticeSender` empties it, `SealAlarm` calls staff when there can be no outbox.
"""

from __future__ import annotations

from locker.services.notices.messengers import Messengers
from locker.services.notices.notice_follower import NOTICE_FOLLOWER, NoticeFollower
from locker.services.notices.notice_sender import NoticeSender
from locker.services.notices.outbox import notice_counts, undelivered_notices
from locker.services.notices.seal_alarm import SealAlarm

__all__ = [
    "NOTICE_FOLLOWER",
    "Messengers",
    "NoticeFollower",
    "NoticeSender",
    "SealAlarm",
    "notice_counts",
    "undelivered_notices",
]
