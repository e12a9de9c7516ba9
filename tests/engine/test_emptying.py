"""A blocklist without numbers is somebody's wish, and never an accident."""

from pathlib import Path

import pytest

from callcenter.app.offline import blocking, emptying
from callcenter.domain.audit import Action
from callcenter.domain.intake.blocklists import Load, LoadState, Owner, Unemptied
from callcenter.domain.phone import PhoneNumber
from callcenter.engine.blocking import LoadOrder
from callcenter.engine.emptying import EmptyOrder
from callcenter.engine.excluding import Who
from engine.story import Story

WHO = Who("u1", "boss", "192.0.2.1")
FIRST = PhoneNumber("+8613800000001")


def order(folder: Path, text: str = "13800000001\n13800000002\n") -> LoadOrder:
    file = folder / "list.csv"
    file.write_text(text)
    return LoadOrder("own", Owner.OWN, file, file.name, "CN", WHO)


async def loaded(story: Story, asked: LoadOrder) -> Load:
    lists = blocking(story.books, story.clock)
    return await lists.run(await lists.begin(asked), asked)


async def empty(story: Story, numbers: int, reason: str = "of last year", name: str = "own") -> Load | Unemptied:
    return await emptying(story.books, story.clock).empty(EmptyOrder(name, numbers, reason, WHO))


async def blocked(story: Story) -> bool:
    return bool(await story.books.restraints.blocked(FIRST))


async def test_it_is_empty_at_once_stays_known_and_can_be_filled_again(story: Story, tmp_path: Path) -> None:
    await loaded(story, order(tmp_path))
    emptied = await empty(story, 2)
    assert isinstance(emptied, Load)
    assert (emptied.state, emptied.before, emptied.taken) == (LoadState.EMPTIED, 2, 0)
    assert not await blocked(story)
    (known,) = await story.books.blocklists.lists()
    assert (known.name, known.owner, known.numbers) == ("own", Owner.OWN, 0)
    assert await story.books.blocklists.load(emptied.id) == emptied
    (entry, *_) = await story.books.audit.entries(on_kind="blocklist")
    assert (entry.deed.action, entry.deed.login) == (Action.BLOCKLIST_EMPTIED, "boss")
    assert (entry.deed.detail["before"], entry.deed.detail["why"]) == ("2", "of last year")
    assert (await loaded(story, order(tmp_path))).state is LoadState.DONE
    assert await blocked(story)


@pytest.mark.parametrize(
    ("numbers", "reason", "name", "why"),
    [
        (3, "x", "own", Unemptied.OTHERWISE),
        (0, "x", "own", Unemptied.OTHERWISE),
        (2, " ", "own", Unemptied.REASON_LACKING),
        (2, "x", "other", Unemptied.UNKNOWN),
    ],
)
async def test_who_does_not_know_what_he_empties_empties_nothing(
    story: Story, tmp_path: Path, numbers: int, reason: str, name: str, why: Unemptied
) -> None:
    await loaded(story, order(tmp_path))
    assert await empty(story, numbers, reason, name) is why
    assert await blocked(story)
    assert len(await story.books.blocklists.loads()) == 1
    assert len(await story.books.audit.entries(on_kind="blocklist")) == 1


async def test_a_list_that_is_being_replaced_is_not_emptied(story: Story, tmp_path: Path) -> None:
    await loaded(story, order(tmp_path))
    await blocking(story.books, story.clock).begin(order(tmp_path))
    assert await empty(story, 2) is Unemptied.BEING_REPLACED
    assert await blocked(story)


@pytest.mark.parametrize("text", ["", "电话\n", "n/a\nn/a\n"])
async def test_no_file_leaves_a_list_without_numbers(story: Story, tmp_path: Path, text: str) -> None:
    await loaded(story, order(tmp_path))
    assert (await loaded(story, order(tmp_path, text))).state is LoadState.REFUSED
    assert await blocked(story)


async def test_an_empty_list_is_not_emptied_again(story: Story, tmp_path: Path) -> None:
    await loaded(story, order(tmp_path))
    assert isinstance(await empty(story, 2), Load)
    assert await empty(story, 0) is Unemptied.EMPTY
