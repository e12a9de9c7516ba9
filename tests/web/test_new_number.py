"""A callback that is used up takes a new number: over the API and on the page, audited, and only a number that fits."""

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange
from web.test_pages import see
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


async def test_the_form_takes_the_number_and_the_next_round_begins(waiting: Site) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    page = await see(visitor, "/exhausted/cb-3")
    assert "It waits for a new number until" in page.text
    assert 'action="/exhausted/cb-3/new-number"' in page.text
    listed = await see(visitor, "/exhausted?number_wanted=true")
    assert "cb-3" in listed.text
    form = {"version": str(await version(waiting)), "number": FOUND, "found": "业务部门"}
    taken = await see(visitor, "/exhausted/cb-3/new-number", form)
    assert taken.place == "/exhausted?said=number_found"
    callback = await waiting.story.callback("cb-3")
    assert (callback.state, callback.round) == (CallbackState.WAITING, 2)
    case = await waiting.story.books.callbacks.case("cb-3")
    assert case is not None
    assert case.customer.numbers[0].e164 == "+8613900000077"
    assert "cb-3" not in (await see(visitor, "/exhausted?number_wanted=true")).text


@pytest.mark.parametrize(
    ("number", "sentence"), [("12", ""), ("+8613800000003", "of the customer&#39;s numbers already")]
)
async def test_the_form_tells_at_the_number_why_it_does_not_fit_and_keeps_what_was_typed(
    waiting: Site, number: str, sentence: str
) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    form = {"version": str(await version(waiting)), "number": number, "found": "业务部门"}
    refused = await see(visitor, "/exhausted/cb-3/new-number", form)
    assert refused.status == 422
    assert 'id="number-wrong"' in refused.text
    assert sentence in refused.text
    assert f'value="{number}"' in refused.text
    assert 'value="业务部门"' in refused.text
    assert (await waiting.story.callback("cb-3")).state is CallbackState.EXHAUSTED


async def test_the_form_of_a_callback_that_somebody_else_decided_of_meanwhile_changes_nothing(waiting: Site) -> None:
    visitor = await waiting.sign_in(Person.SUPERVISOR)
    form = {"version": str(await version(waiting) - 1), "number": FOUND}
    stale = await see(visitor, "/exhausted/cb-3/new-number", form)
    assert stale.status == 409
    assert "Somebody else decided of it meanwhile." in stale.text
    assert (await waiting.story.callback("cb-3")).state is CallbackState.EXHAUSTED
