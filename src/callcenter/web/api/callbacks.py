"""The queue: who is to be called, why not yet, and the next one for me."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action
from callcenter.domain.dials.numbers_of import NumberWhy
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.intake.ids import CaseIds
from callcenter.domain.people import Callback, CallbackState, Customer, Plan, VisitType
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, ListPart, Place, searched
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.instant import NaiveInstantError, utc
from callcenter.domain.times.windows import zone_of
from callcenter.domain.visits.exhaustion import closing_of
from callcenter.domain.words.sentences import number_sentence, sentence
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, Page, Paged, RefusalShown, answer, from_cursor, to_cursor
from callcenter.web.api.cases import CallbackRead, CallbackShown, show_callback
from callcenter.web.api.decided import show_decision
from callcenter.web.api.plans import READERS, plan_of, refuse_finished
from callcenter.web.asked import Asked, Moment, Name, Words, body_of, query_of
from callcenter.web.callers import CallerShown, show_callers
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem, refused
from callcenter.web.routes import Route
from callcenter.web.shown import show_explanation

MOST_NUMBERS = 5
LONGEST_KEY = 200
PRIORITIES = range(10)


class CallbacksAsked(Paged):
    order: CallbackOrder = Field(
        default=CallbackOrder.QUEUE, description="queue: due date, priority, age, as they are handed out; or newest."
    )
    plan: str = Field(default="", max_length=LONGEST_KEY, description="Id of a plan.")
    state: CallbackState | None = None
    mine: bool = Field(default=False, description="Only those that I have.")
    search: str = Field(
        default="",
        max_length=100,
        description="Part of the customer's name or organisation, the beginning of the callback's id, or the end of a "
        "number; of a number that you see masked, at most its last 4 digits.",
    )
    due_before: Moment | None = Field(default=None, description="Due earlier than this instant.")
    due_from: Moment | None = Field(default=None, description="Due at this instant or later.")


class CountsAsked(Asked):
    plan: str = Field(default="", max_length=LONGEST_KEY, description="Id of a plan.")
    mine: bool = Field(default=False, description="Only those that I have.")
    due_before: Moment | None = Field(default=None, description="Due earlier than this instant.")
    due_from: Moment | None = Field(default=None, description="Due at this instant or later.")


class CallbackCounts(Answer):
    """How many callbacks you may see; a state in which there is none is left out."""

    total: int
    states: dict[CallbackState, int]
    plans: dict[str, dict[CallbackState, int]] = Field(description="By plan id.")


class NewCallback(Asked):
    plan: Name = Field(description="Id of the plan.")
    name: Name = Field(description="The customer's.")
    numbers: list[Annotated[str, StringConstraints(min_length=1, max_length=40)]] = Field(
        min_length=1, max_length=MOST_NUMBERS, description="The first is dialled; with + or as inside the country."
    )
    organisation: Words = ""
    zone: Words = Field(default="", description="IANA time zone; empty: the plan's.")
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")] = "zh"
    manager: Words = Field(default="", description="Whose customer it is, for conflicts of interest (C6-08).")
    department: Words = Field(default="", description="The manager's.")
    job_title: Words = Field(default="", description="What the customer is where he works (N1-09).")
    product: Words = Field(default="", description="What the customer has of the institution's.")
    needs: Words = Field(default="", description="What is special about the customer (N1-09).")
    purpose: Words = Field(default="", description="Of this visit; empty: the plan's.")
    visit_type: VisitType | None = Field(default=None, description="null: the plan's.")
    due_at: Moment = Field(description="By when the customer is to be reached.")
    priority: int = Field(default=0, ge=0, le=9)
    external: Words = Field(
        default="", description="Your own number of the case: two callbacks of one plan never share one."
    )


class NextCallback(Answer):
    callback: CallbackShown | None = Field(description="It stays with you for a while; null: none can be called now.")


class VerdictShown(Answer):
    rule: Rule
    ok: bool = Field(description="Whether this rule lets the dial pass.")
    refusal: RefusalShown | None


class ExplanationShown(Answer):
    """Why a callback can or cannot be called now."""

    callback: CallbackShown
    policy: str | None = Field(description="Name and version of the policy that was asked.")
    callable_now: bool
    refusal: RefusalShown | None = Field(description="The first rule that refuses.")
    possible_at: Instant | None = Field(description="When all rules would agree; null: not by waiting alone.")
    number: str | None = Field(description="Which would be dialled, masked.")
    number_why: NumberWhy | None = Field(description="Why that one; null where no policy says so.")
    next_numbers: list[str] = Field(description="Those that follow by the retry rules, masked.")
    verdicts: list[VerdictShown] = Field(description="Every rule, in the order in which they are asked.")
    callers: list[CallerShown] = Field(
        default_factory=list,
        description="Every agent, and why he may not call; empty for who does not read the whole queue.",
    )


class ExplanationAsked(Asked):
    agent: str = Field(
        default="",
        max_length=LONGEST_KEY,
        description="For which agent; agents ask for themselves, others for anybody.",
    )


async def list_callbacks(request: web.Request) -> web.Response:
    asked, account = query_of(request, CallbacksAsked), account_of(request)
    whole = account.may(Permission.SEE_NUMBERS)
    text, digits = searched(asked.search, whole_numbers=whole)
    wanted = CallbackFilter(
        plan_id=asked.plan,
        states=frozenset({asked.state} if asked.state else ()),
        leased_to=mine.agent_of(request) if asked.mine else "",
        due_before=asked.due_before,
        due_from=asked.due_from,
        text=text,
        digits=digits,
        visible_to=_visible_to(request),
    )
    part = ListPart(asked.order, asked.limit, _place(asked))
    found = await parts_of(request).listings.callbacks(wanted, part)
    following = to_cursor((asked.order, *_values(found.next))) if found.next else None
    items = [show_callback(case, whole=whole) for case in found.cases]
    return answer(Page[CallbackShown](items=items, next=following))


async def count_callbacks(request: web.Request) -> web.Response:
    asked = query_of(request, CountsAsked)
    wanted = CallbackFilter(
        plan_id=asked.plan,
        leased_to=mine.agent_of(request) if asked.mine else "",
        due_before=asked.due_before,
        due_from=asked.due_from,
        visible_to=_visible_to(request),
    )
    plans = {plan: dict(states) for plan, states in (await parts_of(request).listings.counts(wanted)).items()}
    states: dict[CallbackState, int] = {}
    for counts in plans.values():
        for state, count in counts.items():
            states[state] = states.get(state, 0) + count
    return answer(CallbackCounts(total=sum(states.values()), states=states, plans=plans))


def _visible_to(request: web.Request) -> str | None:
    """Who reads the queue sees all. Raises Problem: refused, where who uses a desk is no agent."""
    return None if account_of(request).may(Permission.READ_QUEUE) else mine.agent_of(request)


def _place(asked: CallbacksAsked) -> Place | None:
    """Where the page begins. Raises Problem: invalid."""
    found = from_cursor(asked.cursor, tuple[CallbackOrder, datetime, int, datetime, str])
    if found is None:
        return None
    order, due_at, priority, created_at, key = found
    if order is not asked.order:
        raise _bad_cursor()
    return place_at(due_at, priority, created_at, key)


def place_at(due_at: datetime, priority: int, created_at: datetime, key: str) -> Place:
    """What a cursor says, where it can be true. Raises Problem: invalid."""
    try:
        place = Place(utc(due_at), priority, utc(created_at), key)
    except (OverflowError, NaiveInstantError) as error:
        raise _bad_cursor() from error
    if priority not in PRIORITIES or not key.isprintable():
        raise _bad_cursor()
    return place


def _bad_cursor() -> Problem:
    return Problem("invalid", errors=[FieldProblem(field="cursor", message=N_("is none of this list"))])


def _values(place: Place) -> tuple[object, ...]:
    return place.due_at, place.priority, place.created_at, place.id


async def add_callback(request: web.Request) -> web.Response:
    asked = await body_of(request, NewCallback)
    parts = parts_of(request)
    plan = await plan_of(request, asked.plan)
    if plan is None:
        raise Problem("invalid", errors=[FieldProblem(field="plan", message=N_("there is no such plan"))])
    numbers = _numbers(request, asked, plan)
    if asked.zone and isinstance(zone_of(asked.zone), Refusal):
        message = N_("is no time zone; it is written like Asia/Shanghai")
        raise Problem("invalid", errors=[FieldProblem(field="zone", message=message)])
    ids = CaseIds(await parts.imports.id_key())
    customer = _customer(asked, numbers, ids)
    callback = Callback(
        id=ids.callback(plan.id, asked.external, "", numbers[0], asked.name, asked.purpose),
        plan_id=plan.id,
        customer_id=customer.id,
        purpose=asked.purpose,
        visit_type=asked.visit_type or plan.visit_type,
        state=CallbackState.WAITING,
        due_at=asked.due_at,
        priority=asked.priority,
        round=1,
        created_at=parts.service.clock.now(),
    )
    async with parts.audit.together():
        # Asked within: a plan is finished in such a unit too, so that what is read stays true.
        await refuse_finished(request, plan.id)
        if not await parts.people.add_cases([customer], [callback]):
            raise Problem("taken", N_("This plan has this callback already."))
        await audit(request, Action.CALLBACK_ADDED, "callback", callback.id, plan=plan.id)
    case = await parts.callbacks.case(callback.id)
    if case is None:
        raise Problem("gone")
    return answer(show_callback(case, whole=account_of(request).may(Permission.SEE_NUMBERS)), 201)


def _customer(asked: NewCallback, numbers: tuple[PhoneNumber, ...], ids: CaseIds) -> Customer:
    return Customer(
        id=ids.customer("", asked.name, numbers[0]),
        name=asked.name,
        organisation=asked.organisation,
        numbers=numbers,
        zone=asked.zone,
        language=asked.language,
        manager=asked.manager,
        department=asked.department,
        job_title=asked.job_title,
        product=asked.product,
        needs=asked.needs,
    )


def _numbers(request: web.Request, asked: NewCallback, plan: Plan) -> tuple[PhoneNumber, ...]:
    """What can be dialled over the plan's trunk, each once. Raises Problem: invalid."""
    parts = parts_of(request)
    found: dict[PhoneNumber, None] = {}
    for place, written in enumerate(asked.numbers):
        field = f"numbers.{place}"
        try:
            number = parse_number(written, parts.terms.region)
        except MalformedNumberError as error:
            said = number_sentence(error, words_of(request).language)
            raise Problem("invalid", errors=[FieldProblem(field=field, message=said)]) from error
        if (refusal := parts.service.asking.barred(number, plan.trunk)) is not None:
            told = sentence(refusal, words_of(request).language, parts.terms.zone)
            raise Problem("invalid", errors=[FieldProblem(field=field, message=told)])
        found[number] = None
    return tuple(found)


async def read_callback(request: web.Request) -> web.Response:
    case = await mine.case_of(request)
    shown = show_callback(case, whole=account_of(request).may(Permission.SEE_NUMBERS))
    closing = closing_of(case.callback, await parts_of(request).stopped.of_callback(case.callback.id))
    return answer(CallbackRead(**dict(shown), closed_by=show_decision(closing) if closing else None))


async def explain_callback(request: web.Request) -> web.Response:
    asked, account = query_of(request, ExplanationAsked), account_of(request)
    case = await mine.case_of(request)
    parts = parts_of(request)
    key = asked.agent if account.may(Permission.READ_QUEUE) else mine.agent_of(request)
    if key and await parts.people.agent(key) is None:
        raise Problem("invalid", errors=[FieldProblem(field="agent", message=N_("there is no such agent"))])
    explanation = await parts.service.asking.explain(case.callback.id, key or None)
    if isinstance(explanation, Refusal):
        raise Problem("not_found")
    shown = show_explanation(explanation, words_of(request).language)
    if account.may(Permission.READ_QUEUE):
        callers = await parts.explaining.callers(case.callback.id)
        shown["callers"] = show_callers(callers, zone_name(case), words_of(request).language)
    shown["callback"] = show_callback(explanation.case, whole=account.may(Permission.SEE_NUMBERS))
    return answer(ExplanationShown.model_validate(shown))


async def next_callback(request: web.Request) -> web.Response:
    parts = parts_of(request)
    found = await parts.service.dialing.next_for(mine.agent_of(request))
    if isinstance(found, Refusal):
        raise refused(found, parts.terms.zone)
    whole = account_of(request).may(Permission.SEE_NUMBERS)
    return answer(NextCallback(callback=show_callback(found, whole=whole) if found else None))


async def release_callback(request: web.Request) -> web.Response:
    agent_id, case = mine.agent_of(request), await mine.case_of(request)
    parts = parts_of(request)
    if not await parts.callbacks.give_back(case.callback.id, agent_id):
        raise refused(Refusal(Rule.CALLBACK_NOT_HELD), parts.terms.zone)
    return web.Response(status=204)


_DESK = Permission.USE_DESK
ROUTES = (
    Route(
        "GET",
        "/callbacks",
        list_callbacks,
        READERS,
        "listCallbacks",
        "The queue, page by page; agents see their own, and those that nobody has.",
        query=CallbacksAsked,
        answer=Page[CallbackShown],
        problems=("refused",),
    ),
    Route(
        "GET",
        "/callbacks/counts",
        count_callbacks,
        READERS,
        "countCallbacks",
        "How many callbacks each plan has in each state.",
        query=CountsAsked,
        answer=CallbackCounts,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/callbacks",
        add_callback,
        Permission.CHANGE_QUEUE,
        "addCallback",
        "One more customer to be called. A customer of this name and first number who is known stays as he is.",
        body=NewCallback,
        answer=CallbackShown,
        status=201,
        problems=("taken", "gone"),
    ),
    Route(
        "POST",
        "/callbacks/next",
        next_callback,
        _DESK,
        "nextCallback",
        "Hand me the next callback that I may call now.",
        answer=NextCallback,
        problems=("refused",),
    ),
    Route("GET", "/callbacks/{callback}", read_callback, READERS, "getCallback", "One callback.", answer=CallbackRead),
    Route(
        "GET",
        "/callbacks/{callback}/explanation",
        explain_callback,
        READERS,
        "explainCallback",
        "May it be called now? Every rule's verdict, in your language, and when it would be possible.",
        query=ExplanationAsked,
        answer=ExplanationShown,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/callbacks/{callback}/release",
        release_callback,
        _DESK,
        "releaseCallback",
        "Give a callback that was handed out to me back to the queue.",
        status=204,
        problems=("refused",),
    ),
)
