"""Breaks at the desk, and the team as its supervisor sees it."""

from callcenter.domain.refusal import Rule
from web.visiting import Person, Site


async def test_nothing_is_handed_out_during_a_break_and_everything_after_it(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    taken = await agent.post("/break", {"reason": "lunch", "note": "食堂"})
    assert (taken.status, taken.json["reason"], taken.json["note"]) == (201, "lunch", "食堂")
    assert (await agent.post("/break", {"reason": "rest"})).status == 409
    refused = await agent.post("/callbacks/next")
    assert (refused.status, refused.json["rule"]) == (409, Rule.AGENT_ON_BREAK)
    dialled = await agent.post("/callbacks/cb-3/dial")
    assert (dialled.status, dialled.json["rule"]) == (409, Rule.AGENT_ON_BREAK)
    (shown,) = [each for each in (await supervisor.get("/team")).json["items"] if each["staff_number"] == "1001"]
    assert (shown["doing"], shown["on_break"]["reason"], shown["on_break"]["note"]) == ("on_break", "lunch", "食堂")
    assert (await agent.ask("DELETE", "/break")).status == 204
    assert (await agent.ask("DELETE", "/break")).status == 404
    assert (await agent.post("/callbacks/next")).status == 200


async def test_a_reason_that_is_none_is_refused(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.post("/break", {"reason": "golf"})).status == 422
    assert (await agent.post("/break", {})).status == 422
    async with agent.session.post("/desk/break", data={"reason": "golf"}) as response:
        assert response.status == 422


async def test_the_desk_shows_a_break_and_ends_it(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    form = {"reason": "meeting", "note": "<b>standup</b>"}
    async with agent.session.post("/desk/break", data=form, allow_redirects=True) as response:
        page = await response.text()
        assert response.status == 200
    assert "Back to work" in page
    assert "Meeting" in page
    async with agent.session.post("/desk/break/end", data={"a": "b"}, allow_redirects=True) as response:
        assert "your break is over" in await response.text()


async def test_the_team_page_tells_who_is_on_a_break_and_escapes_his_note(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    await agent.post("/break", {"reason": "other", "note": "<b>x</b>"})
    async with supervisor.session.get("/team") as response:
        page = await response.text()
    assert "on a break" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "1002" in page


async def test_who_could_call_leaves_out_whoever_is_on_a_break(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    await agent.post("/break", {"reason": "rest"})
    callers = (await supervisor.get("/callbacks/cb-3/explanation")).json["callers"]
    mine = next(each for each in callers if each["agent"] == "1001")
    assert Rule.AGENT_ON_BREAK in {refusal["rule"] for refusal in mine["refusals"]}
