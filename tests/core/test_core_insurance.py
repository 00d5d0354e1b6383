"""What insuring a parcel costs."""

import pytest

from locker.core.parcels.insurance import premium


@pytest.mark.parametrize(
    ("declared", "cost"), [(0, 0), (99, 0), (100, 1), (299, 1), (300, 2), (100_000, 500), (10_000_000, 50_000)]
)
def test_FEE_03_a_premium_is_half_a_percent_to_the_next_coin_and_whole(declared, cost):
    assert premium(declared) == cost
    assert isinstance(premium(declared), int)
