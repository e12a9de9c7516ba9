"""Many callbacks that are used up, decided of at once on their page."""

import re

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.people import CallbackState
from web.test_pages import see, used_up
from web.visiting import Person, Site, Visitor

TICKS = re.compile(r'name="chosen" value="([^"]+)"[^>]*?( checked)?>')


async def three(site: Site) -> Visitor:
    for callback in ("cb-3", "cb-4", "cb-5"):
        await used_up(site.story, callback)
    return await site.sign_in(Person.SUPERVISOR)


async def states(site: Site) -> list[CallbackState]:
    return [(await site.story.callback(each)).state for each in ("cb-3", "cb-4", "cb-5")]


def ticks(text: str) -> dict[str, bool]:
    return {value: bool(checked) for value, checked in TICKS.findall(text)}


async def test_all_of_a_page_are_ticked_by_a_link_and_closed_with_one_reason(site: Site) -> None:
    visitor = await three(site)
    assert list(ticks((await see(visitor, "/exhausted")).text).values()) == [False] * 3
    all_of_them = ticks((await see(visitor, "/exhausted?plan=quick&tick=true")).text)
    assert list(all_of_them.values()) == [True] * 3
    form = [("chosen", each) for each in all_of_them] + [("what", "close"), ("code", "wrong_number"), ("note", "")]
    closed = await see(visitor, "/exhausted?plan=quick&tick=true", form)
    assert (closed.status, closed.place) == (303, "/exhausted?plan=quick&decided=3")
    assert "3 callbacks are decided as chosen." in (await see(visitor, closed.place)).text
    assert await states(site) == [CallbackState.CLOSED] * 3
    deeds = [entry.deed for entry in (await site.audit())[:3]]
    assert {(deed.action, deed.on_id) for deed in deeds} == {(Action.CLOSED, f"cb-{n}") for n in (3, 4, 5)}


async def test_those_ticked_go_back_and_the_others_stay(site: Site) -> None:
    visitor = await three(site)
    chosen = list(ticks((await see(visitor, "/exhausted")).text))
    form = [("chosen", each) for each in chosen if "cb-4" not in each] + [("what", "give_back"), ("note", "again")]
    assert (await see(visitor, "/exhausted", form)).place == "/exhausted?decided=2"
    assert await states(site) == [CallbackState.WAITING, CallbackState.EXHAUSTED, CallbackState.WAITING]


async def test_what_somebody_else_decided_meanwhile_is_left_and_told(site: Site) -> None:
    visitor = await three(site)
    chosen = list(ticks((await see(visitor, "/exhausted")).text))
    version = next(each for each in chosen if "cb-4" in each).partition(":")[0]
    alone = {"version": version, "reason": "he asked for it"}
    assert (await see(visitor, "/exhausted/cb-4/give-back", alone)).status == 303
    form = [("chosen", each) for each in [*chosen, "1:nowhere"]] + [("what", "close"), ("code", "duplicate")]
    seen = await see(visitor, "/exhausted", form)
    assert seen.status == 409
    assert "2 decided, 2 left as they were. 2: somebody else decided of it meanwhile" in seen.text
    assert await states(site) == [CallbackState.CLOSED, CallbackState.WAITING, CallbackState.CLOSED]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"what": "close", "code": "duplicate"}, "Tick at least one callback."),
        ({"chosen": "?", "what": "", "code": "duplicate"}, "Please fill this in."),
        ({"chosen": "?", "what": "close"}, "Please choose one."),
        ({"chosen": "?", "what": "close", "code": "bored"}, "Please choose one."),
        ({"chosen": "?", "what": "close", "code": "other", "note": "  "}, "Please give a reason."),
        ({"chosen": "?", "what": "give_back", "note": ""}, "Please give a reason."),
        ({"chosen": "?", "what": "close", "code": "duplicate", "note": "x" * 1001}, "This is too long."),
    ],
)
async def test_nothing_is_decided_while_something_is_wrong_and_the_ticks_stay(
    site: Site, fields: dict[str, str], told: str
) -> None:
    visitor = await three(site)
    chosen = list(ticks((await see(visitor, "/exhausted")).text))
    form = [(name, value) for name, value in fields.items() if name != "chosen"]
    ticked = chosen if "chosen" in fields else []
    seen = await see(visitor, "/exhausted", [("chosen", each) for each in ticked] + form)
    assert seen.status == 422
    assert told in seen.text
    assert [value for value, checked in ticks(seen.text).items() if checked] == ticked
    assert await states(site) == [CallbackState.EXHAUSTED] * 3


@pytest.mark.parametrize("hostile", ["", ":", "x:cb-3", "-1:cb-3", "9" * 400 + ":cb-3", "²:cb-3", "1:'\"><script>"])
async def test_what_is_no_callback_of_the_list_changes_nothing(site: Site, hostile: str) -> None:
    visitor = await three(site)
    form = [("chosen", hostile), ("what", "close"), ("code", "duplicate")]
    seen = await see(visitor, "/exhausted", form)
    assert seen.status in (409, 422)
    assert "<script>alert" not in seen.text
    assert await states(site) == [CallbackState.EXHAUSTED] * 3


async def test_those_closed_cannot_be_ticked(site: Site) -> None:
    visitor = await three(site)
    form = [("chosen", each) for each in ticks((await see(visitor, "/exhausted")).text)]
    await see(visitor, "/exhausted", [*form, ("what", "close"), ("code", "duplicate")])
    assert ticks((await see(visitor, "/exhausted?closed=true&tick=true")).text) == {}
