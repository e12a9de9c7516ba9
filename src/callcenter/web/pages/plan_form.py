"""Writing a plan, and changing a draft."""

from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.people import Channel, Plan, PlanState, VisitType
from callcenter.domain.plans.life import Immovable
from callcenter.engine.plans import PlanTakenError
from callcenter.web.api.plan_values import LONGEST_CONTENT, Key, Names, PlanElements, plan_from
from callcenter.web.api.plans import KEEPERS
from callcenter.web.asked import Asked, Day, Name, Words
from callcenter.web.language import N_
from callcenter.web.pages.forms import Filled, Form, FormError, checked, fields_of, go, with_error
from callcenter.web.pages.plan_names import policy_names, script_names
from callcenter.web.pages.rendering import render
from callcenter.web.parts import parts_of, words_of
from callcenter.web.planning import doer_of, done, mistakes, plan_in_path
from callcenter.web.routes import Route

UNPROCESSABLE = 422
SEVERAL = ("other_channels", "agent_ids", "departments")
NEW = "/plans/-new"
"""No plan's id begins so."""


class PlanForm(Asked):
    """As the fields of the page have it: lists one a line, the rest as the API takes it."""

    name: Name
    purpose: Words = ""
    visit_type: VisitType
    channel: Channel
    other_channels: list[Channel] = Field(default_factory=list, max_length=10)
    policy: Name
    zone: Words = ""
    trunk: Name
    content: str = Field(default="", max_length=LONGEST_CONTENT)
    script: Words = ""
    starts_on: Day | None = None
    ends_on: Day | None = None
    whom: Words = ""
    lists: str = Field(default="", max_length=LONGEST_CONTENT)
    agent_ids: Names = Field(default_factory=list)
    departments: Names = Field(default_factory=list)


class NewPlanForm(PlanForm):
    id: Key


class ChangeForm(PlanForm):
    version: int = Field(ge=1)


async def new_page(request: web.Request) -> web.Response:
    terms = parts_of(request).terms
    start = {
        "zone": terms.zone,
        "visit_type": VisitType.ROUTINE_CONTINUING.value,
        "channel": Channel.PHONE.value,
        "trunk": terms.trunks[0] if terms.trunks else "",
    }
    return await _page(request, None, Form(start))


async def add_plan(request: web.Request) -> web.Response:
    given = await fields_of(request, SEVERAL)
    try:
        filled = checked(given, NewPlanForm, words_of(request))
        plan = await _plan(request, filled, filled.model.id)
        try:
            await parts_of(request).plans.add(plan, doer_of(request))
        except PlanTakenError as error:
            told = words_of(request)(N_("There is a plan of this id already."))
            raise FormError(with_error(filled.form, id=told)) from error
    except FormError as error:
        return await _page(request, None, error.form, UNPROCESSABLE)
    raise go(f"/plans/{plan.id}", "plan_added")


async def edit_page(request: web.Request) -> web.Response:
    plan = await plan_in_path(request)
    return await _page(request, plan, Form(_values(plan)))


async def change_plan(request: web.Request) -> web.Response:
    before = await plan_in_path(request)
    given = await fields_of(request, SEVERAL)
    try:
        filled = checked(given, ChangeForm, words_of(request))
        plan = await _plan(request, filled, before.id)
    except FormError as error:
        return await _page(request, before, error.form, UNPROCESSABLE)
    changing: Awaitable[Plan | Immovable] = parts_of(request).plans.change(plan, filled.model.version, doer_of(request))
    await done(request, changing, plan.id)
    raise go(f"/plans/{plan.id}", "plan_changed")


async def _plan(request: web.Request, filled: Filled[Any], plan_id: str) -> Plan:
    """What was filled in, as a draft. Raises FormError."""
    form: PlanForm = filled.model
    told = form.model_dump(exclude={"id", "version", "lists"})
    lists = [line.strip()[:200] for line in form.lists.splitlines() if line.strip()]
    plan = plan_from(PlanElements(**told, lists=lists[:200]), plan_id, parts_of(request).terms.zone)
    if wrong := await mistakes(request, plan):
        raise FormError(with_error(filled.form, **wrong))
    return plan


def _values(plan: Plan) -> Mapping[str, Any]:
    told = {name: getattr(plan, name) for name in PlanForm.model_fields}
    return {
        **{name: _field(value) for name, value in told.items()},
        "lists": "\n".join(plan.lists),
        "version": str(plan.version),
    }


def _field(value: object) -> object:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


async def _page(request: web.Request, plan: Plan | None, form: Form, status: int = 200) -> web.Response:
    parts = parts_of(request)
    agents = await parts.people.agents()
    policies = await policy_names(request)
    if form["policy"]:
        policies.setdefault(str(form["policy"]), str(form["policy"]))
    own = form["departments"] or []
    values = {
        "plan": plan,
        "form": form,
        "new": NEW,
        "agents": [(agent.id, f"{agent.name} · {agent.staff_number}") for agent in agents],
        "departments": [
            (each, each) for each in sorted({*own, *(agent.department for agent in agents if agent.department)})
        ],
        "channels": tuple(Channel),
        "kinds": tuple(VisitType),
        "policies": list(policies.items()),
        "scripts": list((await script_names(request)).items()),
        "trunks": [(name, name) for name in parts.terms.trunks],
        "longest": LONGEST_CONTENT,
        "locked": plan is not None and plan.state is not PlanState.DRAFT,
    }
    return render(request, "plan_form.html", values, status)


ROUTES = (
    Route("GET", NEW, new_page, KEEPERS, "pageNewPlan", page=True),
    Route("POST", "/plans", add_plan, KEEPERS, "pageAddPlan", page=True),
    Route("GET", "/plans/{plan}/edit", edit_page, KEEPERS, "pageEditPlan", page=True),
    Route("POST", "/plans/{plan}/edit", change_plan, KEEPERS, "pageChangePlan", page=True),
)
