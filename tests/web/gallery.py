"""A site that has something to show on each of its pages: good and bad, short and long, in both languages."""

from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

import aiohttp

from callcenter.domain.people import Callback, CallbackState, Customer, VisitType
from callcenter.domain.phone import PhoneNumber
from engine.story import MONDAY_10_15
from web.importing import BAD, LIST, imported, send
from web.scripting import KEY, furnished, give
from web.test_pages import see, used_up
from web.visiting import Person, Site, Visitor

COMPLETE = MappingProxyType(
    {
        "content": "问了满意度",
        "problems": "无",
        "handling_result": "已解释",
        "disposition": "success",
        "resolved": "true",
    }
)
OPT_OUT = {
    "kind": "opt_out",
    "callback": "cb-5",
    "channels": ["phone"],
    "reason": "He said so when he was called, 并且又写了一封三页的信",
}
LONG = "cb-7"
"""The callback of somebody whose name, employer and purpose are long."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as one person sees it."""

    name: str
    person: Person
    path: str


async def fill(site: Site) -> list[View]:
    """Something for each page. The callbacks cb-3 and LONG can be called; cb-4 is used up, cb-5 wants no calls."""
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    case = await furnished(site)
    await _somebody_with_long_words(site)
    correction = {"key": KEY, "field": "number", "new": "139 0000 0009", "replaces": 0}
    await agent.post(f"/attempts/{site.talk}/corrections", correction)
    await give(agent, site.talk, "q.promise", value=True, script_version=2)
    visit = {"channel": "onsite", "visited_at": "2026-11-22T02:00:00Z", "result": "made", "content": "当面谈了"}
    await site.story.add_callback("cb-8")
    await agent.post("/callbacks/cb-8/visits", {**visit, "problems": "无"})
    await _closed(site, agent)
    await used_up(site.story)
    await supervisor.post("/exclusions", OPT_OUT)
    await imported(supervisor, LIST, name="秋季名单.csv")
    bad = await imported(supervisor, BAD, name="a-list-of-the-autumn-with-a-long-name-and-mistakes.csv")
    await send(supervisor, "/blocklists/dnc/numbers", "13800000003\n", name="dnc.csv")
    preview = await _looked_at(supervisor)
    await supervisor.post("/calendar/closing-days", {"day": "2026-12-24", "reason": "年终盘点"})
    account = await site.account(Person.AGENT)
    return [*_agents(site), *_supervisors(case, str(bad["id"]), preview), *_others(site, account.id)]


async def _closed(site: Site, agent: Visitor) -> None:
    """The log of the first talk; its script asks before."""
    given = {"convenient": True, "identity.name": True, "identity.account_tail": True, "q.risk_told": True}
    for key, value in {**given, "q.satisfaction": 5, "q.agent_trades": [], "unanswered": "客户赶时间"}.items():
        answer = await give(agent, site.talk, key, value, script_version=2)
        assert answer.status == 200, (key, answer.text)
    done = await see(agent, f"/desk/logs/{site.talk}", dict(COMPLETE))
    assert done.place == "/desk?said=log_closed", done.text


async def _somebody_with_long_words(site: Site) -> None:
    customer = Customer(
        f"customer-{LONG}",
        "Maximiliana Featherstonehaugh-Cholmondeley",
        "北京通江示例资产管理有限公司上海分公司浦东新区世纪大道第二证券营业部",
        (PhoneNumber("+8613800000007"), PhoneNumber("+862160000007")),
        "Asia/Shanghai",
        "en",
        "Alexandra Papadimitriou-Konstantinopoulos",
        "高净值客户财富管理与家族办公室服务部",
    )
    callback = Callback(
        LONG,
        "quick",
        customer.id,
        "核对本季度投资组合调整后的风险揭示是否充分，并确认客户已收到并理解新的费用说明；"
        "ask whether the statement of the third quarter arrived",
        VisitType.ROUTINE_NEW,
        CallbackState.WAITING,
        MONDAY_10_15 + timedelta(hours=7),
        5,
        1,
        MONDAY_10_15,
    )
    await site.story.books.people.add_cases([customer], [callback])
    plan = next(each for each in await site.story.books.people.plans() if each.id == "quick")
    await site.story.books.people.add_plan(replace(plan, name="二〇二六年第四季度客户满意度回访"))


async def _looked_at(supervisor: Visitor) -> str:
    """The address at which a file that was sent is looked at before it is taken in."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", BAD.encode(), filename="名单.csv")
    form.add_field("plan", "quick")
    async with supervisor.session.post(
        "/imports", data=form, allow_redirects=False, headers={"Accept": "text/html"}
    ) as response:
        return response.headers["Location"]


def _agents(site: Site) -> list[View]:
    person = Person.AGENT
    return [
        View("log-closed", person, f"/desk/logs/{site.talk}"),
        View("logs-open", person, "/desk/logs"),
        View("paper", person, "/paper/cb-8"),
        View("me", person, "/me"),
        View("forbidden", person, "/audit"),
    ]


def _supervisors(case: str, imported_id: str, preview: str) -> list[View]:
    paths = {
        "exhausted": "/exhausted",
        "exhausted-one": "/exhausted/cb-4",
        "problems": "/problems",
        "problem": f"/problems/{case}",
        "corrections": "/corrections",
        "queue": "/queue",
        "callback": f"/queue/{LONG}",
        "exclusions": "/queue/cb-5/exclusions",
        "returns": "/returns",
        "team": "/team",
        "plans": "/plans",
        "plan": "/plans/quick",
        "plan-why": "/plans/quick/why",
        "plan-new": "/plans/-new",
        "plan-edit": "/plans/quick/edit",
        "scripts": "/scripts",
        "script": "/scripts/broker",
        "script-diff": "/scripts/broker/diff?before=1&after=2",
        "script-editor": "/script-editor?from=broker",
        "policies": "/policies",
        "policy": "/policies/tongjiang",
        "policy-diff": "/policy-diff?before=tongjiang:1&after=quick:1",
        "imports": "/imports",
        "import": f"/imports/{imported_id}",
        "import-preview": preview,
        "blocklists": "/blocklists",
        "calendar": "/calendar",
        "status": "/status",
        "not-found": "/nowhere",
    }
    return [View(name, Person.SUPERVISOR, path) for name, path in paths.items()]


def _others(site: Site, account: str) -> list[View]:
    return [
        View("sign-in", Person.ANONYMOUS, "/login"),
        View("recordings", Person.COMPLIANCE, "/recordings"),
        View("recording", Person.COMPLIANCE, f"/recordings/{site.talk}"),
        View("proof", Person.COMPLIANCE, "/recordings/proof"),
        View("audit", Person.COMPLIANCE, "/audit"),
        View("accounts", Person.ADMIN, "/accounts"),
        View("account", Person.ADMIN, f"/accounts/{account}"),
        View("policy-editor", Person.ADMIN, "/policy-editor?from=tongjiang"),
    ]
