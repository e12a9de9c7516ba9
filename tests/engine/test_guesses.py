"""Guessing: who shares a limit, who cannot be locked out, and what the audit is told of a flood."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.engine.guesses import ADDRESS_GUESSES, GUESSES, GUESSES_WITHIN, TOLD_EVERY, Guesses, limits

NOW = datetime.now(UTC)


def guess(guesses: Guesses, login: str, address: str, times: int = 1) -> timedelta | None:
    """What the last of them is told."""
    wait = None
    for _ in range(times):
        wait = guesses.count(limits(login, address), NOW)
    return wait


def test_a_login_that_is_made_up_to_look_like_another_limit_locks_nobody_out() -> None:
    guesses = Guesses()
    guess(guesses, "wang from:192.0.2.7", "192.0.2.66", GUESSES)
    guess(guesses, "from:192.0.2.7 login:wang", "192.0.2.66", GUESSES)
    assert guess(guesses, "wang", "192.0.2.7") is None


@pytest.mark.parametrize(
    ("address", "neighbour", "counts_together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_the_addresses_of_one_connection_share_a_limit(address: str, neighbour: str, *, counts_together: bool) -> None:
    guesses = Guesses()
    for number in range(ADDRESS_GUESSES):
        assert guess(guesses, f"login{number}", address) is None
    assert (guess(guesses, "another", neighbour) is not None) is counts_together


def test_a_flood_from_one_address_is_told_once_a_minute_with_how_many_there_were() -> None:
    guesses = Guesses()
    assert [guesses.untold("192.0.2.1", NOW) for _ in range(100)] == [1] + [0] * 99
    assert guesses.untold("192.0.2.2", NOW) == 1
    assert guesses.untold("192.0.2.1", NOW + TOLD_EVERY) == 100
    assert guesses.untold("192.0.2.1", NOW + TOLD_EVERY + GUESSES_WITHIN) == 1
