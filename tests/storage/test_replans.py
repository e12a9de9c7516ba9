"""Callbacks that were put off, read in parts, and moved together with the note of how far it came."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.dials.replanning import Replan
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.refusal import Rule
from callcenter.storage.replans import SqlReplans
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

LATER = NOW + timedelta(days=1)
REPLAN = Replan("plan-1", "tongjiang", 2, NOW, after="callback-00002", seen=2)


async def test_those_put_off_are_read_with_their_dials_in_parts(stores: Stores) -> None:
    await stores.seed(4)
    attempt = await stores.begin(3)
    await stores.attempts.finish(cases.closing(attempt, Outcome.BUSY, CallbackState.WAITING))
    for index in (1, 2):
        await stores.callbacks.defer(f"callback-{index:05}", LATER, rule=Rule.SLOT_USED)
    replans = SqlReplans(stores.database)
    first = await replans.parked("plan-1", "", 2)
    assert [(each.case.callback.id, each.put_off, each.attempts) for each in first] == [
        ("callback-00001", True, ()),
        ("callback-00002", True, ()),
    ]
    (last,) = await replans.parked("plan-1", "callback-00002", 2)
    assert (last.put_off, [each.id for each in last.attempts]) == (False, [attempt.id])
    assert await replans.count_parked("plan-1", "") == 3
    assert await replans.count_parked("plan-1", "callback-00001") == 2


async def test_a_move_and_how_far_it_is_are_written_together(stores: Stores) -> None:
    await stores.seed(3)
    for index in (1, 2, 3):
        await stores.callbacks.defer(f"callback-{index:05}", LATER)
    replans = SqlReplans(stores.database)
    ready, other = ("callback-00001", 2), ("callback-00002", 2)
    moves = {ready: None, other: LATER + timedelta(hours=1), ("callback-00003", 1): None}
    assert await replans.move(REPLAN, moves) == 2
    assert [(await stores.callback(index)).not_before for index in (1, 2, 3)] == [
        None,
        LATER + timedelta(hours=1),
        LATER,
    ]
    assert await replans.replans() == {"plan-1": replace(REPLAN, moved=2)}
    ended = replace(REPLAN, moved=2, seen=3, after="callback-00003", ended_at=LATER)
    assert await replans.move(ended, {}) == 0
    assert await replans.replans() == {"plan-1": ended}
    assert [case.callback.id for case in [await stores.callbacks.claim_next("agent-1", NOW, LATER)] if case] == [
        "callback-00001"
    ]


async def test_why_a_callback_was_put_off_is_known_until_its_time_has_come(stores: Stores) -> None:
    await stores.seed()
    await stores.callbacks.defer("callback-00001", NOW, rule=Rule.SLOT_USED)
    assert (await stores.callback()).put_off_by == Rule.SLOT_USED
    assert await stores.callbacks.claim_next("agent-1", NOW, LATER)
    assert (await stores.callback()).put_off_by is None
