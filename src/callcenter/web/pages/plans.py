"""The plans: how far each is, one with its elements, its forecast and its history, and the steps it takes."""

from collections.abc import Sequence

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.forecasts.forecast_figures import AGENT_MINUTES_PER_DAY
from callcenter.domain.people import Plan, PlanState
from callcenter.domain.plans.life import (
    Element,
    Immovable,
    PlanDeed,
    PlanStep,
    Progress,
    Unmovable,
    deed_to,
    deeds_of,
    lacking,
    target_of,
)
from callcenter.domain.refusal import Refusal
from callcenter.engine.plans import PlanChangedError
from callcenter.web.api.plan_forecast import MOST_AGENTS
from callcenter.web.api.plans import MOVERS
from callcenter.web.asked import Asked, Words
from callcenter.web.language import N_
from callcenter.web.pages.forms import FormError, checked, fields_of, go
from callcenter.web.pages.plan_names import names_of
from callcenter.web.pages.plan_picture import bar, picture
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of
from callcenter.web.parts import account_of, forbidden, parts_of, words_of
from callcenter.web.planning import doer_of, plan_in_path, problem
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

ORDER = (
    PlanState.SUBMITTED,
    PlanState.RUNNING,
    PlanState.PAUSED,
    PlanState.APPROVED,
    PlanState.DRAFT,
    PlanState.FINISHED,
)
"""On the list: what waits for somebody comes first."""

TAGS = {PlanState.RUNNING: "good", PlanState.PAUSED: "warn", PlanState.SUBMITTED: "warn", PlanState.APPROVED: "good"}
BUTTONS = {
    PlanDeed.SUBMIT: (N_("Submit"), N_("Then it waits for somebody else to approve it, and is not changed meanwhile.")),
    PlanDeed.APPROVE: (N_("Approve"), N_("As it stands here, it may be started.")),
    PlanDeed.RETURN: (N_("Return to draft"), N_("It can be changed again, and must be submitted anew.")),
    PlanDeed.START: (N_("Start"), N_("Its callbacks are handed out and dialled from its first day on.")),
    PlanDeed.PAUSE: (N_("Pause"), N_("Nothing of it is dialled until it runs again. Calls that go on are not ended.")),
    PlanDeed.RESUME: (N_("Run again"), N_("Its callbacks are handed out and dialled again.")),
    PlanDeed.REVISE: (
        N_("Take back to change"),
        N_("It becomes a draft: nothing of it is dialled until it is submitted, approved and started again."),
    ),
    PlanDeed.FINISH: (
        N_("Finish"),
        N_("Nothing more of it is dialled, and it takes no more callbacks. Calls that go on are not ended."),
    ),
    PlanDeed.REOPEN: (N_("Open again"), N_("It was finished too early. It is not dialled before it runs again.")),
}
HARM = frozenset({PlanDeed.PAUSE, PlanDeed.FINISH, PlanDeed.REVISE, PlanDeed.RETURN})
FIRST = frozenset({PlanDeed.SUBMIT, PlanDeed.APPROVE, PlanDeed.START, PlanDeed.RESUME})
UNPROCESSABLE = 422


class MoveForm(Asked):
    before: PlanState
    state: PlanState
    version: int | None = Field(default=None, ge=1)
    reason: Words = ""


class WhatIf(Asked):
    agents: int | None = Field(default=None, ge=0, le=MOST_AGENTS)


async def plans_page(request: web.Request) -> web.Response:
    parts = parts_of(request)
    progress = await parts.plan_store.progress(parts.service.clock.now())
    every = sorted(await parts.people.plans(), key=lambda plan: (ORDER.index(plan.state), plan.id))
    shown = [(plan, of, bar(of)) for plan in every for of in (progress.get(plan.id, Progress()),)]
    return render(request, "plans.html", {"plans": shown, "tags": TAGS})


async def plan_page(request: web.Request) -> web.Response:
    return await _page(request, await plan_in_path(request))


async def _page(request: web.Request, plan: Plan, status: int = 200, told: Problem | None = None) -> web.Response:
    parts, account = parts_of(request), account_of(request)
    progress = (await parts.plan_store.progress(parts.service.clock.now(), plan.id)).get(plan.id, Progress())
    asked = asked_of(request, WhatIf)[0] if request.method == "GET" else None
    found = await parts.plans.forecast(plan, agents=asked.agents if asked else None)
    steps = await parts.plans.history(plan.id)
    names = {agent.id: f"{agent.name} · {agent.staff_number}" for agent in await parts.people.agents()}
    policy_name, script_name = await names_of(request, plan)
    values = {
        "plan": plan,
        "policy_name": policy_name,
        "script_name": script_name,
        "tags": TAGS,
        "progress": progress,
        "pieces": bar(progress),
        "lacking": lacking(plan),
        "elements": tuple(Element),
        "executors": [names.get(each, each) for each in plan.agent_ids],
        "moves": [(deed, target_of(plan, deed), *BUTTONS[deed]) for deed in deeds_of(plan, account.rights)],
        "first": FIRST,
        "harm": HARM,
        "reasons": frozenset({PlanDeed.RETURN, PlanDeed.REVISE}),
        "returned": _returned(plan, steps),
        "own": plan.submitted_by == account.id,
        "steps": list(reversed(steps)),
        "forecast": None if isinstance(found, Refusal) else found,
        "refusal": found if isinstance(found, Refusal) else None,
        "picture": None if isinstance(found, Refusal) else picture(found),
        "hours_a_day": f"{AGENT_MINUTES_PER_DAY / 60:g}",
        "told": told.details(words_of(request)) if told else None,
    }
    return render(request, "plan.html", values, status)


async def move_plan(request: web.Request) -> web.Response:
    plan = await plan_in_path(request)
    try:
        asked = checked(await fields_of(request), MoveForm, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    deed = deed_to(plan, asked.state)
    if asked.before is not plan.state or deed is None:
        raise Problem("changed_meanwhile")
    try:
        after = await parts_of(request).plans.move(
            plan.id, deed, doer_of(request), reason=asked.reason, version=asked.version or plan.version
        )
    except PlanChangedError as error:
        raise Problem("changed_meanwhile") from error
    if isinstance(after, Immovable):
        if after.why is Unmovable.NO_RIGHT:
            raise await forbidden(request, "plan", plan.id, "plans")
        against = problem(request, after)
        return await _page(request, plan, against.status, against)
    raise go(f"/plans/{plan.id}", "plan_changed")


def _returned(plan: Plan, steps: Sequence[PlanStep]) -> PlanStep | None:
    """Why it is a draft again; None for one that was never more."""
    if plan.state is not PlanState.DRAFT:
        return None
    return next((step for step in reversed(steps) if step.deed in {PlanDeed.RETURN, PlanDeed.REVISE}), None)


_READ = Permission.READ_QUEUE
ROUTES = (
    Route("GET", "/plans", plans_page, _READ, "pagePlans", page=True),
    Route("GET", "/plans/{plan}", plan_page, _READ, "pagePlan", page=True),
    Route("POST", "/plans/{plan}", move_plan, MOVERS, "pageMovePlan", page=True),
)
