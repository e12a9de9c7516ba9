"""Can the target be met: all that a plan has left, worked off by its due day, with these agents and windows?

Agents' time is shared among the customers' clocks day by day; a clock is one zone, or several that must all be open.
For any set of clocks, what is left there cannot be done before the hours in which at least one of them is open are
enough for it, and if that holds for every set, it can: so the work done by the end of a day is the least, over all sets
of clocks, of what the hours of that set allow plus what is left outside it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from callcenter.domain.dials.hours import hours_in, never_opens, open_now
from callcenter.domain.forecasts.forecast_figures import AGENT_MINUTES_PER_DAY, Figures
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import in_zone, local_date, openings, zone_of

FARTHEST_DAYS = 366
"""So far ahead a finishing day is looked for."""

MOST_CLOCKS = 6
"""So many clocks, those with most callbacks, are told apart; the others count as the nearest of them."""

Zones = tuple[str, ...]
"""IANA names, all of which must allow a call: a clock. At least one; the first is the one that days are counted in."""

_Set = frozenset[Zones]
_Span = tuple[datetime, datetime]


class Answer(StrEnum):
    """MET, NOT_MET: by the due day. NO_HOURS: no window opens until then. NOTHING_LEFT: all is done. OPEN_END: there is
    no due day. NO_CALENDAR: the working days up to then are not known. DUE_PAST: the due day is over.
    """

    MET = "met"
    NOT_MET = "not_met"
    NO_HOURS = "no_hours"
    NO_AGENTS = "no_agents"
    NOTHING_LEFT = "nothing_left"
    OPEN_END = "open_end"
    NO_CALENDAR = "no_calendar"
    DUE_PAST = "due_past"


@dataclass(frozen=True, slots=True)
class Question:
    """remaining: callbacks that are not done, by the clock of their customers. zone: the plan's, whose days are
    counted. now: UTC; nothing is dialled before it. due: the last local day, included; None for none.
    """

    remaining: Mapping[Zones, int]
    agents: int
    zone: str
    now: datetime
    due: date | None


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """open_minutes: in which some customer may be called. left: callbacks that are not done at its end."""

    day: date
    open_minutes: float
    left: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """callbacks_per_day: on a day with open hours, up to the due day, else up to the finishing day. open_minutes: up to
    the due day. finishes_on: when all that can be called are done; None where it is not within a year, or there are
    none. shortfall: callbacks that are not done by the due day. agents_needed: for those that can be called; None where
    no number of them is enough, or nothing is due. never: callbacks that cannot be called as long as nobody corrects
    them, since no window of their clock ever opens; `left` and the shortfall hold them too. days: from today on, one
    after another. unknown: why the days after these are not known.
    """

    answer: Answer
    question: Question
    figures: Figures
    callbacks_per_day: float
    open_minutes: float
    finishes_on: date | None
    shortfall: int
    agents_needed: int | None
    never: int
    days: tuple[ForecastDay, ...]
    unknown: Refusal | None = None

    @property
    def remaining(self) -> int:
        return sum(self.question.remaining.values())


def forecast(question: Question, figures: Figures, policy: Policy) -> Forecast:
    """What may be expected, by these figures."""
    agents, per_callback = max(0, question.agents), figures.minutes_per_callback
    callable_ones = {zones: many for zones, many in question.remaining.items() if _ever_open(zones, question, policy)}
    never = sum(question.remaining.values()) - sum(callable_ones.values())
    hours = _Hours({zones: many * per_callback for zones, many in _gathered(callable_ones, question).items()}, question)
    total, days, finishes_on, needed = hours.total, [], None, None
    for day, open_minutes in hours.walk(policy):
        done = hours.done(agents)
        days.append(ForecastDay(day, open_minutes, (total - done) / per_callback + never))
        if finishes_on is None and done >= total - _NOTHING and (total or not never):
            finishes_on = day
        if day == question.due:
            needed = hours.agents_needed()
        if (finishes_on is not None or not total) and (question.due is None or day >= question.due):
            break
    by_due = [each for each in days if question.due is None or each.day <= question.due]
    shortfall = math.ceil((by_due[-1].left if by_due else total / per_callback + never) - _NOTHING)
    unfinished = Forecast(
        answer=Answer.NOTHING_LEFT,
        question=question,
        figures=figures,
        callbacks_per_day=_per_day(by_due, agents, per_callback),
        open_minutes=sum(each.open_minutes for each in by_due),
        finishes_on=finishes_on,
        shortfall=0 if question.due is None else max(0, shortfall),
        agents_needed=needed if total else None if never else 0,
        never=never,
        days=tuple(days),
        unknown=hours.unknown,
    )
    return replace(unfinished, answer=_answer(unfinished, by_due))


def _ever_open(zones: Zones, question: Question, policy: Policy) -> bool:
    found = open_now(hours_in(policy, zones), question.now)
    return not (isinstance(found, Refusal) and (never_opens(found) or found.rule is Rule.ZONE_UNKNOWN))


_NOTHING = 1e-6
"""Callbacks or minutes too few to be meant."""


def _answer(found: Forecast, by_due: Sequence[ForecastDay]) -> Answer:
    due = found.question.due
    if not found.remaining:
        return Answer.NOTHING_LEFT
    if found.days and not by_due:
        return Answer.DUE_PAST
    if due is not None and not found.never and found.finishes_on is not None and found.finishes_on <= due:
        return Answer.MET
    if found.unknown is not None and (due is None or not by_due or by_due[-1].day < due):
        return Answer.NO_CALENDAR
    if not any(each.open_minutes for each in by_due):
        return Answer.NO_HOURS
    if found.question.agents <= 0:
        return Answer.NO_AGENTS
    return Answer.OPEN_END if due is None else Answer.NOT_MET


def _per_day(days: Sequence[ForecastDay], agents: int, per_callback: float) -> float:
    usable = [min(each.open_minutes, AGENT_MINUTES_PER_DAY) for each in days if each.open_minutes]
    return agents * sum(usable) / len(usable) / per_callback if usable else 0.0


def _gathered(remaining: Mapping[Zones, int], question: Question) -> dict[Zones, int]:
    """At most MOST_CLOCKS clocks with all callbacks."""
    ranked = sorted(remaining, key=lambda zones: (-remaining[zones], zones))
    kept = {zones: remaining[zones] for zones in ranked[:MOST_CLOCKS] if remaining[zones] > 0}
    for zones in ranked[MOST_CLOCKS:]:
        if remaining[zones] > 0:
            apart = {each: abs(_offset(each[0], question) - _offset(zones[0], question)) for each in kept}
            kept[min(kept, key=lambda each: (apart[each], each))] += remaining[zones]
    return kept


def _offset(name: str, question: Question) -> timedelta:
    return in_zone(name, question.now).utcoffset() or timedelta(0)


class _Hours:
    """Open minutes of every set of clocks, summed up day by day; on no day an agent works longer than a working day."""

    def __init__(self, work: Mapping[Zones, float], question: Question) -> None:
        self._work, self._question = work, question
        clocks = sorted(work)
        self._sets = [frozenset(each) for size in range(1, len(clocks) + 1) for each in combinations(clocks, size)]
        self._minutes = dict.fromkeys(self._sets, 0.0)
        self.total = sum(work.values())
        self.unknown: Refusal | None = None

    def walk(self, policy: Policy) -> Iterator[tuple[date, float]]:
        """Each day with the minutes in which any of the clocks is open, up to the farthest, or to an unknown day."""
        zone = zone_of(self._question.zone)
        if isinstance(zone, Refusal):
            self.unknown = zone
            return
        today = local_date(zone, self._question.now)
        last = max(FARTHEST_DAYS, (self._question.due - today).days if self._question.due else 0)
        for ahead in range(min(last, 2 * FARTHEST_DAYS) + 1):
            day = today + timedelta(days=ahead)
            # What began yesterday may still be open, and in some zones it is still yesterday.
            of_day = (day,) if ahead else (day - timedelta(days=1), day)
            found = {
                zones: [span for each in of_day for span in self._shared(policy, zones, each)] for zones in self._work
            }
            if self.unknown is not None:
                return
            for each in self._sets:
                minutes = _union([span for zones in each for span in found[zones]])
                self._minutes[each] += min(minutes, AGENT_MINUTES_PER_DAY)
            yield day, _union([span for each in found.values() for span in each])

    def done(self, agents: int) -> float:
        """Minutes of work that so many agents have done by now, if all share well."""
        return min([self.total, *(agents * self._minutes[each] + self.total - self._of(each) for each in self._sets)])

    def agents_needed(self) -> int | None:
        """So many have done everything by now; None where some clock had no hours yet."""
        most = 0
        for each in self._sets:
            if self._minutes[each] <= 0:
                return None
            most = max(most, math.ceil((self._of(each) - _NOTHING) / self._minutes[each]))
        return most

    def _of(self, clocks: _Set) -> float:
        return sum(self._work[zones] for zones in clocks)

    def _shared(self, policy: Policy, zones: Zones, day: date) -> list[_Span]:
        """What is open in all of them, from now on, in windows that begin on this day of the first one's own."""
        shared = self._open(policy, zones[0], day)
        for name in zones[1:]:
            beside = [day + timedelta(days=days) for days in (-1, 0, 1)]
            theirs = [span for each in beside for span in self._open(policy, name, each)]
            both = [(max(one[0], other[0]), min(one[1], other[1])) for one in shared for other in theirs]
            shared = [span for span in both if span[0] < span[1]]
        return shared

    def _open(self, policy: Policy, name: str, day: date) -> list[_Span]:
        zone, now = zone_of(name), utc(self._question.now)
        if isinstance(zone, Refusal):
            return []
        found = openings(policy.windows.hours, policy.calendar.days, zone, day)
        if isinstance(found, Refusal):
            self.unknown = found
            return []
        return [(each.from_(now), each.end) for each in found if each.end > now]


def _union(spans: Sequence[_Span]) -> float:
    """Minutes that lie in at least one of them."""
    total, reached = timedelta(0), None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total / timedelta(minutes=1)
