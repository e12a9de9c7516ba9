"""One click dials once, however often it comes; a refusal tells its rule; a call is its own agent's."""

import asyncio

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.people import CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.web.api.dialling import KEY_HEADER, REPLAYED_HEADER
from web.visiting import Answer, Person, Site, Visitor

KEY = {KEY_HEADER: "click-1"}


async def dials(site: Site) -> int:
    """Attempts beyond those with which the site is furnished."""
    return len(await site.story.books.attempts.latest()) - 2


async def dial(agent: Visitor, callback: str = "cb-3", key: str = "click-1") -> Answer:
    return await agent.post(f"/callbacks/{callback}/dial", {}, headers={KEY_HEADER: key} if key else None)


async def test_a_dial_tells_its_attempt(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    answer = await dial(agent, key="")
    assert answer.status == 201
    assert REPLAYED_HEADER not in answer.headers
    assert (answer.json["callback_id"], answer.json["agent_id"]) == ("cb-3", "agent-1001")
    assert answer.json["number"] == "138****0003"
    assert (await site.story.callback("cb-3")).state is CallbackState.CALLING
    live = await agent.get("/calls")
    assert [call["attempt"] for call in live.json["items"]] == [answer.json["attempt"]]


async def test_a_repeated_request_is_answered_with_the_same_attempt(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    first, second = await dial(agent), await dial(agent)
    assert (first.status, second.status) == (201, 201)
    assert first.json["attempt"] == second.json["attempt"]
    assert (first.headers.get(REPLAYED_HEADER), second.headers.get(REPLAYED_HEADER)) == (None, "true")
    assert await dials(site) == 1


async def test_requests_at_the_same_moment_dial_once(site: Site) -> None:
    agent, program = await site.sign_in(Person.AGENT), await site.with_token(Person.AGENT)
    answers = await asyncio.gather(*(dial(each) for each in [agent, program] * 10))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["attempt"] for answer in answers}) == 1
    assert sum(REPLAYED_HEADER not in answer.headers for answer in answers) == 1
    assert await dials(site) == 1


async def test_a_request_is_remembered_after_a_kill(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    first = await dial(agent)
    await site.restart()
    again = await dial(agent)
    assert (again.status, again.headers.get(REPLAYED_HEADER)) == (201, "true")
    assert again.json["attempt"] == first.json["attempt"]
    assert await dials(site) == 1


async def test_a_request_is_remembered_after_its_call(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    first = await dial(agent)
    await site.story.clock.settle()
    site.story.switch.agent_answers(first.json["attempt"])
    await site.story.clock.advance(0.5)
    site.story.switch.busy(first.json["attempt"])
    await site.story.clock.advance(3)
    again = await dial(agent)
    assert (again.json["attempt"], again.json["outcome"]) == (first.json["attempt"], "busy")


async def test_a_key_serves_one_callback(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    await dial(agent)
    answer = await dial(agent, "cb-4")
    assert (answer.status, answer.code) == (422, "other_request")
    assert await dials(site) == 1


async def test_a_key_serves_one_number(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    first = await agent.post("/callbacks/cb-3/dial", {"number": 0}, headers=KEY)
    assert first.status == 201
    other = await agent.post("/callbacks/cb-3/dial", {"number": 1}, headers=KEY)
    assert (other.status, other.code) == (422, "other_request")
    assert await dials(site) == 1


async def test_a_key_is_nobody_elses(site: Site) -> None:
    mine, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    first, second = await dial(mine), await dial(other, "cb-4")
    assert second.status == 201
    assert REPLAYED_HEADER not in second.headers
    assert first.json["attempt"] != second.json["attempt"]


async def test_a_refused_request_may_succeed_later(site: Site) -> None:
    """A refusal dialled nothing, so its key is free."""
    agent = await site.sign_in(Person.AGENT)
    site.archive.free = 0
    refused = await dial(agent)
    assert (refused.status, refused.code, refused.json["rule"]) == (409, "refused", "disk.full")
    site.archive.free = 10**12
    answer = await dial(agent)
    assert answer.status == 201
    assert REPLAYED_HEADER not in answer.headers


async def test_a_key_is_short_and_printable_without_blanks(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    for key in ("k" * 201, "回", "a\tb", "a b", "  ", ""):
        answer = await agent.post("/callbacks/cb-3/dial", {}, headers={KEY_HEADER: key})
        assert (answer.status, answer.code) == (422, "invalid"), key
        (wrong,) = answer.json["errors"]
        assert wrong["field"] == KEY_HEADER
        assert wrong["message"] == "one key of 1 to 200 ASCII letters, digits and signs, without blanks"
    assert await dials(site) == 0
    assert (await dial(agent, key="k" * 200)).status == 201


async def test_a_refusal_is_told_in_the_askers_language(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    await dial(agent)
    answers = {}
    for language in ("zh", "en"):
        answers[language] = await agent.ask("POST", f"/callbacks/cb-4/dial?lang={language}", {})
        assert answers[language].json["rule"] == "agent.busy"
    assert answers["en"].json["detail"] == "You have a call already."
    assert answers["zh"].json["detail"] == "您正在通话中。"


async def test_an_override_is_written_down_with_its_reason(site: Site) -> None:
    await site.story.clock.advance(18 * 3600)  # 4 in the morning, in Shanghai
    agent = await site.sign_in(Person.AGENT)
    refused = await agent.post("/callbacks/cb-6/dial", {})
    rule = refused.json["rule"]
    assert rule == "window.closed"
    assert refused.json["opens_at"]
    given = {"overrides": {rule: "the customer asked for it"}}
    answer = await agent.post("/callbacks/cb-6/dial", given)
    assert answer.status == 201
    entry = next(each.deed for each in await site.audit() if each.deed.action is Action.OVERRIDDEN)
    assert (entry.login, entry.on_kind, entry.on_id) == (Person.AGENT.value, "callback", "cb-6")
    assert entry.detail == {"rule": rule, "reason": "the customer asked for it"}


async def test_only_the_own_call_is_hung_up(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    call = await site.story.reach(CallState.TALKING, "cb-3")
    assert (await other.post(f"/attempts/{call}/hang-up")).status == 403
    assert site.story.state(call) is CallState.TALKING
    assert (await agent.post(f"/attempts/{call}/hang-up")).status == 202
    await site.story.clock.advance(3)
    assert site.story.state(call) is None
    over = await agent.post(f"/attempts/{call}/hang-up")
    assert (over.status, over.json["rule"]) == (409, "call.not_ringing")
    assert (await agent.post("/attempts/nothing/hang-up")).status == 404


async def test_hanging_up_while_it_rings_needs_a_reason(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    call = await site.story.reach(CallState.DIALLING, "cb-3")
    refused = await agent.post(f"/attempts/{call}/hang-up")
    assert (refused.status, refused.json["rule"], refused.json["source"]) == (409, "ring.too_short", "C6-55")
    assert (await agent.post(f"/attempts/{call}/hang-up", {"reason": "wrong customer"})).status == 202


async def test_only_an_agents_phone_joins_and_only_ones_own_call(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    call = await site.story.reach(CallState.TALKING, "cb-3")
    wrong = await agent.post(f"/attempts/{call}/join", {"endpoint": "PJSIP/110@trunk"})
    assert (wrong.status, wrong.json["rule"]) == (409, "phone.unknown")
    assert wrong.json["detail"].startswith("PJSIP/110@trunk is no agent's phone")
    theirs = {"endpoint": "PJSIP/agent-1002"}
    assert (await other.post(f"/attempts/{call}/join", theirs)).status == 403
    assert (await agent.post(f"/attempts/{call}/join", theirs)).status == 202


async def test_agents_see_their_own_live_calls_only(site: Site) -> None:
    call = await site.story.reach(CallState.TALKING, "cb-3")
    seen = {}
    for person in (Person.AGENT, Person.OTHER_AGENT, Person.SUPERVISOR, Person.RECORDS_HEAD):
        answer = await (await site.sign_in(person)).get("/calls")
        seen[person] = [(each["attempt"], each["number"]) for each in answer.json["items"]]
    masked = "138****0003"
    assert seen[Person.AGENT] == seen[Person.RECORDS_HEAD] == [(call, masked)]
    assert seen[Person.SUPERVISOR] == [(call, "+8613800000003")]
    assert seen[Person.OTHER_AGENT] == []


async def test_another_number_of_the_customer_is_dialled(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    wrong = await agent.post("/callbacks/cb-3/dial", {"number": 1})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "number")
    answer = await agent.post("/callbacks/cb-3/dial", {"number": 0})
    assert answer.status == 201
    record = await site.story.record(answer.json["attempt"])
    assert record.attempt.number == PhoneNumber("+8613800000003")
