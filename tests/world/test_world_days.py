"""Seeded days of the whole core with faults: nobody is wronged, the log folds, and a seed is one history."""

import os

from world_days import Days

SEED = int(os.environ.get("WORLD_SEED", "7"))


def test_sixty_days_with_faults_wrong_nobody_and_replay_by_seed():
    first, again, other = Days(SEED), Days(SEED), Days(SEED + 1)
    assert first.run(60) == again.run(60) != other.run(60)
    assert first.counts["collected"] > 300
    assert first.counts["cuts"] > 20


def test_folding_what_was_recorded_gives_the_same_site():
    days = Days(SEED, fold=True)
    days.run(20)
    assert days.folded.compartments == days.site.compartments
    assert days.folded.parcels == days.site.parcels
    assert days.folded.visits == days.site.visits
    assert days.folded.buckets == days.site.buckets
