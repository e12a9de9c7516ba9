"""Is this machine fit: time zones, working days, the archive's disk, the recording folder, the control socket?"""

import asyncio
import os
import shutil
import stat
import uuid
from collections.abc import Sequence
from pathlib import Path

from callcenter.doctor.finding import Surroundings, Word, error, ok, skipped, warning
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.calendar import CalendarError, WorkCalendar, last_known_year
from callcenter.domain.times.windows import local_date, zone_of

_NOVEMBER = 11
"""By then next year's working days are published, and known to a library that is up to date."""

_UPDATE = "Update the package `holidays`, or put the days into the policy (own_closing_days, own_working_days)."
_MEGABYTE = 1_000_000
_SOCKET_SECONDS = 1.0


async def settings(at: Surroundings) -> Sequence[Word]:
    """What cannot be used never comes so far: see `settings_findings`."""
    trunks = ", ".join(at.settings.trunks) or "none"
    return [ok(f"All can be used. Application {at.settings.ari.app}; trunks: {trunks}.")]


async def time_zone(at: Surroundings) -> Sequence[Word]:
    name = at.settings.calls.default_zone
    zone = zone_of(name)
    if isinstance(zone, Refusal):
        return [error(f"No data for the time zone {name}.", "Install the package `tzdata`, or the system's.")]
    return [ok(f"It is {at.now().astimezone(zone):%H:%M} in {name}.")]


async def calendar(at: Surroundings) -> Sequence[Word]:
    """Nothing is open on a day of which nobody knows whether it is a working day."""
    country = at.settings.calls.default_region
    zone = zone_of(at.settings.calls.default_zone)
    today = at.now().date() if isinstance(zone, Refusal) else local_date(zone, at.now())
    try:
        last = last_known_year(WorkCalendar(country), today.year)
    except CalendarError as unknown:
        return [warning(f"{unknown}.", "Put the days off into the policy (own_closing_days).")]
    if last is None:
        return [error(f"The working days of {today.year} in {country} are not known: nobody can be called.", _UPDATE)]
    if last == today.year and today.month >= _NOVEMBER:
        return [warning(f"The working days of {today.year + 1} in {country} are not known yet.", _UPDATE)]
    return [ok(f"The working days in {country} are known to the end of {last}.")]


async def archive(at: Surroundings) -> Sequence[Word]:
    recordings = at.settings.recordings
    return await asyncio.to_thread(_archive, recordings.archive, recordings.min_free_bytes)


def _archive(folder: Path, least: int) -> list[Word]:
    remedy = f"Make it writable for the service's user: `chown` and `chmod u+rwx` of {folder}."
    try:
        ground = _existing(folder)
        _try_rename(ground)
        work = folder / ".incoming"
        elsewhere = work.is_dir() and work.stat().st_dev != folder.stat().st_dev
        free = shutil.disk_usage(ground).free
    except OSError as refused:
        return [error(f"Recordings cannot be kept in {folder}: {refused.strerror} ({refused.filename}).", remedy)]
    if elsewhere:
        return [
            error(
                f"{work} is on another file system than {folder}: a recording could not be placed by rename.",
                "Let both be on one file system; unmount what lies between.",
            )
        ]
    told = f"{free // _MEGABYTE} MB free in {ground}"
    if free < least:
        return [
            error(
                f"{told}, less than recordings.min_free_mb ({least // _MEGABYTE}): nobody is dialled.",
                "Make room or move the archive to a larger disk; nothing is ever deleted by the service.",
            )
        ]
    return [ok(f"{told}, writable.")]


async def recording_folder(at: Surroundings) -> Sequence[Word]:
    recordings = at.settings.recordings
    if recordings.source != "folder":
        return [skipped("Not used: raw recordings come over ARI (recordings.source).")]
    return [await asyncio.to_thread(_recording_folder, recordings.folder, recordings.archive)]


def _recording_folder(folder: Path, kept: Path) -> Word:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as refused:
        return error(
            f"Asterisk's recordings in {folder} cannot be read: {refused.strerror}.",
            "Set recordings.folder to the folder `recording` in Asterisk's astspooldir, put the service's user into "
            'Asterisk\'s group; or use recordings.source = "http".',
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return warning(
            f"Raw recordings cannot be removed from {folder} and will pile up.",
            f"Let the service's user write there: the group of Asterisk, and `chmod g+w {folder}`.",
        )
    try:
        near = folder.stat().st_dev == _existing(kept).stat().st_dev
    except OSError:
        near = False
    return ok(
        f"{folder} is readable{'' if near else '; it is on another file system than the archive: copied, not linked'}."
    )


async def control_socket(at: Surroundings) -> Sequence[Word]:
    path = at.settings.control.socket
    remedy = f"Remove it, or set control.socket to another path than {path}."
    try:
        ground = await asyncio.to_thread(_existing, path.parent)
        kind = await asyncio.to_thread(_kind, path)
    except OSError as refused:
        return [error(f"The control socket {path} cannot be made: {refused.strerror}.", remedy)]
    if kind is None:
        if not os.access(ground, os.W_OK | os.X_OK):
            return [error(f"The control socket {path} cannot be made: {ground} is not writable.", remedy)]
        return [ok(f"Free: {path}.")]
    if not stat.S_ISSOCK(kind):
        return [error(f"{path} is there and no socket.", remedy)]
    if await answers(path):
        return [ok(f"The service runs and listens at {path}.")]
    return [ok(f"{path} is left over from a service that has ended; the next one replaces it.")]


async def answers(path: Path) -> bool:
    """Does a service listen at this Unix socket?"""
    try:
        async with asyncio.timeout(_SOCKET_SECONDS):
            _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return True
    return True


def _kind(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there. Raises OSError, also for what is no folder."""
    for ground in (folder, *folder.parents):
        try:
            mode = ground.stat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(mode):
            raise NotADirectoryError(20, "Not a directory", str(ground))
        return ground
    raise FileNotFoundError(2, "No such file or directory", str(folder))


def _try_rename(folder: Path) -> None:
    """Write, flush, rename, remove, as the archive does."""
    trial = folder / f".doctor-{uuid.uuid4().hex}"
    placed = trial.with_suffix(".placed")
    try:
        with trial.open("xb") as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
        trial.rename(placed)
    finally:
        trial.unlink(missing_ok=True)
        placed.unlink(missing_ok=True)
