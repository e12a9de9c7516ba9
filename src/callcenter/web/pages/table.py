"""Every URL of the pages."""

from callcenter.web.pages import assets, calendar, desk, desk_log, entry, exhausted, imports, keeping, queue, recordings
from callcenter.web.routes import Route

PAGE_ROUTES: tuple[Route, ...] = (
    *assets.ROUTES,
    *entry.ROUTES,
    *desk.ROUTES,
    *desk_log.ROUTES,
    *exhausted.ROUTES,
    *queue.ROUTES,
    *imports.ROUTES,
    *recordings.ROUTES,
    *calendar.ROUTES,
    *keeping.ROUTES,
)
