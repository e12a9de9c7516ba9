"""Visit logs: filled in, closed once, together with their callback."""

import asyncio
from dataclasses import replace

from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import CallbackState, Channel, VisitType
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.visitlog import RecordingException, VisitLog
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

DONE = CallbackChange(CallbackState.DONE)


async def opened(stores: Stores) -> VisitLog:
    await stores.seed()
    closing = cases.closing(await stores.begin())
    await stores.attempts.finish(closing)
    return closing.log


def filled(log: VisitLog) -> VisitLog:
    """Every field has a value that is not its default."""
    return replace(
        log,
        staff_number="1001",
        customer="李雷",
        contact="韩梅梅, 财务",
        channel=Channel.PHONE,
        content="content\nwith 😀",
        problems="无",
        handling_result="none needed",
        outcome=Outcome.ANSWERED,
        outcome_reason="-",
        disposition=Disposition.APPOINTMENT,
        visit_type=VisitType.SPECIAL,
        purpose="welcome",
        plan="年度回访",
        attempt=1,
        slot="2026-11-23/10:00-11:00",
        round=1,
        hung_up_by=EndReason.CUSTOMER,
        language="zh",
        manager="zhao",
        resolved=False,
        next_visit_at=NOW,
        exception=RecordingException.RECORDER_FAULT,
        exception_note="note",
        own_words="太贵了",
        offered=Channel.SMS,
        offer_text="改发短信可以吗?",
        offer_taken=True,
        offer_taken_by="customer",
    )


async def test_a_log_keeps_every_field(stores: Stores) -> None:
    log = filled(await opened(stores))
    assert await stores.logs.save(log, 1, NOW)
    record = await stores.logs.get(log.attempt_id)
    assert record is not None
    assert (record.log, record.version, record.closed_at) == (log, 2, None)


async def test_a_closed_log_takes_its_callback_along(stores: Stores) -> None:
    log = await opened(stores)
    version = (await stores.callback()).version
    assert await stores.logs.close(log, 1, NOW, DONE)
    record = await stores.logs.get(log.attempt_id)
    assert record is not None
    assert record.closed_at == NOW
    callback = await stores.callback()
    assert (callback.state, callback.leased_to, callback.version) == (CallbackState.DONE, None, version + 1)


async def test_a_closed_log_stays_as_it_is(stores: Stores) -> None:
    log = await opened(stores)
    assert await stores.logs.close(log, 1, NOW, DONE)
    assert not await stores.logs.save(filled(log), 2, NOW)
    assert not await stores.logs.close(filled(log), 2, NOW, CallbackChange(CallbackState.WAITING))
    record = await stores.logs.get(log.attempt_id)
    assert record is not None
    assert record.log == log
    assert (await stores.callback()).state is CallbackState.DONE


async def test_a_log_that_another_changed_is_not_overwritten(stores: Stores) -> None:
    log = await opened(stores)
    assert await stores.logs.save(filled(log), 1, NOW)
    assert not await stores.logs.save(log, 1, NOW)
    assert not await stores.logs.close(log, 1, NOW, DONE)
    assert (await stores.callback()).state is CallbackState.WRAP_UP


async def test_of_many_who_close_at_once_one_does(stores: Stores) -> None:
    log = await opened(stores)
    closed = await asyncio.gather(*(stores.logs.close(log, 1, NOW, DONE) for _ in range(10)))
    assert sorted(closed) == [False] * 9 + [True]


async def test_a_callback_that_left_wrap_up_is_left_alone(stores: Stores) -> None:
    log = await opened(stores)
    callback = await stores.callback()
    assert await stores.callbacks.change(callback.id, callback.version, CallbackChange(CallbackState.CLOSED))
    assert await stores.logs.close(log, 1, NOW, DONE)
    assert (await stores.callback()).state is CallbackState.CLOSED


async def test_a_log_of_another_callback_is_not_taken(stores: Stores) -> None:
    log = await opened(stores)
    assert not await stores.logs.close(replace(log, callback_id="another"), 1, NOW, DONE)


async def test_logs_are_listed_newest_first_and_the_open_ones_alone(stores: Stores) -> None:
    await stores.seed(3)
    outcomes = (Outcome.ANSWERED, Outcome.BUSY, Outcome.ANSWERED)
    for index, outcome in enumerate(outcomes, start=1):
        closing = cases.closing(await stores.begin(index), outcome)
        later = replace(closing.log, visited_at=NOW + index * cases.LEASE)
        await stores.attempts.finish(replace(closing, log=later))
    callbacks = [record.log.callback_id[-1] for record in await stores.logs.latest()]
    assert callbacks == ["3", "2", "1"]
    assert [record.log.callback_id[-1] for record in await stores.logs.latest(open_only=True)] == ["3", "1"]
    assert len(await stores.logs.latest(1)) == 1
    assert await stores.logs.get("nowhere") is None
