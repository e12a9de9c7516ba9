"""Agents, plans, customers and callbacks as they come in; policies by date."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.people import PhoneChoice, PlanState
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.storage.errors import ConstraintBrokenError
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores


async def test_an_agent_is_found_by_id_and_by_staff_number(stores: Stores) -> None:
    await stores.seed(2)
    assert await stores.people.agent("agent-1") == await stores.people.agent("1001") == cases.agent(1)
    assert await stores.people.agent("1009") is None
    assert await stores.people.agents() == [cases.agent(1), cases.agent(2)]


async def test_an_agent_whose_id_is_anothers_staff_number_is_found_by_id(stores: Stores) -> None:
    await stores.seed()
    odd = replace(cases.agent(2), id="1001")
    await stores.people.add_agent(odd)
    assert await stores.people.agent("1001") == odd


async def test_adding_again_replaces(stores: Stores) -> None:
    await stores.seed()
    moved = replace(cases.agent(), endpoint="PJSIP/elsewhere")
    await stores.people.add_agent(moved)
    assert await stores.people.agents() == [moved]
    await stores.people.add_plan(cases.plan(state=PlanState.FINISHED))
    assert await stores.people.plans() == [cases.plan(state=PlanState.FINISHED)]


async def test_an_agent_chooses_which_phone_rings(stores: Stores) -> None:
    await stores.people.add_agent(cases.agent(1))
    found = await stores.people.agent("agent-1")
    assert found is not None
    assert found.phone is PhoneChoice.DESK
    await stores.people.choose_phone("agent-1", PhoneChoice.BROWSER)
    await stores.people.choose_phone("nobody", PhoneChoice.BROWSER)
    assert await stores.people.agent("agent-1") == replace(found, phone=PhoneChoice.BROWSER)


async def test_a_staff_number_belongs_to_one(stores: Stores) -> None:
    await stores.seed()
    with pytest.raises(ConstraintBrokenError, match="uq_agents_staff_number"):
        await stores.people.add_agent(replace(cases.agent(2), staff_number="1001"))


async def test_known_cases_stay_as_they_are(stores: Stores) -> None:
    await stores.seed(2)
    customers = [replace(cases.customer(index), name="new") for index in range(1, 5)]
    callbacks = [replace(cases.callback(index), priority=0) for index in range(1, 5)]
    assert await stores.people.add_cases(customers, callbacks) == 2
    assert await stores.people.add_cases(customers, callbacks) == 0
    assert await stores.people.add_cases([], []) == 0
    listed = {
        case.callback.id[-1]: (case.customer.name, case.callback.priority) for case in await stores.callbacks.cases()
    }
    assert listed == {"1": ("李雷", 5), "2": ("李雷", 5), "3": ("new", 0), "4": ("new", 0)}


async def test_thousands_of_cases_are_added_at_once(stores: Stores) -> None:
    await stores.people.add_plan(cases.plan())
    indexes = range(1, 3001)
    customers, callbacks = [cases.customer(i) for i in indexes], [cases.callback(i) for i in indexes]
    assert await stores.people.add_cases(customers, callbacks) == 3000


async def test_a_callback_without_its_plan_is_refused_with_all_the_others(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    customers = [cases.customer(1), cases.customer(2)]
    with pytest.raises(ConstraintBrokenError, match="foreign key"):
        await stores.people.add_cases(customers, [cases.callback(1), cases.callback(2, "no-plan")])
    assert await stores.callbacks.cases() == []


async def test_a_number_out_of_bounds_is_refused(stores: Stores) -> None:
    await stores.seed()
    with pytest.raises(ConstraintBrokenError, match="ck_callbacks_priority"):
        await stores.people.add_cases([], [replace(cases.callback(1), id="new", priority=10)])


def policy(version: int, days: int) -> Policy:
    base = load_policy(preset_text("tongjiang"))
    return base.model_copy(update={"version": version, "effective_from": (NOW + timedelta(days=days)).date()})


async def test_the_policy_in_force_is_the_latest_that_has_begun(stores: Stores) -> None:
    for version, days in ((1, -10), (2, 0), (3, 1)):
        assert await stores.policies.add(policy(version, days))

    async def version_at(days: int) -> int | None:
        found = await stores.policies.in_force("tongjiang", NOW + timedelta(days=days))
        return found.version if found else None

    assert [await version_at(days) for days in (-11, -10, -1, 0, 1, 400)] == [None, 1, 1, 2, 3, 3]
    assert await stores.policies.in_force("another", NOW) is None


async def test_of_two_versions_of_one_day_the_higher_holds(stores: Stores) -> None:
    assert await stores.policies.add(policy(2, 0))
    assert await stores.policies.add(policy(1, 0))
    found = await stores.policies.in_force("tongjiang", NOW)
    assert found is not None
    assert found.version == 2


async def test_a_version_is_never_changed(stores: Stores) -> None:
    assert await stores.policies.add(policy(1, -10))
    assert not await stores.policies.add(policy(1, -5))
    found = await stores.policies.in_force("tongjiang", NOW)
    assert found == policy(1, -10)


WHOLE = [name for name in preset_names() if "." not in name]
ODD = """
name = "odd"
version = 3
effective_from = 2026-01-01
title = { zh = "奇", en = "odd" }
[windows]
days = ["sat", "sun"]
intervals = ["18:30-08:00", "10:00-11:00"]
[[windows.also]]
days = ["mon"]
intervals = ["09:00-24:00"]
season = "11-15/02-29"
[calendar]
closing_days = [2026-05-01]
"""


@pytest.mark.parametrize("text", [*(preset_text(name) for name in WHOLE), ODD], ids=[*WHOLE, "odd"])
async def test_a_policy_is_read_back_as_it_was_written(stores: Stores, text: str) -> None:
    written = load_policy(text)
    assert await stores.policies.add(written)
    read = await stores.policies.in_force(written.name, NOW + timedelta(days=36500))
    assert read == written
    assert read.model_fields_set == written.model_fields_set
    assert read.attempts.model_fields_set == written.attempts.model_fields_set
