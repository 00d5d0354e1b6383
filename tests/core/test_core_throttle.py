"""Wrong codes: a bucket of ten for each source, refilled by one in ten minutes, that locks nobody out."""

import pytest
from core_play import Play


def empty(play, source="kiosk"):
    for _ in range(10):
        assert play.refuses(play.code, "p99", source=source) == "unknown-code"
        play.later(1)


def left(play, source="kiosk"):
    rejected = [e for e in play.events if type(e).__name__ == "CodeRejected" and e.source == source]
    return rejected[-1].left


def test_ten_wrong_codes_then_every_bare_code_needs_a_second_item_right_or_wrong():
    play = Play()
    parcel = play.stored()
    empty(play)
    assert left(play) == 0
    assert play.refuses(play.code, parcel) == "second-needed"
    assert play.refuses(play.code, "p99") == "second-needed"
    assert play.refuses(play.code, parcel) == "second-needed", "and asking costs nothing"


def test_with_the_bucket_empty_code_and_second_together_are_tried():
    play = Play()
    parcel = play.stored()
    empty(play)
    assert play.refuses(play.code, parcel, second="9999") == "unknown-code"
    play.later(1)
    play.code(parcel, second="1203")
    assert play.state(parcel) == "collecting"


def test_with_the_bucket_empty_tokens_are_tried_right_and_wrong():
    play = Play()
    parcel = play.stored()
    empty(play)
    assert play.refuses(play.code, "p99", token=True) == "unknown-code"
    play.code(parcel, token=True)
    assert play.state(parcel) == "collecting"


def test_for_one_second_after_a_wrong_try_every_code_is_throttled_unevaluated_and_free_of_cost():
    play = Play()
    parcel = play.stored()
    assert play.refuses(play.code, "p99") == "unknown-code"
    rejected = play.kinds().count("CodeRejected")
    for said in ({}, {"second": "1203"}, {"second": "9999"}):
        assert play.refuses(play.code, parcel, **said) == "throttled"
        assert play.refuses(play.code, "p99", **said) == "throttled"
    play.later(0.999)
    assert play.refuses(play.code, parcel) == "throttled"
    assert play.kinds().count("CodeRejected") == rejected
    play.later(0.001)
    play.code(parcel)


def test_throttled_says_when_to_try_again():
    from locker.core.reasons import Refused

    play = Play()
    assert play.refuses(play.code, "p99") == "unknown-code"
    with pytest.raises(Refused) as refused:
        play.code("p99")
    assert refused.value.retry_after == 1


def test_tokens_are_not_throttled_in_that_second_and_cost_nothing():
    play = Play()
    parcel = play.stored()
    assert play.refuses(play.code, "p99") == "unknown-code"
    for _ in range(20):
        assert play.refuses(play.code, "p98", token=True) == "unknown-code"
    assert play.kinds().count("CodeRejected") == 1
    play.code(parcel, token=True)


def test_right_tries_start_no_wait_and_cost_nothing():
    play = Play()
    one, two = play.stored(), play.stored()
    play.code(one)
    play.code(two)
    assert not play.site.buckets


def test_one_wrong_code_is_forgiven_every_ten_minutes():
    play = Play()
    parcel = play.stored()
    empty(play)
    play.later(600 - 10)
    assert play.refuses(play.code, "p99") == "unknown-code"
    play.later(1)
    assert play.refuses(play.code, parcel) == "second-needed"
    play.later(600)
    play.code(parcel)


def test_the_bucket_never_holds_more_than_ten():
    play = Play()
    empty(play)
    play.later(7 * 24 * 3600)
    empty(play)
    assert play.refuses(play.code, "p99") == "second-needed"


def test_wrong_tries_with_a_second_do_not_stop_the_refill():
    play = Play()
    parcel = play.stored()
    empty(play)
    for _ in range(10):
        play.later(58)
        assert play.refuses(play.code, parcel, second="9999") == "unknown-code"
    play.later(10)
    play.code(parcel)


def test_sources_do_not_share_a_bucket():
    play = Play()
    parcel = play.stored()
    empty(play, "token:shop")
    assert play.refuses(play.code, parcel, source="token:shop") == "second-needed"
    play.code(parcel, source="kiosk")


def test_X3_a_restart_forgives_nothing():
    play = Play()
    parcel = play.stored()
    empty(play)
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut")
    assert play.refuses(play.code, parcel) == "second-needed"


def test_X3_a_jump_of_the_clock_forgives_nothing():
    from datetime import timedelta

    from locker.core.messages.observations import WallJumped

    play = Play()
    parcel = play.stored()
    empty(play)
    play.do(WallJumped(seconds=24 * 3600))
    play.now += timedelta(days=1)
    assert play.refuses(play.code, parcel) == "second-needed"


def test_staff_are_told_how_many_tries_are_left_and_of_what_source():
    play = Play()
    assert play.refuses(play.code, "p99", source="token:shop") == "unknown-code"
    event = play.events[-1]
    assert (type(event).__name__, event.source, event.left) == ("CodeRejected", "token:shop", 9)
