"""What does each way in which a dial ends lead to? Delay, time, number and caller id of the next one, as data."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.policies.base import Group, Model

LONGEST_DELAY = 60 * 24 * 60
"""Minutes: nothing is put off further by a delay between two dials."""

_MOST_GROWTH = 10
_MOST_DELAYS = 20


class ChangeTime(StrEnum):
    """What a further dial must differ in (C6-57): the window slot, the half of the day (morning and afternoon by
    turns), the local day, or nothing.
    """

    SLOT = "slot"
    HALF_DAY = "half_day"
    DAY = "day"
    NONE = "none"


class Then(StrEnum):
    """What an outcome leads to. MANUAL: a supervisor decides. OTHER_CHANNEL: no more by telephone (C6-22, C9-22)."""

    RETRY = "retry"
    EXHAUST = "exhaust"
    MANUAL = "manual"
    OTHER_CHANNEL = "other_channel"


Ending = Literal[
    "no_answer",
    "busy",
    "rejected",
    "unreachable",
    "invalid_number",
    "congestion",
    "failed",
    "unknown",
    "incomplete",
    "refused",
    "wrong_person",
]
"""Each way in which a dial ends that may lead to another: what the network tells, or the agent of a talk."""

Afterwards = Ending | Literal["exhaust", "manual", "other_channel"]


class RetryRule(Model):
    """What follows one ending.

    delay_minutes: from the end of the dial to the earliest next one. growth: so many times longer after each further
    dial that ended so. delays_minutes, instead of both: after the first, the second, … such dial; the last one stays.
    delay_most_minutes: none is longer. slots: what the next dial must differ in; absent for the policy's change_time.
    switch_number: the next dial goes to the customer's next number. switch_caller_id: it shows the next caller id.
    most: so many dials of a round may end so; what a further one leads to, `afterwards` says: the rule of another
    ending, or an end of the round.
    """

    then: Then = Then.RETRY
    delay_minutes: int = Field(default=0, ge=0, le=LONGEST_DELAY)
    growth: float = Field(default=1.0, ge=1, le=_MOST_GROWTH)
    delays_minutes: tuple[int, ...] = Field(default=(), max_length=_MOST_DELAYS)
    delay_most_minutes: int = Field(default=LONGEST_DELAY, ge=0, le=LONGEST_DELAY)
    slots: ChangeTime | None = None
    switch_number: bool = False
    switch_caller_id: bool = False
    most: int | None = Field(default=None, ge=1)
    afterwards: Afterwards = "no_answer"

    def delay_after(self, times: int) -> int:
        """Minutes. times: how many dials have ended so, this one among them, from 1.

        With `delay_minutes = 10, growth = 2, delay_most_minutes = 60`: 10, 20, 40, 60, 60, …
        """
        if self.delays_minutes:
            return min(self.delays_minutes[min(times, len(self.delays_minutes)) - 1], self.delay_most_minutes)
        delay = float(self.delay_minutes)
        for _ in range(1, times):
            delay *= self.growth
            if delay >= self.delay_most_minutes or self.growth == 1:
                break
        return int(min(delay, self.delay_most_minutes))

    @model_validator(mode="after")
    def _one_kind_of_delay(self) -> Self:
        if self.delays_minutes and self.model_fields_set & {"delay_minutes", "growth"}:
            raise ValueError("delays_minutes stands alone, without delay_minutes and growth")
        if any(delay < 0 for delay in self.delays_minutes) or list(self.delays_minutes) != sorted(self.delays_minutes):
            raise ValueError("delays_minutes are 0 or more, and none is shorter than the one before")
        if max((self.delay_minutes, *self.delays_minutes)) > self.delay_most_minutes:
            raise ValueError(f"a delay is longer than delay_most_minutes, {self.delay_most_minutes}")
        return self


_USUAL: Mapping[Ending, Mapping[str, object]] = {
    "no_answer": {"switch_number": True},
    "unreachable": {"switch_number": True},
    "invalid_number": {"switch_number": True, "then": Then.EXHAUST},
    "wrong_person": {"switch_number": True, "then": Then.EXHAUST},
    "refused": {"then": Then.EXHAUST},
}
"""What an ending's rule says where it is not set, other than every rule does."""


class RetryGroup(Group):
    """What each ending leads to, as long as dials are left. incomplete: a talk that broke off; refused, wrong_person:
    as the agent says in the log. appointments_most: how often in a round an appointment may be made; absent for as
    often as the customer likes.

    No text names a delay, or which of several numbers comes next. Ours: who does not answer, is out of reach or is
    somebody else is tried at his next number; who is busy or rejects the call is there, and is tried at the same.
    """

    no_answer: RetryRule = RetryRule()
    busy: RetryRule = RetryRule()
    rejected: RetryRule = RetryRule()
    unreachable: RetryRule = RetryRule()
    invalid_number: RetryRule = RetryRule()
    congestion: RetryRule = RetryRule()
    failed: RetryRule = RetryRule()
    unknown: RetryRule = RetryRule()
    incomplete: RetryRule = RetryRule()
    refused: RetryRule = RetryRule()
    wrong_person: RetryRule = RetryRule()
    appointments_most: int | None = Field(default=None, ge=1)

    def after(self, outcome: Outcome) -> RetryRule:
        """Of a charged outcome; a talk counts as incomplete until its log says otherwise."""
        ending = ending_of(outcome, None)
        assert ending is not None  # noqa: S101 (for the type checker)
        return self.of(ending)

    def of(self, ending: Ending, times: int = 1) -> RetryRule:
        """The rule for the `times`th dial of a round that ended so."""
        rule = self._own(ending)
        if rule.most is None or times <= rule.most:
            return rule
        match rule.afterwards:
            case "exhaust" | "manual" | "other_channel" as then:
                return RetryRule(then=Then(then))
            case other:
                return self._own(other)

    def delay(self, ending: Ending, times: int) -> int:
        """Minutes after the `times`th dial of a round that ended so."""
        own = self._own(ending)
        if own.most is None or times <= own.most:
            return own.delay_after(times)
        return self.of(ending, times).delay_after(times - own.most)

    def _own(self, ending: Ending) -> RetryRule:
        rule = getattr(self, ending)
        assert isinstance(rule, RetryRule)  # noqa: S101 (for the type checker)
        usual = {name: value for name, value in _USUAL.get(ending, {}).items() if name not in rule.model_fields_set}
        return rule.model_copy(update=usual) if usual else rule

    @model_validator(mode="after")
    def _afterwards_is_another(self) -> Self:
        for ending in ENDINGS:
            rule = self._own(ending)
            if rule.most is not None and rule.afterwards == ending:
                raise ValueError(f"{ending}: afterwards must name another ending, or exhaust, manual or other_channel")
        return self


ENDINGS: tuple[Ending, ...] = Ending.__args__  # type: ignore[attr-defined]  # what a Literal lists


def ending_of(outcome: Outcome, disposition: Disposition | None) -> Ending | None:
    """None for what leads to no other dial by itself: an uncharged one, and a talk that came to an end or to an
    appointment.
    """
    match outcome, disposition:
        case ((Outcome.CANCELLED | Outcome.NOT_DIALLED), _):
            return None
        case Outcome.ANSWERED, (None | Disposition.INCOMPLETE):
            return "incomplete"
        case Outcome.ANSWERED, Disposition.REFUSED:
            return "refused"
        case Outcome.ANSWERED, Disposition.WRONG_PERSON:
            return "wrong_person"
        case Outcome.ANSWERED, _:
            return None
        case _:
            return _NETWORK[outcome]


_NETWORK: dict[Outcome, Ending] = {
    Outcome.NO_ANSWER: "no_answer",
    Outcome.BUSY: "busy",
    Outcome.REJECTED: "rejected",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.INVALID_NUMBER: "invalid_number",
    Outcome.CONGESTION: "congestion",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
}
