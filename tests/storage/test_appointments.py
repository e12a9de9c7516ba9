"""The times that an agent agreed with customers, as long as they stand."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.appointing import Agreed
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.appointments import SqlAppointments
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

HOUR = timedelta(hours=1)
AGREED = CallbackChange(CallbackState.WAITING, not_before=NOW + HOUR, appointment_at=NOW + HOUR)


async def agree(stores: Stores, index: int, change: CallbackChange = AGREED) -> None:
    attempt = await stores.begin(index)
    closing = cases.closing(attempt)
    closing = replace(closing, change=CallbackChange(CallbackState.WRAP_UP), log_closed=False)
    await stores.attempts.finish(closing)
    record = await stores.logs.get(attempt.id)
    assert record is not None
    log = replace(record.log, outcome=attempt.outcome or closing.attempt.outcome, disposition=Disposition.APPOINTMENT)
    assert await stores.logs.close(log, record.version, NOW, change)


async def test_an_agent_has_agreed_what_his_own_talks_agreed(stores: Stores) -> None:
    await stores.seed(2)
    await agree(stores, 1)
    await agree(stores, 2)
    found = SqlAppointments(stores.database)
    mine = await found.of_agent("agent-1", NOW, NOW + 2 * HOUR)
    assert [(type(each), each.callback_id, each.at) for each in mine] == [(Agreed, "callback-00001", NOW + HOUR)]
    assert list(await found.of_agent("agent-1", NOW, NOW + HOUR)) == []
    assert list(await found.of_agent("agent-1", NOW + HOUR, NOW + 2 * HOUR)) == list(mine)
    assert list(await found.of_agent("agent-3", NOW, NOW + 2 * HOUR)) == []


async def test_a_callback_that_is_done_is_agreed_no_more(stores: Stores) -> None:
    await stores.seed()
    await agree(stores, 1)
    callback = await stores.callback()
    assert await stores.callbacks.change(callback.id, callback.version, CallbackChange(CallbackState.DONE))
    assert list(await SqlAppointments(stores.database).of_agent("agent-1", NOW, NOW + 2 * HOUR)) == []
