"""The help bot (AI-01): what somebody asks in their own words, found by rules, answered from their own parcels. Pure.

A question is matched against words of each subject; the subject with the most letters matched is meant. No subject, or
a wish for a person, leads to a case. Nothing that is asked is kept unless it becomes a case.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.resident.parcel_view import ParcelCard

LONGEST_QUESTION = 300
MOST_TOLD = 3


class Subject(StrEnum):
    """What somebody may mean; of two that are matched alike the one that stands first."""

    PERSON = "person"
    MISSING = "missing"
    DAMAGED = "damaged"
    LOST_CODE = "lost-code"
    DELEGATE = "delegate"
    EXTEND = "extend"
    FEE = "fee"
    HOURS = "hours"
    WHERE = "where"
    SEND = "send"
    AWAY = "away"
    CONSENT = "consent"
    DATA = "data"
    DOOR = "door"
    STATUS = "status"
    HELLO = "hello"
    UNKNOWN = "unknown"


WORDS: Mapping[Subject, Sequence[str]] = {
    Subject.PERSON: (
        *("person", "human", "agent", "staff", "somebody real", "call me", "complain", "complaint"),
        *("人工", "客服", "真人", "投诉", "工作人员", "联系你们", "找人", "投訴", "客訴", "工作人員", "聯絡你們"),
    ),
    Subject.MISSING: (
        *("empty", "missing", "not there", "nothing inside", "stolen", "lost parcel", "parcel is lost"),
        *("空的", "没有包裹", "丢了", "丢失", "不见了", "少了", "被偷", "沒有包裹", "丟了", "遺失", "不見了"),
    ),
    Subject.DAMAGED: (
        *("damaged", "broken parcel", "wet", "torn", "crushed", "leaking"),
        *("破损", "坏了", "压坏", "受潮", "漏了", "湿了", "破損", "壞了", "壓壞", "濕了"),
    ),
    Subject.LOST_CODE: (
        *("code", "pin", "qr", "no message", "no sms", "did not get", "resend", "send again", "lost my code"),
        *(
            "取件码",
            "验证码",
            "二维码",
            "没收到短信",
            "重发",
            "再发",
            "忘记",
            "取件碼",
            "驗證碼",
            "沒收到簡訊",
            "重發",
            "忘記",
        ),
    ),
    Subject.DELEGATE: (
        *("somebody else", "someone else", "friend", "neighbour", "neighbor", "wife", "husband", "for me", "delegate"),
        *("代取", "代领", "帮我取", "别人取", "家人取", "朋友取", "代領", "幫我取", "別人取"),
    ),
    Subject.EXTEND: (
        *("longer", "more time", "extend", "later", "tomorrow", "deadline", "until when", "how long"),
        *("延长", "延期", "晚点取", "多久", "什么时候到期", "明天取", "延長", "晚點取", "什麼時候到期"),
    ),
    Subject.FEE: (
        *("fee", "cost", "price", "pay", "charge", "free", "expensive"),
        *("收费", "费用", "多少钱", "付款", "免费", "超时费", "收費", "費用", "多少錢", "免費"),
    ),
    Subject.HOURS: (
        *("open", "opening", "hours", "closed", "night", "when can i", "24"),
        *("几点", "营业", "开放", "时间", "晚上", "关门", "幾點", "營業", "開放", "時間", "關門"),
    ),
    Subject.WHERE: (
        *("address", "where is the locker", "find the locker", "location", "map"),
        *("地址", "柜子在哪", "在哪里", "位置", "怎么走", "櫃子在哪", "在哪裡", "怎麼走"),
    ),
    Subject.SEND: (
        *("send a parcel", "ship", "return", "post something", "give back"),
        *("寄件", "寄快递", "退货", "寄东西", "寄快遞", "退貨", "寄東西"),
    ),
    Subject.AWAY: (
        *("holiday", "vacation", "away", "travel", "not at home"),
        *("出差", "旅行", "不在家", "外出", "度假"),
    ),
    Subject.CONSENT: (
        *("no locker", "do not put", "to my door", "home delivery", "consent", "agree"),
        *("不要放柜", "送上门", "放柜子", "同意", "不要放櫃", "送上門", "放櫃子"),
    ),
    Subject.DATA: (
        *("data", "privacy", "delete", "erase", "my information"),
        *("隐私", "删除", "个人信息", "数据", "隱私", "刪除", "個人資料", "資料"),
    ),
    Subject.DOOR: (
        *("door", "does not open", "stuck", "jammed", "won't open", "screen"),
        *("打不开", "柜门", "卡住", "开不了", "屏幕", "打不開", "櫃門", "開不了", "螢幕"),
    ),
    Subject.STATUS: (
        *(
            "where is my parcel",
            "my parcel",
            "my package",
            "arrived",
            "status",
            "waiting",
            "track",
            "here yet",
            "parcel",
        ),
        *("我的包裹", "我的快递", "到了吗", "到了没", "查询", "快递", "包裹", "我的快遞", "到了嗎", "查詢", "快遞"),
    ),
    Subject.HELLO: (
        *("hello", "good morning", "good evening", "thanks", "thank you"),
        *("你好", "您好", "谢谢", "早上好", "謝謝", "早安"),
    ),
}
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BotFacts:
    """What the bot may tell this person: their own parcels, and how the locker is used."""

    cards: Sequence[ParcelCard] = ()
    hours: str = ""
    address: str = ""
    free_hours: int = 72
    fee: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """An answer: a sentence by its key, lines of own parcels, ways on (word, address), and what may be asked for.

    `renew`: parcels of which a new code may be sent. `to_person`: a case may be opened from it.
    """

    subject: Subject
    key: str
    fills: Mapping[str, object] = field(default_factory=dict)
    parcels: Sequence[ParcelCard] = ()
    ways: Sequence[tuple[str, str]] = ()
    renew: bool = False
    to_person: bool = False


def folded(text: str) -> str:
    """The question as it is matched: one width, no case, one space."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")).strip()


def subject_of(question: str) -> Subject:
    """What somebody means."""
    said = folded(question)
    best, most = Subject.UNKNOWN, 0
    for subject, words in WORDS.items():
        letters = sum(_weight(word) for word in words if _says(said, word))
        if letters > most:
            best, most = subject, letters
    return best


def _weight(word: str) -> int:
    """How much a word tells: a Chinese letter as much as three Latin ones."""
    return sum(1 if letter.isascii() else 3 for letter in word)


def _says(said: str, word: str) -> bool:
    """Latin words are looked for as words, with their plural; Chinese ones anywhere."""
    if not word.isascii():
        return word in said
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])", said) is not None


_WAYS: Mapping[Subject, Sequence[tuple[str, str]]] = {
    Subject.SEND: (("my.send", "/send"),),
    Subject.AWAY: (("my.away", "/away"),),
    Subject.CONSENT: (("my.wishes", "/wishes"),),
    Subject.DATA: (("my.erase_go", "/erase"),),
}
_OF_A_PARCEL: Mapping[Subject, str] = {
    Subject.DELEGATE: "delegate",
    Subject.EXTEND: "extend",
    Subject.DAMAGED: "report",
    Subject.MISSING: "report",
    Subject.DOOR: "report",
}


def answered(question: str, facts: BotFacts) -> BotAnswer:
    """What is answered."""
    subject, waiting = subject_of(question), [card for card in facts.cards if card.waits]
    fills: dict[str, object] = {
        "hours": facts.hours,
        "address": facts.address,
        "free": facts.free_hours,
        "fee": facts.fee,
        "phone": facts.phone,
    }
    match subject:
        case Subject.STATUS | Subject.LOST_CODE:
            return _of_parcels(subject, facts, waiting)
        case Subject.DELEGATE | Subject.EXTEND | Subject.DAMAGED | Subject.MISSING | Subject.DOOR:
            way = _OF_A_PARCEL[subject]
            shown = [card for card in waiting if _allows(card, subject)][:MOST_TOLD]
            ways = [(f"my.bot_way_{way}", f"/parcels/{card.id}/{way}") for card in shown]
            none = "" if shown or subject in _TOLD_WITHOUT else "_none"
            person = subject in _TOLD_WITHOUT
            return BotAnswer(subject, f"my.bot_{subject.value}{none}", fills, shown, ways, to_person=person)
        case Subject.FEE:
            return BotAnswer(subject, "my.bot_fee" if facts.fee else "my.bot_fee_none", fills)
        case Subject.PERSON | Subject.UNKNOWN:
            return BotAnswer(subject, f"my.bot_{subject.value}", fills, to_person=True)
        case _:
            return BotAnswer(subject, f"my.bot_{subject.value}", fills, ways=_WAYS.get(subject, ()))


_TOLD_WITHOUT = frozenset({Subject.DAMAGED, Subject.MISSING, Subject.DOOR})
"""What is told whether a parcel waits or not: the parcel of which somebody speaks may have left."""


def _allows(card: ParcelCard, subject: Subject) -> bool:
    if subject is Subject.EXTEND:
        return card.may_extend
    return card.may_delegate if subject is Subject.DELEGATE else True


def _of_parcels(subject: Subject, facts: BotFacts, waiting: Sequence[ParcelCard]) -> BotAnswer:
    """Where my parcels are, each with the way to its code."""
    shown = [*waiting, *(card for card in facts.cards if not card.waits)][:MOST_TOLD]
    if not shown:
        return BotAnswer(subject, "my.bot_status_none", to_person=True)
    ways = [("my.bot_way_parcel", f"/parcels/{card.id}") for card in shown]
    key = "my.bot_code" if subject is Subject.LOST_CODE and waiting else "my.bot_status"
    return BotAnswer(subject, key, {"n": len(facts.cards)}, shown, ways, renew=subject is Subject.LOST_CODE)
