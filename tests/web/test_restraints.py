"""Who must not be called, by API and by page: entered, read, lifted; blocklists replaced by files."""

import re
from typing import Any

import aiohttp
import pytest

from callcenter.domain.people import CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.web.site import API
from web.importing import comes_true, left, send, told
from web.test_pages import see
from web.visiting import Answer, Person, Site, Visitor

OPT_OUT = {"kind": "opt_out", "callback": "cb-3", "channels": ["phone"], "reason": "told us so"}
SIGNED = [
    {"role": "policyholder", "name": "王芳"},
    {"role": "salesperson", "name": "周经理"},
    {"role": "sales_manager", "name": "李总"},
]
PAGE = "/queue/cb-3/exclusions"
TICKED = re.compile(r'name="put_back" value="true" checked')


@pytest.fixture
async def supervisor(site: Site) -> Visitor:
    return await site.sign_in(Person.SUPERVISOR)


async def excluded(visitor: Visitor, **values: Any) -> dict[str, Any]:
    answer = await visitor.post("/exclusions", OPT_OUT | values)
    assert answer.status == 201, answer.text
    return dict(answer.json)


async def ended(visitor: Visitor, answer: Answer) -> dict[str, Any]:
    assert answer.status == 202, answer.text
    path = answer.headers["Location"].removeprefix(API)

    async def done() -> bool:
        return bool((await visitor.get(path)).json["state"] != "running")

    await comes_true(done)
    return dict((await visitor.get(path)).json)


async def test_an_opt_out_is_entered_explained_lifted_and_audited(site: Site, supervisor: Visitor) -> None:
    made = await excluded(supervisor)
    assert (made["customer_id"], made["callback_id"], made["by"]) == ("customer-cb-3", "cb-3", "supervisor")
    assert made["holds"]
    assert (await site.story.callback("cb-3")).state is CallbackState.EXHAUSTED
    explained = (await supervisor.get("/callbacks/cb-3/explanation")).json
    (rule,) = [each for each in explained["verdicts"] if each["rule"] == "customer.opted_out"]
    assert not rule["ok"]
    assert (rule["refusal"]["source"], rule["refusal"]["strength"]) == ("C6-22", "hard")
    assert "asked not to be called" in rule["refusal"]["message"] or "客户要求" in rule["refusal"]["message"]
    assert (await supervisor.get(f"/exclusions/{made['id']}/lift")).json == {"callbacks": ["cb-3"]}
    lifting = {"reason": "he called back"}
    lifted = await supervisor.post(f"/exclusions/{made['id']}/lift", lifting)
    assert (lifted.status, lifted.json["holds"], lifted.json["lifted"]["reason"]) == (200, False, "he called back")
    assert (await supervisor.post(f"/exclusions/{made['id']}/lift", lifting)).code == "closed"
    assert lifted.json["put_back"] == ["cb-3"]
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING
    (shown,) = (await supervisor.get("/customers/customer-cb-3/exclusions")).json["items"]
    assert shown == {name: lifted.json[name] for name in shown}
    assert (await supervisor.get("/exclusions", standing="true")).json["items"] == []
    deeds = [entry.deed for entry in await site.audit() if entry.deed.on_kind == "customer"]
    assert [(deed.action.value, deed.login) for deed in deeds] == [
        ("exclusion_lifted", "supervisor"),
        ("customer_excluded", "supervisor"),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channels": []}, "channels"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"kind": "deceased", "until": "2199-01-01T00:00:00Z"}, "until"),
        ({"kind": "waiver", "signatures": SIGNED[:2]}, "signatures"),
        ({"kind": "waiver", "signatures": [each | {"name": "王芳"} for each in SIGNED]}, "signatures"),
        ({"kind": "wrong_number"}, "number"),
        ({"kind": "wrong_number", "number": "13900000099"}, "number"),
        ({"kind": "wrong_number", "number": "x"}, "number"),
        ({"kind": "cancelled", "callback": None, "customer": "customer-cb-3"}, "callback"),
        ({"kind": "refused"}, "kind"),
        ({"reason": " "}, "reason"),
    ],
)
async def test_what_lacks_something_is_told_at_its_field(
    supervisor: Visitor, values: dict[str, Any], field: str
) -> None:
    answer = await supervisor.post("/exclusions", OPT_OUT | values)
    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (422, [field])
    assert (await supervisor.get("/exclusions")).json["items"] == []


async def test_there_is_nothing_to_enter_of_nobody(supervisor: Visitor) -> None:
    assert (await supervisor.post("/exclusions", OPT_OUT | {"callback": "nothing"})).status == 404
    assert (await supervisor.post("/exclusions/nothing/lift", {"reason": "x"})).status == 404
    assert (await supervisor.get("/exclusions/nothing/lift")).status == 404
    assert (await supervisor.get("/customers/nobody/exclusions")).status == 404


async def test_the_list_is_read_in_pages_and_without_gaps(supervisor: Visitor) -> None:
    made = [(await excluded(supervisor, channels=["sms"], callback=f"cb-{each}"))["id"] for each in (3, 4, 5)]
    found, cursor = [], ""
    while True:
        page = (await supervisor.get("/exclusions", limit="2", cursor=cursor)).json
        found += [each["id"] for each in page["items"]]
        if not (cursor := page["next"] or ""):
            break
    assert sorted(found) == sorted(made)


async def test_a_number_is_told_only_to_who_may_see_it(site: Site, supervisor: Visitor) -> None:
    made = await excluded(supervisor, kind="wrong_number", number="13800000003")
    assert made["number"] == "+8613800000003"
    deed = next(entry.deed for entry in await site.audit() if entry.deed.on_kind == "customer")
    assert deed.detail["number"] == "138****0003"


async def test_the_page_shows_enters_and_lifts(site: Site, supervisor: Visitor) -> None:
    before = await see(supervisor, f"{PAGE}?lang=en")
    assert "Nothing keeps this customer" in before.text
    wrong = await see(supervisor, PAGE, {"kind": "waiver", "reason": "declared", "policyholder": "王芳"})
    assert wrong.status == 422
    assert 'id="policyholder-wrong"' in wrong.text
    assert 'value="王芳"' in wrong.text
    empty = await see(supervisor, PAGE, {"kind": "opt_out", "reason": "x"})
    assert (empty.status, 'id="channels-wrong"' in empty.text) == (422, True)
    sent = {"kind": "waiver", "reason": "declared", "document": "A 17", "only": "true"}
    sent |= {each["role"]: each["name"] for each in SIGNED}
    done = await see(supervisor, PAGE, sent)
    assert (done.status, done.place) == (303, f"{PAGE}?said=excluded")
    assert (await site.story.callback("cb-3")).state is CallbackState.CLOSED
    shown = await see(supervisor, f"{PAGE}?lang=zh")
    assert "书面声明免访" in shown.text
    assert all(each["name"] in shown.text for each in SIGNED)
    assert "A 17" in shown.text
    on_callback = await see(supervisor, "/queue/cb-3")
    assert PAGE in on_callback.text
    found = re.search(rf'action="({PAGE}/[0-9a-f]+/lift)"', shown.text)
    assert found is not None
    again = await see(supervisor, found[1], {"reason": ""})
    assert again.status == 422
    assert not TICKED.search(again.text), "what was unticked stays so"
    assert TICKED.search(shown.text)
    back = {"reason": "by mistake", "put_back": "true"}
    assert (await see(supervisor, found[1], back)).place == f"{PAGE}?said=lifted_back"
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING
    assert "by mistake" in (await see(supervisor, PAGE)).text
    elsewhere = found[1].replace("cb-3", "cb-4")
    assert (await see(supervisor, elsewhere, {"reason": "x"})).status == 404


async def test_whoever_lifts_may_leave_the_callbacks_out(site: Site, supervisor: Visitor) -> None:
    made = await excluded(supervisor)
    place = (await see(supervisor, f"{PAGE}/{made['id']}/lift", {"reason": "moot"})).place
    assert place == f"{PAGE}?said=lifted"
    assert (await site.story.callback("cb-3")).state is CallbackState.EXHAUSTED
    other = await excluded(supervisor, callback="cb-4")
    lifted = (await supervisor.post(f"/exclusions/{other['id']}/lift", {"reason": "moot", "put_back": False})).json
    assert (lifted["put_back"], lifted["left_out"]) == ([], ["cb-4"])
    deed = next(entry.deed for entry in await site.audit() if entry.deed.on_kind == "customer")
    assert (deed.detail["put_back"], deed.detail["left_out"]) == ("0", "1")


async def test_who_only_reads_sees_no_form(site: Site) -> None:
    reader = await site.sign_in(Person.COMPLIANCE)
    for path in (PAGE, "/blocklists"):
        assert "<form method" not in (await see(reader, path)).text.partition("<main")[2].partition("</main>")[0]


async def test_a_file_replaces_a_list_and_a_broken_one_does_not(site: Site, supervisor: Visitor) -> None:
    first = await ended(supervisor, await send_list(supervisor, "13800000003\n13800000004\n", owner="regulator"))
    assert (first["state"], first["taken"], first["percent"]) == ("done", 2, None)
    await site.story.clock.advance(1)
    broken = await ended(supervisor, await send_list(supervisor, "no\nnumbers\n"))
    assert (broken["state"], broken["taken"]) == ("refused", 0)
    assert broken["failure"]
    assert await site.story.books.restraints.blocked(PhoneNumber("+8613800000003")) == ("dnc",)
    (shown,) = (await supervisor.get("/blocklists")).json["items"]
    assert (shown["name"], shown["owner"], shown["numbers"]) == ("dnc", "regulator", 2)
    page = (await supervisor.get("/blocklist-loads", list="dnc", limit="1")).json
    assert [each["id"] for each in page["items"]] == [broken["id"]]
    following = (await supervisor.get("/blocklist-loads", cursor=page["next"])).json
    assert [each["id"] for each in following["items"]] == [first["id"]]

    async def gone() -> bool:
        return not left(site)

    await comes_true(gone)


async def send_list(visitor: Visitor, content: str, name: str = "dnc", **fields: str) -> Answer:
    form = aiohttp.FormData()
    form.add_field("file", content.encode(), filename="list.csv")
    for key, value in fields.items():
        form.add_field(key, value)
    return await told(visitor, "POST", f"/blocklists/{name}/numbers", data=form)


async def test_the_whole_body_may_be_the_file(supervisor: Visitor) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    answer = await told(
        supervisor, "POST", "/blocklists/own/numbers?name=own.txt", data=b"13800000003\n", headers=headers
    )
    load = await ended(supervisor, answer)
    assert (load["state"], load["file_name"], load["owner"]) == ("done", "own.txt", "own")


async def test_what_is_no_list_is_refused_before_it_begins(supervisor: Visitor) -> None:
    assert (await supervisor.post("/blocklists/own/numbers", {})).code == "media_type"
    assert (await send_list(supervisor, "1", "a b")).status == 422
    assert (await send_list(supervisor, "1", owner="nobody")).status == 422
    assert (await send(supervisor, "/blocklists/own/numbers", "1")).status == 422, "a plan is no field of it"
    assert (await supervisor.get("/blocklist-loads/nothing")).status == 404
    assert (await supervisor.get("/blocklist-loads")).json["items"] == []


async def test_a_list_is_emptied_by_who_knows_how_much_it_holds(site: Site, supervisor: Visitor) -> None:
    await ended(supervisor, await send_list(supervisor, "13800000003\n13800000004\n"))
    path = "/blocklists/dnc/empty"
    assert (await supervisor.post("/blocklists/other/empty", {"numbers": 2, "reason": "x"})).status == 404
    assert (await supervisor.post(path, {"numbers": 3, "reason": "x"})).code == "changed_meanwhile"
    assert (await supervisor.post(path, {"numbers": 2, "reason": " "})).status == 422
    assert await site.story.books.restraints.blocked(PhoneNumber("+8613800000003")) == ("dnc",)
    emptied = (await supervisor.post(path, {"numbers": 2, "reason": "of last year"})).json
    assert (emptied["state"], emptied["before"], emptied["failure"]) == ("emptied", 2, "of last year")
    assert await site.story.books.restraints.blocked(PhoneNumber("+8613800000003")) == ()
    assert (await supervisor.post(path, {"numbers": 0, "reason": "x"})).code == "closed"
    (shown,) = (await supervisor.get("/blocklists")).json["items"]
    assert (shown["name"], shown["numbers"]) == ("dnc", 0)
    deed = next(entry.deed for entry in await site.audit() if entry.deed.on_kind == "blocklist")
    assert (deed.action.value, deed.login, deed.detail["before"]) == ("blocklist_emptied", "supervisor", "2")


async def test_the_page_empties_a_list_with_a_reason(site: Site, supervisor: Visitor) -> None:
    await ended(supervisor, await send_list(supervisor, "13800000003\n"))
    assert "/blocklists/dnc/empty" in (await see(supervisor, "/blocklists?lang=en")).text
    wrong = await see(supervisor, "/blocklists/dnc/empty", {"numbers": "1", "reason": ""})
    assert (wrong.status, 'id="empty-dnc-wrong"' in wrong.text) == (422, True)
    other = await see(supervisor, "/blocklists/dnc/empty", {"numbers": "2", "reason": "of last year"})
    assert (other.status, 'value="of last year"' in other.text) == (422, True)
    done = await see(supervisor, "/blocklists/dnc/empty", {"numbers": "1", "reason": "of last year"})
    assert done.place == "/blocklists?said=list_emptied"
    shown = (await see(supervisor, "/blocklists?lang=en")).text
    assert "keeps no number" in shown
    assert "of last year" in shown
    assert "/blocklists/dnc/empty" not in shown
    reader = await site.sign_in(Person.COMPLIANCE)
    assert (await see(reader, "/blocklists?lang=en")).status == 200


async def test_the_page_takes_a_file_and_tells_what_became_of_it(site: Site, supervisor: Visitor) -> None:
    assert "no blocklist" in (await see(supervisor, "/blocklists?lang=en")).text
    form = aiohttp.FormData()
    form.add_field("file", b"13800000005\n", filename="dnc.csv")
    form.add_field("list", "dnc")
    form.add_field("owner", "own")
    async with supervisor.session.post("/blocklists", data=form, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/blocklists?said=list_sent")

    async def done() -> bool:
        return "已生效" in (await see(supervisor, "/blocklists/now?lang=zh")).text

    await comes_true(done)
    refused = await site.story.dial("cb-5")
    assert getattr(refused, "rule", None) == "number.blocked"
    form = aiohttp.FormData()
    form.add_field("list", "a b")
    form.add_field("file", b"", filename="")
    async with supervisor.session.post("/blocklists", data=form) as response:
        text = await response.text()
        assert response.status == 422
    assert all(f'id="{name}-wrong"' in text for name in ("list", "file", "owner"))
