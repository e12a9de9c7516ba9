"""An agent with a headset: a real Chromium, its microphone a tone, the real Asterisk, the telephone network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from asterisk.at_the_desk import (
    close_log,
    customer_hangs_up,
    dial,
    heard,
    leg,
    made,
    next_is_called,
    out_of_the_queue,
)
from asterisk.browsing import (
    ALLOWED,
    PASSWORD,
    Browser,
    address,
    browser,
    house_with_browsers,
    phone_is,
)
from asterisk.hearing import listen
from callcenter.domain.people import PhoneChoice
from house import House
from lab.chromium import ChromiumFiles
from lab.lab import Lab
from lab.network import ANNOUNCEMENT_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TALKS, BUSY, DOES_NOT_EXIST, HANGS_UP = 1, 3, 5, 9


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_with_browsers(big_lab, tmp_path_factory.mktemp("browser"), prefix="1370000") as house:
        yield house


async def test_an_agent_dials_from_the_page_and_talks_and_the_customer_hangs_up(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    callback = await dial(house, page, TALKS)
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await expect(page.locator("#phone-quality")).to_contain_text("Line: good")
    assert await leg(house, "CHANNEL(audioreadformat)") in {"opus", "slin48"}
    assert await leg(house, "CHANNEL(rtp,secure,audio)") == "1"
    await customer_hangs_up(house, callback)
    await expect(page.locator("#log")).to_contain_text("answered; the customer hung up")
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    assert settled.record.attempt.end_reason == "customer"
    heard(house, settled)
    announced, _ = await house.callback(DOES_NOT_EXIST)
    await close_log(page)
    await next_is_called(page, announced)
    await expect(page.locator("#call .state")).to_contain_text("Network announcement")
    vain = await house.settled(announced)
    dialled = vain.record.call.dialled_at
    assert dialled is not None
    assert listen(house, vain).left.since(dialled + timedelta(seconds=0.5), 0.4).is_tone(ANNOUNCEMENT_HZ)
    await expect(page.locator("#last")).to_contain_text("not answered")
    busy = await dial(house, page, BUSY)
    await expect(page.locator("#last")).to_contain_text("busy")
    await out_of_the_queue(house, announced, busy)
    assert agent.said == []


async def test_two_agents_at_one_queue_get_a_callback_each(house: House, agent: Browser) -> None:
    callbacks = {(await house.callback(TALKS))[0] for _ in range(2)}
    browser_of_other = agent.context.browser
    assert browser_of_other is not None
    other = Browser(await browser_of_other.new_context(locale="en-GB"), agent.url)
    pages = [await agent.sign_in("agent1001"), await other.sign_in("agent1002")]
    for page in pages:
        await phone_is(page, "ready")
    await asyncio.gather(*(page.locator("button[data-key=n]").click() for page in pages))
    given = []
    for page in pages:
        action = await page.locator("#case form[action$='/dial']").first.get_attribute("action")
        given.append((action or "").split("/")[-2])
        await page.locator("#case summary", has_text="Put back").click()
        await page.get_by_role("button", name="Put it back").click()
        await expect(page.locator("main")).to_contain_text("back in the queue")
    assert set(given) == callbacks
    await out_of_the_queue(house, *callbacks)


async def test_one_page_has_the_phone_another_may_take_it_and_sleep_is_told(agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    other = await agent.context.new_page()
    await other.goto(f"{agent.url}/desk")
    await phone_is(other, "off", "elsewhere")
    await other.get_by_role("button", name="Use the phone here").click()
    await phone_is(other, "ready")
    await phone_is(page, "off", "elsewhere")
    await other.evaluate("() => { const now = Date.now; Date.now = () => now() + 60000; }")
    await expect(other.locator('#phone-warning[data-word="slept"]')).to_contain_text("slept for 60 s")
    await phone_is(other, "ready")


async def test_what_the_service_did_not_begin_rings_and_asks(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    name = await page.evaluate(MY_PHONE)
    there = {"endpoint": f"PJSIP/{name}", "context": "callcenter-doctor", "extension": "agent", "priority": 1}
    for answered in (False, True):
        made = await asyncio.to_thread(house.lab.switch.ari, "POST", "channels", there)
        await phone_is(page, "ring", "ringing_foreign")
        await asyncio.sleep(1.5)
        channel = await asyncio.to_thread(house.lab.switch.ari, "GET", f"channels/{made['id']}")
        assert channel["state"] == "Ringing"
        if answered:
            await page.locator("#phone-answer").click()
            await phone_is(page, "talk")
        await page.locator("#phone-hangup").click()
        await phone_is(page, "ready")


async def test_the_microphone_is_tried_and_what_was_chosen_is_kept(agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    await page.locator("#phone-setup").click()
    await page.locator("#phone-test").click()
    await expect(page.locator("#phone-heard")).to_have_text("You are heard.")
    assert await page.locator("#phone-level").evaluate("meter => meter.value") > 0.05
    await page.locator("#phone-input").select_option(index=1)
    chosen = await page.locator("#phone-input").input_value()
    await page.reload()
    await phone_is(page, "ready")
    await page.locator("#phone-setup").click()
    await expect(page.locator("#phone-input")).to_have_value(chosen)


async def test_a_denied_microphone_is_told_and_nothing_can_be_dialled(house: House, chromium: ChromiumFiles) -> None:
    callback, number = await house.callback(HANGS_UP)
    async with browser(
        await address(house), chromium, "--deny-permission-prompts", ALLOWED[1], permissions=()
    ) as denied:
        page = await denied.sign_in("agent1001")
        await page.goto(f"{denied.url}/desk?callback={callback}")
        await phone_is(page, "off", "denied")
        await expect(page.locator("#phone-again")).to_be_visible()
        await expect(page.locator("#case")).to_contain_text("Your browser phone is not connected")
        await page.locator("#case button[data-key=c]").click()
        await expect(page.locator("#case")).to_contain_text("Not dialled: The microphone is not allowed")
        await page.locator("#phone-setup").click()
        await page.get_by_label("My desk phone").check()
        await page.get_by_role("button", name="Back to the page").last.click()
        await phone_is(page, "desk")
        await page.locator("#case button[data-key=c]").click()
        await expect(page.locator("#log")).to_contain_text("answered; the customer hung up")
    async with house.books() as books:
        await books.people.choose_phone("agent", PhoneChoice.BROWSER)
    assert len(house.lab.network.seen(number)) == 1


async def test_who_signs_out_has_no_phone_any_more(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    name = await page.evaluate(MY_PHONE)
    assert name in await made(house)
    other = await agent.context.new_page()
    await other.goto(f"{agent.url}/me")
    await phone_is(other, "off", "elsewhere")
    await other.get_by_role("button", name="Sign out").click()
    await phone_is(page, "off", "signed_out")
    async with asyncio.timeout(10):
        while name in await made(house):  # noqa: ASYNC110 (Asterisk is another process)
            await asyncio.sleep(0.05)


async def test_nobody_registers_with_another_agents_credential(house: House) -> None:
    url = await address(house)
    async with AsyncExitStack() as stack:
        mine, theirs = [await stack.enter_async_context(signed_in(url, login)) for login in ("agent1001", "agent1002")]
        async with theirs.post("/api/v1/phone/credential") as answer:
            user = (await answer.json())["user"]
        socket = await stack.enter_async_context(mine.ws_connect("/phone", protocols=("sip",)))
        await socket.send_str(REGISTER.format(user=user))
        answer_frame = await socket.receive(timeout=10)
        assert (answer_frame.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1008)


MY_PHONE = "async () => (await (await fetch('/api/v1/phone/credential', { method: 'POST' })).json()).user"
REGISTER = """\
REGISTER sip:callcenter.invalid SIP/2.0
Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1
To: <sip:{user}@callcenter.invalid>
From: <sip:{user}@callcenter.invalid>;tag=1
Call-ID: 1
CSeq: 1 REGISTER
Content-Length: 0

""".replace("\n", "\r\n")


@asynccontextmanager
async def signed_in(url: str, login: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, headers={"Origin": url}, cookie_jar=jar) as session:
        async with session.post("/api/v1/session", json={"login": login, "password": PASSWORD}) as answer:
            assert answer.status == 201
        yield session
