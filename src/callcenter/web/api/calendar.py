"""Working days, holidays, and the days on which the house is closed."""

from datetime import date

from aiohttp import web
from pydantic import Field, ValidationError

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action
from callcenter.domain.policies.hours import CalendarGroup, OnHoliday
from callcenter.domain.times.calendar import DayMark, last_known_year
from callcenter.domain.times.closing_days import ClosingDay, running_out, year_of
from callcenter.domain.times.windows import in_zone
from callcenter.domain.words.sentences import Language
from callcenter.engine.governing import policy_of
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import FIRST_DAY, LAST_DAY, Asked, Day, Name, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import SiteParts, account_of, audit, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

HOLIDAY_LANGUAGES = {Language.ZH: "zh_CN", Language.EN: "en_US"}


class ClosingDayShown(Answer):
    day: date = Field(description="Where the customer lives.")
    name: str = Field(description="Why the house is closed.")
    login: str = Field(description="Who entered it; empty for the command line.")
    at: Instant = Field(description="When it was entered.")


class ClosingDayList(Answer):
    items: list[ClosingDayShown]


class NewClosingDay(Asked):
    day: Day
    name: Name = Field(description="Why the house is closed.")


class DayShown(Answer):
    day: date
    mark: DayMark
    name: str = Field(description="Of the holiday or the closing day; empty where it has none.")


class YearShown(Answer):
    year: int
    country: str = Field(description="ISO 3166 code; empty where Monday to Friday are worked all the year.")
    on_holiday: OnHoliday = Field(description="What holidays mean under the plan's policy; `block` without a plan.")
    known_until: int | None = Field(description="The last year whose working days are known; none knows this year.")
    runs_out: int | None = Field(description="The next unknown year, once it is near: nothing is dialled then.")
    days: list[DayShown]


class YearAsked(Asked):
    year: int | None = Field(default=None, ge=FIRST_DAY.year, le=LAST_DAY.year, description="Empty: this year.")
    plan: str = Field(default="", max_length=200, description="Id of the plan by whose policy days are told.")
    country: str = Field(default="", max_length=2, description="ISO 3166 code; without it and a plan, the house's own.")


async def list_closing_days(request: web.Request) -> web.Response:
    found = await parts_of(request).closing_days.all()
    return answer(ClosingDayList(items=[_shown(each) for each in found]))


async def close_day(request: web.Request) -> web.Response:
    asked = await body_of(request, NewClosingDay)
    return answer(_shown(await add_closing_day(request, asked.day, asked.name)), 201)


async def open_day(request: web.Request) -> web.Response:
    await remove_closing_day(request, day_of(request.match_info["day"]))
    return web.Response(status=204)


async def read_year(request: web.Request) -> web.Response:
    asked = query_of(request, YearAsked)
    today = today_of(request)
    shown = asked.year or today.year
    group, closed = await calendar_of(request, asked.plan, asked.country)
    calendar = group.days
    names = HOLIDAY_LANGUAGES[words_of(request).language]
    days = [DayShown(day=each.day, mark=each.mark, name=each.name) for each in year_of(calendar, closed, shown, names)]
    return answer(
        YearShown(
            year=shown,
            country=calendar.country,
            on_holiday=group.on_holiday,
            known_until=last_known_year(calendar, today.year),
            runs_out=running_out(calendar, today),
            days=days,
        )
    )


async def add_closing_day(request: web.Request, day: date, name: str) -> ClosingDay:
    """Raises Problem: taken."""
    parts, account = parts_of(request), account_of(request)
    closed = ClosingDay(day, name, account.id, account.login, parts.service.clock.now())
    async with parts.audit.together():
        if not await parts.closing_days.add(closed):
            raise Problem("taken", N_("This day is a closing day already."))
        await audit(request, Action.DAY_CLOSED, "closing_day", day.isoformat(), name=name)
    return closed


async def remove_closing_day(request: web.Request, day: date) -> None:
    """Raises Problem: not_found."""
    parts = parts_of(request)
    async with parts.audit.together():
        if not await parts.closing_days.remove(day):
            raise Problem("not_found")
        await audit(request, Action.DAY_OPENED, "closing_day", day.isoformat())


async def calendar_of(
    request: web.Request, plan_id: str = "", country: str = ""
) -> tuple[CalendarGroup, list[ClosingDay]]:
    """That of the plan's policy in force, of a country, or else of the installation's own country; with the closing
    days of the house. Raises Problem: not_found.
    """
    parts = parts_of(request)
    closed = await parts.closing_days.all()
    group = await _of_plan(parts, plan_id) if plan_id else _of_country(country or parts.terms.region)
    return group.with_house_closed(each.day for each in closed), closed


async def _of_plan(parts: SiteParts, plan_id: str) -> CalendarGroup:
    plan = next((each for each in await parts.people.plans() if each.id == plan_id), None)
    policy = await policy_of(parts.policies, plan, parts.service.clock.now()) if plan else None
    if policy is None:
        raise Problem("not_found")
    return policy.calendar


def _of_country(country: str) -> CalendarGroup:
    try:
        return CalendarGroup(country=country)
    except ValidationError as error:
        raise Problem("not_found") from error


def today_of(request: web.Request) -> date:
    parts = parts_of(request)
    return in_zone(parts.terms.zone, parts.service.clock.now()).date()


def day_of(text: str) -> date:
    """Raises Problem: not_found for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem("not_found") from error


def _shown(closed: ClosingDay) -> ClosingDayShown:
    return ClosingDayShown(day=closed.day, name=closed.name, login=closed.login, at=closed.at)


ROUTES = (
    Route(
        "GET",
        "/calendar",
        read_year,
        Permission.READ_STATUS,
        "getCalendar",
        "Every day of a year: working day, weekend, holiday, swapped working weekend, closing day.",
        query=YearAsked,
        answer=YearShown,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/closing-days",
        list_closing_days,
        Permission.READ_STATUS,
        "listClosingDays",
        "Days on which the house is closed, by day.",
        answer=ClosingDayList,
    ),
    Route(
        "POST",
        "/closing-days",
        close_day,
        Permission.CHANGE_CALENDAR,
        "addClosingDay",
        "On this day nobody is called, under whatever policy.",
        body=NewClosingDay,
        answer=ClosingDayShown,
        status=201,
        problems=("taken",),
    ),
    Route(
        "DELETE",
        "/closing-days/{day}",
        open_day,
        Permission.CHANGE_CALENDAR,
        "removeClosingDay",
        "Take a closing day back.",
        status=204,
    ),
)
