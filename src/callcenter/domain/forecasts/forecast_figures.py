"""What does one callback cost? Measured in a plan's own attempts, or, where there are too few, assumed and said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callcenter.domain.outcomes import Outcome

LEAST_SAMPLE = 20
"""Dials, or settled callbacks, from which a figure is measured; below it one bad hour would be the forecast."""

ASSUMED_ANSWER_RATE = 0.5
"""Dials that end in a talk: the product's assumption. No document says any."""

ASSUMED_MINUTES_PER_DIAL = 4.0
"""Of an agent, from the click to the next one, visit log and pause included: the product's assumption."""

AGENT_MINUTES_PER_DAY = 480.0
"""No agent dials longer on one day, however long the windows are open: the product's assumption."""

LONGEST_WRITING = timedelta(minutes=15)
"""Of a visit log; what is closed later was left lying, and is not counted as work."""

BETWEEN_DIALS = timedelta(minutes=1)
"""From the end of one dial, or of its log, to the next: the product's assumption, added to what is measured."""


class Basis(StrEnum):
    """MEASURED: in the plan's own attempts. DERIVED: from the answer rate and the policy's most dials."""

    MEASURED = "measured"
    DERIVED = "derived"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Figure:
    """sample: how many dials, or callbacks, it was measured in; 0 where it was not."""

    value: float
    basis: Basis
    sample: int = 0


@dataclass(frozen=True, slots=True)
class PastDial:
    """One charged dial. settled: its callback is done, or given up. duration: from the click to its end. writing: from
    there to its closed visit log; None where there is none.
    """

    callback_id: str
    outcome: Outcome
    settled: bool
    duration: timedelta
    writing: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """answer_rate: share of the dials that end in a talk, 0 to 1. dials_per_callback: until it is done or given up.
    minutes_per_dial: of an agent. most_dials: by the policy, in one round.
    """

    answer_rate: Figure
    dials_per_callback: Figure
    minutes_per_dial: Figure
    most_dials: int

    @property
    def minutes_per_callback(self) -> float:
        return self.dials_per_callback.value * self.minutes_per_dial.value

    @property
    def reached_share(self) -> float:
        """Of the callbacks, those whose customer is talked to before their dials are used up; 0 to 1."""
        return 1 - (1 - self.answer_rate.value) ** self.most_dials


def figures(dials: Sequence[PastDial], most_dials: int) -> Figures:
    """dials: the newest of the plan, or none."""
    rate = _answer_rate(dials)
    return Figures(rate, _dials_per_callback(dials, rate.value, most_dials), _minutes_per_dial(dials), most_dials)


def expected_dials(answer_rate: float, most_dials: int) -> float:
    """Until the first answer, or until all are used up; each dial being answered as often as any other."""
    return sum((1 - answer_rate) ** before for before in range(most_dials))


def _answer_rate(dials: Sequence[PastDial]) -> Figure:
    if len(dials) < LEAST_SAMPLE:
        return Figure(ASSUMED_ANSWER_RATE, Basis.ASSUMED)
    answered = sum(dial.outcome is Outcome.ANSWERED for dial in dials)
    return Figure(answered / len(dials), Basis.MEASURED, len(dials))


def _dials_per_callback(dials: Sequence[PastDial], answer_rate: float, most_dials: int) -> Figure:
    settled = [dial.callback_id for dial in dials if dial.settled]
    if (many := len(set(settled))) < LEAST_SAMPLE:
        return Figure(expected_dials(answer_rate, most_dials), Basis.DERIVED)
    return Figure(len(settled) / many, Basis.MEASURED, many)


def _minutes_per_dial(dials: Sequence[PastDial]) -> Figure:
    if len(dials) < LEAST_SAMPLE:
        return Figure(ASSUMED_MINUTES_PER_DIAL, Basis.ASSUMED)
    busy = sum((dial.duration + min(dial.writing or timedelta(0), LONGEST_WRITING) for dial in dials), timedelta(0))
    whole = busy / len(dials) + BETWEEN_DIALS
    return Figure(whole / timedelta(minutes=1), Basis.MEASURED, len(dials))
