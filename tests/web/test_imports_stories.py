"""What a supervisor does with a list of customers, in a real Chromium; and without a script."""

from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from callcenter.engine.importing import BATCH
from sheets.files import workbook_file
from web.importing import LIST, Held, ended, many, until
from web.test_stories import Browsing, browsing
from web.visiting import Person, Site

__all__ = ["browsing"]

ODD = "谁,哪里,备注\n王伟,13900000001,投诉\n=1+1,12,无\n李芳,13900000002,核对\n"


async def test_a_list_with_odd_headings_is_looked_at_corrected_and_imported(browsing: Browsing, tmp_path: Path) -> None:
    file = tmp_path / "秋季名单.csv"
    file.write_text(ODD, "utf-8")
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.get_by_role("link", name="Import", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Nothing was imported yet.")
    await page.get_by_label("Plan", exact=True).select_option("quick")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Look at it").click()
    main = page.locator("main")
    await expect(main).to_contain_text("It cannot be imported like this")
    await expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    await page.get_by_label("谁", exact=True).select_option("name")
    await page.get_by_label("哪里").select_option("number")
    await page.get_by_label("备注").select_option("purpose")
    await page.get_by_role("button", name="Show again").click()
    await expect(main).to_contain_text("The first rows, as they are understood")
    await expect(page.locator("tr", has_text="投诉").last).to_contain_text("+8613900000001")
    await expect(page.locator("tr", has_text="Not taken in")).to_contain_text("12")
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.locator("#import .state")).to_contain_text("Imported")
    figures = page.locator("#import .figures")
    await expect(figures).to_contain_text("2New")
    await expect(figures).to_contain_text("1Bad")
    row = page.locator("#import tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("哪里")
    await expect(row).to_contain_text("12")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Bad rows as CSV").click()
    kept = await download.value
    assert kept.suggested_filename == "bad-rows_秋季名单.csv"
    assert "'=1+1,12,无,3," in Path(await kept.path()).read_text("utf-8")
    await page.get_by_role("link", name="All imports").click()
    await expect(page.locator("main")).to_contain_text("秋季名单.csv")


async def test_progress_moves_by_itself_and_an_import_is_stopped(
    site: Site, browsing: Browsing, tmp_path: Path
) -> None:
    held = Held()
    held.into(site)
    file = tmp_path / "list.csv"
    file.write_text(many(3 * BATCH), "utf-8")
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.goto(f"{site.url}/imports")
    await page.get_by_label("Plan", exact=True).select_option("quick")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_role("button", name="Import", exact=True).click()
    state = page.locator("#import .state")
    await expect(state).to_contain_text("Being imported")
    await page.get_by_role("button", name="Stop it").click()
    await expect(page.locator("main")).to_contain_text("The import ends after the rows that are under way.")
    held.gate.set()
    await expect(state).to_contain_text("Stopped")
    await expect(page.locator("#import .figures")).to_contain_text(f"{BATCH}New")


async def test_a_file_that_is_too_large_is_not_even_sent(site: Site, browsing: Browsing, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with file.open("wb") as out:
        out.truncate(site.parts.terms.max_upload_bytes + 1)
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.goto(f"{site.url}/imports")
    await page.get_by_label("File", exact=True).set_input_files(file)
    told = await page.get_by_label("File", exact=True).evaluate("(field) => field.validationMessage")
    assert told == "At most 64 MB can be uploaded."


async def test_sheets_are_chosen(site: Site, browsing: Browsing, tmp_path: Path) -> None:
    rows = [line.split(",") for line in LIST.splitlines()]
    book = workbook_file(tmp_path / "list.xlsx", {"封面": [["秋季"]], "名单": rows})
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.goto(f"{site.url}/imports")
    await page.get_by_label("Plan", exact=True).select_option("quick")
    await page.get_by_label("File", exact=True).set_input_files(book)
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.locator("main")).to_contain_text("several sheets")
    await page.get_by_label("Sheet").select_option("名单")
    await page.get_by_role("button", name="Show again").click()
    await expect(page.locator("main")).to_contain_text("王伟")


async def test_everything_works_without_a_script(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", LIST.encode(), filename="名单.csv")
    form.add_field("plan", "quick")
    async with visitor.session.post("/imports", data=form) as response:
        text, preview = await response.text(), response.url.path
    assert (response.status, "王伟" in text) == (200, True)
    async with visitor.session.post(preview, data={"do": "import", "plan": "quick"}) as response:
        assert (response.status, "名单.csv" in await response.text()) == (200, True)
        import_id = response.url.name
    await until(visitor, import_id, ended)
    async with visitor.session.get(f"/imports/{import_id}") as response:
        text = await response.text()
    assert "No row was bad." in text


@pytest.mark.parametrize("width", [360, 390, 1600])
async def test_no_page_of_imports_is_wider_than_the_screen(
    site: Site, browsing: Browsing, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "名单.csv"
    long = "没有人能看懂的表头" * 3 + "WithoutAnySpaceInIt" * 3
    file.write_text(f"客户姓名,电话,{long}\n王伟,1,x\n李芳,13900000002;010-88886666,\n", "utf-8")
    page = await browsing.sign_in(Person.SUPERVISOR)
    await page.set_viewport_size({"width": width, "height": 800})

    async def fits() -> None:
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (page.url, wide) == (page.url, 0)

    await page.goto(f"{site.url}/imports")
    await fits()
    await page.get_by_label("Plan", exact=True).select_option("quick")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.locator("main")).to_contain_text("The first rows")
    await fits()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.locator("#import .state")).to_contain_text("Imported")
    await fits()
    await page.goto(f"{site.url}/imports")
    await fits()
