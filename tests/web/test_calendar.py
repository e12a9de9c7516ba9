"""The calendar: a year as it is, days that are closed and opened again, each written down."""

from datetime import timedelta

from callcenter.domain.audit import Action
from web.visiting import Person, Site


async def test_a_year_tells_what_each_day_is_in_the_readers_language(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    async with visitor.session.get("/api/v1/calendar?year=2026", headers={"Accept-Language": "zh"}) as response:
        assert response.status == 200
        year = await response.json()
    marks = {each["day"]: (each["mark"], each["name"]) for each in year["days"]}
    assert len(marks) == 365
    assert marks["2026-10-01"][0] == "public_holiday"
    assert marks["2026-10-10"] == ("swapped_workday", "")
    assert marks["2026-11-23"] == ("workday", "")
    async with visitor.session.get("/api/v1/calendar?year=2150") as response:
        assert {each["mark"] for each in (await response.json())["days"]} == {"unknown"}


async def test_a_day_is_closed_by_the_api_and_opened_again(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    asked = {"day": "2027-03-03", "name": "stock-taking"}
    async with visitor.session.post("/api/v1/closing-days", json=asked) as response:
        assert response.status == 201
        assert (await response.json())["login"] == "supervisor"
    async with visitor.session.post("/api/v1/closing-days", json=asked) as response:
        assert response.status == 409
    async with visitor.session.get("/api/v1/closing-days") as response:
        assert [each["day"] for each in (await response.json())["items"]] == ["2027-03-03"]
    async with visitor.session.delete("/api/v1/closing-days/2027-03-03") as response:
        assert response.status == 204
    for gone in ("2027-03-03", "someday"):
        async with visitor.session.delete(f"/api/v1/closing-days/{gone}") as response:
            assert response.status == 404
    entries = await site.parts.audit.entries(on_kind="closing_day")
    assert [entry.deed.action for entry in entries] == [Action.DAY_OPENED, Action.DAY_CLOSED]
    assert {(entry.deed.login, entry.deed.on_id) for entry in entries} == {("supervisor", "2027-03-03")}


async def test_a_closing_day_stops_dialling_under_a_policy_that_keeps_holidays(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    now = site.parts.service.clock.now()
    for ahead in (-1, 0, 1):
        day = (now + timedelta(days=ahead)).date().isoformat()
        async with visitor.session.post("/api/v1/closing-days", json={"day": day, "name": "closed"}) as response:
            assert response.status == 201
    async with visitor.session.get("/api/v1/callbacks/cb-6/explanation") as response:
        assert response.status == 200
        told = await response.json()
    against = {each["rule"]: each for each in told["verdicts"] if not each["ok"]}
    assert "calendar.closing_day" in against


async def test_the_page_closes_a_day_and_tells_what_is_wrong(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    form = {"day": "2027-03-03", "name": "stock-taking"}
    async with visitor.session.post("/calendar", data=form, allow_redirects=False) as response:
        assert response.status == 303
        place = response.headers["Location"]
    async with visitor.session.get(place) as response:
        assert response.status == 200
        assert "The day is closed" in await response.text()
    async with visitor.session.post("/calendar", data=form) as response:
        assert response.status == 422
        assert "This day is a closing day already." in await response.text()
    async with visitor.session.post("/calendar", data={"day": "", "name": ""}) as response:
        assert response.status == 422
    async with visitor.session.get("/calendar?year=2027") as response:
        assert "stock-taking" in await response.text()
    async with visitor.session.post("/calendar/2027-03-03/open", data={"a": "b"}, allow_redirects=True) as response:
        assert response.status == 200
        assert "The closing day is taken back." in await response.text()
    async with visitor.session.get("/calendar?year=2027") as response:
        assert "stock-taking" not in await response.text()


async def test_the_calendar_of_a_plan_and_of_a_country_are_seen_too(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    british = await visitor.get("/calendar", year="2026", country="GB")
    marks = {each["day"]: each["mark"] for each in british.json["days"]}
    assert (british.json["country"], marks["2026-12-25"], marks["2026-10-01"]) == ("GB", "public_holiday", "workday")
    strict = await visitor.get("/calendar", year="2026", plan="strict")
    assert (strict.json["country"], strict.json["on_holiday"]) == ("CN", "block")
    await site.story.add_plan("open", "always_open")
    quick = await visitor.get("/calendar", year="2026", plan="open")
    assert (quick.json["country"], quick.json["on_holiday"]) == ("", "allow")
    for nowhere in ({"country": "XX"}, {"plan": "nothing"}):
        assert (await visitor.get("/calendar", **nowhere)).status == 404


async def test_the_page_lets_one_choose_whose_calendar_is_seen_and_keeps_it_from_year_to_year(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    await site.story.add_plan("open", "always_open")
    async with visitor.session.get("/calendar?whose=plan:open&lang=en") as response:
        html = await response.text()
    assert '<option value="plan:open" selected>' in html
    assert "Monday to Friday, without public holidays." in html
    assert "On holidays: as on other days" in html
    assert "whose=plan%3Aopen&amp;" in html
    async with visitor.session.get("/calendar?whose=country:XX") as response:
        assert response.status == 404
