"""From when is a callback that was put off to be dialled, by the policy that is now in force?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.retry import AgainReason, again
from callcenter.domain.people import Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.instant import utc


@dataclass(frozen=True, slots=True)
class Parked:
    """A callback that waits for its not_before. put_off: the gate made it wait. attempts: all of the callback."""

    case: Case
    put_off: bool
    attempts: Sequence[Attempt]

    @property
    def by_rule(self) -> bool:
        """Was its time reckoned from the policy: by the gate, or after a dial of this round? What the customer, a
        supervisor or the plan said stands, whatever the policy says now.
        """
        callback = self.case.callback
        dialled = any(attempt.round == callback.round for attempt in self.attempts)
        return self.put_off or (dialled and callback.appointment_at is None)


def replanned(parked: Parked, policy: Policy, now: datetime) -> datetime | None:
    """Its not_before anew, UTC; None for at once. It is the earliest that windows, gap and changed time allow: what
    else the rules ask (caps, say) the gate tells when its turn has come. One that is not `by_rule` keeps its own.
    """
    callback, moment = parked.case.callback, utc(now)
    if not parked.by_rule:
        return callback.not_before
    if callback.appointment_at is not None and callback.appointment_at > moment:
        return utc(callback.appointment_at)
    after = again(policy, parked.case, parked.attempts, moment, AgainReason.NOT_REACHED).not_before
    return None if after <= moment else after


@dataclass(frozen=True, slots=True)
class Replan:
    """How far the callbacks of one plan were reckoned anew for one version of its policy. after: the id of the last one
    that was looked at. seen, moved: callbacks. started_at, ended_at: UTC; ended_at is None while there is more to do.
    """

    plan_id: str
    policy: str
    version: int
    started_at: datetime
    after: str = ""
    seen: int = 0
    moved: int = 0
    ended_at: datetime | None = None

    def is_for(self, policy: Policy) -> bool:
        return (self.policy, self.version) == (policy.name, policy.version)
