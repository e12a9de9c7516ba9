"""Rounds of attempts: how many, what lies between them, until when, and by which other channel then."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from callcenter.domain.people import Channel
from callcenter.domain.policies.base import Group
from callcenter.domain.refusal import Strength

_LONGEST_DAYS = 366


class Between(StrEnum):
    """What lies between two rounds: a supervisor's decision, or the search for a new number by those who brought the
    customer (C9-20, C9-21).
    """

    SUPERVISOR = "supervisor"
    NEW_NUMBER = "new_number"


class Until(StrEnum):
    """What ends a callback. TALKED: a talk that succeeded. PROBLEM_SOLVED (C7-11), MATTER_ANSWERED (N9-07): while the
    log says that something is unsolved, it comes back. CUSTOMER_VISITS (N6-03): it comes back until the agent says
    that the customer came.
    """

    TALKED = "talked"
    PROBLEM_SOLVED = "problem_solved"
    MATTER_ANSWERED = "matter_answered"
    CUSTOMER_VISITS = "customer_visits"


class IfAnnoyed(StrEnum):
    """What a customer who dislikes calls changes (N6-17)."""

    NOTHING = "nothing"
    LOWER_FREQUENCY = "lower_frequency"


class RoundsGroup(Group):
    """phone_rounds: how many rounds by telephone; absent for as many as a supervisor gives. strength: of that number.
    dials_per_round: absent for what the attempts say. between: what lies between two rounds. new_number_days: so many
    days it is waited for a new number; then the round begins with the numbers known. reason_required: whoever gives a
    callback back says why (C9-20). then: the channels after the last round.

    until: what ends a callback. each_with_appointed_time: a talk that left something open fixes the time of the next
    (N9-06). phone_allowed_after: the round from behind which the telephone is expressly allowed (N9-07); 0 for every.
    phone_allowed_strength: whether it is refused before that; advice refuses nothing. phone_forbidden_for: classes of
    matters that are never dealt with by telephone.

    same_day: so many calls on the day on which the callback arose. within_days: the round after the first comes within
    so many days. then_every_days: and each further one after so many. if_annoyed, annoyed_factor: for a customer who
    dislikes calls every delay and every such span is so many times longer (N6-17 gives no number).
    """

    phone_rounds: int | None = Field(default=None, ge=1)
    strength: Strength = Strength.OVERRIDE
    dials_per_round: int | None = Field(default=None, ge=1)
    between: Between = Between.SUPERVISOR
    new_number_days: int = Field(default=7, ge=1, le=_LONGEST_DAYS)
    reason_required: Literal[True] = True
    then: tuple[Channel, ...] = ()
    until: Until = Until.TALKED
    each_with_appointed_time: bool = False
    phone_allowed_after: int = Field(default=0, ge=0)
    phone_allowed_strength: Strength = Strength.OVERRIDE
    phone_forbidden_for: tuple[str, ...] = ()
    same_day: int | None = Field(default=None, ge=1)
    within_days: int | None = Field(default=None, ge=1, le=_LONGEST_DAYS)
    then_every_days: int | None = Field(default=None, ge=1, le=_LONGEST_DAYS)
    if_annoyed: IfAnnoyed = IfAnnoyed.LOWER_FREQUENCY
    annoyed_factor: float = Field(default=2.0, ge=1, le=10)

    def is_last(self, number: int) -> bool:
        """Is this round, from 1, the last by telephone, or beyond it?"""
        return self.phone_rounds is not None and number >= self.phone_rounds

    def days_to_next(self, number: int) -> tuple[int, int] | None:
        """In how many days the round after this one, from 1, may begin, and by when it is due; None where the policy
        has no such rhythm.

        `within_days = 3, then_every_days = 7`: after the first round on the next day at the earliest, on the third at
        the latest; after the second, and each further one, in a week.
        """
        if number == 1 and self.within_days is not None:
            return 1, self.within_days
        every = self.then_every_days
        return None if every is None else (every, every + 1)

    def slowed(self, *, dislikes_calls: bool) -> float:
        """How many times longer each delay is."""
        return self.annoyed_factor if dislikes_calls and self.if_annoyed is IfAnnoyed.LOWER_FREQUENCY else 1.0

    @model_validator(mode="after")
    def _rhythm_has_an_end(self) -> Self:
        rhythm = self.within_days is not None or self.then_every_days is not None
        if rhythm and self.until is not Until.CUSTOMER_VISITS:
            raise ValueError('within_days and then_every_days are for until = "customer_visits" alone')
        if self.within_days is not None and self.then_every_days is None:
            raise ValueError("after within_days it must be told how it goes on: then_every_days is missing")
        if Channel.PHONE in self.then or len(set(self.then)) != len(self.then):
            raise ValueError("then names channels other than phone, each once")
        return self
