"""A browser's phone whose Asterisk is restarted: made again there, and registered, by itself."""

import asyncio
from pathlib import Path

import pytest

from asterisk.browsing import ALLOWED, address, agent_with_browser, browser, phone_is
from house import House
from lab.asterisk import AsteriskFiles
from lab.chromium import ChromiumFiles
from lab.lab import Lab

pytestmark = pytest.mark.asterisk


async def test_a_restarted_asterisk_has_the_phone_again(
    asterisk_files: AsteriskFiles, chromium: ChromiumFiles, tmp_path: Path
) -> None:
    with Lab(tmp_path / "lab", files=asterisk_files, talk="tone", agents=1) as lab:
        house = House(tmp_path / "house", lab, "again", lab.agent_endpoint(1))
        await house.prepare()
        await agent_with_browser(house)
        await house.serve()
        await house.in_sight()
        async with browser(await address(house), chromium, *ALLOWED) as agent:
            page = await agent.sign_in("agent1001")
            await phone_is(page, "ready")
            before = phones(lab)
            await asyncio.to_thread(lab.switch.stop)
            await phone_is(page, "wait")
            await asyncio.to_thread(lab.switch.start)
            await phone_is(page, "ready")
            assert phones(lab) == before
            assert len(before) == 1
        await house.stop()


def phones(lab: Lab) -> dict[str, str]:
    """Browsers' phones on the switch, each with its state."""
    listed = lab.switch.ari("GET", "endpoints")
    return {each["resource"]: each["state"] for each in listed if "-phone-" in each["resource"]}
