"""Where may this person go? The site's places, by right."""

from dataclasses import dataclass

from callcenter.domain.access import Account, Permission
from callcenter.web.language import N_


@dataclass(frozen=True, slots=True)
class Place:
    """daily: gone to many times a day; the others are folded up where a person has too many."""

    path: str
    title: str
    needs: Permission
    daily: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. current: the page is there, or below it. folded: it stands under “More”."""

    path: str
    title: str
    current: bool
    folded: bool = False


MOST = 8
"""So many places stand side by side; whoever has more finds the rest under “More”."""

PLACES = (
    Place("/desk", N_("Desk"), Permission.USE_DESK),
    Place("/exhausted", N_("Decisions"), Permission.DECIDE_EXHAUSTED),
    Place("/problems", N_("Problems"), Permission.READ_QUEUE),
    Place("/recordings", N_("Recordings"), Permission.HEAR_RECORDINGS),
    Place("/queue", N_("Queue"), Permission.READ_QUEUE),
    Place("/returns", N_("Return calls"), Permission.READ_QUEUE),
    Place("/team", N_("Team"), Permission.SEE_TEAM),
    Place("/plans", N_("Plans"), Permission.READ_QUEUE),
    Place("/scripts", N_("Scripts"), Permission.READ_QUEUE, daily=False),
    Place("/policies", N_("Policies"), Permission.READ_POLICIES, daily=False),
    Place("/imports", N_("Import"), Permission.CHANGE_QUEUE),
    Place("/blocklists", N_("Blocklists"), Permission.READ_QUEUE, daily=False),
    Place("/calendar", N_("Calendar"), Permission.CHANGE_CALENDAR, daily=False),
    Place("/audit", N_("Audit"), Permission.READ_AUDIT, daily=False),
    Place("/accounts", N_("Accounts"), Permission.MANAGE_ACCOUNTS, daily=False),
    Place("/status", N_("Status"), Permission.READ_STATUS, daily=False),
)


def menu(account: Account | None, path: str) -> tuple[Entry, ...]:
    if account is None:
        return ()
    own = [place for place in PLACES if account.may(place.needs)]
    return tuple(
        Entry(
            place.path,
            place.title,
            path == place.path or path.startswith(f"{place.path}/"),
            folded=len(own) > MOST and not place.daily,
        )
        for place in own
    )


def start_of(account: Account) -> str:
    """The first place of this account's own."""
    found = menu(account, "")
    return found[0].path if found else "/me"
