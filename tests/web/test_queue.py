"""Plans and callbacks over the API: who sees which, how a list is read, what is refused and why."""

from datetime import timedelta
from typing import Any

from callcenter.domain.people import CallbackState
from web.visiting import Person, Site

NEW = {"plan": "quick", "name": "李雷", "numbers": ["138 0000 0099"]}


async def test_a_list_is_read_page_by_page_as_far_as_one_may(site: Site) -> None:
    seen: dict[Person, dict[str, list[str]]] = {}
    for person in (Person.AGENT, Person.SUPERVISOR):
        visitor = await site.sign_in(person)
        cursor: str | None = ""
        found: list[dict[str, Any]] = []
        while cursor is not None:
            answer = await visitor.get("/callbacks", limit="2", cursor=cursor)
            found += answer.json["items"]
            cursor = answer.json["next"]
        seen[person] = {str(each["id"]): each["customer"]["numbers"] for each in found}
    assert list(seen[Person.SUPERVISOR]) == [f"cb-{number}" for number in range(1, 7)]
    assert seen[Person.SUPERVISOR]["cb-3"] == ["+8613800000003"]
    assert list(seen[Person.AGENT]) == ["cb-1", "cb-3", "cb-4", "cb-5", "cb-6"]
    assert seen[Person.AGENT]["cb-3"] == ["138****0003"]


async def test_a_cursor_belongs_to_its_list(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    cursor = (await visitor.get("/callbacks", limit="1")).json["next"]
    assert (await visitor.get("/callbacks", cursor=cursor, order="newest")).status == 422


async def test_counts_tell_what_one_may_see(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    assert (await supervisor.get("/callbacks/counts")).json["states"] == {"waiting": 4, "wrap_up": 2}
    mine = (await agent.get("/callbacks/counts", mine="true")).json
    assert (mine["total"], mine["plans"]) == (1, {"quick": {"wrap_up": 1}})


async def test_the_next_callback_is_mine_until_it_is_released(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    got = (await agent.post("/callbacks/next")).json["callback"]
    assert (got["id"], got["leased_to"], got["customer"]["numbers"]) == ("cb-3", "agent-1001", ["138****0003"])
    assert (await other.get("/callbacks/cb-3")).status == 403
    assert (await other.post("/callbacks/next")).json["callback"]["id"] == "cb-4"
    assert (await agent.post("/callbacks/cb-3/release")).status == 204
    again = await agent.post("/callbacks/cb-3/release")
    assert (again.status, again.json["rule"]) == (409, "callback.not_held")
    assert again.json["detail"].startswith("Only a callback that is in your hand")
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING


async def test_every_rule_is_explained_in_the_askers_language(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    site.archive.free = 0
    told = await agent.get("/callbacks/cb-6/explanation", lang="zh")
    refusal = told.json["refusal"]
    assert (told.json["callable_now"], refusal["rule"]) == (False, "disk.full")
    assert "录音存储空间" in refusal["message"]
    assert len(told.json["verdicts"]) > 15
    site.archive.free = 10**12
    assert (await agent.get("/callbacks/cb-6/explanation")).json["callable_now"]


async def test_a_callback_is_added_once(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    new = NEW | {"due_at": (site.story.clock.now() + timedelta(days=1)).isoformat()}
    added = await supervisor.post("/callbacks", new)
    assert (added.status, added.json["customer"]["numbers"]) == (201, ["+8613800000099"])
    again = await supervisor.post("/callbacks", new)
    assert (again.status, again.code) == (409, "taken")
    for wrong in ({"numbers": ["110"]}, {"plan": "nowhere"}, {"zone": "Moon/Crater"}, {"numbers": ["1"]}):
        assert (await supervisor.post("/callbacks", new | wrong)).status == 422, wrong


async def test_a_plan_is_added_started_and_paused(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    new = {"id": "spring", "name": "Spring", "policy": "quick", "trunk": "network"}
    added = await supervisor.post("/plans", new)
    assert (added.status, added.json["state"], added.json["zone"]) == (201, "draft", "Asia/Shanghai")
    assert (await supervisor.post("/plans", new)).code == "taken"
    for wrong in ({"policy": "none"}, {"trunk": "none"}, {"zone": "none"}, {"id": "a b"}):
        assert (await supervisor.post("/plans", new | {"id": "other"} | wrong)).status == 422, wrong
    for state, status in (("paused", 422), ("running", 200), ("paused", 200), ("finished", 200), ("draft", 422)):
        assert (await supervisor.ask("PATCH", "/plans/spring", {"state": state})).status == status, state
    stale = {"before": "running", "state": "paused"}
    assert (await supervisor.ask("PATCH", "/plans/spring", stale)).code == "changed_meanwhile"
    deeds = [entry.deed for entry in await site.audit() if entry.deed.on_id == "spring"]
    assert [deed.action.value for deed in deeds] == ["plan_changed"] * 3 + ["plan_added"]


async def test_the_status_says_what_keeps_everybody_from_dialling(site: Site) -> None:
    visitor, nobody = await site.sign_in(Person.AGENT), await site.visitor()
    fine = (await visitor.get("/status")).json
    assert (fine["may_dial"], fine["hindrances"], fine["switch_in_sight"]) == (True, [], True)
    assert (await nobody.get("/health")).json == {"status": "ok"}
    site.archive.free = 0
    site.story.switch.loses_connection()
    await site.story.clock.settle()
    bad = (await visitor.get("/status")).json
    assert (bad["may_dial"], [each["rule"] for each in bad["hindrances"]]) == (False, ["switch.down", "disk.full"])
    down = await nobody.get("/health")
    assert (down.status, down.code) == (503, "unavailable")
