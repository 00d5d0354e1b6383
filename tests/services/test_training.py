"""Who was trained in what, until when: the newest entry counts, and what ends within a month is a task."""

from datetime import date, timedelta

import pytest
from services_bench import BEGIN

from api.i18n import LANGUAGES
from api.staff.localized_text import LocalizedText
from api.staff.task_words import address_of, cause_sentence
from locker.core.model import Policy, Site
from locker.core.reasons import RefusalReason, Refused
from locker.services.duty import Cause, TaskFacts, Training, TrainingRegister, Urgency, causes, trainings_due

TODAY = BEGIN.date()
DAY = timedelta(days=1)
BOSS = "staff:he.jun"


@pytest.fixture
def register(bench):
    return TrainingRegister(bench.engine, bench.journal)


async def test_STF_01_of_a_person_and_a_course_the_last_that_was_held_counts(register):
    await register.add("li.hua", "Fire safety", TODAY - 400 * DAY, TODAY - 35 * DAY, BOSS)
    await register.add("li.hua", "Fire  safety", TODAY - 30 * DAY, TODAY + 335 * DAY, BOSS)
    await register.add("li.hua", "Fire safety", TODAY - 30 * DAY, TODAY + 335 * DAY, BOSS)
    await register.add("wang.fang", "Privacy", TODAY, None, BOSS)
    listed = await register.listed()
    assert [(one.person, one.course, one.expires) for one in listed] == [
        ("li.hua", "Fire safety", TODAY + 335 * DAY),
        ("wang.fang", "Privacy", None),
    ]
    assert await register.listed("wang.fang") == [listed[1]]
    await register.remove(listed[0].id, BOSS)
    assert [one.expires for one in await register.listed("li.hua")] == [TODAY - 35 * DAY], "the one before counts again"
    with pytest.raises(Refused) as refused:
        await register.remove(listed[0].id, BOSS)
    assert refused.value.reason is RefusalReason.UNKNOWN


@pytest.mark.parametrize(
    ("person", "course", "held", "expires", "field"),
    [
        ("", "Fire safety", TODAY, None, "person"),
        ("li.hua", "  ", TODAY, None, "course"),
        ("li.hua", "x" * 61, TODAY, None, "course"),
        ("li.hua", "Fire safety", TODAY + 3 * DAY, None, "held"),
        ("li.hua", "Fire safety", TODAY, TODAY, "expires"),
    ],
)
async def test_STF_01_an_entry_says_who_what_when_and_until_when(register, bench, person, course, held, expires, field):
    before = bench.journal.seq
    with pytest.raises(ValueError, match=f"^{field}: "):
        await register.add(person, course, held, expires, BOSS)
    assert bench.journal.seq == before


@pytest.mark.parametrize(("days", "due"), [(31, False), (30, True), (1, True), (0, True), (-5, True)])
async def test_STF_01_what_ends_within_a_month_is_due(register, bench, days, due):
    await register.add("li.hua", "Fire safety", TODAY - 300 * DAY, TODAY + days * DAY, BOSS)
    found = await bench.journal.read(lambda db: trainings_due(db, TODAY))
    assert bool(found) is due
    assert (await register.listed())[0].due_on(TODAY) is due


def test_STF_01_a_reminder_names_person_course_and_day_and_is_for_today_once_it_has_ended():
    soon, over = (Training(n, "li.hua", "Fire safety", date(2025, 3, 1), TODAY + (10 - 20 * n) * DAY) for n in (0, 1))
    site = Site(Policy(), {}, {}, {})
    found = causes(TaskFacts(site=site, now=BEGIN, today=TODAY, trainings=[soon, over]))
    assert [(one.cause, one.urgency) for one in found] == [
        (Cause.TRAINING, Urgency.TODAY),
        (Cause.TRAINING, Urgency.WEEK),
    ]
    english = LocalizedText("en", "Asia/Shanghai", BEGIN)
    assert [cause_sentence(site, one, english) for one in found] == [
        "“Fire safety” of li.hua has ended on 19 Feb",
        "“Fire safety” of li.hua ends on 11 Mar",
    ]
    assert {address_of(one) for one in found} == {"/duty/training"}
    for language in LANGUAGES:
        said = cause_sentence(site, found[0], LocalizedText(language, "Asia/Shanghai", BEGIN))
        assert "li.hua" in said
        assert "panel." not in said
