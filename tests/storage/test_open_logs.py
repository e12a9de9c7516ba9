"""Visit logs that wait: how many, from which day, and whose, the oldest first."""

from datetime import timedelta

from callcenter.domain.visits.open_logs import OpenLogs
from callcenter.storage.duty import SqlDuty
from callcenter.storage.open_logs import SqlOpenLogs
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores
from storage.test_logs import DONE

MINUTE = timedelta(minutes=1)


async def test_what_waits_is_counted_listed_and_told_to_the_supervisor_until_it_is_closed(stores: Stores) -> None:
    await stores.seed(2)
    found = SqlOpenLogs(stores.database)
    assert await found.count("agent-1", NOW) == OpenLogs(0, 0)
    for index in (1, 2):
        await stores.attempts.finish(cases.closing(await stores.begin(index)))
    begun = (await found.waiting("agent-1"))[0].started_at
    assert await found.count("agent-1", begun) == OpenLogs(1, 0)
    assert await found.count("agent-1", begun + MINUTE) == OpenLogs(1, 1)
    assert await found.count("nobody", begun) == OpenLogs(0, 0)
    everybody = await found.waiting()
    assert [each.agent_id for each in everybody] == ["agent-1", "agent-2"]
    assert [each.overdue(begun + MINUTE) for each in everybody] == [True, True]
    assert not everybody[0].overdue(begun)
    (one, _) = await SqlDuty(stores.database).team(begun + MINUTE, NOW)
    assert (one.logs_open, one.logs_overdue) == (1, 1)
    (one, _) = await SqlDuty(stores.database).team(begun, NOW)
    assert (one.logs_open, one.logs_overdue) == (1, 0)
    record = await stores.logs.get(everybody[0].attempt_id)
    assert record is not None
    assert await stores.logs.close(record.log, record.version, NOW, DONE)
    assert await found.count("agent-1", begun + MINUTE) == OpenLogs(0, 0)
    assert [each.agent_id for each in await found.waiting()] == ["agent-2"]
