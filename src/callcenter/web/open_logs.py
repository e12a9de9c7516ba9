"""How many visit logs wait for this agent? Told on each of his pages: they must be closed the same day (N1-22)."""

from datetime import datetime

from aiohttp import web

from callcenter.domain.access import Account, Permission
from callcenter.domain.times.days import day_of
from callcenter.domain.visits.open_logs import NONE_OPEN, OpenLogs
from callcenter.web.parts import ACCOUNT, parts_of

OPEN_LOGS = web.RequestKey("OPEN_LOGS", OpenLogs)


def day_began(request: web.Request) -> datetime:
    """When today began in the installation's zone; UTC."""
    parts = parts_of(request)
    return day_of(parts.service.clock.now(), parts.terms.zone)[0]


async def count_open(request: web.Request) -> OpenLogs:
    """Of who asks; none for who is no agent."""
    account = request.get(ACCOUNT)
    if not isinstance(account, Account) or account.agent_id is None or not account.may(Permission.USE_DESK):
        return NONE_OPEN
    return await parts_of(request).open_logs.count(account.agent_id, day_began(request))
