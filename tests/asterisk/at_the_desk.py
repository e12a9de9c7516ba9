"""What an agent does at the page, what the switch and the recording tell of it."""

import asyncio
from datetime import timedelta

from playwright.async_api import Page, expect

from asterisk.browsing import MICROPHONE_HZ, phone_is
from asterisk.hearing import listen
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange
from house import House, Settled
from lab.network import CUSTOMER_HZ


async def dial(house: House, page: Page, last_digit: int, *, anew: bool = True) -> str:
    """Take the one callback that waits, and press the button: the callback's id. anew: on a page loaded anew."""
    callback, _ = await house.callback(last_digit)
    if anew:
        await page.goto(f"{page.url.partition('/desk')[0]}/desk?callback={callback}")
    else:
        await page.locator("button[data-key=n]").click()
    await phone_is(page, "ready")
    await page.locator("#case button[data-key=c]").click()
    return callback


async def leg(house: House, variable: str) -> str:
    """What Asterisk says of the browser's leg."""
    listed = await asyncio.to_thread(house.lab.switch.ari, "GET", "channels")
    (name,) = [each["id"] for each in listed if "-phone-" in each["name"]]
    told = await asyncio.to_thread(house.lab.switch.ari, "GET", f"channels/{name}/variable", variable=variable)
    return str(told["value"])


async def made(house: House) -> list[str]:
    """Names of browsers' phones that are on the switch."""
    listed = await asyncio.to_thread(house.lab.switch.ari, "GET", "endpoints")
    return [each["resource"] for each in listed if "-phone-" in each["resource"]]


async def next_is_called(page: Page, callback: str) -> None:
    """The next callback, which is this one."""
    await page.keyboard.press("Alt+KeyN")
    await expect(page.locator(f"#case form[action='/desk/callbacks/{callback}/dial']")).not_to_have_count(0)
    await page.keyboard.press("Alt+KeyC")


async def out_of_the_queue(house: House, *callbacks: str) -> None:
    async with house.books() as books:
        for callback in callbacks:
            case = await books.callbacks.case(callback)
            assert case is not None
            change = CallbackChange(CallbackState.CLOSED)
            assert await books.callbacks.change(callback, case.callback.version, change)


async def close_log(page: Page) -> None:
    log = page.locator("#log")
    await expect(log).to_contain_text("Recording: Stored and verified")
    await log.get_by_label("Visit made", exact=True).check()
    await log.get_by_label("What was said").fill("问了满意度")
    await log.get_by_label("Problems the customer raised").fill("无")
    await log.get_by_label("How they were handled").fill("已解释")
    await log.get_by_label("Yes", exact=True).check()
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    await page.keyboard.press("Alt+KeyS")
    await expect(page.locator("main")).to_contain_text("The visit log is closed.")


async def hang_up(page: Page) -> None:
    """Asked first whether the customer should not."""
    await page.locator("#phone-hangup").click()
    await page.locator("#phone-sure-yes").click()


async def customer_hangs_up(house: House, callback: str) -> None:
    """He who was called for this callback."""
    await asyncio.to_thread(house.lab.network.hang_up, callback.removeprefix("cb-"))


def heard(house: House, settled: Settled) -> None:
    """The customer in the left channel, and the browser's microphone in the right one."""
    answered = settled.record.call.answered_at
    assert answered is not None
    sound = listen(house, settled)
    talk = answered + timedelta(seconds=0.5)
    assert sound.left.since(talk, 1.0).is_tone(CUSTOMER_HZ)
    assert sound.right.since(talk, 1.0).is_tone(MICROPHONE_HZ)
