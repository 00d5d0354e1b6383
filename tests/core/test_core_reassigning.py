"""S2: a parcel that was put in for the wrong resident goes to whose it is, and nothing told before opens it."""

from datetime import timedelta

import pytest
from core_play import Play
from test_core_credentials import delegate, ends, fresh

from locker.core.messages.custody_commands import Reassign
from locker.core.place import Place, PlaceKind

HOUR = 3600


@pytest.fixture
def play():
    made = Play(places=(Place("shelf", "Shelf", PlaceKind.SHELF, 5),))
    made.resident("r2", unit="0907", phone="+8613800000002")
    return made


def reassign(play, parcel, *to, letters="right", reason="typed wrongly"):
    play.made += 1
    command = Reassign(
        by="staff:t",
        parcel=parcel,
        recipients=to or ("r2",),
        unit="0907",
        reason=reason,
        new_code=fresh(f"{letters}{play.made}"),
    )
    return play.ask(command)


def test_S2_the_code_and_every_code_of_somebody_sent_is_dead_and_the_new_one_opens(play):
    parcel = play.stored()
    before = play.site.parcels[parcel].hashes
    delegate(play, parcel)
    reassign(play, parcel)
    assert play.site.parcels[parcel].recipients == ("r2",)
    assert not {*before, "code-d1"} & set(play.site.codes)
    assert play.refuses(play.code, None, shown=before[0]) == "unknown-code"
    assert ends(play) == ["revoked"]
    play.later(2)
    opens = play.site.parcels[parcel].hashes[0]
    assert play.code(None, shown=opens).openings == ((parcel, play.place(parcel)),)


def test_S2_its_right_recipient_has_the_whole_of_the_free_time_and_it_is_not_overdue_for_them(play):
    parcel = play.stored()
    play.later(72 * HOUR)
    assert play.site.parcels[parcel].overdue
    reassign(play, parcel)
    stands = play.site.parcels[parcel]
    assert stands.deadline - play.now == timedelta(hours=72)
    assert not stands.overdue


def test_S2_a_deadline_that_is_later_already_stays(play):
    parcel = play.stored()
    play.extend(parcel, 24)
    before = play.site.parcels[parcel].deadline
    reassign(play, parcel)
    assert play.site.parcels[parcel].deadline == before


def test_S2_where_others_lie_behind_the_same_door_it_is_moved_first(play):
    first, second = play.stored(), play.stored(join=True)
    assert play.place(first) == play.place(second)
    assert play.refuses(reassign, play, first) == "not-now"


def test_S2_at_a_place_nothing_opens_it_until_it_goes_behind_a_door_with_a_code_of_its_own(play):
    parcel = play.stored()
    play.move(parcel, "shelf")
    play.open_and_shut(play.place(parcel))
    before = play.site.parcels[parcel].hashes
    assert before
    reassign(play, parcel)
    assert play.site.parcels[parcel].credentials == ()
    assert not set(before) & set(play.site.codes)


def test_S2_what_is_announced_or_in_doubt_is_put_right_too(play):
    expected = play.expected()
    reassign(play, expected)
    assert play.site.parcels[expected].recipients == ("r2",)
    doubted = play.stored()
    play.open_and_shut(play.place(doubted))
    assert play.state(doubted) == "check"
    reassign(play, doubted)
    assert play.site.parcels[doubted].recipients == ("r2",)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (lambda play: play.deposit(), "busy"),
        (lambda play: play.collecting(), "busy"),
        (lambda play: play.collected(), "busy"),
        (lambda play: "p99", "unknown"),
    ],
)
def test_S2_nothing_changes_under_somebody_at_the_door_or_when_it_has_left(play, state, refused):
    assert play.refuses(reassign, play, state(play)) == refused


def test_S2_what_is_held_is_settled_first_and_nobody_gets_it_who_wants_no_parcels_here(play):
    parcel = play.stored()
    assert play.refuses(reassign, play, parcel, "r1") == "not-now", "it is theirs"
    play.hold(parcel)
    assert play.refuses(reassign, play, parcel) == "held"
    play.unhold(parcel)
    play.resident("r9", unit="0101", consent=False)
    assert play.refuses(reassign, play, parcel, "r9") == "consent-needed"
