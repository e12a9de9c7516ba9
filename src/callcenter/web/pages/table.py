"""Every URL of the pages."""

from callcenter.web.pages import assets, entry
from callcenter.web.routes import Route

PAGE_ROUTES: tuple[Route, ...] = (*assets.ROUTES, *entry.ROUTES)
