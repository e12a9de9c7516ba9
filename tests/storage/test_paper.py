"""Visits without a call, and their scans, as they are read back."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.people import Channel
from callcenter.domain.visits.paper import PaperFound, PaperResult, PaperVisit, Scan, ScanKind
from callcenter.storage.paper import SqlPaper
from storage.cases import NOW
from storage.conftest import Stores

DAY = timedelta(days=1)


async def test_visits_and_their_scans_are_kept_as_they_were_written(stores: Stores) -> None:
    await stores.seed(2)
    paper = SqlPaper(stores.database)
    visit = PaperVisit(
        "v-1",
        "callback-00001",
        "agent-1",
        Channel.ONSITE,
        NOW,
        PaperResult.MADE,
        "谈了",
        "无",
        "已解释",
        "很好",
        NOW + DAY,
        "li",
        NOW + 1100 * DAY,
    )
    letter = replace(visit, id="v-2", channel=Channel.LETTER, result=PaperResult.SENT, visited_at=NOW + DAY)
    later = replace(letter, resolved=False, next_visit_at=NOW + 9 * DAY)
    await paper.add(visit)
    await paper.add(later)
    await paper.add(replace(visit, id="v-3", callback_id="callback-00002"))
    scan = Scan("s-1", "v-1", "表.pdf", ScanKind.PDF, "ab" * 32, 5, "scans/a.pdf", NOW, "li", NOW + DAY)
    other = replace(scan, id="s-2", path="scans/b.png", kind=ScanKind.PNG, added_at=NOW + DAY)
    await paper.attach(other)
    await paper.attach(scan)
    found = await paper.of_callback("callback-00001")
    assert list(found) == [PaperFound(later, ()), PaperFound(visit, (scan, other))]
    assert await paper.get("v-1") == PaperFound(visit, (scan, other))
    assert await paper.scan("s-2") == (other, visit)
    assert (await paper.get("v-9"), await paper.scan("s-9")) == (None, None)
