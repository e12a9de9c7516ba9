"""How often may a password be guessed, and how often is the audit told of guesses that are not looked at any more?"""

import ipaddress
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

GUESSES_WITHIN = timedelta(minutes=5)
GUESSES = 5
LOGIN_GUESSES = 30
ADDRESS_GUESSES = 50
"""Wrong passwords before one must wait: for one login from one address, for one login, from one address. So nobody can
lock another out with a few wrong passwords.
"""

TOLD_EVERY = timedelta(minutes=1)
"""How often the audit is told of one address's guesses that are not looked at any more."""

_ONE_LINE = 64
"""Bits that addresses of one IPv6 connection have in common: whoever has one may use any of them."""


@dataclass(slots=True)
class _Refused:
    """told_at: when the audit was last told of refusals. since: how many came after."""

    told_at: datetime
    since: int = 0


class Guesses:
    """Sign-ins of the last minutes, by login and by address. Kept in memory: a restart forgives."""

    def __init__(self) -> None:
        self._made: dict[str, deque[datetime]] = {}
        self._refused: dict[str, _Refused] = {}

    def count(self, keys: Mapping[str, int], now: datetime) -> timedelta | None:
        """Count one more; or how long to wait."""
        self._made = {key: kept for key, made in self._made.items() if (kept := _recent(made, now))}
        waits = [
            made[0] + GUESSES_WITHIN - now
            for key, most in keys.items()
            if len(made := self._made.get(key, deque())) >= most
        ]
        if waits:
            return max(waits)
        for key in keys:
            self._made.setdefault(key, deque()).append(now)
        return None

    def untold(self, address: str, now: datetime) -> int:
        """One more was refused there: how many since it was last told of, where that is long enough ago, else 0."""
        address = neighbourhood(address)
        self._refused = {key: each for key, each in self._refused.items() if now - each.told_at < GUESSES_WITHIN}
        known = self._refused.get(address)
        if known is None or now - known.told_at >= TOLD_EVERY:
            self._refused[address] = _Refused(now)
            return 1 + (known.since if known else 0)
        known.since += 1
        return 0

    def forget(self, keys: Mapping[str, int], at: datetime) -> None:
        """The one counted at that instant was right; for a login that forgives the wrong ones before it too."""
        for key in keys:
            made = self._made.get(key, deque())
            if not key.startswith("address:"):
                made.clear()
            elif at in made:
                made.remove(at)


def limits(login: str, address: str) -> Mapping[str, int]:
    """What a guess counts for, each with the most that it may reach."""
    place = neighbourhood(address)
    return {
        f"from:{place} login:{login}": GUESSES,
        f"login:{login}": LOGIN_GUESSES,
        f"address:{place}": ADDRESS_GUESSES,
    }


def neighbourhood(address: str) -> str:
    """The address; of IPv6 the network of its connection."""
    try:
        known = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return address if known.ipv4_mapped else str(ipaddress.IPv6Network((int(known), _ONE_LINE), strict=False))


def _recent(made: deque[datetime], now: datetime) -> deque[datetime]:
    return deque(at for at in made if now - at < GUESSES_WITHIN)
