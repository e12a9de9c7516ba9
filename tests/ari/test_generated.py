"""Are the generated names and types still those of Asterisk?"""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from ari.conftest import address_of
from callcenter.ari.client import Address
from callcenter.ari.generated import ASTERISK_VERSION
from fakes.asterisk import FakeAsterisk
from lab.lab import Lab

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/generate-ari"


async def check(address: Address) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        *("--check", "--url", address.url, "--user", address.user, "--password", address.password),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def docs_of(lab: Lab) -> dict[str, Any]:
    index = lab.switch.ari("GET", "api-docs/resources.json")
    names = [Path(api["path"]).stem for api in index["apis"]]
    return {"resources": index} | {name: lab.switch.ari("GET", f"api-docs/{name}.json") for name in names}


@pytest.fixture
def documented(lab: Lab, fake: FakeAsterisk) -> FakeAsterisk:
    """A fake with the real one's api-docs, of another version."""
    fake.docs = docs_of(lab)
    fake.version = "22.99.0"
    return fake


@pytest.mark.asterisk
async def test_the_generated_file_suits_the_running_asterisk(lab: Lab) -> None:
    code, output = await check(address_of(lab))

    assert code == 0, output


@pytest.mark.asterisk
async def test_another_version_with_more_in_it_is_good(documented: FakeAsterisk) -> None:
    documented.docs["channels"]["models"]["Channel"]["properties"]["mood"] = {"type": "string"}
    code, output = await check(documented.address)

    assert (code, output) == (0, "generated.py is good for Asterisk 22.99.0\n")


@pytest.mark.asterisk
async def test_the_same_version_with_more_in_it_is_told(documented: FakeAsterisk) -> None:
    documented.version = f"{ASTERISK_VERSION}+packager"
    documented.docs["channels"]["models"]["Channel"]["properties"]["mood"] = {"type": "string"}
    code, output = await check(documented.address)

    assert code == 1
    assert f"not what Asterisk {ASTERISK_VERSION} generates" in output


@pytest.mark.asterisk
@pytest.mark.parametrize(
    ("found", "instead", "sentence"),
    [
        ('"tech_cause"', '"technical_cause"', "no longer has ChannelDestroyed.tech_cause: int | None"),
        ('"name": "reason_code"', '"name": "reasonCode"', "no longer has Channels.hangup with 'reason_code'"),
        ('"nickname": "snoopChannelWithId"', '"nickname": "spy"', "channels has no operation snoopChannelWithId"),
        ('"dialstatus"', '"dial_status"', "Dial has no field dialstatus"),
    ],
)
async def test_a_name_that_is_gone_is_told_by_name(
    documented: FakeAsterisk, found: str, instead: str, sentence: str
) -> None:
    text = json.dumps(documented.docs)
    assert re.search(found, text)
    documented.docs = json.loads(text.replace(found, instead))
    code, output = await check(documented.address)

    assert code == 1
    assert sentence in output


async def test_an_asterisk_that_does_not_answer_is_told(fake: FakeAsterisk) -> None:
    await fake.stop()
    code, output = await check(fake.address)

    assert code == 2
    assert fake.address.url in output
