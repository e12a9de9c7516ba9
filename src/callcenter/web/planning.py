"""What the API and the pages of plans share: is what was given right, and why is a step not taken?"""

from collections.abc import Awaitable, Mapping

from aiohttp import web

from callcenter.domain.people import Plan
from callcenter.domain.plans.life import Element, Immovable, Unmovable
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of
from callcenter.engine.governing import policy_of
from callcenter.engine.plans import Doer, PlanChangedError, PlanNotFoundError, PlanTakenError
from callcenter.web.language import N_
from callcenter.web.parts import account_of, forbidden, parts_of, visitor_of, words_of
from callcenter.web.problems import FieldProblem, Problem

FIELDS: Mapping[Element, str] = {
    Element.PURPOSE: "purpose",
    Element.CONTENT: "content",
    Element.METHOD: "channel",
    Element.TIME: "ends_on",
    Element.OBJECT: "whom",
    Element.EXECUTOR: "agent_ids",
}
"""Where each element is told."""

LACKING: Mapping[Element, str] = {
    Element.PURPOSE: N_("The purpose is lacking."),
    Element.CONTENT: N_("The content, or the questionnaire, is lacking."),
    Element.METHOD: N_("The method is lacking."),
    Element.TIME: N_("The time is lacking: first and last day."),
    Element.OBJECT: N_("It is not said which customers."),
    Element.EXECUTOR: N_("It is not said who carries it out."),
}

TIME_PAST = N_("The last day lies in the past.")
REASON_LACKING = N_("Please give a reason.")
OWN_REASON_LACKING = N_("You approve your own plan, because nobody else may approve any; please give a reason.")


def doer_of(request: web.Request) -> Doer:
    return Doer(account_of(request), visitor_of(request).address)


async def plan_in_path(request: web.Request) -> Plan:
    """The one in the path. Raises Problem: not_found."""
    try:
        return await parts_of(request).plans.get(request.match_info["plan"])
    except PlanNotFoundError as error:
        raise Problem("not_found") from error


async def mistakes(request: web.Request, plan: Plan) -> dict[str, str]:
    """What is wrong with a plan, by field, in the reader's language."""
    parts, _ = parts_of(request), words_of(request)
    wrong = {}
    if isinstance(zone_of(plan.zone), Refusal):
        wrong["zone"] = _("This is no time zone; it is written like Asia/Shanghai.")
    elif await policy_of(parts.policies, plan, parts.service.clock.now()) is None:
        wrong["policy"] = _("No policy of this name is in force.")
    if plan.trunk not in parts.terms.trunks:
        wrong["trunk"] = _("There is no such trunk here; there are: {names}", names=_(", ").join(parts.terms.trunks))
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        wrong["ends_on"] = _("The last day lies before the first.")
    known = {agent.id for agent in await parts.people.agents()}
    if unknown := [each for each in plan.agent_ids if each not in known]:
        wrong["agent_ids"] = _("There is no such agent: {names}", names=_(", ").join(unknown))
    return wrong


async def done(request: web.Request, doing: Awaitable[Plan | Immovable], plan_id: str) -> Plan:
    """The plan after it. Raises Problem, also where it was not done; a right that lacks is written down."""
    try:
        after = await doing
    except PlanNotFoundError as error:
        raise Problem("not_found") from error
    except PlanChangedError as error:
        raise Problem("changed_meanwhile") from error
    except PlanTakenError as error:
        raise Problem("taken", N_("There is a plan of this id already.")) from error
    if isinstance(after, Immovable):
        if after.why is Unmovable.NO_RIGHT:
            raise await forbidden(request, "plan", plan_id, "plans")
        raise problem(request, after)
    return after


def problem(request: web.Request, against: Immovable) -> Problem:
    """Why it was not done, for who asked for it."""
    _ = words_of(request)
    match against.why:
        case Unmovable.OWN_PLAN:
            return Problem("own_plan")
        case Unmovable.NOT_A_DRAFT:
            return Problem("not_a_draft")
        case Unmovable.ELEMENTS_LACKING:
            lacking = [FieldProblem(field=FIELDS[each], message=_(LACKING[each])) for each in against.lacking]
            return Problem("plan_incomplete", errors=lacking)
        case Unmovable.TIME_PAST:
            return Problem("invalid", errors=[FieldProblem(field="ends_on", message=_(TIME_PAST))])
        case Unmovable.OWN_PLAN_NEEDS_REASON:
            return Problem("invalid", errors=[FieldProblem(field="reason", message=_(OWN_REASON_LACKING))])
        case Unmovable.REASON_LACKING:
            return Problem("invalid", errors=[FieldProblem(field="reason", message=_(REASON_LACKING))])
        case _:
            message = _("This does not follow the state in which the plan is.")
            return Problem("invalid", errors=[FieldProblem(field="state", message=message)])
