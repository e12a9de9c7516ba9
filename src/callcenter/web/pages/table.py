"""Every URL of the pages."""

from callcenter.web.pages import (
    assets,
    blocklists,
    calendar,
    desk,
    desk_log,
    entry,
    exclusions,
    exhausted,
    imports,
    keeping,
    plan_form,
    plans,
    policies,
    problem_cases,
    queue,
    recordings,
    returns,
    scripts,
    team,
)
from callcenter.web.phone import socket
from callcenter.web.routes import Route

PAGE_ROUTES: tuple[Route, ...] = (
    *assets.ROUTES,
    *entry.ROUTES,
    *desk.ROUTES,
    *desk_log.ROUTES,
    *socket.ROUTES,
    *exhausted.ROUTES,
    *queue.ROUTES,
    *plan_form.ROUTES,
    *plans.ROUTES,
    *policies.ROUTES,
    *problem_cases.ROUTES,
    *scripts.ROUTES,
    *imports.ROUTES,
    *exclusions.ROUTES,
    *blocklists.ROUTES,
    *recordings.ROUTES,
    *calendar.ROUTES,
    *team.ROUTES,
    *returns.ROUTES,
    *keeping.ROUTES,
)
