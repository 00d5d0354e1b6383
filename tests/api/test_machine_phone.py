"""Whoever calls hears of their own parcels once number and unit fit, never a code, and guessing costs time."""

import pytest
from machine_bench import a_bench
from pydantic import TypeAdapter

from api.i18n import LANGUAGES
from api.machine.phone_status import PhoneStatusView, spoken, unit_digits
from api.resident.resident_text import ResidentText

MINE = {"caller": "+86 138 0000 0001", "unit_digits": "1201"}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident(language="en")
        yield bench


async def call(bench, status=200, **body):
    answer = await (await bench.client("phone")).post("/phone-status", json=MINE | body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_AI_02_a_caller_hears_of_their_own_parcels_and_of_no_code(bench):
    assert (await call(bench))["say"][0] == "No parcel of yours is here or announced."
    stored = await bench.store("SF1")
    await bench.resident("9-999", "Somebody Else", "+8613800000009")
    await bench.store("SF2", recipient={"unit": "9-999"})
    told = await call(bench)
    TypeAdapter(PhoneStatusView).validate_python(told)
    assert told["parcels"] == 1
    assert told["say"] == [
        "You have 1 parcel.",
        "Parcel 1 waits in the locker until Wednesday 08:00.",
        "The code was sent to you; it is never told on the phone.",
    ]
    (waiting,) = told["waiting"]
    assert (waiting["kept"], waiting["until"][:16], waiting["overdue"]) == ("locker", "2026-03-04T08:00", False)
    assert stored["code"] not in str(told)
    assert "Wang" not in str(told)
    bench.clock.advance(73 * 3600)
    await bench.settle()
    assert "its time is over" in (await call(bench))["say"][1]
    assert (await call(bench, language="zh-CN"))["say"][0] == "您有 1 件包裹。"


@pytest.mark.parametrize("wrong", [{"unit_digits": "1202"}, {"caller": "+8613900000000"}])
async def test_AI_02_a_wrong_unit_and_an_unknown_number_are_one_answer_and_cost_time(bench, wrong):
    assert (await call(bench, 404, **wrong))["code"] == "unknown"
    refused = await call(bench, 429, **wrong)
    assert refused["code"] == "throttled"
    assert refused["retry_after"] >= 1
    bench.clock.advance(2)
    assert (await call(bench, 404, **wrong))["code"] == "unknown"
    assert (await call(bench, 429, **wrong))["retry_after"] >= 2, "longer each time"


async def test_AI_02_one_line_written_in_other_ways_is_no_new_try(bench):
    await call(bench, 404, unit_digits="1202")
    for caller in ("13800000001", "+8613800000001", "0086 138-0000-0001", "013800000001"):
        assert (await call(bench, 429, caller=caller, unit_digits="1203"))["code"] == "throttled"


async def test_AI_02_the_right_digits_cost_no_time(bench):
    for _ in range(4):
        await call(bench)


@pytest.mark.parametrize(
    "body", [{"caller": ""}, {"caller": "abc"}, {"unit_digits": ""}, {"unit_digits": "1-2"}, {"language": "fr"}]
)
async def test_AI_02_what_no_phone_sends_is_refused(bench, body):
    assert (await call(bench, 422, **body))["code"] == "invalid"


def test_AI_02_a_unit_is_typed_by_its_digits():
    assert [unit_digits(unit) for unit in ("12-03", "1203", "3栋2单元501", "A")] == ["1203", "1203", "32501", ""]


async def test_AI_04_the_records_of_a_call_centre_are_taken_over_once_and_say_how_long_people_waited(bench):
    staff = await bench.client("staff")
    call = {"time": "2026-03-01T07:00:00Z", "answered": True}
    calls = [call | {"call": "c1", "waited_s": 12}, call | {"call": "c2", "waited_s": 48}]
    for known in (0, 2):
        answer = await staff.post("/call-records", json={"source": "centre", "calls": calls})
        assert answer.status_code < 300, answer.text
        assert (answer.json()["taken"], answer.json()["known"]) == (2 - known, known)
    waits = (await (await bench.client("read")).get("/answer-waits")).json()
    assert "30" in str(waits)


async def test_AI_02_every_sentence_is_there_in_every_language(bench):
    stored = await bench.store("SF1")
    parcel = bench.engine.site.parcels[stored["parcel"]]
    for language in LANGUAGES:
        text = ResidentText(language, bench.context.site, bench.engine.now())
        for mine in ([], [parcel], [parcel] * 5):
            assert not any(said.startswith("phone.") for said in spoken(mine, text, "1"))
    assert len(spoken([parcel] * 5, text, "1")) == 5, "no more than three are read out"
