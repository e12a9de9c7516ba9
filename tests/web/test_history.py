"""What was there with a customer before: told on the desk, in the queue and over the API to who may know it."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.audit import Action
from callcenter.domain.people import Channel
from callcenter.domain.visits.paper import PaperResult, PaperVisit
from web.test_pages import see
from web.visiting import Person, Site

HOURS_AGO = timedelta(hours=3)


async def visited(site: Site) -> None:
    """The customer of cb-3 got a visit, and nobody has dialled him yet."""
    books, now = site.story.books, site.story.clock.now()
    visit = PaperVisit(
        "v-1", "cb-3", "agent-1001", Channel.ONSITE, now - HOURS_AGO, PaperResult.MADE,
        "看了<b>设备</b>", "漏水", "", "尽快来修", now, "li", now + timedelta(days=1100),
    )  # fmt: skip
    await books.paper.add(visit)
    case = await books.callbacks.case("cb-3")
    assert case is not None
    told = replace(case.customer, job_title="财务主管", product="稳健理财", needs="听力不好", dislikes_calls=True)
    await books.people.add_cases([replace(told, id="told")], [replace(case.callback, id="cb-t", customer_id="told")])


async def test_the_desk_tells_who_the_customer_is_and_what_was_there_before(site: Site) -> None:
    await visited(site)
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.post("/callbacks/next")).json["callback"]["id"] == "cb-3"
    page = (await see(agent, "/desk?lang=zh")).text
    for words in ("最近回访", "看了&lt;b&gt;设备&lt;/b&gt;", "漏水 · 尽快来修", "上门"):
        assert words in page
    told = (await agent.get("/callbacks/cb-3/history")).json
    assert [(each["result"], each["own_words"]) for each in told["visits"]] == [("made", "尽快来修")]
    supervisor = await site.sign_in(Person.SUPERVISOR)
    page = (await see(supervisor, "/queue/cb-t?lang=en")).text
    for words in ("稳健理财", "听力不好", "Dislikes calls", "None with this customer yet."):
        assert words in page
    shown = (await supervisor.get("/callbacks/cb-t")).json["customer"]
    assert (shown["job_title"], shown["product"], shown["needs"]) == ("财务主管", "稳健理财", "听力不好")


async def test_an_agent_reads_it_of_what_waits_for_him_too_and_of_nothing_else(site: Site) -> None:
    await visited(site)
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    told = (await agent.get("/callbacks/cb-3/history")).json
    assert [each["own_words"] for each in told["visits"]] == ["尽快来修"]
    assert "漏水 · 尽快来修" in (await see(agent, "/desk?callback=cb-3&lang=zh")).text
    books = site.story.books
    first = await site.story.callback("cb-3")
    await books.people.add_cases([], [replace(first, id="again", not_by="agent-1001")])
    (plan,) = [plan for plan in await books.people.plans() if plan.id == "quick"]
    await books.people.add_plan(replace(plan, id="others", agent_ids=("agent-1002",)))
    await books.people.add_cases([], [replace(first, id="theirs", plan_id="others")])
    taken = (await other.post("/callbacks/next")).json["callback"]["id"]
    before = len([each for each in await site.audit() if each.deed.action is Action.ACCESS_REFUSED])
    for key in ("again", "theirs", taken):
        assert (await agent.get(f"/callbacks/{key}/history")).status == 403, key
        assert "漏水" not in (await see(agent, f"/desk?callback={key}&lang=zh")).text, key
        assert (await other.get(f"/callbacks/{key}/history")).status == 200, key
    refused = [each.deed for each in await site.audit() if each.deed.action is Action.ACCESS_REFUSED]
    assert len(refused) == before + 3
