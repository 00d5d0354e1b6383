"""A moment in a request: read in UTC, whichever zone its sender lives in."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from api.machine.moment_text import MomentText
from api.machine.parcel_bodies import Window
from locker.core.events.record import rfc3339

MOMENTS = TypeAdapter(MomentText)


def test_a_moment_of_another_zone_is_kept_as_the_journal_spells_it():
    read = MOMENTS.validate_python("2026-11-29T18:00:00.123456+08:00")
    assert (read, read.tzinfo) == (datetime(2026, 11, 29, 10, 0, 0, 123000, tzinfo=UTC), UTC)
    assert rfc3339(read) == "2026-11-29T10:00:00.123Z"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "2026-11-29"])
def test_what_is_no_moment_in_utc_is_refused(text):
    with pytest.raises(ValidationError):
        MOMENTS.validate_python(text)


@pytest.mark.parametrize("begin", ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z"])
def test_OB_04_a_window_begins_at_a_time_that_a_site_s_clock_can_show(begin):
    with pytest.raises(ValidationError, match="must be a time that there is"):
        Window.model_validate({"begin": begin, "minutes": 60})
