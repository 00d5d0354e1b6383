"""What opens a parcel: its own code, another one, a delegate's; and what opens nothing any more."""

from datetime import timedelta

import pytest
from core_play import Play

from locker.core.events.door_events import Restored
from locker.core.evolve.site_updates import with_parcel
from locker.core.messages.command import NewCode
from locker.core.messages.observations import Tick
from locker.core.messages.parcel_commands import AddDelegate, EndCredential, ReplaceCode
from locker.core.model import Flag
from locker.core.outcome import Draft


@pytest.fixture
def play():
    return Play()


def fresh(letters):
    return NewCode(code_hash=f"code-{letters}", token_hash=f"token-{letters}", sealed=b"s")


def delegate(play, parcel, letters="d1", hours=2):
    until = play.now + timedelta(hours=hours)
    return play.ask(
        AddDelegate(
            by="token:app", parcel=parcel, credential=f"g-{letters}", name="Ann", until=until, new_code=fresh(letters)
        )
    )


def replace_code(play, parcel, letters="new"):
    return play.ask(ReplaceCode(by="token:app", parcel=parcel, new_code=fresh(letters)))


def end(play, parcel, credential):
    return play.ask(EndCredential(by="token:app", parcel=parcel, credential=credential))


def ends(play):
    return [event.end.value for event in play.events if type(event).__name__ == "CredentialEnded"]


def test_REL_05_R8_a_delegate_opens_the_parcel_it_was_sent_for_with_code_or_token_and_nothing_else(play):
    parcel, other = play.stored(), play.stored()
    told = delegate(play, parcel)
    assert (told.credential, told.kind) == ("g-d1", "delegate")
    opened = play.code(None, shown="code-d1", every=True)
    assert opened.openings == ((parcel, play.place(parcel)),)
    assert play.code(None, shown="token-d1", token=True) == opened, "who races the principal is in the same pickup"
    assert play.code(parcel) == opened
    assert play.state(other) == "stored"
    (started,) = [e for e in play.events if type(e).__name__ == "PickupStarted"]
    assert started.credential == "g-d1"


def test_REL_05_a_delegate_opens_nothing_from_its_end_on_noticed_or_not(play):
    parcel = play.stored()
    delegate(play, parcel, hours=1)
    play.now += timedelta(seconds=3599)
    assert play.site.parcels[parcel].credentials[-1].until > play.now
    play.now += timedelta(seconds=1)
    assert play.refuses(play.code, None, shown="code-d1") == "unknown-code"
    assert not ends(play), "nobody noticed yet"
    play.later(0)
    assert ends(play) == ["expired"]
    assert "code-d1" not in play.site.codes
    assert play.refuses(play.code, None, shown="token-d1", token=True) == "unknown-code"
    play.later(1)
    play.code(parcel)


def test_REL_05_a_delegate_who_is_revoked_is_told_nothing_more_than_a_stranger(play):
    parcel = play.stored()
    delegate(play, parcel)
    end(play, parcel, "g-d1")
    assert ends(play) == ["revoked"]
    assert play.refuses(play.code, None, shown="code-d1") == "unknown-code"
    assert play.refuses(end, play, parcel, "g-d1") == "unknown", "it ended once"
    play.later(1)
    play.code(parcel)


def test_REL_05_used_is_an_end_like_the_others(play):
    parcel = play.stored()
    delegate(play, parcel)
    play.code(None, shown="code-d1")
    play.open_and_shut(play.place(parcel))
    play.code(None, shown="code-d1")
    play.open_and_shut(play.place(parcel))
    play.later(60)
    assert not play.site.codes
    assert play.refuses(play.code, None, shown="code-d1") == "unknown-code"


def test_REL_05_a_typed_token_is_no_code(play):
    parcel = play.stored()
    delegate(play, parcel)
    assert play.refuses(play.code, None, shown="token-d1") == "unknown-code"


def test_REL_04_nobody_is_sent_for_a_parcel_that_asks_for_its_recipient_in_person_or_is_held(play):
    parcel, shy, held = play.stored(), play.stored(), play.stored()
    delegate(play, parcel)
    play.code(parcel)
    assert play.refuses(delegate, play, "p99") == "unknown"
    play.open_and_shut(play.place(parcel))
    assert play.refuses(delegate, play, parcel, "d2") == "unknown", "what was collected is gone"
    play.site = with_parcel(play.site, shy, flags=frozenset({Flag.IN_PERSON}))
    assert play.refuses(delegate, play, shy, "d2") == "in-person-only"
    play.site = with_parcel(play.site, held, held="a dispute")
    assert play.refuses(delegate, play, held, "d2") == "held"


def test_REL_05_so_many_and_no_more_and_none_for_the_past(play):
    parcel = play.stored()
    for number in range(5):
        delegate(play, parcel, f"n{number}")
    assert play.refuses(delegate, play, parcel, "n5") == "not-now"
    end(play, parcel, "g-n0")
    assert play.refuses(delegate, play, parcel, "n5", hours=0) == "not-now"
    assert play.refuses(delegate, play, parcel, "n1") == "busy", "a hash that is taken"
    delegate(play, parcel, "n5")


def test_REL_05_nobody_is_sent_where_two_lie_behind_one_door_and_nothing_joins_where_somebody_was_sent(play):
    first = play.stored()
    second = play.stored(join=True)
    assert play.refuses(delegate, play, first) == "not-now"
    play.code(first)
    play.open_and_shut(play.place(first))
    play.later(60)
    third = play.stored()
    delegate(play, third)
    fourth = play.deposit(join=True)
    assert play.place(fourth) != play.place(third)
    assert second not in play.site.parcels


def test_another_code_ends_the_old_one_and_keeps_the_count_of_failures(play):
    parcel = play.stored()
    delegate(play, parcel)
    play.code(parcel)
    play.later(45)
    failed = play.site.parcels[parcel].failed
    assert failed
    replace_code(play, parcel)
    assert play.refuses(play.code, parcel) == "unknown-code"
    assert play.refuses(play.code, parcel, token=True) == "unknown-code"
    play.later(1)
    assert play.site.parcels[parcel].failed == failed
    assert play.site.codes.keys() == {"code-new", "token-new", "code-d1", "token-d1"}, "a delegate stays sent"
    play.code(None, shown="code-new")


def test_the_code_alone_may_be_revoked_and_the_token_still_opens(play):
    parcel = play.stored()
    end(play, parcel, "c1")
    assert play.refuses(play.code, parcel) == "unknown-code"
    play.code(parcel, token=True)


def test_no_code_is_replaced_before_the_parcel_is_stored_or_after_it_is_gone(play):
    parcel = play.deposit()
    assert play.refuses(replace_code, play, parcel) == "not-now"
    play.cancel(parcel)
    assert play.refuses(replace_code, play, parcel) == "unknown"
    assert play.refuses(end, play, parcel, "c1") == "unknown"


def test_a_restore_ends_every_credential_of_what_was_touched(play):
    parcel = play.stored()
    delegate(play, parcel)
    draft = Draft(play.site, play.now)
    draft.add(Restored(compartments=(play.place(parcel),)))
    play._keep(draft.outcome())
    assert play.site.parcels[parcel].code_dead
    assert not play.site.codes


def test_a_credential_that_ends_with_the_grace_of_its_parcel_is_not_told_of_twice(play):
    """A restart without its key slept over both; folding the journal must find the parcel gone."""
    parcel = play.stored()
    delegate(play, parcel, "s1", hours=0.01)
    play.code(None, shown="code-s1")
    play.open_and_shut(play.place(parcel))
    play.now += timedelta(hours=1)
    play.do(Tick(synced=True))
    assert parcel not in play.site.parcels
    assert play.kinds()[-1] == "VisitEnded"
