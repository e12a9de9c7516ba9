"""How did an attempt end? Outcomes, who ended the call, and the mapping from what the network said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt ended as the network tells it. A talk keeps ANSWERED whatever ends it."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    INVALID_NUMBER = "invalid_number"
    CONGESTION = "congestion"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_DIALLED = "not_dialled"
    UNKNOWN = "unknown"

    @property
    def charged(self) -> bool:
        """Does the attempt count against the customer's attempts? Not what the agent or our side ended."""
        return self not in {Outcome.CANCELLED, Outcome.NOT_DIALLED}


class EndReason(StrEnum):
    """What ended the call; a second value beside the outcome. WINDOW_CLOSED: where talks end with the window."""

    CUSTOMER = "customer"
    AGENT = "agent"
    AGENT_ABSENT = "agent_absent"
    AGENT_LOST = "agent_lost"
    NETWORK = "network"
    RING_TIMEOUT = "ring_timeout"
    CANCELLED = "cancelled"
    RECORDER_FAILED = "recorder_failed"
    MAX_DURATION = "max_duration"
    WINDOW_CLOSED = "window_closed"
    SWITCH_REFUSED = "switch_refused"
    SWITCH_LOST = "switch_lost"
    SERVICE_RESTART = "service_restart"
    UNSEEN = "unseen"


class Disposition(StrEnum):
    """What the agent says of the talk. VISITED: the customer came, or will not be asked again to (N6-03)."""

    SUCCESS = "success"
    REFUSED = "refused"
    APPOINTMENT = "appointment"
    WRONG_PERSON = "wrong_person"
    PROBLEM = "problem"
    INCOMPLETE = "incomplete"
    VISITED = "visited"


@dataclass(frozen=True, slots=True)
class NetworkSigns:
    """What was seen of the customer's leg before it ended without an answer.

    cause: Q.850 cause of ChannelDestroyed, None when its end was not seen. sip: last SIP status, None when the
    switch does not tell. rang, progressed: Ringing, or early media, was seen on the way.
    """

    cause: int | None
    sip: int | None
    rang: bool
    progressed: bool


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """One row of the mapping; None matches anything. The first row that matches speaks."""

    outcome: Outcome
    sip: int | None = None
    cause: int | None = None
    rang: bool | None = None

    def matches(self, signs: NetworkSigns) -> bool:
        return (
            (self.sip is None or self.sip == signs.sip)
            and (self.cause is None or self.cause == signs.cause)
            and (self.rang is None or self.rang == (signs.rang or signs.progressed))
        )


def _rows(outcome: Outcome, *, sip: Sequence[int] = (), cause: Sequence[int] = ()) -> tuple[OutcomeRule, ...]:
    return tuple(OutcomeRule(outcome, sip=code) for code in sip) + tuple(
        OutcomeRule(outcome, cause=code) for code in cause
    )


STANDARD_RULES: tuple[OutcomeRule, ...] = (
    # Cause 19 and SIP 480 are what both a phone that rang in vain and a gateway that never replied leave behind;
    # only what was heard on the way tells them apart. A telling cause beside 480 is asked before the 480 itself: a
    # phone that is switched off is 20 with 480, after an announcement.
    OutcomeRule(Outcome.NO_ANSWER, cause=19, rang=True),
    OutcomeRule(Outcome.UNREACHABLE, cause=19, rang=False),
    OutcomeRule(Outcome.NO_ANSWER, sip=408, rang=True),
    # The trunk wants other credentials, or its bill paid: nobody at the far end refused anything.
    *_rows(Outcome.FAILED, sip=(401, 402, 407)),
    *_rows(Outcome.BUSY, sip=(486, 600), cause=(17,)),
    *_rows(Outcome.REJECTED, sip=(403, 603, 607, 608), cause=(21,)),
    *_rows(Outcome.INVALID_NUMBER, sip=(404, 410, 484, 604), cause=(1, 2, 3, 22, 28)),
    *_rows(Outcome.UNREACHABLE, sip=(408,), cause=(18, 20, 27)),
    *_rows(Outcome.CONGESTION, sip=(503, 504), cause=(34, 38, 41, 42, 44, 47, 102)),
    OutcomeRule(Outcome.NO_ANSWER, sip=480, rang=True),
    OutcomeRule(Outcome.UNREACHABLE, sip=480, rang=False),
    # Cause 0: the channel ended without ever having been dialled.
    OutcomeRule(Outcome.NOT_DIALLED, cause=0, rang=False),
    OutcomeRule(Outcome.NO_ANSWER, cause=16, rang=True),
    OutcomeRule(Outcome.FAILED, cause=16, rang=False),
)
"""RFC 3398, section 8.2.6 (SIP status to Q.850 cause) read backwards, in terms of what it means for a callback."""


def outcome_of(signs: NetworkSigns, overrides: Sequence[OutcomeRule] = ()) -> Outcome:
    """The outcome of a leg that ended unanswered. overrides: the trunk's own rows, asked first."""
    if signs.cause is None and signs.sip is None:
        return Outcome.UNKNOWN
    for rule in (*overrides, *STANDARD_RULES):
        if rule.matches(signs):
            return rule.outcome
    return Outcome.FAILED


REASON_CODES: Mapping[EndReason, int] = {EndReason.RING_TIMEOUT: 19, EndReason.CANCELLED: 16}
"""The Q.850 cause we give when we hang up ourselves, so that the network's own record tells the truth."""
