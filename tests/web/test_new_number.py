"""A callback that is used up takes a new number: over the API and on the page, audited, and only a number that fits."""

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.closing import CallbackChange
from callcenter.domain.people import CallbackState
from web.visiting import Person, Site

PATH = "/callbacks/cb-3/new-number"
FOUND = "139 0000 0077"


@pytest.fixture
async def waiting(site: Site) -> Site:
    callback = await site.story.callback("cb-3")
    change = CallbackChange(
        CallbackState.EXHAUSTED,
        exhausted_reason="invalid_number",
        number_wanted_until=site.story.clock.now().replace(year=site.story.clock.now().year + 1),
    )
    assert await site.story.books.callbacks.change("cb-3", callback.version, change)
    return site


async def version(site: Site) -> int:
    return (await site.story.callback("cb-3")).version


async def test_it_is_listed_and_goes_on_with_the_new_number(waiting: Site) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    (item,) = (await visitor.get("/exhausted", number_wanted="true")).json["items"]
    assert item["callback"]["number_wanted_until"] is not None
    answer = await visitor.post(PATH, {"version": await version(waiting), "number": FOUND, "note": "业务部门"})
    assert (answer.status, answer.json["state"], answer.json["round"]) == (200, "waiting", 2)
    assert answer.json["numbers"][0] == "+8613900000077"
    (entry,) = await waiting.story.books.audit.entries(action=Action.NUMBER_FOUND)
    assert "13900000077" not in str(entry.deed.detail)
    assert (await visitor.get("/exhausted", number_wanted="true")).json["items"] == []


@pytest.mark.parametrize(("number", "word"), [("12", "number"), ("+442071838750", ""), ("+8613800000003", "already")])
async def test_a_number_that_does_not_fit_is_refused_with_a_sentence(waiting: Site, number: str, word: str) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    answer = await visitor.post(PATH, {"version": await version(waiting), "number": number})
    assert answer.status == 422, answer.text
    (wrong,) = answer.json["errors"]
    assert wrong["field"] == "number"
    assert word in wrong["message"]
    assert (await waiting.story.callback("cb-3")).state is CallbackState.EXHAUSTED


async def test_without_a_new_number_the_next_round_must_be_meant(waiting: Site) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    asked = {"version": await version(waiting), "reason": "again"}
    answer = await visitor.post("/callbacks/cb-3/give-back", asked)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "all_the_same"
    meant = await visitor.post("/callbacks/cb-3/give-back", {**asked, "all_the_same": True})
    assert (meant.status, meant.json["round"]) == (200, 2)


async def test_agents_do_not_enter_numbers(waiting: Site) -> None:
    visitor = await waiting.sign_in(Person.AGENT)
    answer = await visitor.post(PATH, {"version": await version(waiting), "number": FOUND})
    assert answer.status == 403
