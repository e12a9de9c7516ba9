"""Can the target be met: all that a plan has left, worked off by its due day, with these agents and windows?

Agents' time is shared among the customers' zones day by day. For any set of zones, what is left there cannot be done
before the hours in which at least one of them is open are enough for it, and if that holds for every set, it can: so
the work done by the end of a day is the least, over all sets of zones, of what the hours of that set allow plus what is
left outside it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from callcenter.domain.forecasts.forecast_figures import AGENT_MINUTES_PER_DAY, Figures
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import Opening, local_date, openings, zone_of

FARTHEST_DAYS = 366
"""So far ahead a finishing day is looked for."""

MOST_ZONES = 6
"""So many zones, those with most callbacks, are told apart; the others count as the nearest of them by the clock."""

Zones = frozenset[str]


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
    """remaining: callbacks that are not done, by the IANA zone of their customers. zone: the plan's, whose days are
    counted. now: UTC; nothing is dialled before it. due: the last local day, included; None for none.
    """

    remaining: Mapping[str, int]
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
    the due day. finishes_on: None where it is not within a year, or never. shortfall: callbacks that are not done by
    the due day. agents_needed: to be done by it; None where no number of them is enough, or nothing is due. days: from
    today on, one after another. unknown: why the days after these are not known.
    """

    answer: Answer
    question: Question
    figures: Figures
    callbacks_per_day: float
    open_minutes: float
    finishes_on: date | None
    shortfall: int
    agents_needed: int | None
    days: tuple[ForecastDay, ...]
    unknown: Refusal | None = None

    @property
    def remaining(self) -> int:
        return sum(self.question.remaining.values())


def forecast(question: Question, figures: Figures, policy: Policy) -> Forecast:
    """What may be expected, by these figures."""
    agents, per_callback = max(0, question.agents), figures.minutes_per_callback
    work = {zone: many * per_callback for zone, many in _gathered(question).items()}
    hours = _Hours(work, question, policy)
    total, days, finishes_on, needed = sum(work.values()), [], None, None
    for day, open_minutes in hours.walk():
        done = hours.done(agents)
        days.append(ForecastDay(day, open_minutes, (total - done) / per_callback))
        if finishes_on is None and done >= total - _NOTHING:
            finishes_on = day
        if day == question.due:
            needed = hours.agents_needed()
        if finishes_on is not None and (question.due is None or day >= question.due):
            break
    by_due = [each for each in days if question.due is None or each.day <= question.due]
    past = bool(days) and not by_due
    shortfall = math.ceil(by_due[-1].left - _NOTHING) if by_due else math.ceil(total / per_callback)
    return Forecast(
        answer=Answer.DUE_PAST if past and total else _answer(question, total, by_due, finishes_on, hours.unknown),
        question=question,
        figures=figures,
        callbacks_per_day=_per_day(by_due, agents, per_callback),
        open_minutes=sum(each.open_minutes for each in by_due),
        finishes_on=finishes_on,
        shortfall=0 if question.due is None else max(0, shortfall),
        agents_needed=needed if total else 0,
        days=tuple(days),
        unknown=hours.unknown,
    )


_NOTHING = 1e-6
"""Callbacks or minutes too few to be meant."""


def _answer(
    question: Question, total: float, by_due: Sequence[ForecastDay], finishes_on: date | None, unknown: Refusal | None
) -> Answer:
    due = question.due
    if not total:
        return Answer.NOTHING_LEFT
    if due is not None and finishes_on is not None and finishes_on <= due:
        return Answer.MET
    if unknown is not None and (due is None or not by_due or by_due[-1].day < due):
        return Answer.NO_CALENDAR
    if not any(each.open_minutes for each in by_due):
        return Answer.NO_HOURS
    if question.agents <= 0:
        return Answer.NO_AGENTS
    return Answer.OPEN_END if due is None else Answer.NOT_MET


def _per_day(days: Sequence[ForecastDay], agents: int, per_callback: float) -> float:
    usable = [min(each.open_minutes, AGENT_MINUTES_PER_DAY) for each in days if each.open_minutes]
    return agents * sum(usable) / len(usable) / per_callback if usable else 0.0


def _gathered(question: Question) -> dict[str, int]:
    """At most MOST_ZONES zones with all callbacks. An unknown zone stays: nothing is open in it."""
    ranked = sorted(question.remaining, key=lambda zone: (-question.remaining[zone], zone))
    kept = {zone: question.remaining[zone] for zone in ranked[:MOST_ZONES] if question.remaining[zone] > 0}
    for zone in ranked[MOST_ZONES:]:
        if question.remaining[zone] > 0:
            nearest = min(kept, key=lambda each: (abs(_offset(each, question) - _offset(zone, question)), each))
            kept[nearest] += question.remaining[zone]
    return kept


def _offset(name: str, question: Question) -> timedelta:
    zone = zone_of(name)
    return timedelta(0) if isinstance(zone, Refusal) else question.now.astimezone(zone).utcoffset() or timedelta(0)


class _Hours:
    """Open minutes of every set of zones, summed up day by day; on no day an agent works longer than a working day."""

    def __init__(self, work: Mapping[str, float], question: Question, policy: Policy) -> None:
        self._work, self._question, self._policy = work, question, policy
        zones = sorted(work)
        self._sets = [frozenset(each) for size in range(1, len(zones) + 1) for each in combinations(zones, size)]
        self._minutes = dict.fromkeys(self._sets, 0.0)
        self.unknown: Refusal | None = None

    def walk(self) -> Iterator[tuple[date, float]]:
        """Each day with the minutes in which any of the zones is open, up to the farthest, or to an unknown day."""
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
            found = {name: [span for each in of_day for span in self._openings(name, each)] for name in self._work}
            if self.unknown is not None:
                return
            for each in self._sets:
                minutes = _union([opening for name in each for opening in found[name]])
                self._minutes[each] += min(minutes, AGENT_MINUTES_PER_DAY)
            yield day, _union([opening for each in found.values() for opening in each])

    def done(self, agents: int) -> float:
        """Minutes of work that so many agents have done by now, if all share well."""
        total = sum(self._work.values())
        return min([total, *(agents * self._minutes[each] + total - self._of(each) for each in self._sets)])

    def agents_needed(self) -> int | None:
        """So many have done everything by now; None where some zone has no hours."""
        most = 0
        for each in self._sets:
            if self._minutes[each] <= 0:
                return None
            most = max(most, math.ceil((self._of(each) - _NOTHING) / self._minutes[each]))
        return most

    def _of(self, zones: Zones) -> float:
        return sum(self._work[zone] for zone in zones)

    def _openings(self, name: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """What is open, from now on, in windows that begin on this day of the zone's own; none in an unknown zone."""
        zone, now = zone_of(name), utc(self._question.now)
        if isinstance(zone, Refusal):
            return ()
        found = openings(self._policy.windows.hours, self._policy.calendar.days, zone, day)
        if isinstance(found, Refusal):
            self.unknown = found
            return ()
        return tuple(_from(now, each) for each in found if each.end > now)


def _from(now: datetime, opening: Opening) -> tuple[datetime, datetime]:
    return opening.from_(now), opening.end


def _union(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """Minutes that lie in at least one of them."""
    total, reached = timedelta(0), None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total / timedelta(minutes=1)
