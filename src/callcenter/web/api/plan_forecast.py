"""What became of a plan, and what may be expected of it."""

from datetime import date

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.forecasts.forecast import Answer as ForecastAnswer
from callcenter.domain.forecasts.forecast import Forecast
from callcenter.domain.forecasts.forecast_figures import AGENT_MINUTES_PER_DAY, Basis, Figure
from callcenter.domain.people import PlanState
from callcenter.domain.plans.life import PlanDeed, PlanStep
from callcenter.domain.refusal import Refusal
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import Asked, Day, query_of
from callcenter.web.parts import parts_of
from callcenter.web.planning import plan_in_path
from callcenter.web.problems import refused
from callcenter.web.routes import Route

MOST_AGENTS = 10_000


class ForecastAsked(Asked):
    """What if?"""

    agents: int | None = Field(default=None, ge=0, le=MOST_AGENTS, description="Instead of the plan's executors.")
    due: Day | None = Field(default=None, description="Instead of the plan's last day.")


class FigureShown(Answer):
    value: float
    basis: Basis = Field(description="`measured` in this plan's own dials, `derived` from others, or `assumed` by us.")
    sample: int = Field(description="In so many dials, or callbacks, it was measured; 0 where it was not.")


class FiguresShown(Answer):
    answer_rate: FigureShown = Field(description="Share of the dials that end in a talk.")
    dials_per_callback: FigureShown = Field(description="Until it is done or given up.")
    minutes_per_dial: FigureShown = Field(description="Of an agent, visit log and pause included.")
    agent_minutes_per_day: float = Field(description="No agent dials longer; assumed by us.")
    reached_share: float = Field(description="Of the callbacks, those that end in a talk.")


class DayShown(Answer):
    day: date
    open_minutes: float
    left: float = Field(description="Callbacks that are not done at its end.")


class ForecastShown(Answer):
    """Can all be worked off by the due day, with these agents and windows?"""

    answer: ForecastAnswer
    remaining: int
    agents: int
    due: date | None = Field(description="The plan's last day; without one, that on which its last callback is due.")
    callbacks_per_day: float
    open_minutes: float = Field(description="In which some customer may be called, up to the due day.")
    never: int = Field(description="Of the remaining: no window of their time zones ever opens.")
    finishes_on: date | None = Field(
        description="When all that can be called are done. Null where that is not within a year, or not known."
    )
    shortfall: int = Field(description="Callbacks that are not done by the due day.")
    agents_needed: int | None = Field(description="For the due day; null where no number is enough, or nothing is due.")
    figures: FiguresShown
    days: list[DayShown]


class StepShown(Answer):
    at: Instant
    by: str = Field(description="Login.")
    deed: PlanDeed
    before: PlanState | None
    after: PlanState
    reason: str
    version: int = Field(description="The plan's, after it.")
    detail: dict[str, str]


class PlanHistory(Answer):
    items: list[StepShown] = Field(description="The oldest first.")


async def forecast_plan(request: web.Request) -> web.Response:
    asked, parts = query_of(request, ForecastAsked), parts_of(request)
    plan = await plan_in_path(request)
    found = await parts.plans.forecast(plan, agents=asked.agents, due=asked.due)
    if isinstance(found, Refusal):
        raise refused(found, parts.terms.zone)
    return answer(show_forecast(found))


async def plan_history(request: web.Request) -> web.Response:
    plan = await plan_in_path(request)
    steps = await parts_of(request).plans.history(plan.id)
    return answer(PlanHistory(items=[_step(step) for step in steps]))


def show_forecast(found: Forecast) -> ForecastShown:
    figures = found.figures
    return ForecastShown(
        answer=found.answer,
        remaining=found.remaining,
        agents=found.question.agents,
        due=found.question.due,
        callbacks_per_day=round(found.callbacks_per_day, 2),
        open_minutes=round(found.open_minutes, 2),
        never=found.never,
        finishes_on=found.finishes_on,
        shortfall=found.shortfall,
        agents_needed=found.agents_needed,
        figures=FiguresShown(
            answer_rate=_figure(figures.answer_rate),
            dials_per_callback=_figure(figures.dials_per_callback),
            minutes_per_dial=_figure(figures.minutes_per_dial),
            agent_minutes_per_day=AGENT_MINUTES_PER_DAY,
            reached_share=round(figures.reached_share, 4),
        ),
        days=[DayShown(day=each.day, open_minutes=each.open_minutes, left=round(each.left, 2)) for each in found.days],
    )


def _figure(figure: Figure) -> FigureShown:
    return FigureShown(value=round(figure.value, 4), basis=figure.basis, sample=figure.sample)


def _step(step: PlanStep) -> StepShown:
    same = {name: getattr(step, name) for name in StepShown.model_fields if name not in {"by", "detail"}}
    return StepShown(**same, by=step.login, detail=dict(step.detail))


_READS = Permission.READ_QUEUE
ROUTES = (
    Route(
        "GET",
        "/plans/{plan}/forecast",
        forecast_plan,
        _READS,
        "forecastPlan",
        "Can the plan be worked off by its due day?",
        query=ForecastAsked,
        answer=ForecastShown,
        problems=("refused",),
    ),
    Route(
        "GET",
        "/plans/{plan}/history",
        plan_history,
        _READS,
        "planHistory",
        "Every step of a plan: who, when, why.",
        answer=PlanHistory,
    ),
)
