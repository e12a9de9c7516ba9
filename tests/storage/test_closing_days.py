"""Closing days: one for each day, and over every policy that is in force."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.times.closing_days import ClosingDay
from callcenter.storage.closing_days import SqlClosingDays
from storage.cases import NOW, customer
from storage.conftest import Stores

DAY = date(2026, 12, 24)
CLOSED = ClosingDay(DAY, "removal", "account-1", "supervisor", NOW)


async def test_a_day_is_closed_once_and_opened_once(stores: Stores) -> None:
    days = SqlClosingDays(stores.database)
    earlier = replace(CLOSED, day=DAY - timedelta(days=1))
    assert await days.add(CLOSED)
    assert not await days.add(replace(CLOSED, name="another reason"))
    assert await days.add(earlier)
    assert await days.all() == [earlier, CLOSED]
    assert await days.remove(DAY)
    assert not await days.remove(DAY)
    assert await days.all() == [earlier]


async def test_of_many_who_close_one_day_at_once_one_does(stores: Stores) -> None:
    days = SqlClosingDays(stores.database)
    closed = await asyncio.gather(*(days.add(replace(CLOSED, login=f"s{number}")) for number in range(6)))
    assert sorted(closed) == [False] * 5 + [True]


async def test_closing_days_lie_over_every_policy_and_change_none(stores: Stores) -> None:
    days = SqlClosingDays(stores.database)
    for name in ("tongjiang", "always_open"):
        await stores.policies.add(load_policy(preset_text(name)))
    await days.add(CLOSED)
    for name in ("tongjiang", "always_open"):
        found = await stores.policies.in_force(name, NOW)
        assert found is not None
        assert found.calendar.days.own_closing_days == {DAY}
        assert found.calendar.model_dump() == load_policy(preset_text(name)).calendar.model_dump()
    await days.remove(DAY)
    found = await stores.policies.in_force("tongjiang", NOW)
    assert found is not None
    assert found.calendar.days.own_closing_days == frozenset()


async def test_own_hours_and_key_customers_are_read_back(stores: Stores) -> None:
    await stores.seed()
    wished = replace(customer(2), own_hours="sat 10:00-11:00", key_customer=True)
    case = await stores.callbacks.case("callback-00001")
    assert case is not None
    assert (case.customer.own_hours, case.customer.key_customer) == ("", False)
    again = replace(case.callback, id="callback-00002", customer_id=wished.id)
    await stores.people.add_cases([wished], [again])
    found = await stores.callbacks.case("callback-00002")
    assert found is not None
    assert found.customer == wished
