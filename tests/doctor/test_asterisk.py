"""The doctor and a real Asterisk: all well, and each thing that may be wrong with its remedy."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from callcenter.ari.client import Address, AriClient
from callcenter.doctor import Finding, Level, diagnose, exit_code
from callcenter.doctor.run import CHECKS
from callcenter.settings import Settings
from doctor.conftest import MakeSettings
from lab.lab import Lab
from lab.switch import Switch

pytestmark = pytest.mark.asterisk


async def found(settings: Settings, *names: str, ahead: float = 0.0) -> list[Finding]:
    """The findings of these checks alone, as if nothing that they need were wrong. ahead: seconds of our clock."""
    checks = [check for check in CHECKS if check.name in names]
    findings = await diagnose(settings, checks=checks, now=lambda: datetime.now(UTC) + timedelta(seconds=ahead))
    return list(findings)


async def only(settings: Settings, name: str, *, ahead: float = 0.0) -> Finding:
    (finding,) = await found(settings, name, ahead=ahead)
    return finding


def bad(finding: Finding, level: Level, what: str, remedy: str) -> None:
    assert finding.level is level, finding
    assert what in finding.what
    assert remedy in finding.remedy


def traces(switch: Switch) -> list[object]:
    """Everything that a self-test could leave behind."""
    listed = [switch.ari("GET", kind) for kind in ("channels", "bridges", "applications", "recordings/stored")]
    return [*listed, sorted(switch.recordings.rglob("*"))]


async def settled(switch: Switch, before: Sequence[object]) -> bool:
    """Asterisk takes a moment to end channels that were hung up."""
    for _ in range(40):
        if await asyncio.to_thread(traces, switch) == before:
            return True
        await asyncio.sleep(0.05)
    return False


@asynccontextmanager
async def serving(answer: Callable[[web.BaseRequest], Awaitable[web.Response]]) -> AsyncIterator[int]:
    """Another program, at the port that is given."""
    server = web.Server(answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may read everything; be nobody for a moment, where the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


async def test_a_good_installation_has_nothing_wrong_and_nothing_is_left_behind(
    lab: Lab, settings_of: MakeSettings
) -> None:
    before = traces(lab.switch)
    findings = await diagnose(settings_of(lab.switch))
    assert [finding for finding in findings if finding.level is not Level.OK and finding.check != "calendar"] == []
    assert {finding.check for finding in findings} == {check.name for check in CHECKS}
    assert exit_code(findings) == 0
    assert await settled(lab.switch, before)


async def test_the_recorder_is_heard_over_http_too(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, RECORDINGS__SOURCE="http", RECORDINGS__FOLDER="/nowhere")
    assert [finding.level for finding in await found(settings, "recording folder", "recorder")] == [
        Level.SKIPPED,
        Level.OK,
    ]


async def test_a_wrong_password_is_told_and_what_needs_asterisk_is_skipped(lab: Lab, settings_of: MakeSettings) -> None:
    findings = {one.check: one for one in await diagnose(settings_of(lab.switch, ARI__PASSWORD="wrong"))}
    bad(findings["asterisk"], Level.ERROR, "refuses the user", "Set ari.user and ari.password")
    bad(findings["recorder"], Level.SKIPPED, "before this is in order: asterisk", "")
    assert findings["database"].level is Level.OK
    assert exit_code(list(findings.values())) == 1


async def test_a_port_on_which_nobody_listens_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, ARI__URL="http://127.0.0.1:1/ari")
    bad(await only(settings, "asterisk"), Level.ERROR, "refused, nothing listens there", "http.conf")


async def test_a_wrong_path_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, ARI__URL=lab.switch.ari_url.replace("/ari", "/air"))
    bad(await only(settings, "asterisk"), Level.ERROR, "and no ARI", "end in /ari")


async def test_https_where_there_is_none_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, ARI__URL=lab.switch.ari_url.replace("http:", "https:"))
    bad(await only(settings, "asterisk"), Level.ERROR, "No TLS", "http://")


async def test_another_program_in_asterisks_place_is_told(settings_of: MakeSettings) -> None:
    async def greet(_: web.BaseRequest) -> web.Response:
        return web.Response(text="hello")

    async with serving(greet) as port:
        settings = settings_of(ARI__URL=f"http://127.0.0.1:{port}/ari")
        bad(await only(settings, "asterisk"), Level.ERROR, "does not speak ARI", "Correct ari.url")


async def test_an_asterisk_that_does_not_answer_is_told(settings_of: MakeSettings) -> None:
    async def stuck(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(stuck) as port:
        settings = settings_of(ARI__URL=f"http://127.0.0.1:{port}/ari", ARI__REQUEST_TIMEOUT_SECONDS="0.5")
        bad(await only(settings, "asterisk"), Level.ERROR, "does not answer", "stuck")


async def test_a_user_who_may_only_read_is_told(bare: Switch, settings_of: MakeSettings) -> None:
    settings = settings_of(bare, ARI__USER="reader")
    bad(await only(settings, "asterisk"), Level.ERROR, "may only read", "read_only")


async def test_clocks_that_are_apart_are_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch)
    bad(await only(settings, "clock", ahead=3), Level.WARNING, "3.0 s apart", "time server")
    bad(await only(settings, "clock", ahead=-3), Level.WARNING, "3.0 s apart", "time server")
    bad(await only(settings, "clock", ahead=60), Level.ERROR, "60.0 s apart", "time server")


async def test_a_missing_module_is_named(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch)
    lab.switch.cli("module unload format_wav.so")
    try:
        findings = await diagnose(settings)
    finally:
        lab.switch.cli("module load format_wav.so")
    told = {finding.check: finding for finding in findings}
    bad(told["modules"], Level.ERROR, "format_wav.so is not running", "module load format_wav.so")
    bad(told["recorder"], Level.SKIPPED, "modules", "")
    assert (await only(settings, "modules")).level is Level.OK


async def test_an_application_that_another_program_holds_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, ARI__APP="taken")
    assert (await only(settings, "application")).level is Level.OK
    address = Address(lab.switch.ari_url, lab.switch.ari_user, lab.switch.ari_password)
    async with AriClient(address) as other:
        socket = await other.open_events("taken", close_seconds=1)
        bad(await only(settings, "application"), Level.WARNING, "taken is taken", "its own ari.app")
        listening = await asyncio.start_unix_server(lambda _, writer: writer.close(), settings.control.socket)
        async with listening:
            assert (await only(settings, "application")).level is Level.OK
        await socket.close()


async def test_a_trunk_that_does_not_exist_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    settings = settings_of(lab.switch, TRUNKS__OTHER__ENDPOINT="PJSIP/{number}@elsewhere")
    first, second = await found(settings, "trunks")
    assert first.level is Level.OK
    bad(second, Level.ERROR, "no endpoint PJSIP/elsewhere", "trunks.other.endpoint")


async def test_a_trunk_that_cannot_be_reached_is_told(bare: Switch, settings_of: MakeSettings) -> None:
    async with asyncio.timeout(10):
        while (finding := await only(settings_of(bare), "trunks")).level is Level.OK:  # noqa: ASYNC110 (its first qualify)
            await asyncio.sleep(0.05)
    bad(finding, Level.ERROR, "PJSIP/trunk is not reachable", "pjsip show aor trunk")


async def test_a_missing_sorcery_mapping_is_told(bare: Switch, settings_of: MakeSettings) -> None:
    finding = await only(settings_of(bare), "phones at run time")
    bad(finding, Level.WARNING, "cannot be made at run time", "`endpoint/memory = memory`")


async def test_a_socket_that_is_not_there_is_told(lab: Lab, settings_of: MakeSettings) -> None:
    away = settings_of(lab.switch, PHONES__SOCKET="ws://127.0.0.1:1/ws")
    bad(await only(away, "phones in browsers"), Level.WARNING, "find no socket", "protocol = ws")
    no_sip = settings_of(lab.switch, PHONES__SOCKET=lab.switch.ari_url.replace("http", "ws") + "/events")
    bad(await only(no_sip, "phones in browsers"), Level.WARNING, "find no socket", "phones.socket")
    assert not [each for each in lab.switch.ari("GET", "endpoints") if each["resource"].startswith("doctor-")]


async def test_modules_for_browsers_that_do_not_run_are_told(bare: Switch, settings_of: MakeSettings) -> None:
    findings = await found(settings_of(bare), "phones in browsers")
    bad(findings[0], Level.WARNING, "res_srtp.so is not running (encrypted sound)", "load = res_srtp.so")
    bad(findings[1], Level.WARNING, "Opus cannot be spoken, only G.711", "phones.codecs")


async def test_missing_contexts_are_told(bare: Switch, settings_of: MakeSettings) -> None:
    findings = await found(settings_of(bare), "dialplan")
    assert [finding.level for finding in findings] == [Level.ERROR, Level.ERROR]
    bad(findings[0], Level.ERROR, "no context callcenter-doctor", "dialplans/callcenter-doctor.conf")
    bad(findings[1], Level.ERROR, "no context callcenter-end", "dialplans/callcenter-end.conf")


async def test_a_self_test_that_fails_leaves_nothing_behind(bare: Switch, settings_of: MakeSettings) -> None:
    before = traces(bare)
    finding = await only(settings_of(bare), "recorder")
    bad(finding, Level.ERROR, "The call inside Asterisk", "dialplans/callcenter-doctor.conf")
    assert await settled(bare, before)


async def test_a_self_test_that_is_cut_short_leaves_nothing_behind(lab: Lab, settings_of: MakeSettings) -> None:
    before = traces(lab.switch)
    running = asyncio.create_task(only(settings_of(lab.switch), "recorder"))
    async with asyncio.timeout(10):
        while not list(lab.switch.recordings.glob("doctor-*")):  # noqa: ASYNC110 (Asterisk is another process)
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert await settled(lab.switch, before)


async def test_the_wrong_recording_folder_is_found_out(lab: Lab, settings_of: MakeSettings, tmp_path: Path) -> None:
    empty = tmp_path / "spool"
    empty.mkdir()
    finding = await only(settings_of(lab.switch, RECORDINGS__FOLDER=str(empty)), "recorder")
    bad(finding, Level.ERROR, f"not found in {empty}", "Set recordings.folder")


async def test_a_spool_that_asterisk_cannot_write_is_found_out(lab: Lab, settings_of: MakeSettings) -> None:
    folder = lab.switch.recordings
    moved = folder.with_name("moved")
    folder.rename(moved)
    folder.write_text("in the way")
    try:
        finding = await only(settings_of(lab.switch), "recorder")
    finally:
        folder.unlink()
        moved.rename(folder)
    assert finding.level is Level.ERROR
    assert "astspooldir" in finding.remedy


@pytest.mark.parametrize(("swapped", "said"), [("customer", "400 Hz"), ("silence", "silence")])
async def test_a_direction_that_is_not_what_it_should_be_is_found_out(
    lab: Lab, settings_of: MakeSettings, swapped: str, said: str
) -> None:
    lab.switch.cli("dialplan remove extension customer@callcenter-doctor")
    sound = "Playtones(400)" if swapped == "customer" else "NoOp()"
    for priority, step in enumerate(("Wait(0.3)", "Answer()", sound, "Wait(20)"), start=1):
        lab.switch.cli(f"dialplan add extension customer,{priority},{step} into callcenter-doctor")
    try:
        finding = await only(settings_of(lab.switch), "recorder")
    finally:
        lab.switch.cli("dialplan reload")
    bad(finding, Level.ERROR, f"from the customer {said}, to the customer 400 Hz", "dialplans/callcenter-doctor.conf")


async def test_without_its_module_sound_is_not_looked_at(bare: Switch, settings_of: MakeSettings) -> None:
    finding = await only(settings_of(bare), "sound over the network")
    bad(finding, Level.SKIPPED, "chan_rtp.so", "")


async def test_a_recording_folder_of_another_user_is_told(lab: Lab, settings_of: MakeSettings, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir(mode=0)
    settings = settings_of(lab.switch, RECORDINGS__FOLDER=str(folder))
    with ordinary_user():
        finding = await only(settings, "recording folder")
    folder.chmod(stat.S_IRWXU)
    bad(finding, Level.ERROR, f"{folder} cannot be read: Permission denied", "Asterisk's group")
