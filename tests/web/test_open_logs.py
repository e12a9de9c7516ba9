"""Logs that are not closed follow their agent to every page, and their supervisor sees them."""

from web.test_pages import see
from web.visiting import Person, Site

A_DAY = 24 * 3600


async def test_the_count_stands_in_the_head_of_every_page_of_the_agent_and_of_nobody_else(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    for page in ("/desk", "/me", "/desk/logs", "/desk/open-logs"):
        assert "Logs to close: 1<" in (await see(agent, page)).text, page
    assert "Logs to close: 1" not in (await see(await site.sign_in(Person.SUPERVISOR), "/team")).text
    form = {"content": "x", "problems": "无", "handling_result": "y", "disposition": "success", "resolved": "true"}
    assert (await see(agent, f"/desk/logs/{site.talk}", form)).place == "/desk?said=log_closed"
    for page in ("/desk", "/me", "/desk/open-logs"):
        assert "Logs to close:" not in (await see(agent, page)).text
    assert "Every visit log is closed." in (await see(agent, "/desk/logs")).text


async def test_what_is_of_yesterday_is_overdue_and_the_oldest_comes_first(site: Site) -> None:
    site.story.clock.jump(A_DAY)
    later = await site.talked("cb-3", 1001)
    agent = await site.sign_in(Person.AGENT)
    page = (await see(agent, "/desk/logs")).text
    assert "Logs to close: 2 · 1 overdue<" in page
    assert page.index(site.talk) < page.index(later)
    assert page.count(">Overdue<") == 1
    desk = (await see(agent, "/desk")).text
    assert desk.rindex(site.talk) < desk.rindex(f'/desk/logs/{later}"')
    assert ">Overdue<" in desk


async def test_the_supervisor_sees_whose_logs_are_overdue(site: Site) -> None:
    site.story.clock.jump(A_DAY)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    page = (await see(supervisor, "/team")).text
    assert page.count(">Overdue<") == 2
    assert page.count("1 overdue") == 2
    team = (await supervisor.get("/team")).json
    told = {each["staff_number"]: (each["logs_open"], each["logs_overdue"]) for each in team["items"]}
    assert (told["1001"], told["1002"]) == ((1, 1), (1, 1))
