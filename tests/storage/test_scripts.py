"""Scripts are never changed; answers are kept one by one, each on what it was based on, and none is lost."""

import asyncio
from dataclasses import replace

import pytest

from callcenter.domain.scripts.examples import EXAMPLES, example_text
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.script import load_script
from callcenter.domain.scripts.versions import KeptScript, as_version
from callcenter.domain.visits.script_run import ScriptRun
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.scripts import SqlAnswers, SqlScripts
from storage.cases import NOW, plan
from storage.conftest import Stores


def kept(name: str = "bank", version: int = 1) -> KeptScript:
    text = as_version(example_text(name), version)
    return KeptScript(load_script(text), text, NOW, "supervisor")


async def begun(stores: Stores) -> tuple[SqlAnswers, str]:
    """A talk that is held by the first version."""
    scripts, answers = SqlScripts(stores.database), SqlAnswers(stores.database)
    assert await scripts.add(kept(), "account-1")
    await stores.seed()
    attempt = await stores.begin()
    assert await answers.begin(ScriptRun(attempt.id, "bank", 1), NOW) == ("bank", 1)
    return answers, attempt.id


async def test_scripts_are_kept_word_for_word_and_never_changed(stores: Stores) -> None:
    scripts = SqlScripts(stores.database)
    for name in EXAMPLES:
        assert await scripts.add(kept(name), "account-1")
        assert await scripts.version(name) == kept(name)
    changed = replace(kept(), text="another")
    assert not await scripts.add(changed, "account-1")
    assert await scripts.version("bank") == kept()
    assert await scripts.version("none") is None
    assert await scripts.version("bank", 2) is None


async def test_the_newest_version_is_the_one_without_a_number(stores: Stores) -> None:
    scripts = SqlScripts(stores.database)
    for version in (1, 10, 2):
        assert await scripts.add(kept("bank", version), "account-1")
    await scripts.add(kept("broker"), "account-1")
    assert await scripts.version("bank") == kept("bank", 10)
    assert await scripts.version("bank", 2) == kept("bank", 2)
    assert [each.script.version for each in await scripts.versions("bank")] == [10, 2, 1]
    assert [each.script.name for each in await scripts.versions()] == ["bank", "bank", "bank", "broker"]


async def test_of_many_who_add_one_version_at_once_one_does(stores: Stores) -> None:
    scripts = SqlScripts(stores.database)
    added = await asyncio.gather(*(scripts.add(kept(), f"account-{number}") for number in range(8)))
    assert sorted(added) == [False] * 7 + [True]


async def test_a_talk_stays_with_the_version_it_was_begun_with(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    await SqlScripts(stores.database).add(kept("bank", 2), "account-1")
    assert await answers.begin(ScriptRun(attempt, "bank", 2), NOW) == ("bank", 1)
    run = await answers.run(attempt)
    assert run is not None
    assert (run.script, run.version, run.answers) == ("bank", 1, {})
    assert await answers.run("nowhere") is None


async def test_a_talk_cannot_be_held_by_a_version_that_is_nowhere(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    del attempt
    with pytest.raises(ConstraintBrokenError):
        await answers.begin(ScriptRun("nowhere", "bank", 1), NOW)
    assert await answers.run("nowhere") is None


@pytest.mark.parametrize("value", [True, False, 3, 2.5, "很好 😀", ("存款", "理财"), None, 0, ""])
async def test_an_answer_reads_back_as_it_was_given(stores: Stores, value: Value | None) -> None:
    answers, attempt = await begun(stores)
    assert await answers.save(attempt, "q.satisfaction", value, 0, NOW) is not None
    run = await answers.run(attempt)
    assert run is not None
    read = run.answers["q.satisfaction"]
    assert (read.value, type(read.value), read.version, read.at) == (value, type(value), 1, NOW)


async def test_an_answer_is_changed_only_on_what_it_is_based_on(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    first = await answers.save(attempt, "q.wish", "one", 0, NOW)
    assert first is not None
    second = await answers.save(attempt, "q.wish", "two", first.version, NOW)
    assert second is not None
    assert second.version == 2
    for based_on in (0, 1, 3, -1):
        assert await answers.save(attempt, "q.wish", "three", based_on, NOW) is None
    run = await answers.run(attempt)
    assert run is not None
    assert run.values == {"q.wish": "two"}
    assert await answers.save(attempt, "q.other", "x", 1, NOW) is None


@pytest.mark.parametrize("based_on", [0, 1, 7])
async def test_the_same_answer_sent_again_is_kept_once(stores: Stores, based_on: int) -> None:
    answers, attempt = await begun(stores)
    await answers.save(attempt, "q.wish", "one", 0, NOW)
    again = await answers.save(attempt, "q.wish", "one", based_on, NOW)
    assert again is not None
    assert (again.value, again.version) == ("one", 1)


async def test_yes_and_one_are_not_the_same_answer(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    await answers.save(attempt, "q.wish", True, 0, NOW)
    assert await answers.save(attempt, "q.wish", 1, 0, NOW) is None


async def test_an_answer_that_is_taken_back_counts_no_more(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    await answers.save(attempt, "q.wish", "one", 0, NOW)
    await answers.save(attempt, "q.wish", None, 1, NOW)
    run = await answers.run(attempt)
    assert run is not None
    assert (run.values, run.answers["q.wish"].version) == ({}, 2)


async def test_of_many_answers_on_one_base_one_is_kept(stores: Stores) -> None:
    answers, attempt = await begun(stores)
    await answers.save(attempt, "q.wish", "start", 0, NOW)
    saved = await asyncio.gather(*(answers.save(attempt, "q.wish", f"{number}", 1, NOW) for number in range(8)))
    assert sum(each is not None for each in saved) == 1
    more = await asyncio.gather(*(answers.save(attempt, f"q.{number}", number, 0, NOW) for number in range(8)))
    assert None not in more


async def test_a_plan_names_its_script(stores: Stores) -> None:
    await stores.people.add_plan(replace(plan(), script="bank"))
    assert [each.script for each in await stores.people.plans()] == ["bank"]
