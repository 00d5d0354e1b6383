"""From a resident to a carrier: booked, brought with the booking's code, fetched by that carrier's courier."""

import base64
from dataclasses import replace

import pytest
from core_play import Play, door

from locker.core.evolve.site_updates import with_compartment, with_parcel
from locker.core.messages.command import NewCode
from locker.core.messages.custody_commands import CheckSender
from locker.core.messages.parcel_commands import Book, BringReturn, HandOver, ReplaceCode
from locker.core.model import Flag, ParcelState, Size, Use
from locker.core.parcel_words import Contents, IdentityCheck, OutboundType


@pytest.fixture
def play():
    return Play()


def book(play, letters="b1", size="M", company="SF", sender="r1", label="", **more):
    parcel = f"p-{letters}"
    new_code = NewCode(code_hash=f"code-{parcel}", token_hash=f"token-{parcel}", sealed=b"s")
    play.ask(
        Book(
            by="token:app",
            parcel=parcel,
            sender=sender,
            company=company,
            size=Size(size),
            type=OutboundType.RETURN,
            declared=300,
            new_code=new_code,
            label_hash=label,
            **more,
        )
    )
    return parcel


def bring_return(play, parcel, *, staff=False):
    return play.ask(BringReturn(by="kiosk", parcel=parcel, staff=staff))


def brought(play, **more):
    """A resident's parcel behind a shut door, waiting for its carrier."""
    parcel = book(play, **more)
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    return parcel


def hand_over(play, parcel, company="SF", source="token:carrier", **more):
    play.made += 1
    return play.ask(
        HandOver(by=source, pickup=f"k{play.made}", parcel=parcel, company=company, courier="Li", source=source, **more)
    )


def test_EXC_06_a_booking_keeps_its_room_and_its_code_opens_a_door_for_it(play):
    parcel = book(play)
    assert (play.state(parcel), play.site.parcels[parcel].compartment) == ("expected", "")
    told = play.code(parcel)
    name = play.place(parcel)
    assert told.openings == ((parcel, name),)
    assert (play.state(parcel), play.use(name)) == ("depositing", "filling")
    assert play.code(parcel) == told, "the same code during the visit adds nothing"
    play.open_and_shut(name)
    assert (play.state(parcel), play.use(name)) == ("stored", "loaded")
    assert play.site.parcels[parcel].direction.value == "out"


def test_EXC_06_the_booking_s_code_opens_once_more_within_the_reopening_time_and_then_nothing(play):
    parcel = brought(play)
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    assert play.state(parcel) == "stored"
    play.later(60)
    assert play.refuses(play.code, parcel) == "unknown-code", "its sender gave it away"


def test_EXC_06_the_carrier_s_courier_collects_it_and_it_is_gone(play):
    parcel = brought(play)
    name = play.place(parcel)
    told = hand_over(play, parcel)
    assert told.openings == ((parcel, name),)
    assert hand_over(play, parcel) == told
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"
    hand_over(play, parcel)
    play.open_and_shut(name)
    play.later(60)
    assert play.use(name) == "free"
    assert not play.site.parcels


def test_EXC_06_another_carrier_s_courier_is_told_that_there_is_no_such_parcel(play):
    parcel, inbound = brought(play), play.stored()
    assert play.refuses(hand_over, play, parcel, company="YTO") == "unknown"
    assert play.refuses(hand_over, play, inbound) == "unknown"
    assert play.refuses(hand_over, play, "p99") == "unknown"
    hand_over(play, parcel, company=" sf ")


def test_a_booking_that_nobody_brings_lapses_and_gives_its_room_back(play):
    parcel = book(play)
    play.later(72 * 3600 - 1)
    assert play.state(parcel) == "expected"
    play.later(1)
    assert parcel not in play.site.parcels
    assert not play.site.codes
    assert play.refuses(play.code, parcel) == "unknown-code"


def test_what_is_booked_twice_or_by_nobody_or_does_not_fit_is_refused(play):
    book(play, label="return-1")
    assert play.refuses(book, play, "b2", label="return-1") == "duplicate-tracking"
    assert play.refuses(book, play, "b2", sender="r9") == "unknown-recipient"
    assert play.refuses(book, play, "b2", size="XL") == "too-large"
    assert play.refuses(book, play, "b1") == "busy"


def test_a_deposit_of_a_booking_that_is_cut_is_CHECK_and_one_that_does_not_open_moves_on(play):
    parcel = book(play)
    play.code(parcel)
    first = play.place(parcel)
    play.later(45)
    assert play.place(parcel) != first
    play.restart()
    play.see(**{play.place(parcel): "shut"})
    assert play.state(parcel) == "check"
    play.clear(play.place(parcel), "parcel")
    assert play.state(parcel) == "stored"
    hand_over(play, parcel)


def test_hand_over_waits_for_who_is_at_the_door(play):
    parcel = book(play)
    assert play.refuses(hand_over, play, parcel) == "not-now"
    play.code(parcel)
    assert play.refuses(hand_over, play, parcel) == "not-now"
    play.open_and_shut(play.place(parcel))
    play.staff_open(play.place(parcel))
    assert play.refuses(hand_over, play, parcel) == "busy"


def test_nobody_renews_the_code_of_a_booking(play):
    parcel = brought(play)
    new_code = NewCode(code_hash="c", token_hash="t", sealed=b"")
    command = ReplaceCode(by="token:app", parcel=parcel, new_code=new_code)
    assert play.refuses(play.ask, command) == "not-now"


@pytest.mark.parametrize("contents", [each for each in Contents if each.prohibited])
def test_OB_03_what_is_prohibited_is_refused_before_anything_is_promised(play, contents):
    assert play.refuses(book, play, contents=contents) == "prohibited"


@pytest.mark.parametrize("contents", [None, Contents.ORDINARY, Contents.ELECTRONICS])
def test_OB_03_what_may_be_sent_is_taken_with_the_word_for_it(play, contents):
    parcel = book(play, contents=contents)
    assert play.state(parcel) == "expected"
    assert play.events[-1].contents == contents


def test_OB_03_who_sends_something_lives_here_or_nothing_is_booked(play):
    assert play.refuses(book, play, sender="r9", contents=Contents.ORDINARY) == "unknown-recipient"


def test_the_carrier_s_code_of_a_return_opens_a_door_for_it_and_never_again(play):
    parcel = book(play, label="return-1")
    told = bring_return(play, parcel)
    assert (told.parcel, told.deposit, told.state) == (parcel, "d-b1", "depositing")
    bring_return(play, parcel)
    assert play.pulses(play.place(parcel)) == 1, "to show it again while the door opens adds no pulse"
    play.open_and_shut(play.place(parcel))
    assert play.refuses(bring_return, play, parcel) == "not-now", "many have seen this code"
    assert play.refuses(bring_return, play, "p99") == "unknown"
    assert play.refuses(bring_return, play, play.stored()) == "unknown"
    assert play.refuses(bring_return, play, book(play, "b2")) == "unknown", "it has no code of a carrier"


def test_a_booking_s_answer_tells_its_code_sealed_and_until_when_room_is_kept(play):
    told = play.ask(
        Book(
            by="token:app",
            parcel="p-b1",
            sender="r1",
            company="SF",
            size=Size.M,
            type=OutboundType.PARCEL,
            declared=None,
            new_code=NewCode(code_hash="c", token_hash="t", sealed=b"sealed"),
        )
    )
    assert (told.booking, told.parcel) == ("b-b1", "p-b1")
    assert base64.b64decode(told.sealed) == b"sealed"
    assert told.reserved_until == "2026-03-04T08:00:00.000Z"


def test_what_a_restart_left_in_doubt_at_the_door_is_looked_at_first(play):
    parcel = book(play, label="return-1")
    bring_return(play, parcel)
    play.restart()
    assert play.refuses(bring_return, play, parcel) == "door-unseen"
    assert play.refuses(play.code, parcel) == "door-unseen"


def check(play, parcel, by=IdentityCheck.STAFF):
    return play.ask(CheckSender(by="staff:chen", parcel=parcel, checked_by=by))


def test_OB_15_where_the_site_asks_a_carrier_gets_it_only_when_somebody_checked_who_sends_it():
    play = Play(real_name=True)
    parcel = brought(play)
    pulses = play.pulses(play.place(parcel))
    assert play.refuses(hand_over, play, parcel) == "sender-unchecked"
    assert (play.state(parcel), play.pulses(play.place(parcel))) == ("stored", pulses), "no door moves"
    check(play, parcel, IdentityCheck.CARRIER)
    assert play.site.parcels[parcel].identity == "carrier"
    hand_over(play, parcel)
    play.open_and_shut(play.place(parcel))
    assert play.state(parcel) == "collected"


def test_OB_15_elsewhere_it_is_a_note_that_changes_nothing(play):
    parcel = brought(play)
    hand_over(play, parcel)
    assert play.site.parcels[parcel].identity == ""


def test_OB_15_checked_at_the_booking_it_stays_so_and_who_checked_first_is_kept(play):
    parcel = book(play)
    check(play, parcel)
    check(play, parcel, IdentityCheck.SERVICE)
    assert play.kinds().count("SenderChecked") == 1
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    assert (play.state(parcel), play.site.parcels[parcel].identity) == ("stored", "staff")
    play.restart()
    assert play.site.parcels[parcel].identity == "staff"


def test_OB_15_of_what_comes_in_and_of_what_has_left_no_sender_is_checked(play):
    stored = play.stored()
    assert play.refuses(check, play, stored) == "not-now"
    assert play.refuses(check, play, "p-none") == "unknown"
    parcel = brought(play)
    hand_over(play, parcel)
    play.open_and_shut(play.place(parcel))
    assert play.refuses(check, play, parcel) == "not-now"


def test_a_booking_s_code_opens_nothing_while_staff_are_at_its_door(play):
    parcel = brought(play)
    play.staff_open(play.place(parcel))
    for _ in range(2):
        assert play.refuses(play.code, parcel) == "not-now"
        play.later(6)  # the coil is cool again, and the order still may open it


def test_what_is_to_be_cold_on_its_way_out_gets_a_cold_door():
    play = Play(door("A1"), door("A2", features=frozenset({"cold"})))
    parcel = book(play, flags=frozenset({Flag.COLD}))
    play.code(parcel)
    assert play.place(parcel) == "A2"


def test_a_booking_of_a_journal_of_before_opens_again_as_long_as_the_site_says(play):
    parcel = brought(play)
    play.site = play.folded = with_parcel(play.site, parcel, reopen_seconds=None)
    assert play.code(parcel).openings == ((parcel, play.place(parcel)),)


@pytest.mark.parametrize("ask", ["code", "hand over"])
def test_nothing_opens_for_a_record_that_no_rule_of_today_makes(play, ask):
    """A visit that is missing, or a door that is not loaded: refused, and nothing guessed."""
    if ask == "code":
        parcel = book(play)
        play.code(parcel)
        play.site = play.folded = replace(play.site, visits={})
        assert play.refuses(play.code, parcel) == "not-now"
        return
    parcel = brought(play)
    name = play.place(parcel)
    stored = play.site
    play.site = with_compartment(stored, name, use=Use.CHECK)
    assert play.refuses(hand_over, play, parcel) == "not-now"
    play.site = with_parcel(stored, parcel, state=ParcelState.COLLECTED)
    assert play.refuses(hand_over, play, parcel) == "not-now"
