"""A customer rings back: the agent sees who and why, says yes or no; supervisors see who rang in."""

import re
from http import HTTPStatus
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import ReturnState
from callcenter.domain.visits.closing import CallbackChange
from web.visiting import Person, Site, Visitor

NUMBER, UNKNOWN = "13800000003", "13999999999"
"""Of callback cb-3; of nobody."""


@pytest.fixture
async def agent(site: Site) -> Visitor:
    """At the desk; both talks from before are logged, so far as it matters here."""
    return await site.sign_in(Person.AGENT)


async def rings_in(site: Site, number: str = NUMBER) -> str:
    channel = site.story.switch.rings_in(number)
    await site.story.clock.settle()
    return channel


async def page_of(visitor: Visitor, path: str, language: str = "en") -> str:
    async with visitor.session.get(path, headers={"Accept": "text/html", "Accept-Language": language}) as response:
        assert response.status == HTTPStatus.OK, response.status
        return await response.text()


async def test_the_desk_shows_who_rings_and_why_he_is_known(site: Site, agent: Visitor) -> None:
    assert (await agent.get("/returns/offer")).json == {"offer": None}
    assert "data-ring" not in await page_of(agent, "/desk/now")
    await rings_in(site)
    offer = (await agent.get("/returns/offer")).json["offer"]
    assert (offer["callback_id"], offer["customer"], offer["number"]) == ("cb-3", "王芳", "138****0003")
    assert (offer["called"], offer["last_called_at"]) == ("4001", None)
    page = await page_of(agent, "/desk/now")
    assert "data-ring" in page
    assert all(key in page for key in ('data-key="a"', 'data-key="r"', "138****0003", "王芳"))
    assert NUMBER not in page


async def test_an_agent_takes_him_and_they_talk(site: Site, agent: Visitor) -> None:
    await rings_in(site)
    offer = (await agent.get("/returns/offer")).json["offer"]
    taken = await agent.post(f"/returns/{offer['id']}/accept")
    assert (taken.status, taken.json["callback_id"]) == (HTTPStatus.CREATED, "cb-3")
    call = taken.json["attempt"]
    await site.story.clock.settle()
    site.story.switch.agent_answers(call)
    await site.story.clock.advance(0.5)
    assert site.story.state(call) is CallState.TALKING
    found = (await (await site.sign_in(Person.SUPERVISOR)).get("/returns")).json["items"]
    assert [(each["state"], each["attempt"], each["number"]) for each in found] == [
        ("taken", call, "+8613800000003"),
    ]
    assert (await agent.get("/attempts", limit="1")).json["items"][0]["direction"] == "inbound"
    again = await agent.post(f"/returns/{offer['id']}/accept")
    assert (again.status, again.json["rule"]) == (HTTPStatus.CONFLICT, "return.gone")


async def test_an_agent_who_declines_at_the_page_lets_the_next_be_asked(site: Site, agent: Visitor) -> None:
    other = await site.sign_in(Person.OTHER_AGENT)
    await rings_in(site)
    first, second = agent, other
    if (await first.get("/returns/offer")).json["offer"] is None:
        first, second = other, agent
    offer = (await first.get("/returns/offer")).json["offer"]
    async with first.session.post(f"/desk/returns/{offer['id']}/decline", data={}, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (HTTPStatus.SEE_OTHER, "/desk")
    await site.story.clock.settle()
    assert (await second.get("/returns/offer")).json["offer"]["id"] == offer["id"]
    gone = await first.post(f"/returns/{offer['id']}/decline")
    assert (gone.status, gone.json["rule"]) == (HTTPStatus.CONFLICT, "return.gone")


async def test_who_was_missed_is_marked_at_the_desk_and_listed_for_the_supervisor(site: Site) -> None:
    channel = await rings_in(site)
    await rings_in(site, UNKNOWN)
    site.story.switch.notice_ends(channel)
    await site.story.clock.settle()
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    assert "rang back" in await page_of(agent, "/desk/queue")
    assert "and nobody could talk" in await page_of(agent, "/desk?callback=cb-3")
    page = await page_of(supervisor, "/returns")
    assert "nobody was free" in page
    assert "unknown caller" in page
    assert "+8613999999999" in page
    missed = (await supervisor.get("/returns", state=ReturnState.MISSED)).json["items"]
    assert [(each["callback_id"], each["missed_why"]) for each in missed] == [("cb-3", "nobody_free")]
    assert "未接" in await page_of(supervisor, "/returns?state=missed", "zh")


async def missed_when_done(site: Site) -> int:
    """cb-3 is done, its customer rang back and was missed: the callback's version."""
    before = await site.story.callback("cb-3")
    await site.story.books.callbacks.change("cb-3", before.version, CallbackChange(CallbackState.DONE))
    channel = await rings_in(site)
    site.story.switch.notice_ends(channel)
    await site.story.clock.settle()
    return (await site.story.callback("cb-3")).version


async def test_a_return_about_what_is_done_is_decided_by_a_supervisor_who_proposes_a_time(site: Site) -> None:
    version = await missed_when_done(site)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    (listed,) = (await supervisor.get("/returns", undecided="true")).json["items"]
    assert (listed["callback_state"], listed["callback_version"], listed["undecided"]) == ("done", version, True)
    assert 'href="/exhausted/cb-3"' in await page_of(supervisor, "/returns")
    assert 'href="/exhausted/cb-3"' in await page_of(supervisor, "/exhausted")
    page = await page_of(supervisor, "/exhausted/cb-3", "zh")
    assert "客户回电。" in page
    offered = re.findall(r'name="offer" value="([^"]+)"', page)
    assert len(offered) == 2
    form = {"version": str(version), "reason": "he rang back", "offer": offered[1]}
    async with supervisor.session.post("/exhausted/cb-3/give-back", data=form, allow_redirects=False) as response:
        assert response.status == HTTPStatus.SEE_OTHER
    back = await site.story.callback("cb-3")
    assert back.not_before is not None
    local = back.not_before.astimezone(ZoneInfo("Asia/Shanghai"))
    assert (back.state, back.round, local.strftime("%Y-%m-%dT%H:%M")) == (CallbackState.WAITING, 2, offered[1])
    assert (await supervisor.get("/returns", undecided="true")).json["items"] == []


async def test_a_return_about_what_is_done_may_need_no_call(site: Site) -> None:
    version = await missed_when_done(site)
    supervisor, agent = await site.sign_in(Person.SUPERVISOR), await site.sign_in(Person.AGENT)
    path, asked = "/callbacks/cb-3/settle-return", {"version": version, "reason": "only a question, answered by e-mail"}
    assert (await agent.post(path, asked)).status == HTTPStatus.FORBIDDEN
    assert (await supervisor.post(path, {**asked, "reason": " "})).status == HTTPStatus.UNPROCESSABLE_ENTITY
    settled = await supervisor.post(path, asked)
    assert (settled.status, settled.json["state"], settled.json["rang_back_at"]) == (200, "done", None)
    assert (await site.audit())[0].deed.action is Action.RETURN_SETTLED
    again = await supervisor.post(path, {**asked, "version": settled.json["version"]})
    assert (again.status, again.json["errors"][0]["field"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "version")
    assert "rang-title" not in await page_of(supervisor, "/exhausted")


async def test_who_called_him_sees_that_he_rang_back_about_what_is_over(site: Site) -> None:
    before = await site.story.callback("cb-1")
    await site.story.books.callbacks.change("cb-1", before.version, CallbackChange(CallbackState.CLOSED))
    await rings_in(site, "13800000001")
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    assert "and nobody could talk" in await page_of(agent, "/desk")
    assert "and nobody could talk" not in await page_of(other, "/desk")


async def test_the_list_is_read_in_parts(site: Site) -> None:
    for _ in range(3):
        await rings_in(site, UNKNOWN)
        await site.story.clock.advance(1)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    first = (await supervisor.get("/returns", limit="2")).json
    rest = (await supervisor.get("/returns", limit="2", cursor=first["next"])).json
    ids = [each["id"] for each in (*first["items"], *rest["items"])]
    assert len(set(ids)) == 3
    assert rest["next"] is None
    assert (await supervisor.get("/returns", cursor="nonsense")).code == "invalid"
