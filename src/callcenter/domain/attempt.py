"""One dial of one callback, as the rules see it: written before anything rings, charged or not by its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.phone import PhoneNumber


class CallDirection(StrEnum):
    """INBOUND: the customer rang back."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


@dataclass(frozen=True, slots=True)
class Attempt:
    """ordinal: 1-based among all attempts of the callback. slot: the window slot it was dialled in, for example
    `2026-11-23/10:00-11:00`, in the customer's zone (C6-57). started_at, ended_at: UTC. policy_version: that of the
    decision to dial. outcome is None while the call lives. request_key: names the request that asks for it; no two
    attempts are made for the same, and an attempt that is read back no longer tells it. caller_id: what the
    customer was shown (C6-20, C6-21); empty left it to the switch. disposition: what the agent said of the talk, once
    its log is closed. direction: of an inbound one, number is his who rang back and caller_id what he dialled.
    phone: the other phone on which it was made (C6-21); empty for one through the switch.
    """

    id: str
    callback_id: str
    agent_id: str
    number: PhoneNumber
    round: int
    ordinal: int
    slot: str
    policy: str
    policy_version: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    end_reason: EndReason | None = None
    request_key: str | None = None
    caller_id: str = ""
    disposition: Disposition | None = None
    direction: CallDirection = CallDirection.OUTBOUND
    phone: str = ""

    @property
    def live(self) -> bool:
        return self.outcome is None

    @property
    def charged(self) -> bool:
        """Does it count against the customer's attempts? Not where he rang himself."""
        return self.outcome is not None and self.outcome.charged and self.direction is CallDirection.OUTBOUND


def of_round(attempts: Sequence[Attempt], current_round: int) -> tuple[Attempt, ...]:
    """Those of this round, in order."""
    mine = (attempt for attempt in attempts if attempt.round == current_round)
    return tuple(sorted(mine, key=lambda attempt: attempt.ordinal))
