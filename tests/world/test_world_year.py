"""The soak, short: some days of the whole house in virtual time, twice the same by seed. `make soak` runs a year."""

import os

from world_soak import year

SEED = int(os.environ.get("WORLD_SEED", "7"))


def test_days_of_a_whole_cabinet_break_nothing_and_replay_by_seed():
    few = {"seed": SEED, "days": 4, "compartments": 20, "parcels": 25, "thorough_every": 1}
    counts, head = year(**few)
    assert counts["collected"] > 20
    assert counts["faults"] > 8
    assert counts["second thoughts"] > 3
    assert counts["sent out"] > 0
    for notion in ("announced and brought", "promises that ended at the door", "taken back", "held", "put at a place"):
        assert counts[notion] > 0, notion
    assert counts["cut between two"] > 0
    assert counts["wrong"] == 0
    assert year(**few)[1] == head, "the same seed was another history"
