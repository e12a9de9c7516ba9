"""The campaigns of callbacks: listed, written, submitted, approved, started, paused, finished."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.people import Plan, PlanState
from callcenter.domain.plans.life import Progress, deed_to
from callcenter.web.api.answers import Answer, answer
from callcenter.web.api.plan_values import ChangedPlan, NewPlan, PlanElements, PlanShown, plan_from, show_plan
from callcenter.web.asked import Asked, Words, body_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.planning import doer_of, done, mistakes, plan_in_path
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route


class PlanList(Answer):
    items: list[PlanShown]


class PlanMove(Asked):
    before: PlanState | None = Field(default=None, description="The state in which it was read; another is a conflict.")
    state: PlanState = Field(
        description="The state that follows: `submitted`, `approved`, `running`, `paused`, `finished`, or `draft` for "
        "one that is returned, or shall be changed."
    )
    reason: Words = Field(default="", description="Needed for `draft`, and for approving your own plan.")
    version: int | None = Field(default=None, ge=1, description="As it was read; another is a conflict.")


async def list_plans(request: web.Request) -> web.Response:
    parts = parts_of(request)
    reads = account_of(request).may(Permission.READ_QUEUE)
    progress = await parts.plan_store.progress(parts.service.clock.now()) if reads else {}
    shown = [
        show_plan(plan, progress.get(plan.id, Progress()) if reads else None) for plan in await parts.people.plans()
    ]
    return answer(PlanList(items=shown))


async def read_plan(request: web.Request) -> web.Response:
    return await _told(request, await plan_in_path(request))


async def add_plan(request: web.Request) -> web.Response:
    asked = await body_of(request, NewPlan)
    if asked.state not in {PlanState.DRAFT, PlanState.RUNNING}:
        message = words_of(request)(N_("A new plan is a draft, or runs at once."))
        raise Problem("invalid", errors=[FieldProblem(field="state", message=message)])
    plan = await _checked(request, asked, asked.id)
    start = asked.state is PlanState.RUNNING
    adding = parts_of(request).plans.add(plan, doer_of(request), start=start, reason=asked.reason)
    return await _told(request, await done(request, adding, plan.id), 201)


async def change_plan(request: web.Request) -> web.Response:
    asked = await body_of(request, ChangedPlan)
    plan = await _checked(request, asked, (await plan_in_path(request)).id)
    changing = parts_of(request).plans.change(plan, asked.version, doer_of(request))
    return await _told(request, await done(request, changing, plan.id))


async def move_plan(request: web.Request) -> web.Response:
    asked = await body_of(request, PlanMove)
    plan = await plan_in_path(request)
    if asked.before not in {None, plan.state}:
        raise Problem("changed_meanwhile")
    if asked.state is plan.state:
        return await _told(request, plan)
    deed = deed_to(plan, asked.state)
    if deed is None:
        fine = ", ".join(show_plan(plan, None).may_become)
        raise Problem("invalid", errors=[FieldProblem(field="state", message=f"after {plan.state} come: {fine}")])
    version = plan.version if asked.version is None else asked.version
    moving = parts_of(request).plans.move(plan.id, deed, doer_of(request), reason=asked.reason, version=version)
    return await _told(request, await done(request, moving, plan.id))


async def plan_of(request: web.Request, key: str) -> Plan | None:
    return await parts_of(request).plan_store.get(key)


async def refuse_finished(request: web.Request, key: str) -> None:
    """A finished plan takes no more callbacks. Raises Problem: invalid."""
    plan = await plan_of(request, key)
    if plan is None or plan.state is PlanState.FINISHED:
        message = words_of(request)(N_("This plan is finished and takes no more callbacks."))
        raise Problem("invalid", errors=[FieldProblem(field="plan", message=message)])


async def _checked(request: web.Request, asked: PlanElements, plan_id: str) -> Plan:
    plan = plan_from(asked, plan_id, parts_of(request).terms.zone)
    if wrong := await mistakes(request, plan):
        raise Problem("invalid", errors=[FieldProblem(field=name, message=text) for name, text in wrong.items()])
    return plan


async def _told(request: web.Request, plan: Plan, status: int = 200) -> web.Response:
    parts, progress = parts_of(request), None
    if account_of(request).may(Permission.READ_QUEUE):
        progress = (await parts.plan_store.progress(parts.service.clock.now(), plan.id)).get(plan.id, Progress())
    return answer(show_plan(plan, progress), status)


READERS = frozenset({Permission.READ_QUEUE, Permission.USE_DESK})
KEEPERS = Permission.CHANGE_QUEUE
MOVERS = frozenset({Permission.CHANGE_QUEUE, Permission.APPROVE_PLANS})
ROUTES = (
    Route("GET", "/plans", list_plans, READERS, "listPlans", "All plans, by id.", answer=PlanList),
    Route("GET", "/plans/{plan}", read_plan, READERS, "getPlan", "One plan.", answer=PlanShown),
    Route(
        "POST",
        "/plans",
        add_plan,
        KEEPERS,
        "addPlan",
        "A new plan.",
        body=NewPlan,
        answer=PlanShown,
        status=201,
        problems=("taken", "plan_incomplete", "own_plan"),
    ),
    Route(
        "PUT",
        "/plans/{plan}",
        change_plan,
        KEEPERS,
        "changePlan",
        "Change a draft: all of it is given anew.",
        body=ChangedPlan,
        answer=PlanShown,
        problems=("changed_meanwhile", "not_a_draft"),
    ),
    Route(
        "PATCH",
        "/plans/{plan}",
        move_plan,
        MOVERS,
        "movePlan",
        "Submit, approve, return, start, pause or finish a plan.",
        body=PlanMove,
        answer=PlanShown,
        problems=("changed_meanwhile", "plan_incomplete", "own_plan"),
    ),
)
