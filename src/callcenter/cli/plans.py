"""`callcenter plans`: the campaigns of callbacks, their steps, and what may be expected of them."""

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import datetime
from typing import NoReturn, Unpack

import click

from callcenter.app.books import Books
from callcenter.app.offline import explaining, offline_asking, plans_of
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON, KEY, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows, print_values
from callcenter.cli.plan_options import DAY, LACKING, Told, laid_over, with_elements
from callcenter.domain.forecasts.forecast import Answer, Forecast
from callcenter.domain.forecasts.forecast_figures import AGENT_MINUTES_PER_DAY, Figure
from callcenter.domain.people import Channel, Plan, PlanState, VisitType
from callcenter.domain.plans.life import MOVES, Immovable, PlanDeed, Unmovable, lacking
from callcenter.domain.refusal import Refusal
from callcenter.domain.words.sentences import Language, sentence
from callcenter.engine.plans import Doer, PlanChangedError, PlanNotFoundError, PlanTakenError
from callcenter.settings import Settings
from callcenter.web.weighed import never_sentence, plan_sentence, show_plan_explanation

WHY = {
    Unmovable.NO_RIGHT: "This account has no right to do that.",
    Unmovable.REASON_LACKING: "Give a reason with --reason.",
    Unmovable.TIME_PAST: "The plan's last day lies in the past.",
    Unmovable.OWN_PLAN: "Whoever submitted a plan does not approve it as long as somebody else may.",
    Unmovable.OWN_PLAN_NEEDS_REASON: "Nobody else may approve it; to approve one's own plan, give a --reason.",
    Unmovable.NOT_A_DRAFT: "Only a draft is changed; take the plan back with: callcenter plans revise",
}
STEPS = {
    PlanDeed.SUBMIT: "Submit a draft; it says what the plan does not tell yet.",
    PlanDeed.APPROVE: "Approve a submitted plan, as somebody else than its submitter.",
    PlanDeed.RETURN: "Return a submitted plan to its draft, with a reason.",
    PlanDeed.START: "Start an approved plan.",
    PlanDeed.PAUSE: "Pause a running plan.",
    PlanDeed.RESUME: "Let a paused plan run again.",
    PlanDeed.REVISE: "Take an approved or paused plan back to a draft, to be changed.",
    PlanDeed.FINISH: "Finish a plan; it takes no more callbacks.",
    PlanDeed.REOPEN: "Open a plan again that was finished too early.",
}
BY_ACCOUNT = frozenset({PlanDeed.SUBMIT, PlanDeed.APPROVE, PlanDeed.RETURN})
"""Steps that are somebody's word: the keeper of the machine cannot give it for him."""

ANSWERS = {
    Answer.MET: "yes, in time",
    Answer.NOT_MET: "no, callbacks are left",
    Answer.NO_HOURS: "no, no window opens until then",
    Answer.NO_AGENTS: "no, there is no agent who carries it out",
    Answer.NOTHING_LEFT: "nothing is left to do",
    Answer.OPEN_END: "no day is set",
    Answer.NO_CALENDAR: "it cannot be said: the working days up to then are not known yet",
    Answer.DUE_PAST: "no, the last day is over",
}


@click.group()
def plans() -> None:
    """The campaigns of callbacks."""


@plans.command("list")
@JSON
@with_books
async def list_plans(_settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all plans."""
    rows = [asdict(plan) for plan in await books.people.plans()]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "name", "policy", "trunk", "zone", "starts_on", "ends_on", "state")
        print_rows(rows, columns, empty="There is no plan yet.")


@plans.command("add")
@click.argument("plan_id", type=KEY)
@with_elements
@click.option("--start/--draft", default=None, help="Run it at once (unless --by is given), or keep it as a draft.")
@click.option("--by", help="Login of the account whose plan it is.")
@click.option("--reason", type=WORDS, default="started at once", help="Why it is approved by the one who submits it.")
@with_books
async def add_plan(
    settings: Settings,
    books: Books,
    *,
    plan_id: str,
    start: bool | None,
    by: str | None,
    reason: str,
    **told: Unpack[Told],
) -> None:
    """Add a plan. Who keeps this machine lets it run at once, without asking anybody; see --draft."""
    if absent := [f"--{name}" for name in ("name", "purpose", "policy", "trunk") if not dict(told)[name]]:
        fail(f"Missing: {', '.join(absent)}.", code=2)
    zone = settings.calls.default_zone
    bare = Plan(plan_id, "", "", VisitType.SPECIAL, Channel.PHONE, "", zone, "", PlanState.DRAFT)
    plan = await laid_over(bare, told, settings, books)
    doer = await _doer(books, by)
    try:
        added = await plans_of(books).add(plan, doer, start=by is None if start is None else start, reason=reason)
    except PlanTakenError:
        fail(f"There is a plan {plan_id} already.")
    after = _done(added)
    console.print(f"plan {plan_id} added; {_stands(after)}", markup=False)
    if unsaid := _absent(plan):
        console.print(f"it does not tell its {unsaid}", markup=False)


@plans.command("change")
@click.argument("plan_id", type=KEY)
@with_elements
@click.option("--by", help="Login of the account that changes it.")
@with_books
async def change_plan(settings: Settings, books: Books, *, plan_id: str, by: str | None, **told: Unpack[Told]) -> None:
    """Change a draft; what is not given stays."""
    plan = await _plan(books, plan_id)
    wanted = await laid_over(plan, told, settings, books)
    after = await _moved(plans_of(books).change(wanted, plan.version, await _doer(books, by)))
    absent = _absent(after)
    console.print(f"plan {plan_id} changed" + (f"; it does not tell its {absent}" if absent else ""), markup=False)


@plans.command("show")
@click.argument("plan_id", type=KEY)
@JSON
@with_books
async def show_plan(settings: Settings, books: Books, *, plan_id: str, as_json: bool) -> None:
    """One plan: what it tells, and its history."""
    plan, zone = await _plan(books, plan_id), settings.calls.default_zone
    steps = await plans_of(books).history(plan_id)
    if as_json:
        print_json(asdict(plan) | {"lacking": lacking(plan), "history": [asdict(step) for step in steps]})
        return
    print_values(
        {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in asdict(plan).items()}
    )
    rows = [asdict(step) | {"at": local(step.at, zone)} for step in steps]
    print_rows(rows, ("at", "deed", "login", "after", "reason"), empty="Nothing is written down of it yet.")


@plans.command("forecast")
@click.argument("plan_id", type=KEY)
@click.option("--agents", type=click.IntRange(0, 10_000), help="What if there were so many?")
@click.option("--until", "due", type=DAY, help="Another last day.")
@JSON
@with_books
async def forecast_plan(
    settings: Settings, books: Books, *, plan_id: str, agents: int | None, due: datetime | None, as_json: bool
) -> None:
    """Can all be worked off by the last day, with these agents and windows?"""
    plan = await _plan(books, plan_id)
    found = await plans_of(books).forecast(plan, agents=agents, due=due.date() if due else None)
    if isinstance(found, Refusal):
        fail(sentence(found, zone=settings.calls.default_zone), code=3)
    told = _told(found)
    if as_json:
        print_json(told)
    else:
        print_values({name: value for name, value in told.items() if value is not None})


def _step_command(deed: PlanDeed) -> None:
    @with_books
    async def step(_settings: Settings, books: Books, *, plan_id: str, by: str | None, reason: str | None) -> None:
        doer = await _doer(books, by)
        after = await _moved(plans_of(books).move(plan_id, deed, doer, reason=reason or ""))
        console.print(f"plan {plan_id}: {_stands(after)}", markup=False)

    needed = deed in BY_ACCOUNT
    command = click.option("--reason", type=WORDS, help="Why; it stands in the plan's history.")(step)
    command = click.option("--by", required=needed, help="Login of the account whose step it is.")(command)
    plans.command(deed.value, help=STEPS[deed])(click.argument("plan_id", type=KEY)(command))


for _deed in MOVES:
    _step_command(_deed)


async def _doer(books: Books, login: str | None) -> Doer:
    if login is None:
        return Doer()
    found = await books.accounts.by_login(login)
    if found is None:
        fail(f"There is no account {login!r}.")
    if found[0].disabled_at is not None:
        fail(f"The account {login!r} is disabled.")
    return Doer(found[0])


async def _plan(books: Books, plan_id: str) -> Plan:
    plan = await books.plans.get(plan_id)
    if plan is None:
        fail(f"There is no plan {plan_id}.")
    return plan


async def _moved(moving: Awaitable[Plan | Immovable]) -> Plan:
    try:
        return _done(await moving)
    except PlanNotFoundError as error:
        fail(f"There is no plan {error}.")
    except PlanChangedError:
        fail("Somebody else changed the plan meanwhile; try again.")


def _done(after: Plan | Immovable) -> Plan:
    if isinstance(after, Immovable):
        _refuse(after)
    return after


def _refuse(against: Immovable) -> NoReturn:
    if against.why is Unmovable.ELEMENTS_LACKING:
        fail(*(f"The plan does not tell its {LACKING[each]}." for each in against.lacking), code=3)
    fail(
        WHY.get(against.why, "This does not follow the state in which the plan is; see: callcenter plans list"), code=3
    )


def _stands(plan: Plan) -> str:
    return "it runs" if plan.state is PlanState.RUNNING else f"it is {plan.state.value}"


def _absent(plan: Plan) -> str:
    return ", ".join(LACKING[each] for each in lacking(plan))


def _told(found: Forecast) -> dict[str, object]:
    figures = found.figures
    return {
        "answer": ANSWERS[found.answer],
        "code": found.answer.value,
        "remaining": found.remaining,
        "agents": found.question.agents,
        "last_day": found.question.due,
        "never_callable": found.never or None,
        "finishes_on": found.finishes_on,
        "left_after_last_day": found.shortfall,
        "agents_needed": found.agents_needed,
        "callbacks_a_day": round(found.callbacks_per_day, 1),
        "open_hours": round(found.open_minutes / 60, 1),
        "answer_rate": _figure(figures.answer_rate),
        "dials_per_callback": _figure(figures.dials_per_callback),
        "minutes_per_dial": _figure(figures.minutes_per_dial),
        "agent_hours_a_day": f"{AGENT_MINUTES_PER_DAY / 60:g} (assumed)",
    }


def _figure(figure: Figure) -> str:
    sample = f" in {figure.sample}" if figure.sample else ""
    return f"{figure.value:.2f} ({figure.basis.value}{sample})"


@plans.command("explain")
@click.argument("plan_id", type=KEY)
@click.option(
    "--lang", "language", type=click.Choice([each.value for each in Language]), default="en", show_default=True
)
@JSON
@with_books
async def explain_plan(settings: Settings, books: Books, *, plan_id: str, language: str, as_json: bool) -> None:
    """Tell how many of a plan's callbacks can be called now, and what stands against the others."""
    found = await explaining(books, offline_asking(settings, books)).plan(plan_id)
    if found is None:
        fail(f"There is no plan {plan_id}.")
    reader = Language(language)
    if as_json:
        print_json(show_plan_explanation(found, found.plan.zone, reader).model_dump(mode="json"))
    else:
        console.print(plan_sentence(found, found.plan.zone, reader), markup=False)
        if warning := never_sentence(found, reader):
            console.print(warning, style="red", markup=False)
