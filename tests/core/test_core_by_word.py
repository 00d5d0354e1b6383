"""The way out where no switch can tell: by the word of two people, or of a supervisor, with a reason."""

import pytest
from core_play import Play

from locker.core.events.door_events import CompartmentCleared, Restored
from locker.core.events.visit_events import CodeRenewed
from locker.core.messages.command import NewCode
from locker.core.outcome import Draft


def loaded(play):
    return play.stored()


def filling(play):
    """The daemon started again, and the wire never came back."""
    parcel = play.deposit()
    play.see(**{play.place(parcel): "unseen"})
    play.restart()
    return parcel


def emptying(play):
    parcel = play.collecting()
    play.restart()
    return parcel


def in_check(play):
    parcel = play.stored()
    play.open_and_shut(play.place(parcel))
    return parcel


@pytest.mark.parametrize(
    ("begin", "content", "use", "state"),
    [
        (loaded, "empty", "free", "collected"),
        (filling, "empty", "free", "withdrawn"),
        (filling, "parcel", "loaded", "stored"),
        (emptying, "empty", "free", "collected"),
        (emptying, "parcel", "loaded", "stored"),
        (in_check, "empty", "free", "withdrawn"),
        (in_check, "parcel", "loaded", "stored"),
    ],
)
def test_every_state_that_no_switch_ends_has_a_way_out_by_word(begin, content, use, state):
    play = Play()
    parcel = begin(play)
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.later(400 * 24 * 3600, synced=False)
    play.clear_by_word(name, content, witness="staff:li")
    assert (play.use(name), play.state(parcel), play.site.visits) == (use, state, {})
    cleared = next(e for e in reversed(play.events) if isinstance(e, CompartmentCleared))
    assert (cleared.by_word, cleared.witness, bool(cleared.reason)) == (True, "staff:li", True)


@pytest.mark.parametrize(
    ("word", "refused"),
    [({}, "witness-needed"), ({"witness": "staff:t"}, "witness-needed"), ({"supervisor": True}, None)],
)
def test_one_person_alone_is_not_enough_but_a_supervisor_is(word, refused):
    play = Play()
    name = play.place(play.stored())
    play.see(**{name: "unseen"})
    if refused:
        assert play.refuses(lambda: play.clear_by_word(name, "empty", **word)) == refused
    else:
        play.clear_by_word(name, "empty", **word)


@pytest.mark.parametrize("seen", ["shut", "open"])
def test_a_switch_that_can_be_read_is_asked_and_no_word_taken(seen):
    play = Play()
    parcel = in_check(play)
    name = play.place(parcel)
    play.see(**{name: seen})
    assert play.refuses(lambda: play.clear_by_word(name, "empty", supervisor=True)) == "not-now"


def test_a_switch_whose_wire_is_cut_reads_open_for_ever_and_a_word_ends_it_once_it_is_known_dead():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.see(**{name: "open"})
    for _ in range(3):
        play.staff_open(name)
        play.later(31)
    assert "SwitchFault" in play.kinds()
    play.clear_by_word(name, "empty", supervisor=True)
    assert play.state(parcel) == "withdrawn"


def test_nobody_is_spoken_over_while_at_the_door():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    assert play.refuses(lambda: play.clear_by_word(name, "empty", supervisor=True)) == "busy"


def test_a_parcel_that_is_found_after_a_restore_gets_a_new_code_and_the_old_one_stays_dead():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    draft = Draft(play.site, play.now)
    draft.add(Restored(compartments=(name,)))
    play._keep(draft.outcome())
    fresh = NewCode(code_hash="code-new", token_hash="token-new", sealed=b"new")
    play.clear(name, "parcel", new_codes={parcel: fresh})
    assert play.state(parcel) == "stored"
    assert play.refuses(play.code, parcel) == "unknown-code"
    assert [e.code_hash for e in play.events if isinstance(e, CodeRenewed)] == ["code-new"]
    assert play.site.codes == {"code-new": parcel, "token-new": parcel}


def test_a_code_that_lives_is_not_renewed():
    play = Play()
    parcel = in_check(play)
    play.clear(play.place(parcel), "parcel", new_codes={parcel: NewCode(code_hash="c", token_hash="t", sealed=b"s")})
    assert "CodeRenewed" not in play.kinds()
    play.later(1)
    play.code(parcel)
