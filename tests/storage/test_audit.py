"""The audit only grows: in order, without gaps, whoever writes at once, and nothing in it is changed or deleted."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.audit import Action, Deed, first_break
from callcenter.engine.stores import AuditStore
from callcenter.storage.audit import SqlAudit
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.tables import plans
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores


@pytest.fixture
def audit(database: Database) -> AuditStore:
    return SqlAudit(database)


def deed(index: int = 0) -> Deed:
    return Deed(
        NOW + timedelta(microseconds=index),
        Action.PLAYED,
        f"acc-{index % 2}",
        "王芳",
        "recording",
        f"{index % 3}",
        {"bytes": "0-99", "用": "途"},
        "127.0.0.1",
    )


async def test_an_entry_is_read_back_so_that_its_hash_still_fits(audit: AuditStore) -> None:
    written = [await audit.write(deed(index)) for index in range(5)]
    assert await audit.chain() == written
    assert first_break(await audit.chain()) is None
    assert await audit.entries() == written[::-1]


async def test_who_writes_at_once_is_put_in_order_without_gaps(database: Database) -> None:
    stores = [SqlAudit(database) for _ in range(3)]
    await asyncio.gather(*(stores[index % 3].write(deed(index)) for index in range(30)))
    chain = await stores[0].chain()
    assert [entry.number for entry in chain] == [*range(1, 31)]
    assert first_break(chain) is None


async def test_entries_are_found_by_when_they_were_written(audit: AuditStore) -> None:
    written = [await audit.write(deed(index)) for index in range(4)]
    since, until = written[1].deed.at, written[3].deed.at
    assert await audit.entries(since=since) == written[:0:-1]
    assert await audit.entries(until=until) == written[2::-1]
    assert await audit.entries(since=since, until=until) == [written[2], written[1]]
    assert await audit.entries(since=since, until=since) == []


async def test_a_change_and_the_entry_that_tells_of_it_are_written_together_or_not_at_all(stores: Stores) -> None:
    audit = SqlAudit(stores.database)

    async def breaks_off() -> None:
        async with audit.together():
            await stores.people.add_plan(cases.plan())
            await audit.write(deed())
            assert [plan.id for plan in await stores.people.plans()] == [cases.plan().id]
            raise RuntimeError("broke")

    with pytest.raises(RuntimeError, match="broke"):
        await breaks_off()
    assert (await audit.chain(), await stores.people.plans()) == ([], [])
    async with audit.together():
        await stores.people.add_plan(cases.plan())
        await audit.write(deed())
    assert (len(await audit.chain()), len(await stores.people.plans())) == (1, 1)


async def test_what_is_written_at_once_in_between_is_a_part_of_it(stores: Stores) -> None:
    audit, gone = SqlAudit(stores.database), sa.delete(plans)
    await stores.people.add_plan(cases.plan())

    async def breaks_off() -> None:
        async with audit.together():
            await stores.database.at_once(lambda each: each.execute(gone).rowcount)
            raise RuntimeError("broke")

    with pytest.raises(RuntimeError, match="broke"):
        await breaks_off()
    assert await stores.people.plans() == [cases.plan()]
    assert await stores.database.at_once(lambda each: each.execute(gone).rowcount) == 1
    assert await stores.people.plans() == []


async def test_what_is_read_before_a_change_is_still_true_when_it_is_made(database: Database) -> None:
    """Ten that write only where nobody wrote before: one does."""
    stores = [SqlAudit(database) for _ in range(2)]

    async def first_only(index: int) -> None:
        audit = stores[index % 2]
        async with audit.together():
            if not await audit.chain():
                await asyncio.sleep(0.01)
                await audit.write(deed(index))

    await asyncio.gather(*(first_only(index) for index in range(20)))
    assert len(await stores[0].chain()) == 1


async def test_others_write_on_while_something_is_written_together(stores: Stores) -> None:
    audit = SqlAudit(stores.database)
    await stores.seed()

    async def slowly() -> None:
        async with audit.together():
            await asyncio.sleep(0.05)
            await audit.write(deed())

    _, attempt = await asyncio.gather(slowly(), stores.begin())
    assert await stores.attempts.get(attempt.id) is not None
    assert len(await audit.chain()) == 1


async def test_entries_are_found_by_person_and_by_object(audit: AuditStore) -> None:
    for index in range(6):
        await audit.write(deed(index))
    assert {entry.deed.who for entry in await audit.entries(who="acc-1")} == {"acc-1"}
    assert [entry.number for entry in await audit.entries(on_kind="recording", on_id="2")] == [6, 3]
    assert [entry.number for entry in await audit.entries(before=4, limit=2)] == [3, 2]
    assert [entry.number for entry in await audit.chain(after=4)] == [5, 6]


@pytest.mark.parametrize("statement", ["UPDATE audit SET login = 'x'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_the_audit(
    audit: AuditStore, database: Database, statement: str
) -> None:
    await audit.write(deed())
    with pytest.raises(ConstraintBrokenError):
        async with database.write() as connection:
            await connection.execute(sa.text(statement))
    assert len(await audit.chain()) == 1
