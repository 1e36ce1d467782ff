from datetime import UTC, datetime, timedelta

import pytest

from web.rate_limit import Rate, RateLimit, network_of

NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_burst_is_let_through_and_then_one_each_interval() -> None:
    limit = RateLimit(Rate(burst=3, every=10 * SECOND))
    assert [limit.take("a", wall=NOW) for _ in range(4)] == [None, None, None, 10 * SECOND]
    assert limit.take("a", wall=NOW + 4 * SECOND) == 6 * SECOND
    assert limit.take("a", wall=NOW + 10 * SECOND) is None
    assert limit.take("a", wall=NOW + 10 * SECOND) == 10 * SECOND


def test_asking_while_there_is_none_costs_nothing() -> None:
    limit = RateLimit(Rate(burst=1, every=10 * SECOND))
    assert limit.take("a", wall=NOW) is None
    for second in range(10):
        assert limit.take("a", wall=NOW + second * SECOND) is not None
    assert limit.take("a", wall=NOW + 10 * SECOND) is None


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    limit = RateLimit(Rate(burst=2, every=SECOND))
    limit.take("a", wall=NOW)
    later = NOW + timedelta(days=1)
    assert [limit.take("a", wall=later) for _ in range(3)] == [None, None, SECOND]


def test_keys_do_not_share_and_only_so_many_are_remembered() -> None:
    limit = RateLimit(Rate(burst=1, every=SECOND), keys=2)
    assert [limit.take(key, wall=NOW) for key in "abc"] == [None, None, None]
    assert limit.take("c", wall=NOW) == SECOND
    assert limit.take("a", wall=NOW) is None  # forgotten, since two others came after it


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "unknown"),
        ("x" * 30_000, "unknown"),
    ],
)
def test_whom_an_address_counts_for(address: str, network: str) -> None:
    assert network_of(address) == network
