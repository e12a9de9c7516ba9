"""The doctor and the pages: certificate, microphone, port."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from callcenter.doctor import Finding, Level, diagnose
from callcenter.doctor.run import CHECKS
from callcenter.settings import Settings
from doctor.conftest import MakeSettings

NOW = datetime.now(UTC)
ENDS = NOW + timedelta(days=100)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    made = trustme.CA().issue_cert("calls.example", not_after=ENDS)
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    key.touch(0o600)
    key.write_bytes(made.private_key_pem.bytes())
    return chain, key


async def findings(settings: Settings, now: datetime = NOW) -> list[Finding]:
    checks = [check for check in CHECKS if check.name == "pages"]
    return [*await diagnose(settings, checks=checks, now=lambda: now)]


def worst(found: list[Finding]) -> tuple[Level, str]:
    order = [Level.SKIPPED, Level.OK, Level.WARNING, Level.ERROR]
    finding = max(found, key=lambda each: order.index(each.level))
    return finding.level, finding.what


async def test_pages_for_this_machine_alone_are_fine(settings_of: MakeSettings) -> None:
    assert worst(await findings(settings_of(WEB__PORT="0")))[0] is Level.OK


async def test_a_page_that_needs_the_microphone_is_on_localhost_or_https(settings_of: MakeSettings) -> None:
    level, what = worst(await findings(settings_of(WEB__PORT="0", WEB__PUBLIC_URL="http://calls.example")))
    assert level is Level.WARNING
    assert "microphone" in what
    for fine in ("https://calls.example", "http://localhost:8080", "http://127.0.0.1"):
        assert worst(await findings(settings_of(WEB__PORT="0", WEB__PUBLIC_URL=fine)))[0] is Level.OK


@pytest.mark.parametrize(
    ("days", "level", "told"),
    [(0, Level.OK, "good until"), (80, Level.WARNING, "ends on"), (101, Level.ERROR, "ended on")],
)
async def test_a_certificate_is_told_of_before_it_ends(
    settings_of: MakeSettings, certificate: tuple[Path, Path], days: int, level: Level, told: str
) -> None:
    chain, key = certificate
    settings = settings_of(WEB__PORT="0", WEB__CERTIFICATE=str(chain), WEB__KEY=str(key))
    found = await findings(settings, NOW + timedelta(days=days))
    assert worst(found)[0] is level
    assert any(told in finding.what for finding in found)


async def test_a_key_that_others_may_read_is_told(settings_of: MakeSettings, certificate: tuple[Path, Path]) -> None:
    chain, key = certificate
    key.chmod(0o644)
    level, what = worst(await findings(settings_of(WEB__PORT="0", WEB__CERTIFICATE=str(chain), WEB__KEY=str(key))))
    assert (level, "may read the key" in what) == (Level.WARNING, True)


async def test_a_key_of_another_certificate_is_told(
    settings_of: MakeSettings, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().issue_cert("other.example").private_key_pem.write_to_path(str(other))
    chain, _ = certificate
    level, what = worst(await findings(settings_of(WEB__PORT="0", WEB__CERTIFICATE=str(chain), WEB__KEY=str(other))))
    assert (level, "cannot be used" in what) == (Level.ERROR, True)


async def test_an_address_that_is_not_ours_is_told(settings_of: MakeSettings, certificate: tuple[Path, Path]) -> None:
    chain, key = certificate
    settings = settings_of(WEB__HOST="192.0.2.1", WEB__PORT="8443", WEB__CERTIFICATE=str(chain), WEB__KEY=str(key))
    level, what = worst(await findings(settings))
    assert (level, "cannot be served" in what) == (Level.ERROR, True)


async def test_who_listens_already_is_told(settings_of: MakeSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = await findings(settings_of(WEB__PORT=str(server.getsockname()[1])))
    assert any("Somebody listens" in finding.what for finding in found)


async def test_pages_that_are_switched_off_are_not_looked_at(settings_of: MakeSettings) -> None:
    assert worst(await findings(settings_of(WEB__ENABLED="false")))[0] is Level.SKIPPED
