"""What the pages tell of a recording that is not what it was."""

import re

import sqlalchemy as sa

from callcenter.storage.tables import recordings
from web.test_pages import see
from web.visiting import Person, Site


async def test_an_altered_recording_is_not_called_missing(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    kept = (await site.story.recording(site.talk)).kept
    assert kept is not None
    file = site.archive.root / kept.path
    raw = file.read_bytes()
    file.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    assert (await see(visitor, f"/recordings/{site.talk}/verify", {})).status == 303
    page, rows = await see(visitor, f"/recordings/{site.talk}"), await see(visitor, "/recordings?state=missing")
    agents = await see(await site.sign_in(Person.AGENT), f"/desk/logs/{site.talk}")
    for seen in (page, rows, agents):
        assert "Changed since it was kept" in seen.text
        assert not re.search(r">(Recording: )?Missing</(?!option)|listed as missing|There is no recording", seen.text)
    assert "The file was changed since it was kept; it is not played." in page.text
    assert "download=true" not in page.text
    file.unlink()
    assert (await see(visitor, f"/recordings/{site.talk}/verify", {})).status == 303
    page = await see(visitor, f"/recordings/{site.talk}")
    assert "The file is not there any more. It is now listed as missing." in page.text


async def test_how_much_of_an_end_was_lost_is_told(site: Site) -> None:
    change = sa.update(recordings).values(warnings=["tail_lost"], lost_tail_ms=157)
    async with site.story.books.database.write() as connection:
        await connection.execute(change.where(recordings.c.attempt_id == site.talk))
    page = await see(await site.sign_in(Person.COMPLIANCE), f"/recordings/{site.talk}")
    assert "Its end was lost (0.16 s)" in page.text
