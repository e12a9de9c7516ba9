"""The campaigns of callbacks: listed, added, started, paused, finished."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action
from callcenter.domain.people import PLAN_MOVES, Channel, Plan, PlanState, VisitType
from callcenter.domain.refusal import Refusal
from callcenter.domain.windows import in_zone, zone_of
from callcenter.web.api.answers import Answer, answer
from callcenter.web.asked import Asked, Name, Words, body_of
from callcenter.web.language import N_
from callcenter.web.parts import audit, parts_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class PlanShown(Answer):
    """A campaign of callbacks (C6-34)."""

    id: str
    name: str
    purpose: str = Field(description="Of its visits, where a callback has none of its own.")
    visit_type: VisitType
    channel: Channel
    policy: str = Field(description="Name of the policy that governs it.")
    zone: str = Field(description="IANA time zone of customers who have none of their own.")
    trunk: str = Field(description="The way to the telephone network.")
    state: PlanState = Field(description="Only callbacks of a running plan are handed out and dialled.")
    may_become: list[PlanState] = Field(description="The states it may be put into from here.")


class PlanList(Answer):
    items: list[PlanShown]


class NewPlan(Asked):
    id: Key = Field(description="Chosen by you; it never changes.")
    name: Name
    purpose: Words = ""
    visit_type: VisitType = VisitType.ROUTINE_CONTINUING
    channel: Channel = Channel.PHONE
    policy: Name = Field(description="Name of a policy that is in force.")
    zone: Words = Field(default="", description="IANA time zone; empty: the installation's.")
    trunk: Name = Field(description="One of the installation's trunks.")
    state: PlanState = PlanState.DRAFT


class PlanMove(Asked):
    before: PlanState | None = Field(default=None, description="The state in which it was read; another is a conflict.")
    state: PlanState = Field(description="The state that follows.")


async def list_plans(request: web.Request) -> web.Response:
    return answer(PlanList(items=[show_plan(plan) for plan in await parts_of(request).people.plans()]))


async def read_plan(request: web.Request) -> web.Response:
    return answer(show_plan(await _plan(request)))


async def add_plan(request: web.Request) -> web.Response:
    asked = await body_of(request, NewPlan)
    parts = parts_of(request)
    values = asked.model_dump()
    plan = Plan(**values | {"zone": asked.zone or parts.terms.zone})
    wrong = []
    if isinstance(zone_of(plan.zone), Refusal):
        wrong.append(FieldProblem(field="zone", message="is no time zone; it is written like Asia/Shanghai"))
    elif await parts.policies.in_force(plan.policy, in_zone(plan.zone, parts.service.clock.now())) is None:
        wrong.append(FieldProblem(field="policy", message="no policy of this name is in force"))
    if plan.trunk not in parts.terms.trunks:
        wrong.append(FieldProblem(field="trunk", message=f"is none of: {', '.join(parts.terms.trunks)}"))
    if wrong:
        raise Problem("invalid", errors=wrong)
    told = {"state": plan.state, "policy": plan.policy, "trunk": plan.trunk}
    async with parts.audit.together():
        if not await parts.people.new_plan(plan):
            raise Problem("taken", N_("There is a plan of this id already."))
        await audit(request, Action.PLAN_ADDED, "plan", plan.id, **told)
    return answer(show_plan(plan), 201)


async def move_plan(request: web.Request) -> web.Response:
    asked = await body_of(request, PlanMove)
    plan = await _plan(request)
    if asked.before not in {None, plan.state}:
        raise Problem("changed_meanwhile")
    if asked.state is plan.state:
        return answer(show_plan(plan))
    if asked.state not in PLAN_MOVES[plan.state]:
        fine = ", ".join(sorted(PLAN_MOVES[plan.state]))
        raise Problem("invalid", errors=[FieldProblem(field="state", message=f"after {plan.state} come: {fine}")])
    await put_into(request, plan, asked.state)
    return answer(show_plan(await _plan(request)))


async def put_into(request: web.Request, plan: Plan, state: PlanState) -> None:
    """The plan as it was seen goes into this state, and that is written down. Raises Problem: changed_meanwhile."""
    parts = parts_of(request)
    async with parts.audit.together():
        if not await parts.people.move_plan(plan.id, plan.state, state):
            raise Problem("changed_meanwhile")
        await audit(request, Action.PLAN_CHANGED, "plan", plan.id, before=plan.state, after=state)


async def plan_of(request: web.Request, key: str) -> Plan | None:
    return next((plan for plan in await parts_of(request).people.plans() if plan.id == key), None)


async def _plan(request: web.Request) -> Plan:
    plan = await plan_of(request, request.match_info["plan"])
    if plan is None:
        raise Problem("not_found")
    return plan


def show_plan(plan: Plan) -> PlanShown:
    return PlanShown(
        id=plan.id,
        name=plan.name,
        purpose=plan.purpose,
        visit_type=plan.visit_type,
        channel=plan.channel,
        policy=plan.policy,
        zone=plan.zone,
        trunk=plan.trunk,
        state=plan.state,
        may_become=sorted(PLAN_MOVES[plan.state]),
    )


READERS = frozenset({Permission.READ_QUEUE, Permission.USE_DESK})
_KEEPER = Permission.CHANGE_QUEUE
ROUTES = (
    Route("GET", "/plans", list_plans, READERS, "listPlans", "All plans, by id.", answer=PlanList),
    Route("GET", "/plans/{plan}", read_plan, READERS, "getPlan", "One plan.", answer=PlanShown),
    Route(
        "POST",
        "/plans",
        add_plan,
        _KEEPER,
        "addPlan",
        "A new plan.",
        body=NewPlan,
        answer=PlanShown,
        status=201,
        problems=("taken",),
    ),
    Route(
        "PATCH",
        "/plans/{plan}",
        move_plan,
        _KEEPER,
        "movePlan",
        "Start, pause or finish a plan.",
        body=PlanMove,
        answer=PlanShown,
        problems=("changed_meanwhile",),
    ),
)
