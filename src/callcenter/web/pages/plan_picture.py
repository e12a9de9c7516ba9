"""What is drawn of a plan: how far it is, and how its callbacks run out, day by day, as shapes of a small picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from callcenter.domain.forecasts.forecast import Forecast, ForecastDay
from callcenter.domain.plans.life import Progress

WIDTH, HEIGHT = 600.0, 120.0
"""Of the picture, in its own units; the page stretches it."""

MOST_POINTS = 120
EDGE = 1.0
"""Kept free above and below the line, so that its whole width is seen."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a bar. kind: a class of the style sheet. start, width: percent."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    """line: the points of the callbacks that are left, from the first day's morning. closed: stretches of days without
    open hours, each with its start and width. due, finish: where on the line of days; None where they are not on it.
    """

    line: str
    area: str
    closed: tuple[tuple[float, float], ...]
    due: float | None
    finish: float | None
    first: date
    last: date
    most: int


def bar(progress: Progress) -> tuple[Piece, ...]:
    """Done, given up, waiting for a decision, overdue, waiting: what there is of them, in this order."""
    parts = (
        ("done", progress.done),
        ("closed", progress.closed),
        ("stopped", progress.stopped),
        ("overdue", progress.overdue),
        ("waiting", progress.remaining - progress.overdue),
    )
    pieces, start = [], 0.0
    for kind, many in parts:
        width = 100 * many / progress.total if progress.total else 0.0
        if many > 0:
            pieces.append(Piece(kind, round(start, 3), round(width, 3)))
        start += width
    return tuple(pieces)


def picture(found: Forecast) -> Picture | None:
    """None where there is nothing to draw."""
    days = _shown(found)
    if not days or not found.remaining:
        return None
    step, most = WIDTH / len(days), found.remaining
    points = [(0.0, _y(most, most))]
    points += [((place + 1) * step, _y(each.left, most)) for place, each in enumerate(days)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Picture(
        line=line,
        area=f"0,{HEIGHT:.1f} {line} {points[-1][0]:.1f},{HEIGHT:.1f}",
        closed=_closed(days, step),
        due=_place(days, found.question.due, step),
        finish=_place(days, found.finishes_on, step),
        first=days[0].day,
        last=days[-1].day,
        most=most,
    )


def _closed(days: Sequence[ForecastDay], step: float) -> tuple[tuple[float, float], ...]:
    """Days that follow each other as one stretch: no seam is seen between them."""
    stretches, place = [], 0
    for shut, group in groupby(days, key=lambda each: each.open_minutes <= 0):
        many = len(tuple(group))
        if shut:
            stretches.append((round(place * step, 1), round(many * step, 1)))
        place += many
    return tuple(stretches)


def _shown(found: Forecast) -> Sequence[ForecastDay]:
    """As far as the plan runs; where it never ends, a while beyond its due day."""
    ends = [day for day in (found.question.due, found.finishes_on) if day is not None]
    known = [each for each in found.days if not ends or each.day <= max(ends)]
    return (known or found.days)[:MOST_POINTS]


def _y(left: float, most: int) -> float:
    return EDGE + (HEIGHT - 2 * EDGE) * (1 - left / most)


def _place(days: Sequence[ForecastDay], day: date | None, step: float) -> float | None:
    """The end of that day; drawn within the picture."""
    return next(
        (min(round((place + 1) * step, 1), WIDTH - EDGE) for place, each in enumerate(days) if each.day == day), None
    )
