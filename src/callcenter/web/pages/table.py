"""Every URL of the pages."""

from callcenter.web.pages import assets, desk, desk_log, entry, exhausted, imports, keeping, policies, queue, recordings
from callcenter.web.routes import Route

PAGE_ROUTES: tuple[Route, ...] = (
    *assets.ROUTES,
    *entry.ROUTES,
    *desk.ROUTES,
    *desk_log.ROUTES,
    *exhausted.ROUTES,
    *queue.ROUTES,
    *policies.ROUTES,
    *imports.ROUTES,
    *recordings.ROUTES,
    *keeping.ROUTES,
)
