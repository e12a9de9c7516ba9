"""Every URL of the pages."""

from callcenter.web.pages import (
    assets,
    blocklists,
    calendar,
    desk,
    desk_fields,
    desk_log,
    desk_times,
    entry,
    exclusions,
    exhausted,
    imports,
    keeping,
    plan_form,
    plans,
    policies,
    queue,
    recordings,
    team,
)
from callcenter.web.routes import Route

PAGE_ROUTES: tuple[Route, ...] = (
    *assets.ROUTES,
    *entry.ROUTES,
    *desk.ROUTES,
    *desk_log.ROUTES,
    *desk_fields.ROUTES,
    *desk_times.ROUTES,
    *exhausted.ROUTES,
    *queue.ROUTES,
    *plan_form.ROUTES,
    *plans.ROUTES,
    *policies.ROUTES,
    *imports.ROUTES,
    *exclusions.ROUTES,
    *blocklists.ROUTES,
    *recordings.ROUTES,
    *calendar.ROUTES,
    *team.ROUTES,
    *keeping.ROUTES,
)
