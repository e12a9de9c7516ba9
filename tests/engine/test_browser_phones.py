"""A phone for each sign-in: made once, the same again, gone with the sign-in; and which phone an agent's dial rings."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.domain.people import Agent, PhoneChoice
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.browser_phones import TEND_SECONDS, BrowserPhones
from callcenter.engine.handsets import Handsets
from engine.story import MONDAY_10_15, Story
from fakes.clock import FakeClock
from fakes.phones import FakePhones

DESK = Agent("agent-1001", "1001", "坐席", "客服部", "PJSIP/agent-1001")
HEADSET = replace(DESK, phone=PhoneChoice.BROWSER)
ACCOUNT = Account("acc-1", "li", "Li", frozenset({Role.AGENT}), "agent-1001", "", MONDAY_10_15)
MINE, ANOTHER = object(), object()


def session(number: int) -> Session:
    until = MONDAY_10_15 + timedelta(hours=12)
    return Session(f"s{number}", f"d{number}", "acc-1", SessionKind.BROWSER, "", MONDAY_10_15, MONDAY_10_15, until)


class Office:
    """still: sessions that last, each with its account now."""

    def __init__(self) -> None:
        self.clock = FakeClock(MONDAY_10_15)
        self.switch = FakePhones()
        self.phones = BrowserPhones(self.switch, self.clock)
        self.still: dict[str, Account] = {}
        self.books_away = False

    async def account(self, given: Session) -> Account | None:
        if self.books_away:
            raise OSError
        return self.still.get(given.id)

    async def look(self) -> None:
        """Somebody looks whether the sign-ins last."""
        task = asyncio.create_task(self.phones.keep_on(self.account))
        await self.clock.settle()
        await self.clock.advance(TEND_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def office() -> Office:
    return Office()


async def test_a_sign_in_has_one_phone_also_after_a_restart_and_another_has_another(office: Office) -> None:
    mine = office.phones.of(session(1), "agent-1001", "secret")
    await office.phones.make(mine)
    again = BrowserPhones(office.switch, office.clock).of(session(1), "agent-1001", "secret")
    other = office.phones.of(session(2), "agent-1001", "another secret")
    assert (again.name, again.password) == (mine.name, mine.password)
    assert len({mine.name, other.name}) == len({mine.password, other.password}) == 2
    assert office.switch.made == {mine.name: mine.password}
    assert "secret" not in mine.name + mine.password + repr(mine)
    assert mine.password not in repr(mine)


async def test_a_phone_is_gone_once_its_sign_in_is_over_or_its_account_is_another_agents(office: Office) -> None:
    phones = [office.phones.of(session(number), "agent-1001", f"secret {number}") for number in range(4)]
    for phone in phones:
        await office.phones.make(phone)
    office.still = {
        "s0": ACCOUNT,
        "s2": replace(ACCOUNT, agent_id="agent-1002"),
        "s3": replace(ACCOUNT, roles=frozenset({Role.COMPLIANCE})),
    }
    await office.look()
    assert set(office.switch.made) == {phones[0].name}


async def test_what_cannot_be_asked_or_removed_now_is_tried_again(office: Office) -> None:
    phone = office.phones.of(session(1), "agent-1001", "secret")
    await office.phones.make(phone)
    office.books_away = True
    await office.look()
    assert phone.name in office.switch.made
    office.books_away, office.switch.away = False, True
    await office.look()
    office.switch.away = False
    assert phone.name in office.switch.made
    await office.look()
    assert phone.name not in office.switch.made


async def test_what_an_earlier_life_left_is_removed_and_what_is_asked_for_stays(office: Office) -> None:
    phone = office.phones.of(session(1), "agent-1001", "secret")
    office.switch.made = {"callcenter-phone-old": "x", phone.name: phone.password}
    office.still = {"s1": ACCOUNT}
    await office.phones.make(phone)
    await office.look()
    assert set(office.switch.made) == {phone.name}


async def test_a_switch_that_was_restarted_gets_the_phone_again(office: Office) -> None:
    phone = office.phones.of(session(1), "agent-1001", "secret")
    await office.phones.make(phone)
    office.switch.made.clear()
    await office.phones.make(phone)
    assert office.switch.made == {phone.name: phone.password}


def test_the_chosen_phone_is_called_and_no_other() -> None:
    handsets = Handsets()
    assert handsets.endpoint_of(DESK) == "PJSIP/agent-1001"
    assert handsets.refusal(DESK) is None
    assert handsets.endpoint_of(HEADSET) == ""
    assert handsets.refusal(HEADSET) == Refusal(Rule.PHONE_NOT_READY)
    handsets.connect("PJSIP/web-1", "agent-1001", MINE)
    assert (handsets.endpoint_of(HEADSET), handsets.endpoint_of(DESK)) == ("PJSIP/web-1", "PJSIP/agent-1001")
    assert handsets.refusal(replace(HEADSET, id="agent-1002")) == Refusal(Rule.PHONE_NOT_READY)
    assert handsets.refusal(replace(DESK, endpoint="")) == Refusal(Rule.PHONE_NOT_READY)


def test_of_several_browsers_the_last_is_called_and_when_it_goes_the_one_before() -> None:
    handsets = Handsets()
    handsets.connect("PJSIP/web-1", "agent-1001", MINE)
    handsets.connect("PJSIP/web-2", "agent-1001", MINE)
    assert handsets.of_agent("agent-1001") == "PJSIP/web-2"
    handsets.connect("PJSIP/web-1", "agent-1001", MINE)
    assert handsets.of_agent("agent-1001") == "PJSIP/web-1"
    handsets.disconnect("PJSIP/web-1", MINE)
    assert handsets.of_agent("agent-1001") == "PJSIP/web-2"


def test_a_connection_that_was_taken_over_takes_nothing_away() -> None:
    handsets = Handsets()
    handsets.connect("PJSIP/web-1", "agent-1001", MINE)
    handsets.connect("PJSIP/web-1", "agent-1001", ANOTHER)
    handsets.disconnect("PJSIP/web-1", MINE)
    assert handsets.is_connected("PJSIP/web-1")
    handsets.disconnect("PJSIP/web-1", ANOTHER)
    assert not handsets.is_connected("PJSIP/web-1")


async def test_a_dial_rings_the_browser_and_without_it_nothing_is_written(story: Story) -> None:
    await story.add_callback()
    await story.start()
    await story.books.people.choose_phone("agent-1001", PhoneChoice.BROWSER)
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.PHONE_NOT_READY
    assert await story.books.attempts.of_callback("cb-1") == ()
    assert (await story.callback()).leased_to is None
    explained = await story.service.asking.explain("cb-1", "agent-1001")
    assert not isinstance(explained, Refusal)
    assert explained.refusal == refusal
    for_others = await story.service.asking.explain("cb-1", None)
    assert not isinstance(for_others, Refusal)
    assert for_others.refusal is None
    story.service.handsets.connect("PJSIP/web-1", "agent-1001", MINE)
    call = await story.begin()
    (live,) = story.service.calls.live
    assert (live.attempt_id, live.terms.agent_endpoint) == (call, "PJSIP/web-1")
