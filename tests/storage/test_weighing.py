"""The queue in groups of which the rules ask the same, and past dials, callback by callback."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, PlanState
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.policies.written import KeptPolicy, policy_toml
from callcenter.domain.queue.waiting import DialledCase, Sizes, UntriedGroup
from callcenter.storage.weighing import SqlWeighing
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

LATER = NOW + timedelta(hours=3)
EVER = NOW - timedelta(days=1)
HEAD = '["+8613'


@pytest.fixture
def weighing(stores: Stores) -> SqlWeighing:
    return SqlWeighing(stores.database)


async def dial_in_vain(stores: Stores, index: int, *, ordinal: int = 1) -> None:
    """It waits again, until in two hours."""
    begun = await stores.begin(index, ordinal=ordinal)
    await stores.attempts.finish(cases.closing(begun, Outcome.NO_ANSWER, CallbackState.WAITING))


async def test_callbacks_of_which_the_rules_ask_the_same_are_one_group(stores: Stores, weighing: SqlWeighing) -> None:
    await stores.seed(6)
    await stores.people.add_plan(cases.plan("plan-2", PlanState.PAUSED))
    await stores.add(cases.callback(7, "plan-2"))
    await dial_in_vain(stores, 1)
    await stores.callbacks.defer("callback-00002", LATER)
    await stores.callbacks.defer("callback-00003", LATER + timedelta(hours=1))
    await stores.callbacks.claim("callback-00004", "agent-4", NOW, NOW + cases.LEASE)
    groups = await weighing.groups("plan-1", NOW)
    told = {
        (g.key.state.value, g.key.leased, g.key.ahead, g.key.tried): (g.count, g.not_before, g.leased_until)
        for g in groups
    }
    assert told == {
        ("waiting", False, False, False): (2, None, None),
        ("waiting", False, True, False): (2, LATER, None),
        ("waiting", False, True, True): (1, NOW + timedelta(hours=2, minutes=1), None),
        ("handed_out", True, False, False): (1, None, NOW + cases.LEASE),
    }
    assert {(group.key.clock, group.key.head, group.key.plan_id) for group in groups} == {
        ("Asia/Shanghai", HEAD, "plan-1")
    }
    assert [group.count for group in groups] == [2, 2, 1, 1]
    for group in groups:
        found = await weighing.some_of(group.key, NOW, 10)
        assert len(found) == group.count
    ahead = next(group for group in groups if group.count == 2 and group.key.ahead)
    assert [case.callback.id for case in await weighing.some_of(ahead.key, NOW, 1)] == ["callback-00002"]


async def test_what_time_has_come_for_is_another_group(stores: Stores, weighing: SqlWeighing) -> None:
    await stores.seed(2)
    await stores.callbacks.defer("callback-00001", LATER)
    assert len(await weighing.groups("plan-1", NOW)) == 2
    (group,) = await weighing.groups("plan-1", LATER)
    assert (group.count, group.key.ahead) == (2, False)
    assert await weighing.groups("plan-9", NOW) == []


async def test_callbacks_that_were_not_dialled_are_read_group_by_group(
    stores: Stores, weighing: SqlWeighing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.seed(5)
    await dial_in_vain(stores, 1)
    await stores.callbacks.defer("callback-00002", LATER)
    await stores.people.add_cases(
        [replace(cases.customer(8), zone="Asia/Tokyo", numbers=())],
        [replace(cases.callback(8), appointment_at=LATER, not_before=LATER)],
    )
    found = [group async for group in weighing.untried(["plan-1"])]
    assert sorted(found, key=lambda group: (group.zone, str(group.not_before))) == [
        UntriedGroup("plan-1", "Asia/Shanghai", LATER, None, cases.number(2), 1),
        UntriedGroup("plan-1", "Asia/Shanghai", None, None, cases.number(3), 3),
        UntriedGroup("plan-1", "Asia/Tokyo", LATER, LATER, None, 1),
    ]
    assert [group async for group in weighing.untried(["plan-2"])] == []
    monkeypatch.setattr("callcenter.storage.weighing._READ_AT_ONCE", 1)
    one_by_one = [group async for group in weighing.untried(["plan-1"])]
    assert [(group.count, group.number) for group in one_by_one] == [
        (1, cases.number(index) if index < 8 else None) for index in (2, 3, 4, 5, 8)
    ]


async def test_dialled_callbacks_come_in_pages_with_all_their_attempts(stores: Stores, weighing: SqlWeighing) -> None:
    await stores.seed(4)
    for index in (1, 2, 4):
        await dial_in_vain(stores, index)
    await dial_in_vain(stores, 2, ordinal=2)
    first = await weighing.dialled(["plan-1"], EVER, "", 2)
    assert [(each.case.callback.id, len(each.attempts)) for each in first] == [
        ("callback-00001", 1),
        ("callback-00002", 2),
    ]
    assert [attempt.ordinal for attempt in first[1].attempts] == [1, 2]
    rest = await weighing.dialled(["plan-1"], EVER, first[-1].case.callback.id, 2)
    assert [each.case.callback.id for each in rest] == ["callback-00004"]
    assert await weighing.dialled(["plan-1"], NOW + timedelta(seconds=1), "", 9) == []
    assert await weighing.dialled(["plan-2"], EVER, "", 9) == []
    assert await weighing.tried(["plan-1"], "", 9) == [*first, *rest]
    assert await weighing.sizes(["plan-1"], EVER) == Sizes(4, 4)
    assert await weighing.sizes(["plan-2"], EVER) == Sizes(0, 0)


async def test_one_that_is_not_waiting_any_more_was_dialled_and_is_not_tried(
    stores: Stores, weighing: SqlWeighing
) -> None:
    await stores.seed(1)
    begun = await stores.begin(1)
    await stores.attempts.finish(cases.closing(begun, Outcome.NO_ANSWER, CallbackState.EXHAUSTED))
    (found,) = await weighing.dialled(["plan-1"], EVER, "", 9)
    assert isinstance(found, DialledCase)
    assert await weighing.tried(["plan-1"], "", 9) == []
    (group,) = await weighing.groups("plan-1", NOW)
    assert (group.key.state, group.key.tried) == (CallbackState.EXHAUSTED, True)


async def test_a_policy_is_kept_with_what_its_author_wrote(stores: Stores) -> None:
    text = preset_text("tongjiang")
    first = load_policy(text)
    second = first.model_copy(update={"version": 2})
    assert await stores.policies.add(first, text)
    assert await stores.policies.add(second)
    assert await stores.policies.versions() == [KeptPolicy(second), KeptPolicy(first, text)]
    assert await stores.policies.versions("another") == []
    kept = await stores.policies.version("tongjiang", 1)
    assert kept is not None
    assert (kept.toml, kept.policy) == (text, first)
    unwritten = await stores.policies.version("tongjiang", 2)
    assert unwritten is not None
    assert unwritten.toml == policy_toml(second)
    assert await stores.policies.version("tongjiang", 3) is None
