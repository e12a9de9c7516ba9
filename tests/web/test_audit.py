"""The audit: read by who may, page by page, and proven whole."""

import sqlite3
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.audit import Action, Deed, first_break
from callcenter.domain.words.sentences import Language
from callcenter.web.language import translator
from callcenter.web.pages.deed_words import details_told
from callcenter.web.pages.words import who_word
from web.test_pages import see
from web.visiting import Person, Site


async def test_entries_come_newest_first_page_by_page(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    await visitor.get("/accounts")
    numbers, cursor = [], ""
    while True:
        page = (await visitor.get("/audit", limit="2", cursor=cursor)).json
        numbers += [item["number"] for item in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert numbers == list(range(len(await site.audit()), 0, -1))


async def test_each_filter_finds_what_it_says(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    agent = await site.sign_in(Person.AGENT)
    await agent.get(f"/attempts/{site.other_talk}")
    account = await site.account(Person.AGENT)
    for query in (
        {"action": "access_refused"},
        {"kind": "attempt"},
        {"object": site.other_talk},
        {"person": account.id, "action": "access_refused"},
        {"login": "Agent1001", "kind": "attempt"},
    ):
        (item,) = (await visitor.get("/audit", **query)).json["items"]
        assert (item["login"], item["object"]) == (Person.AGENT, site.other_talk), query
    assert (await visitor.get("/audit", login="nobody")).json["items"] == []


async def test_who_searches_for_a_recording_finds_also_whom_its_page_was_refused(site: Site) -> None:
    agent, compliance = await site.sign_in(Person.AGENT), await site.sign_in(Person.COMPLIANCE)
    assert (await see(agent, f"/recordings/{site.other_talk}")).status == 403
    assert (await see(agent, f"/recordings/{site.other_talk}/verify", {})).status == 403
    assert (await see(agent, "/recordings/proof")).status == 403
    found = (await compliance.get("/audit", object=site.other_talk)).json["items"]
    assert [(item["login"], item["kind"], item["detail"]["route"]) for item in found] == [
        (Person.AGENT, "recording", "pageVerify"),
        (Person.AGENT, "recording", "pageRecording"),
    ]
    assert [item["object"] for item in (await compliance.get("/audit", kind="route")).json["items"]] == ["pageProof"]


async def test_rights_and_the_findings_of_checks_are_told_in_words(site: Site) -> None:
    agent, compliance = await site.sign_in(Person.AGENT), await site.sign_in(Person.COMPLIANCE)
    assert (await agent.get("/attempts/none")).status == 404
    assert (await see(agent, "/recordings")).status == 403
    assert (await compliance.post(f"/recordings/{site.talk}/verify")).status == 200
    assert (await compliance.get(f"/recordings/{site.talk}/audio", lang="zh")).status == 200
    text = (await see(compliance, "/audit?lang=zh")).text
    for told in ("所需权限：收听录音", "校验结果：未被改动", "字节范围："):
        assert told in text, told
    assert "unchanged" not in text
    assert "recordings.hear" not in text


async def test_entries_are_found_by_when_it_was_done(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    entries = await site.audit()
    now, later = site.story.clock.now(), site.story.clock.now() + timedelta(seconds=1)
    earlier = min(entry.deed.at for entry in entries)
    everything = {"from": earlier.isoformat(), "to": later.isoformat()}
    found = (await visitor.get("/audit", limit="100", **everything)).json["items"]
    assert len(found) == len(entries)
    assert (await visitor.get("/audit", **{"from": later.isoformat()})).json["items"] == []
    assert (await visitor.get("/audit", to=earlier.isoformat())).json["items"] == []
    today = now.astimezone(ZoneInfo(site.parts.terms.zone)).date()
    for first, last, shown in ((today, today, True), (today + timedelta(1), None, False), (None, today, True)):
        query = {"first": first.isoformat() if first else "", "last": last.isoformat() if last else ""}
        seen = await see(visitor, f"/audit?{urlencode(query)}")
        assert (seen.status, "Signed in</td>" in seen.text) == (200, shown), query
    wrong = await see(visitor, f"/audit?first={today}&last={today - timedelta(1)}")
    assert (wrong.status, "Lies before the first day." in wrong.text) == (422, True)


async def test_the_page_tells_objects_by_name_and_leads_to_those_that_one_may_open(site: Site) -> None:
    agent, admin = await site.sign_in(Person.AGENT), await site.sign_in(Person.ADMIN)
    await agent.get(f"/attempts/{site.other_talk}")
    account = await site.account(Person.AGENT)
    asked = {"version": account.version, "name": "Another name"}
    assert (await admin.ask("PATCH", f"/accounts/{account.id}", asked)).status == 200
    seen = await see(admin, "/audit?lang=en")
    assert f'Account <a href="/accounts/{account.id}">agent1001</a>' in seen.text
    assert f"Dialled call {site.other_talk}" in seen.text
    compliance = await site.sign_in(Person.COMPLIANCE)
    seen = await see(compliance, "/audit?lang=zh")
    assert f'拨打记录 <a href="/recordings/{site.other_talk}">' in seen.text
    assert "账号 agent1001" in seen.text
    assert (await see(compliance, f"/recordings/{site.other_talk}")).status == 200


async def test_the_chain_is_proven_and_a_changed_entry_is_found(site: Site) -> None:
    visitor = await site.sign_in(Person.RECORDS_HEAD)
    proof = (await visitor.get("/audit/verify")).json
    newest = (await site.audit())[0]
    assert proof == {"unbroken": True, "entries": newest.number, "first_break": None, "hash": newest.hash}
    path = site.story.books.database.path
    assert path is not None
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET login = 'another' WHERE number = 3")
    connection.close()
    broken = (await visitor.get("/audit/verify")).json
    before = next(entry for entry in await site.audit() if entry.number == 2)
    assert broken == {"unbroken": False, "entries": 2, "first_break": 3, "hash": before.hash}
    assert first_break(await site.story.books.audit.chain()) == 3


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (Person.ANONYMOUS, 401),
        (Person.AGENT, 403),
        (Person.SUPERVISOR, 403),
        (Person.COMPLIANCE, 200),
        (Person.RECORDS_HEAD, 200),
        (Person.ADMIN, 200),
    ],
)
async def test_who_may_read_it(site: Site, person: Person, status: int) -> None:
    visitor = await site.sign_in(person)
    for path in ("/audit", "/audit/verify"):
        assert (await visitor.get(path)).status == status


@pytest.mark.parametrize("cursor", ["AAAA", "WzBd", "Wy0xXQ", "WzFlOTld", "W25dXQ", "WzldOQ" * 100])
async def test_a_cursor_of_nobody_is_refused(site: Site, cursor: str) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    answer = await visitor.get("/audit", cursor=cursor)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "cursor")


async def test_the_page_names_every_detail_in_the_readers_language(site: Site) -> None:
    detail = {"deed": "submit", "before": "draft", "lacking": "content, time", "kind": "opt_out", "strange": "x"}
    deed = Deed(site.story.clock.now(), Action.PLAN_CHANGED, on_kind="plan", on_id="quick", detail=detail)
    chinese = dict(details_told(deed, translator(Language.ZH)))
    assert chinese == {
        "步骤": "已提交",
        "之前": "草稿",
        "缺少要素": "回访内容、回访时间",
        "情形": "客户要求不再致电",
        "strange": "x",
    }
    english = dict(details_told(deed, translator(Language.EN)))
    assert english["Lacking"] == "Content, Time"
    for action in ("plan_changed", "account_added"):
        visitor = await site.sign_in(Person.ADMIN)
        async with visitor.session.get(f"/audit?lang=zh&action={action}") as response:
            assert response.status == 200


def test_the_keeper_of_the_machine_is_named_in_the_readers_language() -> None:
    chinese = translator(Language.ZH)
    told = [who_word(login, chinese) for login in ("command line", "(command line)", "root (command line)", "li", "")]
    assert told == ["命令行", "命令行", "root · 命令行", "li", ""]
