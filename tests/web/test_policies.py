"""The rules on pages and by the API: seen, compared, checked with every mistake, tried out, kept as a new version."""

import re
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from callcenter.domain.audit import Action
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.policies.written import written
from callcenter.domain.times.closing_days import ClosingDay
from callcenter.domain.words.rule_names import RULE_NAMES
from callcenter.storage.tables import policies
from web.visiting import Person, Site, Visitor

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEXT = preset_text("tongjiang").replace("version = 1", "version = 2").replace("2026-01-01", "2026-12-01")
NARROW = NEXT.replace('windows = "window.tongjiang"', 'windows = {intervals = ["14:00-16:00"], days = "workdays"}')


async def page(visitor: Visitor, path: str, **fields: str) -> tuple[int, str]:
    """A form where fields are given; Chinese unless the address asks otherwise."""
    method, given = "POST" if fields else "GET", fields or None
    async with visitor.session.request(method, path, allow_redirects=False, data=given) as response:
        return response.status, await response.text()


async def test_policies_are_listed_with_their_plans_and_told_in_words(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    listed = await visitor.get("/policies")
    assert {item["name"]: item["plans"] for item in listed.json["items"]}["tongjiang"] == ["strict"]
    assert "window.tongjiang" in listed.json["presets"]
    one = await visitor.get("/policies/tongjiang/versions/1", lang="zh")
    told = {value["key"]: value for value in one.json["values"] if value["group"] == "attempts"}
    assert (told["ring_seconds_min"]["value"], told["ring_seconds_min"]["source"]) == ("20 秒", "C6-55")
    assert one.json["text"] == preset_text("tongjiang")
    assert (await visitor.get("/policies/tongjiang/versions/9")).status == 404
    status, html = await page(visitor, "/policies/tongjiang?lang=en")
    assert status == 200
    assert "20 s" in html
    assert "C6-55" in html
    assert "The product&#39;s own defaults" in html
    assert "strict" in (await page(visitor, "/policies"))[1]


async def test_a_changed_policy_is_compared_tried_out_and_kept(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    checked = await visitor.post("/policies/check", {"text": NARROW})
    changes = {change["key"]: change["message"] for change in checked.json["changes"]}
    assert "10:00-11:00, 14:00-16:00 → 14:00-16:00; binding: advice → no way round" in changes["intervals"]
    assert {change["group"] for change in checked.json["changes"]} == {"windows"}
    tried = await visitor.post("/policies/simulate", {"text": NARROW})
    assert (tried.json["waiting"], tried.json["now_before"], tried.json["now_after"]) == (1, 1, 0)
    assert (tried.json["later"], len(tried.json["hours"])) == (1, 72)
    added = await visitor.post("/policies", {"text": NARROW})
    assert (added.status, added.json["version"]) == (201, 2)
    again = await visitor.post("/policies", {"text": NARROW})
    assert (again.status, again.json["errors"][0]["message"]) == (422, "version: stands already; the next is 3")
    (entry,) = await site.parts.audit.entries(action=Action.POLICY_ADDED)
    assert (entry.deed.on_id, entry.deed.detail["version"]) == ("tongjiang", "2")
    diff = await visitor.get("/policies/diff", before="tongjiang:1", after="tongjiang:2")
    assert diff.json["changes"] == checked.json["changes"]
    for nowhere in ("nowhere", "tongjiang:" + "9" * 40):
        assert (await visitor.get("/policies/diff", before="tongjiang:1", after=nowhere)).status == 404


async def test_a_closing_day_of_the_house_counts_when_a_policy_is_tried_out(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    today = site.story.clock.now().astimezone(SHANGHAI).date()
    await site.story.books.closing_days.add(ClosingDay(today, "年会", "", "", site.story.clock.now()))
    tried = await visitor.post("/policies/simulate", {"text": NARROW})
    assert (tried.json["waiting"], tried.json["now_before"], tried.json["now_after"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (NEXT.replace("2026-12-01", "2026-01-01"), "lies in the past", "已是过去"),
        (NEXT.replace("version = 2", "version = 1"), "stands already; the next is 2", "该版本已存在；下一版本为 2"),
        (NEXT.replace('"window.tongjiang"', '"window.nowhere"'), "there is no preset", "没有预设"),
        ("windows = [", "this is not TOML", "不是有效的 TOML"),
        (NEXT + "\n[nonsense]\nx = 1\n", "nonsense: is not a known key", "nonsense：不是已知的键"),
    ],
)
async def test_every_mistake_is_told_in_both_languages_and_nothing_typed_is_lost(
    site: Site, text: str, english: str, chinese: str
) -> None:
    visitor = await site.sign_in(Person.RECORDS_HEAD)
    for language, sentence in (("en", english), ("zh", chinese)):
        status, html = await page(visitor, f"/policy-editor?lang={language}", text=text, intent="check")
        assert status == 422
        assert sentence in html
        assert text.splitlines()[0].replace('"', "&#34;") in html


async def test_the_editor_begins_with_the_next_version_previews_and_saves(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    assert (await page(visitor, "/calendar", day="2026-12-24", name="Closed"))[0] == 303
    status, html = await page(visitor, "/policy-editor?from=tongjiang&lang=en")
    assert (status, "version = 2" in html, "effective_from = 2026-11-23" in html) == (200, True, True)
    status, html = await page(visitor, "/policy-editor?lang=en", text=NARROW, intent="check")
    assert status == 200
    assert '<td data-label="Before"><span>10:00-11:00, 14:00-16:00<' in html
    assert '<td data-label="After"><span>14:00-16:00<' in html
    assert "<svg" in html
    assert "Yes, save it" in html
    assert "<title>Callbacks that become callable, an hour</title>" in html
    assert "<li>the customer accepts calls</li>" in html
    assert '<option value="window.realestate">Calling hours · window.realestate</option>' in html
    _, html = await page(visitor, "/policy-editor", text=NARROW, intent="insert", preset="window.realestate")
    assert "windows = &#34;window.realestate&#34;" in html
    status, _ = await page(visitor, "/policy-editor", text=NARROW, intent="save")
    assert status == 303
    assert "v2" in (await page(visitor, "/policies/tongjiang?version=2"))[1]
    assert "v2 · 2026-12-01起</a>" in (await page(visitor, "/policies?lang=zh"))[1]
    _, html = await page(visitor, "/policy-diff?before=tongjiang:1&after=tongjiang:2&lang=zh")
    assert '<td data-label="之后"><span>14:00-16:00<' in html
    assert "同江投资客户回访 · tongjiang:2</option>" in html
    assert (await page(visitor, "/policy-editor"))[0] == 200


async def test_a_plan_says_what_can_be_called_and_a_callback_who_could(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    found = await visitor.get("/plans/quick/explanation")
    assert (found.json["queued"], found.json["callable_now"]) == (3, 3)
    assert found.json["message"] == "3 callable now."
    assert (await visitor.get("/plans/nowhere/explanation")).status == 404
    explained = await visitor.get("/callbacks/cb-3/explanation")
    assert {caller["agent"]: caller["may_call"] for caller in explained.json["callers"]} == {"1001": True, "1002": True}
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.get("/callbacks/cb-3/explanation")).json["callers"] == []
    assert "现在可拨打3个" in (await page(visitor, "/plans/quick/why?lang=zh"))[1]
    _, html = await page(visitor, "/queue/cb-3?lang=zh")
    assert "谁可以拨打" in html
    assert f"所有规则（按判断顺序） ({len(RULE_NAMES)})" in html
    assert all(chinese in html for _, chinese in RULE_NAMES.values())


async def aged(site: Site) -> None:
    """The stored policy is of a time when its preset asked for two dials."""
    then = load_policy(
        preset_text("tongjiang"), lambda name: preset_text(name).replace("dials_min = 3", "dials_min = 2")
    )
    async with site.story.books.database.write() as connection:
        await connection.execute(sa.update(policies).values(body=written(then)).where(policies.c.name == "tongjiang"))


async def test_a_newer_preset_is_told_and_is_kept_by_a_person_alone(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    told = "The product&#39;s own preset is newer than version 1."
    assert (await visitor.get("/policies/renewals")).json == {"items": []}
    assert (await visitor.get("/status")).json["newer_presets"] == []
    assert told not in (await page(visitor, "/policies?lang=en"))[1]
    assert "as their presets" in (await page(visitor, "/status?lang=en"))[1]
    await aged(site)
    (item,) = (await visitor.get("/policies/renewals")).json["items"]
    assert (item["name"], item["version"], item["next"], item["of_product"]) == ("tongjiang", 1, 2, True)
    assert [change["key"] for change in item["changes"]] == ["dials_min"]
    assert (await visitor.get("/status")).json["newer_presets"] == ["tongjiang"]
    assert told in (await page(visitor, "/policies?lang=en"))[1]
    assert "newer presets for tongjiang" in (await page(visitor, "/status?lang=en"))[1]
    diff = await visitor.get("/policies/diff", before="tongjiang:1", after="tongjiang:renewed")
    assert diff.json["changes"] == item["changes"]
    compared = (await page(visitor, "/policy-diff?before=tongjiang:1&after=tongjiang:renewed&lang=en"))[1]
    assert re.findall(r'data-label="(Before|After)"><span>([0-9])', compared) == [("Before", "2"), ("After", "3")]
    editor = (await page(visitor, "/policy-editor?from=tongjiang&renewed=1"))[1]
    assert "version = 2" in editor
    assert len((await visitor.get("/policies")).json["items"][-1]["versions"]) == 1, "nothing was kept by looking"
    assert (await visitor.post("/policies", {"text": item["text"]})).status == 201
    assert (await visitor.get("/policies/renewals")).json == {"items": []}
    status, _ = await page(visitor, "/policy-editor?from=tongjiang&renewed=1")
    assert status == 303


async def test_the_editor_names_every_value_s_key_also_beside_a_text_that_is_wrong(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    _, html = await page(visitor, "/policy-editor?from=tongjiang&lang=en")
    assert "<code>ring_seconds_min = 20</code>" in html
    _, html = await page(visitor, "/policy-editor?lang=en", text="name = ", intent="check")
    assert "<code>ring_seconds_min = 20</code>" in html
