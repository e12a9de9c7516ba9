"""The doctor and this machine: database, disk, socket, calendar; and how findings are told."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from callcenter.doctor import Finding, Level, as_json, diagnose, exit_code, render, settings_findings
from callcenter.doctor.configuration import endpoint_of
from callcenter.doctor.finding import Surroundings, Word, error, ok
from callcenter.doctor.reach import judge_clock, judge_version
from callcenter.doctor.recorder import judge
from callcenter.doctor.run import CHECKS, Check
from callcenter.doctor.sound import Heard, heard
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.recording import Direction
from callcenter.settings import ConfigError, Settings
from callcenter.storage.database import Database
from callcenter.storage.migrations import VERSION_TABLE
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.schema import upgrade
from doctor.conftest import MakeSettings
from lab.postgres import Postgres

FUTURE_YEAR = datetime(2200, 6, 1, tzinfo=UTC)
PLAIN = FUTURE_YEAR.replace(year=2024)
NOVEMBER = PLAIN.replace(month=11)


async def only(settings: Settings, name: str, now: datetime = PLAIN) -> Finding:
    (check,) = (check for check in CHECKS if check.name == name)
    (finding,) = await diagnose(settings, checks=[check], now=lambda: now)
    return finding


def bad(finding: Finding, level: Level, what: str, remedy: str) -> None:
    assert finding.level is level, finding
    assert what in finding.what
    assert remedy in finding.remedy


async def test_a_database_from_the_future_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "callcenter.db")
    with connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.close()
    bad(await only(settings_of(), "database"), Level.ERROR, "version 9999, made by a newer program", "newer program")


async def test_a_database_that_is_not_there_is_told_and_not_made(settings_of: MakeSettings, tmp_path: Path) -> None:
    settings = settings_of(DATABASE__URL=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    bad(await only(settings, "database"), Level.ERROR, "There is no database", "callcenter db upgrade")
    assert not (tmp_path / "other.db").exists()


async def test_a_database_without_tables_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "other.db").touch()
    settings = settings_of(DATABASE__URL=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    bad(await only(settings, "database"), Level.ERROR, "empty", "callcenter db upgrade")


async def test_a_file_that_is_no_database_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("a shopping list, and a long one at that\n" * 100)
    settings = settings_of(DATABASE__URL=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    bad(await only(settings, "database"), Level.ERROR, "cannot be used", "restore a copy")


async def test_postgresql_is_checked_as_well(settings_of: MakeSettings, postgres: Postgres) -> None:
    name = postgres.fresh()
    settings = settings_of(DATABASE__URL=postgres.url(name))
    bad(await only(settings, "database"), Level.ERROR, "The database is empty", "callcenter db upgrade")
    await upgrade(settings.database.url)
    found = await only(settings, "database")
    assert found.level is Level.OK
    assert postgres.password not in str(found)
    postgres.drop(name)
    bad(await only(settings, "database"), Level.ERROR, "there is no database of this name", "createdb")
    away = settings_of(DATABASE__URL="postgresql://user:sesame@127.0.0.1:1/name")
    found = await only(away, "database")
    bad(found, Level.ERROR, "cannot be reached: ConnectionRefusedError", "See that PostgreSQL runs")
    assert "sesame" not in str(found)


async def test_a_stored_policy_that_is_older_than_its_preset_is_told(settings_of: MakeSettings) -> None:
    settings = settings_of()
    assert (await only(settings, "policies")).level is Level.OK
    then = load_policy(
        preset_text("tongjiang"), lambda name: preset_text(name).replace("dials_min = 3", "dials_min = 2")
    )
    opened = await Database.open(settings.database.url)
    assert await SqlPolicies(opened).add(then, preset_text("tongjiang"))
    await opened.close()
    found = await only(settings, "policies", NOVEMBER)
    bad(found, Level.WARNING, "the product's own preset is newer, and differs in 1 value", "policies renew tongjiang")


async def test_a_good_database_is_in_order(settings_of: MakeSettings) -> None:
    assert (await only(settings_of(), "database")).level is Level.OK


async def test_an_absent_recording_folder_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    settings = settings_of(RECORDINGS__FOLDER=str(tmp_path / "absent"))
    bad(await only(settings, "recording folder"), Level.ERROR, "No such file or directory", "astspooldir")


async def test_an_archive_that_is_a_file_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "recordings").touch()
    bad(await only(settings_of(), "archive"), Level.ERROR, "Not a directory", "writable for the service's user")


async def test_too_little_room_in_the_archive_is_told(settings_of: MakeSettings) -> None:
    settings = settings_of(RECORDINGS__MIN_FREE_MB="10000000")
    bad(await only(settings, "archive"), Level.ERROR, "less than recordings.min_free_mb", "Make room")


async def test_the_archive_is_looked_at_without_leaving_anything(settings_of: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    assert (await only(settings_of(), "archive")).level is Level.OK
    assert list((tmp_path / "recordings").iterdir()) == []


async def test_a_file_in_the_place_of_the_control_socket_is_told(settings_of: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "control.sock").touch()
    bad(await only(settings_of(), "control socket"), Level.ERROR, "no socket", "control.socket")


async def test_a_running_service_and_one_that_has_ended_are_told_apart(settings_of: MakeSettings) -> None:
    settings = settings_of()
    assert "Free" in (await only(settings, "control socket")).what
    listening = await asyncio.start_unix_server(lambda _, writer: writer.close(), settings.control.socket)
    async with listening:
        assert "The service runs" in (await only(settings, "control socket")).what
    assert settings.control.socket.exists()
    assert "left over" in (await only(settings, "control socket")).what


async def test_a_year_without_known_working_days_is_an_error(settings_of: MakeSettings) -> None:
    bad(await only(settings_of(), "calendar", FUTURE_YEAR), Level.ERROR, "2200 in CN are not known", "holidays")


@pytest.mark.parametrize("now", [PLAIN, NOVEMBER])
async def test_known_years_are_in_order(settings_of: MakeSettings, now: datetime) -> None:
    assert (await only(settings_of(), "calendar", now)).level is Level.OK


async def test_a_next_year_that_is_unknown_late_in_the_year_is_a_warning(
    settings_of: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.doctor.machine.last_known_year", lambda _, year: year)
    assert (await only(settings_of(), "calendar", PLAIN)).level is Level.OK
    bad(await only(settings_of(), "calendar", NOVEMBER), Level.WARNING, "2025 in CN are not known yet", "holidays")


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ("18.26.4", Level.ERROR),
        ("20.17.0", Level.WARNING),
        ("certified-20.7-cert3", Level.WARNING),
        ("22.7.0", Level.WARNING),
        ("22.8.0", Level.OK),
        ("22.10.1+dfsg+~cs6.17.60671434-1", Level.OK),
        ("23.1.0", Level.WARNING),
        ("23.2.0", Level.OK),
        ("24.0.0", Level.OK),
        ("GIT-master-1a2b3c", Level.WARNING),
    ],
)
def test_a_version_is_judged_by_what_it_lacks(told: str, level: Level) -> None:
    assert judge_version(told).level is level


def test_a_degraded_version_tells_what_is_lost() -> None:
    word = judge_version("22.7.0")
    assert "degraded" in word.what
    assert "tech_cause" in word.what
    assert "22.8" in word.remedy


@pytest.mark.parametrize(("apart", "level"), [(0.9, Level.OK), (1.1, Level.WARNING), (5.1, Level.ERROR)])
def test_a_clock_is_judged(apart: float, level: Level) -> None:
    assert judge_clock(apart).level is level


@pytest.mark.parametrize(
    ("template", "endpoint"),
    [
        ("PJSIP/{number}@trunk", "trunk"),
        ("PJSIP/trunk/sip:{number}@192.0.2.1", "trunk"),
        ("PJSIP/0{number}@my-trunk", "my-trunk"),
        ("DAHDI/g1/{number}", "g1"),
        ("Local/{number}", None),
    ],
)
def test_the_endpoint_of_a_template(template: str, endpoint: str | None) -> None:
    assert endpoint_of(template) == endpoint


@pytest.mark.parametrize("hz", [400, 700])
def test_a_tone_is_known_by_its_frequency(hz: int) -> None:
    tone = (8000 * np.sin(2 * np.pi * hz * np.arange(8000) / 8000)).astype(np.int16)
    assert heard(tone, 8000).is_tone(hz)
    assert not heard(tone, 8000).is_tone(1100 - hz)


def test_silence_is_no_tone() -> None:
    assert heard(np.zeros(8000, np.int16), 8000).silent
    assert heard(np.zeros(0, np.int16), 8000).silent


def test_swapped_directions_are_an_error() -> None:
    customer, agent = Heard(700, -20), Heard(400, -20)
    assert judge({Direction.IN: customer, Direction.OUT: agent}).level is Level.OK
    assert judge({Direction.IN: agent, Direction.OUT: customer}).level is Level.ERROR
    assert judge({Direction.IN: customer, Direction.OUT: Heard(0, -90)}).level is Level.ERROR


async def good(_: Surroundings) -> Sequence[Word]:
    return [ok("fine")]


async def broken(_: Surroundings) -> Sequence[Word]:
    raise ValueError("no such thing")


async def endless(_: Surroundings) -> Sequence[Word]:
    await asyncio.Event().wait()
    return []


async def wrong(_: Surroundings) -> Sequence[Word]:
    return [ok("one"), error("two", "mend it")]


async def test_a_check_that_breaks_or_hangs_is_a_finding_and_the_rest_goes_on(settings_of: MakeSettings) -> None:
    checks = [
        Check("broken", broken),
        Check("endless", endless, seconds=0.05),
        Check("good", good),
        Check("wrong", wrong),
        Check("after good", good, needs=("good",)),
        Check("after wrong", good, needs=("good", "wrong", "broken")),
    ]
    findings = await diagnose(settings_of(), checks=checks)
    assert [(finding.check, finding.level.value) for finding in findings] == [
        ("broken", "error"),
        ("endless", "error"),
        ("good", "ok"),
        ("wrong", "ok"),
        ("wrong", "error"),
        ("after good", "ok"),
        ("after wrong", "skipped"),
    ]
    assert "no such thing" in findings[0].what
    assert "wrong, broken" in findings[-1].what


def test_every_need_names_an_earlier_check() -> None:
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= {earlier.name for earlier in CHECKS[:number]}


FINDINGS = (
    Finding("disk", Level.OK, "plenty"),
    Finding("clock", Level.WARNING, "late", "wind it up"),
    Finding("数据库", Level.ERROR, "gone [bold]", "bring it back"),
    Finding("recorder", Level.SKIPPED, "no disk"),
)


def test_people_see_each_finding_with_its_remedy_under_it() -> None:
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(render(FINDINGS))
    lines = captured.get().splitlines()
    at = next(number for number, line in enumerate(lines) if "late" in line)
    assert lines[at].split() == ["clock", "warning", "late"]
    assert lines[at + 1].strip() == "→ wind it up"
    assert any("gone [bold]" in line for line in lines)
    assert lines[-1] == "1 in order, 1 with a warning, 1 wrong, 1 not looked at."


def test_scripts_read_a_list_of_objects() -> None:
    objects = json.loads(as_json(FINDINGS))
    assert objects[1] == {"check": "clock", "level": "warning", "what": "late", "remedy": "wind it up"}
    assert [each["check"] for each in objects] == ["disk", "clock", "数据库", "recorder"]


def test_only_an_error_makes_the_exit_code_one() -> None:
    assert exit_code(FINDINGS) == 1
    assert exit_code([finding for finding in FINDINGS if finding.level is not Level.ERROR]) == 0


def test_settings_that_cannot_be_read_are_findings_too() -> None:
    findings = settings_findings(ConfigError(("ari.password is missing.", "log.level is wrong.")))
    assert [finding.what for finding in findings] == ["ari.password is missing.", "log.level is wrong."]
    assert exit_code(findings) == 1


async def test_without_any_asterisk_the_doctor_still_tells_the_rest(settings_of: MakeSettings) -> None:
    findings = {finding.check: finding for finding in await diagnose(settings_of())}
    bad(findings["asterisk"], Level.ERROR, "No connection to http://127.0.0.1:1/ari", "Start Asterisk")
    assert findings["archive"].level is Level.OK
    assert findings["recorder"].level is Level.SKIPPED
