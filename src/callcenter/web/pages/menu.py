"""Where may this person go? The site's places, by right."""

from dataclasses import dataclass

from callcenter.domain.access import Account, Permission
from callcenter.web.language import N_


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    title: str
    needs: Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. current: the page is there, or below it."""

    path: str
    title: str
    current: bool


PLACES = (
    Place("/desk", N_("Desk"), Permission.USE_DESK),
    Place("/exhausted", N_("Decisions"), Permission.DECIDE_EXHAUSTED),
    Place("/problems", N_("Problems"), Permission.READ_QUEUE),
    Place("/recordings", N_("Recordings"), Permission.HEAR_RECORDINGS),
    Place("/queue", N_("Queue"), Permission.READ_QUEUE),
    Place("/returns", N_("Return calls"), Permission.READ_QUEUE),
    Place("/team", N_("Team"), Permission.SEE_TEAM),
    Place("/plans", N_("Plans"), Permission.READ_QUEUE),
    Place("/scripts", N_("Scripts"), Permission.READ_QUEUE),
    Place("/policies", N_("Policies"), Permission.READ_POLICIES),
    Place("/imports", N_("Import"), Permission.CHANGE_QUEUE),
    Place("/blocklists", N_("Blocklists"), Permission.READ_QUEUE),
    Place("/calendar", N_("Calendar"), Permission.CHANGE_CALENDAR),
    Place("/audit", N_("Audit"), Permission.READ_AUDIT),
    Place("/accounts", N_("Accounts"), Permission.MANAGE_ACCOUNTS),
    Place("/status", N_("Status"), Permission.READ_STATUS),
)


def menu(account: Account | None, path: str) -> tuple[Entry, ...]:
    if account is None:
        return ()
    return tuple(
        Entry(place.path, place.title, path == place.path or path.startswith(f"{place.path}/"))
        for place in PLACES
        if account.may(place.needs)
    )


def start_of(account: Account) -> str:
    """The first place of this account's own."""
    found = menu(account, "")
    return found[0].path if found else "/me"
