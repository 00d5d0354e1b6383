"""Records of calls as a telephone exchange lists them, read line by line. Pure.

Kept of a call is when it came, how long it waited, whether somebody answered and in which queue: whoever called stands
in no column that is taken. A line at fault is named with its cell, and what is wrong with it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.text_folding import folded_name, nfkc, visible_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

COLUMNS = ("call", "time", "waited", "answered", "queue")
NEEDED = ("time", "waited", "answered")
MOST_CALLS = 2000
"""Of one list: it is written in one piece, and whoever stands at a door must not wait for it."""
KEPT = timedelta(days=400)
"""Calls that came longer ago are neither taken nor kept."""
LONGEST_WAIT = timedelta(hours=4)
LONGEST_WORD = 40
AHEAD = timedelta(minutes=5)
"""So far the clock of an exchange may be ahead of ours."""
_WORDS: Mapping[str, str] = {
    "call": "call call_id callid id uniqueid linkedid 通话编号 通話編號 呼叫编号 呼叫編號 流水号 流水號",
    "time": "time start started started_at calldate date_time datetime 时间 時間 开始时间 開始時間 来电时间 來電時間",
    "waited": "waited wait waited_s wait_s wait_seconds waiting hold holdtime queue_time"
    " 等待 等待时长 等待時長 等待秒数 等待秒數 排队时长 排隊時長",
    "answered": "answered answer disposition status result 接听 接聽 是否接听 是否接聽 结果 結果 状态 狀態",
    "queue": "queue queue_name queuename team 队列 佇列 组 組",
}
_HEADINGS = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_ANSWERS: Mapping[bool, str] = {
    True: "yes y true 1 answered connected completed 是 已接 接听 接聽 已接听 已接聽",
    False: "no n false 0 noanswer no_answer unanswered missed abandoned abandon busy failed"
    " 否 未接 未接听 未接聽 放弃 放棄",
}
_SAID = {word: answered for answered, words in _ANSWERS.items() for word in words.split()}
_SECONDS = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,3})[0-9]*)?\s?s?")
_CLOCK = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{2})")


class CallFault(StrEnum):
    """Why a line stays out."""

    SHORT = "short"
    TIME = "time"
    TIME_AHEAD = "time-ahead"
    TIME_OLD = "time-old"
    WAITED = "waited"
    ANSWERED = "answered"
    QUEUE = "queue"
    CALL = "call"
    TWICE = "twice"


class NoCallList(ValueError):
    """A table that is no list of calls: `columns` that it lacks, or none where it has more than MOST_CALLS lines."""

    def __init__(self, columns: tuple[str, ...] = ()) -> None:
        super().__init__(", ".join(columns) or f"more than {MOST_CALLS} lines")
        self.columns = columns


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. `call`: how its exchange names it, or what stands for that."""

    line: int
    call: str
    at: datetime
    waited: timedelta
    answered: bool
    queue: str = ""


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that stays out: its number as a spreadsheet counts, the column and the cell at fault."""

    line: int
    fault: CallFault
    column: str = ""
    cell: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CallList:
    """What a file says: the calls that can be taken, and the lines that cannot."""

    calls: tuple[CallRecord, ...]
    faults: tuple[FaultyLine, ...]


def read_calls(rows: Sequence[Sequence[str]], zone: ZoneInfo, now: datetime) -> CallList:
    """The calls of a table whose first row names its columns. Raises NoCallList.

    A time without an offset is one at the site.
    """
    places = _places(rows[0]) if rows else {}
    missing = tuple(name for name in NEEDED if name not in places)
    if missing or len(rows) > MOST_CALLS + 1:
        raise NoCallList(missing)
    calls, faults = list[CallRecord](), list[FaultyLine]()
    seen, alike = dict[str, int](), Counter[str]()
    for number, row in enumerate(rows[1:], 2):
        cells = {name: nfkc(row[at]).strip() if at < len(row) else "" for name, at in places.items()}
        if not any(cells.values()):
            continue
        read = _read(number, cells, zone, now, alike)
        if isinstance(read, CallRecord) and read.call in seen:
            read = FaultyLine(number, CallFault.TWICE, "call", str(seen[read.call]))
        if isinstance(read, FaultyLine):
            faults.append(read)
            continue
        seen[read.call] = number
        calls.append(read)
    return CallList(tuple(calls), tuple(faults))


def _places(heading: Sequence[str]) -> dict[str, int]:
    """Where each column stands; of two of one name the first."""
    places: dict[str, int] = {}
    for at, cell in enumerate(heading):
        word = folded_name(cell).replace(" ", "_")
        name = next((each for each, words in _HEADINGS.items() if word in words), "")
        if name:
            places.setdefault(name, at)
    return places


def _read(
    number: int, cells: Mapping[str, str], zone: ZoneInfo, now: datetime, alike: Counter[str]
) -> CallRecord | FaultyLine:
    empty = next((name for name in NEEDED if not cells[name]), "")
    if empty:
        return FaultyLine(number, CallFault.SHORT, empty)
    at, waited, answered = _time(cells["time"], zone), _span(cells["waited"]), _said(cells["answered"])
    call, queue = visible_name(cells.get("call", "")), visible_name(cells.get("queue", ""))
    checks = (
        (at is None, CallFault.TIME, "time"),
        (at is not None and at > now + AHEAD, CallFault.TIME_AHEAD, "time"),
        (at is not None and at < now - KEPT, CallFault.TIME_OLD, "time"),
        (waited is None, CallFault.WAITED, "waited"),
        (answered is None, CallFault.ANSWERED, "answered"),
        (len(queue) > LONGEST_WORD, CallFault.QUEUE, "queue"),
        (len(call) > LONGEST_WORD, CallFault.CALL, "call"),
    )
    wrong = next(((fault, column) for failed, fault, column in checks if failed), None)
    if wrong is not None or at is None or waited is None or answered is None:
        fault, column = wrong or (CallFault.SHORT, "")
        return FaultyLine(number, fault, column, cells.get(column, "")[:LONGEST_WORD])
    if not call:
        # Without a name of its own a call is what it says, and the how-manyth of those that say the same.
        said = f"{at.isoformat()}|{waited}|{answered}|{queue}"
        alike[said] += 1
        call = hashlib.sha256(f"{said}|{alike[said]}".encode()).hexdigest()[:32]
    return CallRecord(number, call, at, waited, answered, queue)


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _span(text: str) -> timedelta | None:
    """Seconds, as 12, 12.5, 0:12 or 00:00:12."""
    plain, clock = _SECONDS.fullmatch(text), _CLOCK.fullmatch(text)
    if plain is not None:
        span = timedelta(seconds=int(plain[1]), milliseconds=int((plain[2] or "0").ljust(3, "0")))
    elif clock is not None:
        span = timedelta(hours=int(clock[1] or 0), minutes=int(clock[2]), seconds=int(clock[3]))
    else:
        return None
    return span if span <= LONGEST_WAIT else None


def _said(text: str) -> bool | None:
    return _SAID.get(text.casefold().replace(" ", "_"))
