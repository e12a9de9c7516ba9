"""The script beside a call, in a real Chromium: keys, answers that save themselves, branches, red flags, complaints."""

import re

from playwright.async_api import expect

from callcenter.domain.people import CallbackState
from callcenter.domain.scripts.examples import example_text
from web.scripting import give, scripted, talking
from web.test_stories import Browsing, browsing
from web.visiting import Person, Site

__all__ = ["browsing"]
TOPS = "() => [...document.querySelectorAll('[data-key-of]')].map((place) => [place.dataset.keyOf, place.offsetTop])"
AWAY = re.compile("net::ERR_(CONNECTION|SOCKET)|Failed to load resource|htmx")


def question(key: str) -> str:
    return f'[data-key-of="{key}"]'


async def test_an_agent_goes_through_the_script_with_the_keyboard(site: Site, browsing: Browsing) -> None:
    await scripted(site)
    call = await talking(site)
    page = await browsing.sign_in(Person.AGENT)
    sheet = page.locator(f"#script-{call}")
    await expect(sheet).to_contain_text("您好，我是示例投资的回访专员坐席1001，工号1001。")
    tops = await page.evaluate(TOPS)
    await page.keyboard.press("Alt+KeyQ")
    for keys in ("1", "", "1", "1", "2", "2", "1"):
        if keys:
            await page.keyboard.press(keys)
        await page.keyboard.press("Enter")
    await expect(sheet.locator("[data-state]")).to_have_text("✓ All answers are saved.")
    run = await site.story.books.answers.run(call)
    assert run is not None
    assert run.values == {
        "convenient": True,
        "identity.name": True,
        "identity.account_tail": True,
        "q.promise": False,
        "q.agent_trades": ("代客户操作",),
        "q.risk_told": True,
    }
    await expect(sheet.locator("[data-flags]")).to_have_text("⚑ Major anomaly: 代客户操作 → 合规部")
    await expect(page.locator(f"#talk-problems-{call}")).to_contain_text("代客户操作 → 合规部")
    await expect(sheet.locator("[data-identity]")).to_have_text("✓ confirmed")
    why = sheet.locator(question("q.why")).locator("textarea")
    await expect(why).to_be_disabled()
    await page.keyboard.press("2")
    await expect(why).to_be_enabled()
    assert await page.evaluate(TOPS) == tops
    await page.keyboard.press("Enter")
    await page.keyboard.type("回电太慢")
    await expect(sheet.locator("[data-lacking]")).to_have_text("No required answer is missing.")
    # What goes on around the sheet does not disturb it, nor does the end of the talk.
    await site.story.hang_up(call)
    await expect(page.locator("#log")).to_be_visible()
    await expect(why).to_have_value("回电太慢")
    assert (await site.story.books.answers.run(call)).values["q.why"] == "回电太慢"  # type: ignore[union-attr]


async def test_answers_typed_while_the_service_is_away_are_saved_when_it_is_back(
    site: Site, browsing: Browsing
) -> None:
    await scripted(site)
    page = await browsing.sign_in(Person.AGENT)
    sheet = page.locator(f"#script-{site.talk}")
    await expect(sheet).to_be_visible()
    await site.stop_listening()
    await sheet.locator(question("q.promise")).get_by_label("No").check()
    await expect(sheet.locator("[data-state]")).to_contain_text("Not saved yet")
    await site.restart()
    await expect(sheet.locator("[data-state]")).to_have_text("✓ All answers are saved.", timeout=20_000)
    run = await site.story.books.answers.run(site.talk)
    assert run is not None
    assert run.values == {"q.promise": False}
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]


async def test_answers_outlive_a_browser_that_is_closed_before_they_are_sent(site: Site, browsing: Browsing) -> None:
    await scripted(site)
    page = await browsing.sign_in(Person.AGENT)
    sheet = page.locator(f"#script-{site.talk}")
    await expect(sheet).to_be_visible()
    await page.route("**/sheet/**", lambda route: route.abort())
    await sheet.locator(question("q.promise")).get_by_label("No").check()
    await expect(sheet.locator("[data-state]")).to_contain_text("Not saved yet")
    assert await site.story.books.answers.run(site.talk) is None
    await page.unroute("**/sheet/**")
    await page.reload()
    await expect(sheet.locator("[data-state]")).to_have_text("✓ All answers are saved.")
    await expect(sheet.locator(question("q.promise")).get_by_label("No")).to_be_checked()
    assert await page.evaluate("localStorage.length") == 0
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]


async def test_two_windows_on_one_sheet_tell_of_each_other(site: Site, browsing: Browsing) -> None:
    await scripted(site)
    page = await browsing.sign_in(Person.AGENT)
    sheet = page.locator(f"#script-{site.talk}")
    await expect(sheet).to_be_visible()
    assert (await give(await site.sign_in(Person.AGENT), site.talk, "q.satisfaction", 5)).status == 200
    place = sheet.locator(question("q.satisfaction"))
    await place.get_by_label("2 2").check()
    await expect(place.locator(".told")).to_contain_text("Another answer was kept in another window: 5")
    run = await site.story.books.answers.run(site.talk)
    assert run is not None
    assert run.values == {"q.satisfaction": 5}
    await place.get_by_role("button", name="Keep mine").click()
    await expect(sheet.locator("[data-state]")).to_have_text("✓ All answers are saved.")
    run = await site.story.books.answers.run(site.talk)
    assert run is not None
    assert run.values == {"q.satisfaction": 2}
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]


async def test_a_complaint_and_a_wrong_number_are_written_down_in_mid_call(site: Site, browsing: Browsing) -> None:
    await scripted(site)
    call = await talking(site)
    page = await browsing.sign_in(Person.AGENT)
    await page.keyboard.press("Alt+KeyK")
    await page.get_by_label("What the customer complains about").fill("没有人回电话")
    await page.get_by_role("button", name="Write the complaint down").press("Enter")
    tools = page.locator(f"#talk-tools-{call}")
    await expect(tools).to_contain_text("✓ Written down.")
    await expect(page.locator(f"#talk-problems-{call}")).to_contain_text("Complaint during the call")
    await expect(page.get_by_label("What the customer complains about")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("What the customer complains about")).to_be_hidden()
    offered = page.locator(question("agreed")).get_by_role("radio")
    await offered.nth(0).check()
    await offered.nth(1).check()
    await expect(page.locator("#next_visit_at")).to_have_value(str(await offered.nth(1).get_attribute("data-local")))
    await expect(page.locator("#kept")).to_contain_text("Saved")
    await expect(page.locator("#log [name=disposition][value=appointment]")).to_be_checked()
    await tools.locator("summary", has_text="Customer's data are wrong").click()
    await tools.get_by_label("What is wrong").select_option("number")
    await tools.get_by_label("For a number").select_option("0")
    await tools.get_by_label("What is right").fill("139 0000 000")
    await tools.get_by_role("button", name="Propose the correction").click()
    await expect(tools).to_contain_text("Not kept")
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]
    await tools.get_by_label("What is right").fill("139 0000 0009")
    await tools.get_by_role("button", name="Propose the correction").click()
    await expect(tools.get_by_label("What is right")).to_have_value("")
    waiting = await site.story.books.corrections.search()
    assert [each.new for each in waiting] == ["+8613900000009"]
    await page.get_by_role("button", name="Sign out").click()
    supervisor = await browsing.sign_in(Person.SUPERVISOR)
    await supervisor.goto(f"{site.url}/problems")
    await supervisor.get_by_role("link", name="Complaint during the call").click()
    await supervisor.get_by_label("What was done, or why").fill("已回电并道歉")
    await supervisor.get_by_role("button", name="It is handled").click()
    await expect(supervisor.locator("main")).to_contain_text("The step is written down.")
    await supervisor.goto(f"{site.url}/corrections")
    await supervisor.get_by_role("button", name="Take it over").click()
    await expect(supervisor.locator("main")).to_contain_text("No correction waits.")
    assert [number.e164 for number in (await site.story.case("cb-3")).customer.numbers] == ["+8613900000009"]


async def test_a_supervisor_writes_a_script_and_tries_it_before_it_is_kept(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.goto(f"{site.url}/scripts")
    await page.get_by_role("link", name="投资者持续回访").click()
    await page.get_by_label("Script, as TOML").fill(example_text("broker").replace("{agent}", "{agnt}"))
    await page.get_by_role("button", name="Check and preview").click()
    await expect(page.locator("main")).to_contain_text("unknown placeholders: agnt")
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]
    await page.get_by_label("Script, as TOML").fill(example_text("broker"))
    await page.get_by_role("button", name="Check and preview").click()
    sheet = page.locator("#script-preview")
    why = sheet.locator(question("q.why")).locator("textarea")
    await expect(why).to_be_disabled()
    await sheet.locator(question("q.satisfaction")).get_by_label("1 1").check()
    await expect(why).to_be_enabled()
    await expect(sheet.locator("[data-flags]")).to_contain_text("客户对服务强烈不满和抱怨")
    await page.locator("summary", has_text="Save as a new version").click()
    await page.get_by_role("button", name="Yes, save it").click()
    await expect(page.locator("main")).to_contain_text("The new version is kept.")
    assert await site.story.books.scripts.version("broker") is not None
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING
