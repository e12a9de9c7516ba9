"""Many come due in one instant, more than one hand-out wakes: whose turn is it, and how long does anybody wait?"""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.people import Callback
from callcenter.storage import handing_out as module
from callcenter.storage.tables import callbacks, customers, lines
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

MINUTE = timedelta(minutes=1)
MOST = 2


@dataclass(frozen=True, slots=True)
class Asleep:
    """Minutes before now: when its time came, when it was due, when its customer expects the call."""

    came: int
    due: int
    priority: int
    expected: bool

    def callback(self, index: int) -> Callback:
        came = NOW - self.came * MINUTE
        return replace(
            cases.callback(index),
            due_at=NOW - self.due * MINUTE,
            priority=self.priority,
            not_before=came,
            appointment_at=came if self.expected else None,
        )


ASLEEP = st.builds(Asleep, st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.booleans())


async def handed_out(stores: Stores, hand_outs: int) -> list[int]:
    """What so many hand-outs gave, by the numbers of the callbacks."""
    found = []
    for _ in range(hand_outs):
        case = await stores.callbacks.claim_next("agent-1", NOW, NOW + 9999 * MINUTE)
        if case is not None:
            found.append(int(case.callback.id.partition("-")[2]))
    return found


async def asleep(stores: Stores, rows: list[Asleep]) -> dict[int, Callback]:
    async with stores.database.write() as connection:
        for table in (callbacks, customers, lines):
            await connection.execute(sa.delete(table))
    found = {index: row.callback(index) for index, row in enumerate(rows, 1)}
    await stores.people.add_cases([cases.customer(index) for index in found], [*found.values()])
    return found


def in_order(callback: Callback) -> tuple[object, ...]:
    return callback.due_at, -callback.priority, callback.created_at, callback.id


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ASLEEP, min_size=1, max_size=12))
async def test_however_few_a_hand_out_wakes_nobody_is_starved_and_no_appointment_waits_for_others(
    stores: Stores, rows: list[Asleep], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many hand-outs as callbacks give each once; appointments first; of one instant in the queue's order."""
    monkeypatch.setattr(module, "WAKES", MOST)
    if not (await stores.people.plans()):
        await stores.seed(0, agents=1)
    known = await asleep(stores, rows)
    found = await handed_out(stores, len(rows))
    assert sorted(found) == sorted(known), "nobody is left out, and no hand-out goes away empty"
    expected = [known[each].appointment_at is not None for each in found]
    assert expected == sorted(expected, reverse=True)
    for came in {each.not_before for each in known.values()}:
        others = [known[each] for each in found if known[each].not_before == came]
        plain = [each for each in others if each.appointment_at is None]
        assert plain == sorted(plain, key=in_order)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ASLEEP, min_size=1, max_size=12))
async def test_once_all_have_been_woken_the_order_is_that_of_the_queue_alone(
    stores: Stores, rows: list[Asleep], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far apart their instants lie: what the service does each minute."""
    monkeypatch.setattr(module, "WAKES", MOST)
    if not (await stores.people.plans()):
        await stores.seed(0, agents=1)
    known = await asleep(stores, rows)
    woken = 0
    while count := await stores.callbacks.wake(NOW):
        assert count <= 2 * MOST
        woken += count
    assert woken == len(rows)
    plain = [known[each] for each in await handed_out(stores, len(rows)) if known[each].appointment_at is None]
    assert plain == sorted(plain, key=in_order)


async def test_those_whose_time_has_not_come_are_not_woken(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    later = replace(cases.callback(1), not_before=NOW + MINUTE)
    await stores.people.add_cases([cases.customer(1)], [later])
    assert await stores.callbacks.wake(NOW) == 0
    assert await stores.callbacks.wake(NOW + MINUTE) == 1
