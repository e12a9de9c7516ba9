"""Several processes on one database, some of them killed: nothing twice, nothing lost, nothing half."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from callcenter.domain.people import CallbackState
from storage import cases, workers
from storage.cases import LEASE, NOW
from storage.conftest import Stores

# Each process is a fresh one that has opened nothing; what it imports is imported once for all of them.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "callcenter.storage.attempts", "phonenumbers", "aiosqlite", "asyncpg"])
PATIENCE = 60


def at_once(work: Callable[..., None], *arguments: tuple[Any, ...]) -> list[Any]:
    """The answers of one process for each of these arguments."""
    running = []
    for each in arguments:
        ours, theirs = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=work, args=(*each, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    answers = []
    for process, ours in running:
        assert ours.poll(PATIENCE)
        answers.append(ours.recv())
        process.join(PATIENCE)
        assert process.exitcode == 0
    return answers


def killed(process: BaseProcess) -> bool:
    process.join(PATIENCE)
    return process.exitcode == -signal.SIGKILL


async def test_processes_never_get_the_same_callback(stores: Stores, url: str) -> None:
    await stores.seed(300, agents=4)
    answers = at_once(workers.claim_all, *((url, f"agent-{index}") for index in range(1, 5)))
    everything = [callback_id for taken in answers for callback_id in taken]
    assert len(everything) == len(set(everything)) == 300


async def test_processes_never_get_the_same_callback_though_it_stands_first_in_its_line(
    stores: Stores, url: str
) -> None:
    """Many short lines: every hand-out looks at the first of each."""
    await stores.seed(0, agents=4)
    for plan in range(2, 12):
        await stores.people.add_plan(cases.plan(f"plan-{plan}"))
    await stores.add(*(cases.callback(index, f"plan-{1 + index % 11}") for index in range(1, 111)))
    answers = at_once(workers.claim_all, *((url, f"agent-{index}") for index in range(1, 5)))
    everything = [callback_id for taken in answers for callback_id in taken]
    assert len(everything) == len(set(everything)) == 110
    # They take turns, so each got his in the order of the queue.
    assert all(taken == sorted(taken) for taken in answers)


async def test_a_number_never_rings_twice_whatever_the_number_of_processes(stores: Stores, url: str) -> None:
    await stores.seed(3)
    begun = at_once(workers.begin_on_one_number, *((url, index) for index in range(1, 4)))
    assert sum(begun) == len(await stores.attempts.latest()) > 0
    assert await stores.attempts.live() == []


async def test_processes_lose_no_update(stores: Stores, url: str) -> None:
    await stores.seed()
    at_once(workers.add_to_round, *((url, 25) for _ in range(4)))
    assert (await stores.callback()).round == 101


async def test_processes_that_read_before_they_write_lose_nothing(stores: Stores, url: str) -> None:
    await stores.seed()
    at_once(workers.add_in_one_transaction, *((url, 50) for _ in range(4)))
    assert (await stores.callback()).round == 201


async def test_processes_that_add_the_same_cases_add_each_once(stores: Stores, url: str) -> None:
    await stores.seed()
    order = list(range(2, 1002))
    added = at_once(workers.add_cases, *((url, each) for each in (order, order[::-1], order, order[::-1])))
    assert sum(added) == len(order)


async def test_a_kill_while_an_attempt_begins_leaves_all_of_it_or_nothing(stores: Stores, url: str) -> None:
    await stores.seed()
    attempt = cases.attempt()
    await stores.callbacks.claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
    claimed = await stores.callback()
    for statement in range(10):
        process = PROCESSES.Process(target=workers.die_at_statement, args=(url, "begin", statement))
        process.start()
        if not killed(process):
            assert process.exitcode == 0
            assert statement >= 4, "killed between each of its statements, and before its commit"
            break
        assert await stores.callback() == claimed
        assert await stores.attempts.latest() == []
        assert await stores.recordings.get(attempt.id) is None
    else:
        pytest.fail("never came through")
    assert (await stores.callback()).state is CallbackState.CALLING
    assert len(await stores.attempts.live()) == 1


async def test_a_kill_while_an_attempt_is_finished_leaves_all_of_it_or_nothing(stores: Stores, url: str) -> None:
    await stores.seed()
    attempt = await stores.begin()
    for statement in range(15):
        process = PROCESSES.Process(target=workers.die_at_statement, args=(url, "finish", statement))
        process.start()
        if not killed(process):
            assert process.exitcode == 0
            assert statement >= 5
            break
        assert (await stores.callback()).state is CallbackState.CALLING
        assert [record.attempt for record in await stores.attempts.live()] == [attempt]
        assert await stores.logs.get(attempt.id) is None
    else:
        pytest.fail("never came through")
    assert (await stores.callback()).state is CallbackState.WRAP_UP
    assert await stores.attempts.live() == []
    assert await stores.logs.get(attempt.id) is not None


async def test_an_attempt_that_has_begun_survives_the_kill_that_follows_at_once(stores: Stores, url: str) -> None:
    await stores.seed()
    await stores.callbacks.claim("callback-00001", "agent-1", NOW, NOW + LEASE)
    process = PROCESSES.Process(target=workers.die_after_begin, args=(url,))
    process.start()
    assert killed(process)
    assert [record.attempt.id for record in await stores.attempts.live()] == [cases.attempt().id]


async def test_the_lock_of_a_killed_writer_is_free(stores: Stores, url: str) -> None:
    await stores.seed()
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=workers.hold_write_lock, args=(url, theirs))
    process.start()
    assert ours.poll(PATIENCE)
    process.kill()
    assert killed(process)
    await stores.callbacks.defer("callback-00001", NOW)
    assert (await stores.callback()).priority == 5
