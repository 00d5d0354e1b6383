"""A courier at the door again: what reopening, taking back and cancelling then mean."""

from core_play import Play


def test_reopen_within_the_time_after_stored_is_depositing_again_then_stored():
    play = Play(reopen_seconds=60)
    parcel = play.stored()
    name = play.place(parcel)
    play.later(59)
    assert play.reopen(parcel).state == "depositing"
    assert play.pulses(name) == 2
    play.open_and_shut(name)
    assert play.state(parcel) == "stored"


def test_reopen_too_late_is_not_now():
    play = Play(reopen_seconds=60)
    parcel = play.stored()
    play.later(60)
    assert play.refuses(play.reopen, parcel) == "not-now"


def test_reopen_never_after_stored_when_the_time_is_nought():
    play = Play(reopen_seconds=0)
    assert play.refuses(play.reopen, play.stored()) == "not-now"


def test_a_reopened_parcel_keeps_its_first_deadline():
    play = Play()
    parcel = play.stored()
    deadline = play.site.parcels[parcel].deadline
    play.later(30)
    play.reopen(parcel)
    play.open_and_shut(play.place(parcel))
    assert play.site.parcels[parcel].deadline == deadline


def test_reopen_while_the_door_was_not_seen_open_gives_more_pulses_but_not_without_end():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.reopen(parcel)
    assert play.pulses(name) == 1, "the rule will give it by itself"
    play.later(20)
    assert play.pulses(name) == 3
    for asked in (4, 5, 6):
        play.reopen(parcel)
        assert play.pulses(name) == asked
        play.reopen(parcel)
        assert play.pulses(name) == asked, "never less than 5 s apart"
        play.later(6)
    assert play.refuses(play.reopen, parcel) == "not-now"


def test_reopen_not_while_the_door_stands_open_or_is_unseen():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    assert play.refuses(play.reopen, parcel) == "door-unseen"
    play.see(**{name: "open"})
    assert play.refuses(play.reopen, parcel) == "not-now"


def test_a_reopened_door_that_does_not_open_is_stored_again():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.reopen(parcel)
    play.later(40)
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")
    play.code(parcel)


def test_take_back_withdraws_when_the_door_is_shut_and_not_before():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    assert play.reopen(parcel, take_back=True).state == "depositing"
    play.see(**{name: "open"})
    assert play.state(parcel) == "depositing"
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("free", "withdrawn")


def test_cancel_of_a_reopened_deposit_waits_for_its_door():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.reopen(parcel)
    assert play.cancel(parcel).state == "depositing", "the parcel is still inside"
    play.open_and_shut(name)
    assert (play.use(name), play.state(parcel)) == ("free", "withdrawn")


def test_cancel_of_a_reopened_deposit_whose_door_stays_shut_keeps_the_parcel_and_its_code():
    play = Play()
    parcel = play.stored()
    play.reopen(parcel)
    play.cancel(parcel)
    play.later(40)
    assert play.state(parcel) == "stored"
    play.code(parcel)


def test_cancel_of_a_reopened_and_opened_deposit_is_withdrawn():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.reopen(parcel)
    play.see(**{name: "open"})
    assert play.cancel(parcel).state == "withdrawn"
    play.see(**{name: "shut"})
    assert play.use(name) == "free"
