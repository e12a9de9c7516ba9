"""Which lines of the queue are closed now? The rules are asked once for all callbacks of the same hours."""

from datetime import datetime, timedelta
from typing import NamedTuple

from callcenter.domain.dials.hours import hours_in, open_now
from callcenter.domain.queue.handing_out import ONE_BY_ONE, Hours
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import in_zone
from callcenter.engine.stores import CallbackStore, PolicyStore

BELIEVED = timedelta(minutes=1)
"""How long an answer of the rules is believed, at most: then another version of the policy may be in force."""


class _Known(NamedTuple):
    closed: bool
    until: datetime


class OpenHours:
    """Lines are taken to be open until the gate refuses one of their callbacks; from then on the rules are asked of
    every line before its callbacks are looked at.
    """

    def __init__(self, callbacks: CallbackStore, policies: PolicyStore, setup_seconds: int) -> None:
        self._callbacks = callbacks
        self._policies = policies
        self._setup_seconds = setup_seconds
        self._known: dict[Hours, _Known] = {}
        self._closed: frozenset[Hours] = frozenset()
        self._good_until: datetime | None = None

    async def closed(self, now: datetime) -> frozenset[Hours]:
        """Those known to be closed now."""
        if self._good_until is None or now < self._good_until:
            return self._closed
        for hours, known in list(self._known.items()):
            if known.until <= now:
                self._known[hours] = await self._ask(hours, now)
        self._sum_up()
        return self._closed

    async def refused(self, hours: Hours, now: datetime) -> bool:
        """The gate refused a callback of these hours because of the time: is its whole line closed?"""
        if hours.clock == ONE_BY_ONE:
            return False
        if hours not in self._known:
            wanted = {hours} | await self._callbacks.hours()
            # Those of plans that have ended are forgotten.
            self._known = {each: known for each, known in self._known.items() if each in wanted}
            for each in wanted - set(self._known):
                if each.clock != ONE_BY_ONE:
                    self._known[each] = await self._ask(each, now)
        else:
            self._known[hours] = await self._ask(hours, now)
        self._sum_up()
        return self._known[hours].closed

    def _sum_up(self) -> None:
        self._closed = frozenset(hours for hours, known in self._known.items() if known.closed)
        self._good_until = min((known.until for known in self._known.values()), default=None)

    async def _ask(self, hours: Hours, now: datetime) -> _Known:
        latest = now + BELIEVED
        policy = await self._policies.in_force(hours.policy, in_zone(hours.plan_zone, now))
        if policy is None:
            return _Known(closed=True, until=latest)
        found = open_now(hours_in(policy, (hours.zone,), self._setup_seconds), now)
        if isinstance(found, Refusal):
            return _Known(closed=True, until=min(found.opens_at or latest, latest))
        return _Known(closed=False, until=min(found.end, latest))
