"""The calendar on the wall: a year with its holidays and closing days, and the form that closes a day."""

from itertools import groupby

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.people import PlanState
from callcenter.domain.policies.diff import PolicyValue
from callcenter.domain.times.calendar import DayMark, last_known_year
from callcenter.domain.times.closing_days import running_out, year_of
from callcenter.domain.words.policy_sentences import value_words
from callcenter.web.api.calendar import (
    HOLIDAY_LANGUAGES,
    add_closing_day,
    calendar_of,
    day_of,
    remove_closing_day,
    today_of,
)
from callcenter.web.asked import FIRST_DAY, LAST_DAY, Asked, Day, query_of
from callcenter.web.language import N_
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

UNPROCESSABLE = 422
WEEKDAYS = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))


class CloseForm(Asked):
    day: Day
    name: str = Field(min_length=1, max_length=200)


class YearSought(Asked):
    """whose: `plan:ID`, `country:CN`, or empty for the installation's own. said: what was just done; see `messages`."""

    year: int | None = Field(default=None, ge=FIRST_DAY.year, le=LAST_DAY.year)
    whose: str = Field(default="", max_length=220)
    said: str = Field(default="", max_length=40)


async def calendar_page(request: web.Request) -> web.Response:
    return await _calendar(request, Form())


async def _calendar(request: web.Request, form: Form, status: int = 200) -> web.Response:
    asked = query_of(request, YearSought)
    today = today_of(request)
    kind, _mark, name = asked.whose.partition(":")
    of_plan, of_country = (name if kind == wanted else "" for wanted in ("plan", "country"))
    group, closed = await calendar_of(request, of_plan, of_country)
    calendar = group.days
    days = year_of(calendar, closed, asked.year or today.year, HOLIDAY_LANGUAGES[words_of(request).language])
    values = {
        "form": form,
        "whose": asked.whose,
        "choices": await _choices(request),
        "on_holiday": value_words(
            PolicyValue("calendar", "on_holiday", group.on_holiday.value, ""), words_of(request).language
        )
        if of_plan
        else "",
        "year": asked.year or today.year,
        "today": today,
        "country": calendar.country,
        "known_until": last_known_year(calendar, today.year),
        "runs_out": running_out(calendar, today),
        "months": [list(month) for _, month in groupby(days, key=lambda each: each.day.month)],
        "marks": tuple(DayMark),
        "weekdays": WEEKDAYS,
        "closed": closed,
    }
    return render(request, "calendar.html", values, status)


async def close_day(request: web.Request) -> web.Response:
    _ = words_of(request)
    given = await fields_of(request)
    try:
        filled = checked(given, CloseForm, _)
        try:
            await add_closing_day(request, filled.model.day, filled.model.name.strip())
        except Problem as problem:
            if problem.code != "taken":
                raise
            raise FormError(Form(given, {"day": _("This day is a closing day already.")})) from problem
    except FormError as error:
        return await _calendar(request, error.form, UNPROCESSABLE)
    raise go(f"/calendar?year={filled.model.day.year}", "day_closed")


async def open_day(request: web.Request) -> web.Response:
    day = day_of(request.match_info["day"])
    await fields_of(request)
    await remove_closing_day(request, day)
    raise go(f"/calendar?year={day.year}", "day_opened")


async def calendar_warning(request: web.Request) -> int | None:
    """The year whose working days are not known though it is near; None where all is well."""
    parts = parts_of(request)
    if not parts.terms.region:
        return None
    group, _closed = await calendar_of(request)
    return running_out(group.days, today_of(request))


async def _choices(request: web.Request) -> list[tuple[str, str]]:
    """Plans that are not over, and the countries that policies name."""
    _, parts = words_of(request), parts_of(request)
    listed = await parts.rulebook.listed()
    countries = sorted({each.shown.calendar.country for each in listed} - {"", parts.terms.region})
    plans = [each for each in await parts.people.plans() if each.state is not PlanState.FINISHED]
    governed = {each.name for each in listed if each.in_force}
    return [
        *((f"plan:{each.id}", _("Plan: {name}", name=each.name)) for each in plans if each.policy in governed),
        *((f"country:{each}", _("Country: {country}", country=each)) for each in countries),
    ]


ROUTES = (
    Route("GET", "/calendar", calendar_page, Permission.READ_STATUS, "pageCalendar", page=True),
    Route("POST", "/calendar", close_day, Permission.CHANGE_CALENDAR, "pageCloseDay", page=True),
    Route("POST", "/calendar/{day}/open", open_day, Permission.CHANGE_CALENDAR, "pageOpenDay", page=True),
)
