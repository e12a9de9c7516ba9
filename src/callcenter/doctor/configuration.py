"""Is Asterisk configured as the service needs it: modules, application, dialplan, trunks?"""

import re
from collections.abc import Sequence

import aiohttp

from callcenter.ari import generated as ari
from callcenter.ari.client import found
from callcenter.doctor.finding import Surroundings, Word, error, ok, skipped, warning
from callcenter.doctor.machine import answers
from callcenter.doctor.stage import Event, Stage

NEEDED = {
    "app_playtones.so": "the self-test",
    "app_stasis.so": "calls",
    "bridge_simple.so": "talks",
    "format_wav.so": "recordings",
    "func_timeout.so": "the end of forgotten calls",
    "pbx_config.so": "the dialplan",
    "res_ari_applications.so": "events",
    "res_ari_bridges.so": "talks",
    "res_ari_channels.so": "calls",
    "res_ari_endpoints.so": "the state of phones",
    "res_ari_events.so": "events",
    "res_ari_recordings.so": "recordings",
    "res_http_websocket.so": "events",
    "res_stasis.so": "calls",
    "res_stasis_answer.so": "calls",
    "res_stasis_recording.so": "recordings",
    "res_stasis_snoop.so": "recordings",
}
NEEDED_FOR_SIP = {
    "chan_pjsip.so": "SIP",
    "res_pjsip.so": "SIP",
    "res_pjsip_sdp_rtp.so": "SIP",
    "res_pjsip_session.so": "SIP",
    "res_rtp_asterisk.so": "sound",
}
TIMERS = ("res_timing_timerfd.so", "res_timing_pthread.so", "res_timing_dahdi.so")

CONTEXTS = {"callcenter-doctor": "here", "callcenter-end": "s"}
"""Contexts of ours, each with an extension that hangs up at once."""


async def modules(at: Surroundings) -> Sequence[Word]:
    running = {module.name for module in await at.client.asterisk.list_modules() if module.status == "Running"}
    sip = any(_technology(trunk.endpoint) == "PJSIP" for trunk in at.settings.trunks.values())
    needed = NEEDED | (NEEDED_FOR_SIP if sip else {})
    missing = [name for name in needed if name not in running]
    words = [
        error(
            f"The module {name} is not running ({needed[name]}).",
            f"`module load {name}` on Asterisk's command line; and `load = {name}` (no `noload`) in modules.conf.",
        )
        for name in missing
    ]
    if running.isdisjoint(TIMERS):
        words.append(error("No timer runs: recordings would stand still.", f"Load {TIMERS[0]}, and in modules.conf."))
    return words or [ok(f"All {len(needed) + 1} that are needed run.")]


async def application(at: Surroundings) -> Sequence[Word]:
    """Can an event socket be had, and is our application's name free?"""
    try:
        async with Stage(at.client):
            pass
    except aiohttp.ClientError as refused:
        return [
            error(
                f"Asterisk gives no event socket: {refused}",
                "Load res_http_websocket.so and res_ari_events.so; look at `sessionlimit` in http.conf.",
            )
        ]
    name = at.settings.ari.app
    there = await found(at.client.applications.get(name))
    if there is None:
        return [ok(f"The application {name} is free.")]
    if await answers(at.settings.control.socket):
        return [ok(f"The application {name} belongs to the service that runs here.")]
    left = len(there.channel_ids or [])
    return [
        warning(
            f"The application {name} is taken, by another program or by {left} channels of one that has ended.",
            "Start the service to take up what is left; if another service is connected, give each its own ari.app.",
        )
    ]


async def dialplan(at: Surroundings) -> Sequence[Word]:
    missing = []
    async with Stage(at.client) as stage:
        for context, extension in CONTEXTS.items():
            if not await _exists(stage, context, extension):
                missing.append(context)
    if not missing:
        return [ok(f"The contexts are there: {', '.join(CONTEXTS)}.")]
    return [
        error(
            f"The dialplan has no context {context}.",
            f"Include dialplans/{context}.conf in extensions.conf (`#include`), and `dialplan reload`.",
        )
        for context in missing
    ]


async def trunks(at: Surroundings) -> Sequence[Word]:
    if not at.settings.trunks:
        return [error("No trunk is set: nobody can be called.", "Add [trunks.NAME] with its endpoint to the settings.")]
    return [await _trunk(at, name, trunk.endpoint) for name, trunk in at.settings.trunks.items()]


async def _trunk(at: Surroundings, name: str, template: str) -> Word:
    endpoint = endpoint_of(template)
    if _technology(template) != "PJSIP" or endpoint is None:
        return skipped(f"{name}: {template} is no PJSIP endpoint, Asterisk does not tell of it.")
    state = await found(at.client.endpoints.get("PJSIP", endpoint))
    if state is None:
        return error(
            f"{name}: Asterisk has no endpoint PJSIP/{endpoint}.",
            f"Correct trunks.{name}.endpoint, or add [{endpoint}] to pjsip.conf; `pjsip show endpoints` lists them.",
        )
    if state.state == "online":
        return ok(f"{name}: PJSIP/{endpoint} is reachable.")
    if state.state == "offline":
        return error(
            f"{name}: PJSIP/{endpoint} is not reachable.",
            f"`pjsip show aor {endpoint}` and `pjsip set logger on`: address, password and firewall of the trunk.",
        )
    return warning(
        f"{name}: whether PJSIP/{endpoint} is reachable is not known.",
        "Set qualify_frequency (60, for example) in the trunk's aor.",
    )


def endpoint_of(template: str) -> str | None:
    """`trunk` of `PJSIP/{number}@trunk` and of `PJSIP/trunk/sip:{number}@192.0.2.1`."""
    first, *_ = template.partition("/")[2].split("/")
    if "{number}" not in first:
        return first or None
    named = re.fullmatch(r"[^@]*@([^@]+)", first)
    return named[1] if named else None


def _technology(template: str) -> str:
    return template.partition("/")[0].upper()


async def _exists(stage: Stage, context: str, extension: str) -> bool:
    """Asterisk does not list its dialplan. A Local channel is dialled: into nothing, it ends without a Dial."""
    channel = stage.channel(context)
    await stage.client.channels.create(
        endpoint=f"Local/{extension}@{context}/n", app=stage.app, channel_id=channel, variables=stage.variables()
    )
    await stage.in_stasis(channel)
    await stage.client.channels.dial(channel, timeout_seconds=2)

    def fate(event: Event) -> bool | None:
        match event:
            case ari.Dial() if event.peer.id == channel:
                return True
            case ari.ChannelDestroyed() if event.channel.id == channel:
                return False
            case _:
                return None

    return await stage.until(fate)
