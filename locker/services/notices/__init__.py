"""Notices to residents and staff: which one an event asks for, its words, and its way out.

`NoticeFollower` fills the outbox, `NoticeSender` empties it, `LadderClimber` says when a parcel has waited long, and
`SealAlarm` calls staff when there can be no outbox.
"""

from __future__ import annotations

from locker.services.notices.broadcasts import (
    Broadcast,
    BroadcastAudience,
    BroadcastDesk,
    BroadcastTaken,
    SentBroadcast,
)
from locker.services.notices.contact_messages import ContactMessage, ContactMessages
from locker.services.notices.messengers import Messengers
from locker.services.notices.notice_examples import ExampleNotice, NoticeExamples, changed_templates
from locker.services.notices.notice_follower import NOTICE_FOLLOWER, NoticeFollower
from locker.services.notices.notice_ladder import Ladder, LadderClimber
from locker.services.notices.notice_plan import Audience
from locker.services.notices.notice_retention import NoticeRetention
from locker.services.notices.notice_sender import NoticeSender
from locker.services.notices.notice_templates import (
    LONGEST_TEXT,
    Catalogue,
    NoticeTemplate,
    TextFault,
    check_texts,
    read_catalogue,
    rule_text_faults,
)
from locker.services.notices.notice_texts import fee_rule, local_time, mail_subject, money_text, promise_text
from locker.services.notices.notice_writer import NoticeWriter
from locker.services.notices.outbox import (
    first_told,
    notice_counts,
    notices_of_parcel,
    oldest_waiting,
    undelivered_notices,
)
from locker.services.notices.peak_notices import PeakNotices, due_peaks, peak_notice
from locker.services.notices.receipts import Receipt, ReceiptDesk
from locker.services.notices.redelivery import RedeliveryDesk, RedeliveryRefused
from locker.services.notices.seal_alarm import SealAlarm
from locker.services.notices.shipments import Shipment, shipment_of
from locker.services.notices.staff_alarm import STAFF_GROUP

__all__ = [
    "LONGEST_TEXT",
    "NOTICE_FOLLOWER",
    "STAFF_GROUP",
    "Audience",
    "Broadcast",
    "BroadcastAudience",
    "BroadcastDesk",
    "BroadcastTaken",
    "Catalogue",
    "ContactMessage",
    "ContactMessages",
    "ExampleNotice",
    "Ladder",
    "LadderClimber",
    "Messengers",
    "NoticeExamples",
    "NoticeFollower",
    "NoticeRetention",
    "NoticeSender",
    "NoticeTemplate",
    "NoticeWriter",
    "PeakNotices",
    "Receipt",
    "ReceiptDesk",
    "RedeliveryDesk",
    "RedeliveryRefused",
    "SealAlarm",
    "SentBroadcast",
    "Shipment",
    "TextFault",
    "changed_templates",
    "check_texts",
    "due_peaks",
    "fee_rule",
    "first_told",
    "local_time",
    "mail_subject",
    "money_text",
    "notice_counts",
    "notices_of_parcel",
    "oldest_waiting",
    "peak_notice",
    "promise_text",
    "read_catalogue",
    "rule_text_faults",
    "shipment_of",
    "undelivered_notices",
]
