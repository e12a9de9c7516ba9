"""Plans over the API: written, submitted, approved by somebody else, run, forecast; and on the pages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.access import Role
from callcenter.domain.people import PlanState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal, Rule
from web.test_pages import see
from web.visiting import PASSWORD, Person, Site, Visitor

BARE = {"id": "spring", "name": "Spring", "policy": "quick", "trunk": "network"}
ELEMENTS = {
    "purpose": "满意度",
    "content": "1. 满意吗？",
    "starts_on": "2026-11-23",
    "ends_on": "2026-12-04",
    "whom": "十月签约客户",
    "lists": ["十月.xlsx"],
    "agent_ids": ["agent-1001"],
}
WHOLE = BARE | ELEMENTS


async def move(visitor: Visitor, state: str, plan: str = "spring", **more: Any) -> tuple[int, str]:
    answer = await visitor.ask("PATCH", f"/plans/{plan}", {"state": state, **more})
    return answer.status, answer.code or answer.json["state"]


async def add(visitor: Visitor, **changes: Any) -> Mapping[str, Any]:
    answer = await visitor.post("/plans", WHOLE | changes)
    assert answer.status == 201, answer.text
    found: Mapping[str, Any] = answer.json
    return found


async def test_a_plan_is_written_submitted_approved_and_run(site: Site) -> None:
    supervisor, compliance = await site.sign_in(Person.SUPERVISOR), await site.sign_in(Person.COMPLIANCE)
    added = await add(supervisor)
    assert (added["state"], added["lacking"], added["may_become"]) == ("draft", [], ["finished", "submitted"])
    assert await move(supervisor, "submitted") == (200, "submitted")
    assert await move(supervisor, "approved") == (403, "forbidden")
    assert await move(compliance, "approved", reason="fits") == (200, "approved")
    assert await move(compliance, "running") == (403, "forbidden")
    for state in ("running", "paused", "running", "finished"):
        assert await move(supervisor, state) == (200, state)
    history = (await compliance.get("/plans/spring/history")).json["items"]
    told = [(step["deed"], step["by"], step["after"]) for step in history]
    assert told == [
        ("add", "supervisor", "draft"),
        ("submit", "supervisor", "submitted"),
        ("approve", "compliance", "approved"),
        ("start", "supervisor", "running"),
        ("pause", "supervisor", "paused"),
        ("resume", "supervisor", "running"),
        ("finish", "supervisor", "finished"),
    ]
    assert history[2]["reason"] == "fits"
    deeds = [entry.deed for entry in await site.audit() if entry.deed.on_id == "spring"]
    changes = [deed.detail["deed"] for deed in reversed(deeds) if deed.action != "access_refused"]
    assert changes == [step["deed"] for step in history]
    assert [deed.login for deed in deeds if deed.action == "access_refused"] == ["compliance", "supervisor"]


async def test_what_lacks_is_named_when_it_is_submitted(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    await supervisor.post("/plans", BARE)
    refused = await supervisor.ask("PATCH", "/plans/spring", {"state": "submitted"})
    assert (refused.status, refused.code) == (422, "plan_incomplete")
    assert [each["field"] for each in refused.json["errors"]] == ["purpose", "content", "ends_on", "whom", "agent_ids"]
    in_chinese = await supervisor.ask("PATCH", "/plans/spring?lang=zh", {"state": "submitted"})
    assert in_chinese.json["errors"][-1]["message"] == "未说明执行人员。"


async def test_a_returned_plan_is_changed_and_submitted_again(site: Site) -> None:
    supervisor, compliance = await site.sign_in(Person.SUPERVISOR), await site.sign_in(Person.COMPLIANCE)
    await add(supervisor)
    await move(supervisor, "submitted")
    changed = {name: value for name, value in WHOLE.items() if name != "id"} | {"content": "1. 还好吗？"}
    locked = await supervisor.ask("PUT", "/plans/spring", changed | {"version": 2})
    assert (locked.status, locked.code) == (409, "not_a_draft")
    assert await move(compliance, "draft") == (422, "invalid")
    assert await move(compliance, "draft", reason="问卷太长") == (200, "draft")
    stale = await supervisor.ask("PUT", "/plans/spring", changed | {"version": 2})
    assert stale.code == "changed_meanwhile"
    done = await supervisor.ask("PUT", "/plans/spring", changed | {"version": 3})
    assert (done.json["content"], done.json["version"]) == ("1. 还好吗？", 4)
    history = (await supervisor.get("/plans/spring/history")).json["items"]
    assert [step["reason"] for step in history if step["deed"] == "return"] == ["问卷太长"]
    assert history[-1]["detail"] == {"changed": "content"}
    assert await move(compliance, "submitted") == (403, "forbidden")
    assert await move(supervisor, "submitted", version=3) == (409, "changed_meanwhile")
    assert await move(supervisor, "submitted", version=4) == (200, "submitted")


async def everything(site: Site) -> Visitor:
    """Somebody who may make plans and approve them."""
    await site.parts.accounts.add("both", "Both", frozenset({Role.SUPERVISOR, Role.COMPLIANCE}), PASSWORD)
    visitor = await site.visitor()
    await visitor.post("/session", {"login": "both", "password": PASSWORD})
    return visitor


async def disable(site: Site, person: Person) -> None:
    account = await site.account(person)
    await site.parts.accounts.change(account.id, account.version, {"disabled": True})


async def test_nobody_approves_his_own_plan_while_somebody_else_could(site: Site) -> None:
    both = await everything(site)
    await add(both)
    await move(both, "submitted")
    assert await move(both, "approved", reason="in a hurry") == (409, "own_plan")
    assert (await both.post("/plans", WHOLE | {"id": "quickly", "state": "running", "reason": "x"})).code == "own_plan"
    assert (await both.get("/plans/quickly")).status == 404
    await disable(site, Person.COMPLIANCE)
    assert await move(both, "approved") == (422, "invalid")
    assert await move(both, "approved", reason="alone here") == (200, "approved")
    newest = (await site.audit())[0].deed
    assert (newest.login, newest.detail["reason"], newest.detail["own"]) == ("both", "alone here", "true")


async def test_who_may_do_every_step_starts_a_plan_at_once(site: Site) -> None:
    both, supervisor = await everything(site), await site.sign_in(Person.SUPERVISOR)
    await disable(site, Person.COMPLIANCE)
    assert (await supervisor.post("/plans", WHOLE | {"state": "running", "reason": "x"})).status == 403
    assert (await both.post("/plans", BARE | {"state": "running", "reason": "x"})).code == "plan_incomplete"
    assert (await both.post("/plans", WHOLE | {"state": "paused"})).status == 422
    added = await add(both, state="running", reason="one-person office")
    assert (added["state"], added["needs_approval"]) == ("running", False)
    history = (await both.get("/plans/spring/history")).json["items"]
    assert [step["deed"] for step in history] == ["add", "submit", "approve", "start"]


async def test_wrong_values_are_told_at_their_fields(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    for wrong, field in (
        ({"ends_on": "2026-11-22"}, "ends_on"),
        ({"agent_ids": ["nobody"]}, "agent_ids"),
        ({"policy": "none"}, "policy"),
        ({"trunk": "none"}, "trunk"),
        ({"zone": "none"}, "zone"),
    ):
        answer = await supervisor.post("/plans", WHOLE | wrong)
        assert [each["field"] for each in answer.json["errors"]] == [field]


async def test_a_finished_plan_takes_no_more_callbacks(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    await move(supervisor, "finished", "quick")
    due = (site.story.clock.now() + timedelta(days=1)).isoformat()
    new = {"plan": "quick", "name": "李雷", "numbers": ["13800000099"], "due_at": due}
    answer = await supervisor.post("/callbacks", new)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "plan")


async def test_only_the_plans_executors_get_and_dial_its_callbacks(site: Site) -> None:
    story = site.story
    found = await site.parts.plans.get("quick")
    await story.books.people.add_plan(replace(found, agent_ids=("agent-1002",)))
    refusal = await story.dial("cb-3", 1001)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.AGENT_NOT_OF_PLAN
    explained = await story.service.asking.explain("cb-3", None)
    assert not isinstance(explained, Refusal)
    assert explained.refusal is None


async def test_the_forecast_names_its_assumptions(site: Site) -> None:
    compliance = await site.sign_in(Person.COMPLIANCE)
    told = (await compliance.get("/plans/quick/forecast")).json
    assert (told["answer"], told["remaining"], told["agents"]) == ("met", 5, 2)
    assert told["figures"]["answer_rate"] == {"value": 0.5, "basis": "assumed", "sample": 0}
    assert told["figures"]["dials_per_callback"]["basis"] == "derived"
    assert len(told["days"]) >= 1
    none = (await compliance.get("/plans/quick/forecast", agents="0")).json
    assert (none["answer"], none["shortfall"], none["agents_needed"]) == ("no_agents", 5, 1)
    past = (await compliance.get("/plans/quick/forecast", due="2026-11-01")).json
    assert past["answer"] == "due_past"
    assert (await compliance.get("/plans/quick/forecast", agents="-1")).status == 422
    assert (await compliance.get("/plans/nowhere/forecast")).status == 404


async def test_who_can_never_be_called_is_told_in_the_forecast_and_on_the_page(site: Site) -> None:
    people, story = site.story.books.people, site.story
    case, plan = await story.books.callbacks.case("cb-1"), await site.parts.plans.get("quick")
    assert case is not None
    await people.add_plan(replace(plan, id="far", policy="tongjiang"))
    abroad = replace(case.customer, id="far", zone="America/New_York", numbers=(PhoneNumber("+861065000000"),))
    await people.add_cases([abroad], [replace(case.callback, id="cb-far", plan_id="far", customer_id="far")])
    compliance = await site.sign_in(Person.COMPLIANCE)
    told = (await compliance.get("/plans/far/forecast")).json
    assert (told["answer"], told["remaining"], told["never"], told["finishes_on"]) == ("no_hours", 1, 1, None)
    assert "1 of them can never be called" in (await see(compliance, "/plans/far?lang=en")).text
    assert (await compliance.get("/plans/quick/forecast")).json["never"] == 0


async def test_progress_is_for_who_reads_the_queue(site: Site) -> None:
    supervisor, agent = await site.sign_in(Person.SUPERVISOR), await site.sign_in(Person.AGENT)
    items = {item["id"]: item for item in (await supervisor.get("/plans")).json["items"]}
    assert items["quick"]["progress"] == {
        "total": 5, "done": 0, "remaining": 5, "stopped": 0, "closed": 0, "overdue": 0,
    }  # fmt: skip
    assert (await agent.get("/plans/quick")).json["progress"] is None


# --- pages ------------------------------------------------------------------------------------------------------------

FIELDS = {
    "id": "spring", "name": "春季回访", "purpose": "满意度", "visit_type": "special", "policy": "quick",
    "trunk": "network", "zone": "Asia/Shanghai", "channel": "phone", "content": "1. 满意吗？\r\n2. 建议？",
    "starts_on": "2026-11-23", "ends_on": "2026-12-04", "whom": "十月签约", "lists": "a.xlsx\r\n\r\nb.xlsx",
    "agent_ids": "agent-1001",
}  # fmt: skip


async def test_a_plan_is_written_and_moved_on_its_pages(site: Site) -> None:
    supervisor, compliance = await site.sign_in(Person.SUPERVISOR), await site.sign_in(Person.COMPLIANCE)
    wrong = await see(supervisor, "/plans", FIELDS | {"ends_on": "2026-11-01", "id": "a b"})
    assert (wrong.status, "This is not right." in wrong.text) == (422, True)
    late = await see(supervisor, "/plans", FIELDS | {"ends_on": "2026-11-01"})
    assert (late.status, "The last day lies before the first." in late.text) == (422, True)
    assert (await see(supervisor, "/plans", FIELDS)).place == "/plans/spring?said=plan_added"
    assert "There is a plan of this id already." in (await see(supervisor, "/plans", FIELDS)).text
    plan = await site.parts.plans.get("spring")
    assert (plan.content, plan.lists, plan.agent_ids) == (
        "1. 满意吗？\n2. 建议？",
        ("a.xlsx", "b.xlsx"),
        ("agent-1001",),
    )
    assert "春季回访" in (await see(supervisor, "/plans/spring/edit")).text
    without = {name: value for name, value in FIELDS.items() if name not in {"id", "whom", "lists"}} | {"version": "1"}
    assert (await see(supervisor, "/plans/spring/edit", without)).place == "/plans/spring?said=plan_changed"
    lacking = await see(supervisor, "/plans/spring", {"before": "draft", "state": "submitted", "version": "2"})
    assert (lacking.status, "It is not said which customers." in lacking.text) == (422, True)
    assert (await see(supervisor, "/plans/spring/edit", FIELDS | {"version": "1"})).status == 422
    again = without | {"whom": "十月签约", "version": "2"}
    assert (await see(supervisor, "/plans/spring/edit", again)).status == 303
    assert (await see(supervisor, "/plans/spring/edit", again)).status == 409
    assert (await see(supervisor, "/plans/spring", {"before": "draft", "state": "submitted"})).status == 303
    assert "Approve" in (await see(compliance, "/plans/spring")).text
    returned = {"before": "submitted", "state": "draft", "reason": "太长"}
    assert (await see(compliance, "/plans/spring", returned)).status == 303
    assert "太长" in (await see(supervisor, "/plans/spring")).text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_plans_page_draws_its_forecast(site: Site, language: str) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    page = (await see(supervisor, f"/plans/quick?lang={language}")).text
    policy = await site.story.books.policies.in_force("quick", site.story.clock.now())
    assert policy is not None
    assert f">{policy.title.zh if language == 'zh' else policy.title.en} · quick</" in page
    assert '<polyline class="line" points="0.0,1.0 ' in page
    what_if = (await see(supervisor, f"/plans/quick?agents=0&lang={language}")).text
    assert {"en": "there is no agent", "zh": "没有执行人员"}[language] in what_if
    assert (await site.parts.plans.get("quick")).state is PlanState.RUNNING


async def test_the_form_offers_the_policies_in_force_and_keeps_one_that_is_none(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    page = (await see(visitor, "/plans/-new?lang=en")).text
    offered = re.findall(r'<option value="(\w+)">[^<]* · \1</option>', page)
    assert offered == ["always_open", "quick", "tongjiang"]
    refused = await see(visitor, "/plans", FIELDS | {"policy": "none"})
    assert refused.status == 422
    assert '<option value="none" selected>none</option>' in refused.text
