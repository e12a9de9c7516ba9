"""`callcenter calendar`: working days, holidays, and the days on which the house is closed."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import click
from pydantic import ValidationError

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON, WORDS
from callcenter.cli.output import console, fail, print_json, print_rows
from callcenter.domain.audit import Action, Deed
from callcenter.domain.policies.hours import CalendarGroup
from callcenter.domain.times.calendar import DayMark
from callcenter.domain.times.closing_days import ClosingDay, year_of
from callcenter.engine.governing import policy_of
from callcenter.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])
_ORDINARY = frozenset({DayMark.WORKDAY, DayMark.WEEKEND})


@click.group()
def calendar() -> None:
    """Working days, holidays, and closing days of this house."""


@calendar.command("show")
@click.argument("year", type=click.IntRange(2000, 2199), required=False)
@click.option("--plan", help="As the policy of this plan says, instead of this installation's country.")
@click.option("--country", help="Of this country (ISO 3166).")
@JSON
@with_books
async def show_calendar(
    settings: Settings, books: Books, *, year: int | None, plan: str | None, country: str | None, as_json: bool
) -> None:
    """Every day of the year that is no ordinary working day or weekend."""
    closed = await books.closing_days.all()
    group = await _group(books, plan, country or settings.calls.default_region)
    group = group.with_house_closed(each.day for each in closed)
    wanted = year or datetime.now(UTC).year
    days = year_of(group.days, closed, wanted)
    if all(each.mark is DayMark.UNKNOWN or each.mark is DayMark.OWN_CLOSING_DAY for each in days):
        fail(f"The working days of {wanted} ({group.country}) are not known yet.")
    rows = [asdict(each) for each in days if each.mark not in _ORDINARY]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("day", "mark", "name"), empty="There is no holiday in this year.")


@calendar.command("list")
@JSON
@with_books
async def list_closing_days(_settings: Settings, books: Books, *, as_json: bool) -> None:
    """The days on which the house is closed, and who entered them."""
    rows = [asdict(each) for each in await books.closing_days.all()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("day", "name", "login", "at"), empty="There is no closing day.")


@calendar.command("close")
@click.argument("day", type=DAY)
@click.option("--name", type=WORDS, required=True, help="Why, for people.")
@with_books
async def close_day(_settings: Settings, books: Books, *, day: datetime, name: str) -> None:
    """On this day nobody is called, whatever a policy's calendar says."""
    now = datetime.now(UTC)
    async with books.audit.together():
        if not await books.closing_days.add(ClosingDay(day.date(), name, "", "", now)):
            fail(f"{day.date()} is a closing day already.")
        await books.audit.write(_deed(now, Action.DAY_CLOSED, day.date(), name=name))
    console.print(f"{day.date()} is a closing day now", markup=False)


@calendar.command("open")
@click.argument("day", type=DAY)
@with_books
async def open_day(_settings: Settings, books: Books, *, day: datetime) -> None:
    """Take a closing day back."""
    async with books.audit.together():
        if not await books.closing_days.remove(day.date()):
            fail(f"{day.date()} is no closing day.")
        await books.audit.write(_deed(datetime.now(UTC), Action.DAY_OPENED, day.date()))
    console.print(f"{day.date()} is no closing day any more", markup=False)


async def _group(books: Books, plan_id: str | None, country: str) -> CalendarGroup:
    if plan_id is None:
        try:
            return CalendarGroup(country=country)
        except ValidationError:
            fail(f"The holidays of {country!r} are not known.", code=2)
    plan = next((each for each in await books.people.plans() if each.id == plan_id), None)
    if plan is None:
        fail(f"There is no plan {plan_id!r}.")
    policy = await policy_of(books.policies, plan, datetime.now(UTC))
    if policy is None:
        fail(f"No policy {plan.policy!r} is in force.")
    return policy.calendar


def _deed(at: datetime, action: Action, day: date, **detail: str) -> Deed:
    return Deed(at=at, action=action, on_kind="closing_day", on_id=day.isoformat(), detail=detail)
