"""Doors behind which nothing may be put now are not offered, whatever else would speak for them."""

from dataclasses import replace

import pytest
from core_play import Play, door

from locker.core.reasons import RefusalReason, Refused

OUTDOOR = frozenset({"outdoor"})


def outside(name):
    return replace(door(name), features=OUTDOOR)


def test_a_door_with_what_is_to_be_avoided_is_not_offered():
    play = Play(outside("A1"), door("A2"))
    parcel = play.deposit(avoid=OUTDOOR)
    assert play.site.parcels[parcel].compartment == "A2"
    with pytest.raises(Refused) as refused:
        play.deposit(avoid=OUTDOOR)
    assert refused.value.reason is RefusalReason.NO_SPACE
    third = play.deposit()
    assert play.site.parcels[third].compartment == "A1"


def test_nor_is_it_shared_with_what_lies_there_already():
    play = Play(outside("A1"), door("A2"))
    first = play.stored(needs=OUTDOOR)
    assert play.site.parcels[first].compartment == "A1"
    second = play.deposit(join=True, avoid=OUTDOOR)
    assert play.site.parcels[second].compartment == "A2"
