"""All checks in their order, each with a time limit; none can stop the others, or raise."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.ari.client import Address, AriClient, Limits
from callcenter.ari.events import utc_now
from callcenter.doctor import configuration, database, machine, policies, reach, recorder, rtp, site
from callcenter.doctor.finding import Finding, Level, Surroundings, Word, error, skipped
from callcenter.settings import ConfigError, Settings

Look = Callable[[Surroundings], Awaitable[Sequence[Word]]]


@dataclass(frozen=True, slots=True)
class Check:
    """needs: checks without whose success this one cannot be made. seconds: its time limit."""

    name: str
    look: Look
    needs: tuple[str, ...] = ()
    seconds: float = 10.0


CHECKS: tuple[Check, ...] = (
    Check("settings", machine.settings),
    Check("time zone", machine.time_zone),
    Check("calendar", machine.calendar),
    Check("database", database.database),
    Check("policies", policies.policies, ("database",)),
    Check("archive", machine.archive),
    Check("recording folder", machine.recording_folder),
    Check("control socket", machine.control_socket),
    Check("pages", site.pages),
    Check("asterisk", reach.asterisk, seconds=20),
    Check("version", reach.version, ("asterisk",)),
    Check("clock", reach.clock, ("asterisk",)),
    Check("modules", configuration.modules, ("asterisk",)),
    Check("application", configuration.application, ("asterisk",)),
    Check("dialplan", configuration.dialplan, ("asterisk", "application")),
    Check("trunks", configuration.trunks, ("asterisk",)),
    Check("phones at run time", configuration.sorcery, ("asterisk",)),
    Check("recorder", recorder.recorder, ("asterisk", "modules", "application", "dialplan", "recording folder"), 25),
    Check("sound over the network", rtp.sound, ("asterisk", "application")),
)


async def diagnose(
    settings: Settings, *, now: Callable[[], datetime] = utc_now, checks: Sequence[Check] = CHECKS
) -> tuple[Finding, ...]:
    """Every check, in order. What it makes on Asterisk for that it removes again. Never raises."""
    address = Address(settings.ari.url, settings.ari.user, settings.ari.password.get_secret_value())
    findings: list[Finding] = []
    async with AriClient(address, Limits(deadline=settings.ari.request_timeout_seconds)) as client:
        surroundings = Surroundings(settings, client, now)
        for check in checks:
            failed = {finding.check for finding in findings if finding.level is Level.ERROR}
            words = await _words(check, surroundings, failed)
            findings += [Finding(check.name, word.level, word.what, word.remedy) for word in words]
    return tuple(findings)


def settings_findings(mistakes: ConfigError) -> tuple[Finding, ...]:
    """What is to be told where there are no settings to go by."""
    remedy = "Correct it; README lists every setting."
    return tuple(Finding("settings", Level.ERROR, mistake, remedy) for mistake in mistakes.mistakes)


async def _words(check: Check, surroundings: Surroundings, failed: set[str]) -> Sequence[Word]:
    missing = [need for need in check.needs if need in failed]
    if missing:
        return [skipped(f"Not possible before this is in order: {', '.join(missing)}.")]
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look(surroundings)
    except TimeoutError:
        return [error(f"No result within {check.seconds:.0f} s.", "Look into Asterisk's log, and try it again.")]
    except Exception as failure:  # noqa: BLE001 (the edge: one check must not end the others)
        told = f"{type(failure).__name__}: {failure}".rstrip(": ")
        return [error(f"The check failed: {told}", "Look into Asterisk's log, and try it again.")]
