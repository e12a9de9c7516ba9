"""Does Asterisk answer, is it one that we can work with, and do its clock and ours agree?"""

import re
import ssl
import uuid
from collections.abc import Sequence

import aiohttp

from callcenter.ari.client import found
from callcenter.ari.decoding import instant
from callcenter.ari.errors import NotFoundError, NotSentError, OutcomeUnknownError, RefusedError, UnauthorizedError
from callcenter.doctor.finding import Surroundings, Word, error, ok, warning
from callcenter.domain.calls.telephony import TelephonyError

OLDEST = (20, 0)
COMPLETE = {22: 8, 23: 2}
"""First minor version of a major one that tells all; of an older major one none does, of a newer one every."""

CLOCK_WARNING_SECONDS = 1.0
CLOCK_ERROR_SECONDS = 5.0


async def asterisk(at: Surroundings) -> Sequence[Word]:
    """Refused connection, wrong password, wrong path and a user who may only read are told apart."""
    url = at.settings.ari.url
    try:
        await at.client.asterisk.get_info()
    except UnauthorizedError:
        return [
            error(
                f"Asterisk at {url} refuses the user {at.settings.ari.user!r} or the password.",
                "Set ari.user and ari.password as in ari.conf; after a change there, `module reload res_ari.so`.",
            )
        ]
    except NotFoundError:
        return [await _not_there(at)]
    except RefusedError as refused:
        return [error(f"{url} answers {refused}.", "Is this Asterisk, and is it fully started?")]
    except NotSentError as failure:
        return [_unreachable(url, failure)]
    except OutcomeUnknownError as failure:
        return [_mute(url, failure)]
    try:
        await found(at.client.channels.hangup(f"doctor-{uuid.uuid4().hex}"))
    except UnauthorizedError:
        return [
            error(
                f"The user {at.settings.ari.user!r} may only read.",
                "Remove `read_only = yes` from the user in ari.conf, and `module reload res_ari.so`.",
            )
        ]
    return [ok(f"Asterisk answers at {url}.")]


async def version(at: Surroundings) -> Sequence[Word]:
    info = await at.client.asterisk.get_info()
    told = (info.system.version if info.system else None) or ""
    return [judge_version(told)]


def judge_version(told: str) -> Word:
    """told: as Asterisk says it: `22.10.1+dfsg`, `certified-20.7-cert3`, `GIT-master-1a2b3c`."""
    numbers = re.search(r"(?<![\d.])(\d{2})\.(\d+)", told)
    update = "Use Asterisk 22.8 or newer (22 is supported for years)."
    if numbers is None:
        return warning(f"Asterisk calls its version {told!r}: it cannot be compared.", update)
    major, minor = int(numbers[1]), int(numbers[2])
    if (major, minor) < OLDEST:
        return error(f"Asterisk {told} is too old: calls and recordings cannot be trusted with it.", update)
    if major < min(COMPLETE) or minor < COMPLETE.get(major, 0):
        return warning(
            f"Asterisk {told}: degraded. It does not tell the SIP status of a call that failed (`tech_cause`) from "
            "22.7 on only, and no cause when a phone did not answer in time before 22.8: some outcomes will be less "
            "exact.",
            update,
        )
    return ok(f"Asterisk {told}.")


async def clock(at: Surroundings) -> Sequence[Word]:
    before = at.now()
    pong = await at.client.asterisk.ping()
    after = at.now()
    theirs = instant(pong.timestamp)
    if theirs is None:
        return [warning("Asterisk does not tell its time.", "Use Asterisk 22.8 or newer.")]
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    return [judge_clock(apart)]


def judge_clock(apart: float) -> Word:
    """apart: seconds between Asterisk's clock and ours."""
    told = f"Asterisk's clock and ours are {apart:.1f} s apart"
    remedy = "Let both machines follow a time server (chrony or systemd-timesyncd)."
    if apart > CLOCK_ERROR_SECONDS:
        return error(f"{told}: recordings could not be put on the wall clock.", remedy)
    if apart > CLOCK_WARNING_SECONDS:
        return warning(f"{told}.", remedy)
    return ok(f"{told}.")


async def _not_there(at: Surroundings) -> Word:
    """Is it the path that is wrong, or only a module that is missing?"""
    try:
        await at.client.channels.list_all()
    except TelephonyError:
        return error(
            f"There is a web server at {at.settings.ari.url}, and no ARI.",
            "Let ari.url end in /ari (with Asterisk's `prefix` of http.conf before it), and set `enabled = yes` in "
            "ari.conf.",
        )
    return error("ARI lacks its part `asterisk`.", "Load it: `module load res_ari_asterisk.so`, and in modules.conf.")


def _unreachable(url: str, failure: Exception) -> Word:
    cause = failure.__cause__
    if isinstance(cause, (aiohttp.ClientSSLError, ssl.SSLError)):
        return error(
            f"No TLS with {url}: {cause}", "Use http:// in ari.url, or a certificate that this machine trusts."
        )
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return error(f"Nobody knows the host of {url}.", "Correct the host in ari.url.")
    if isinstance(cause, TimeoutError):
        return error(f"No connection to {url}: no answer.", "Open the port in the firewall, or correct ari.url.")
    if isinstance(cause, aiohttp.ClientConnectorError) and isinstance(cause.os_error, ConnectionRefusedError):
        return error(
            f"No connection to {url}: refused, nothing listens there.",
            "Start Asterisk, set `enabled = yes` with bindaddr and bindport in http.conf, or correct ari.url.",
        )
    return error(f"No connection to {url}: {cause or failure}", "Correct ari.url, and look at the network.")


def _mute(url: str, failure: Exception) -> Word:
    if isinstance(failure.__cause__, TimeoutError):
        return error(
            f"{url} takes the connection and does not answer.",
            "Is Asterisk overloaded or stuck? `core show threads`; or make ari.request_timeout_seconds longer.",
        )
    return error(f"{url} does not speak ARI: {failure}", "Correct ari.url: host, port, http or https.")
