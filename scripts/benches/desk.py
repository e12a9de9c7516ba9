"""How quick is the desk? One real browser is measured while others are at work, all on one Asterisk.

Three waits that an agent feels, each with the least and with the most of the machine in it:

* click to ring: from the click on *Call* in the page to the moment at which the page's own phone rings, both told by
  the page. Beside it the bare ring: one request to Asterisk that rings the same phone, alternately with the calls; what
  remains is the service's, with all it must write down before anything may ring.
* answer to heard: from the customer's answer, as the telephone network writes it down, until both ends hear each
  other, whichever is later. In the page the customer's tone is sought, every 4 ms, in the sound that came over the
  line, behind the browser's own jitter buffer; at the far end Asterisk listens for 20 ms of sound. The customer
  begins to speak as soon as any sound reaches him, so that his way comes on top of the agent's.
* hang-up to wrap-up: from the customer's hang-up, as the network writes it down, until the page has drawn a visit log
  that can be filled in and closed.

The other agents have phones on their desks, ask for the same pages and fragments as a browser does, talk as long as
people do, and write their logs. All clocks are those of one machine.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.desk_agents import DeskAgent, Tally
from benches.desk_page import Felt, Unheard, measured_desk
from benches.desk_place import DeskPlace, running_desk
from benches.dial import folder_for, serving
from benches.figures import cpu_seconds, percentile
from benches.office import add_accounts, resident
from lab.chromium import ChromiumFiles, provide_chromium
from lab.errors import LabError
from lab.progress import Progress

AIMS = {"click_to_ring_p99_ms": 100.0, "hangup_to_wrapup_p99_ms": 300.0}
CALL_SECONDS = 12.0
"""About how long a measured call takes, the log and the bare ring with it."""

CYCLE_SECONDS = 9.0
"""Of one of the others, without the talk."""

WARM_UP_CALLS = 3
TOLD_EVERY = 10


def add_to(names: Any) -> None:
    """Tell the command line of this bench."""
    parser: argparse.ArgumentParser = names.add_parser(
        "desk",
        help="what an agent feels: click to ring, answer to heard, hang-up to wrap-up, with others at work",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="The last line of the output is one JSON object.",
    )
    parser.add_argument("--agents", type=int, default=50, help="with the measured one (default 50)")
    parser.add_argument("--calls", type=int, default=100, help="of the measured agent (default 100)")
    parser.add_argument("--seconds", type=float, default=1800.0, help="no call begins later (default 1800)")
    parser.add_argument("--talk", type=float, default=25.0, help="seconds the others talk, give or take (default 25)")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--keep", type=Path, help="a new folder that is kept, with the database and the logs")
    parser.set_defaults(run=run)


@dataclass(slots=True)
class Watched:
    """What one run showed. talking: how many of the others talked, at each measured call. cpu: processors used, of one;
    wall: seconds of the measured part.
    """

    felt: list[Felt] = field(default_factory=list)
    unheard: list[Unheard] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    talking: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    calls: int = 0
    requests: int = 0
    wall: float = 0.0
    cpu: Mapping[str, float] = field(default_factory=dict)
    service_mb: float = 0.0


def run(chosen: argparse.Namespace) -> int:
    """Measure and print. Raises LabError where a call did not go as it should."""
    progress = Progress()
    chromium = provide_chromium(progress)
    with folder_for(chosen.keep) as folder:
        progress.say("Starting Asterisk, and a second one as the telephone network")
        with running_desk(folder, agents=chosen.agents, talk_seconds=chosen.talk) as place:
            calls = chosen.calls + warm_up_calls(chosen)
            place.queue_measured(calls)
            longest = min(chosen.seconds, CALL_SECONDS * calls) + 2 * chosen.talk + 60
            place.queue(int(chosen.agents * (longest / (0.8 * chosen.talk + CYCLE_SECONDS) + 3)))
            passwords = asyncio.run(add_accounts(place))
            with serving(place) as pid:
                watched = asyncio.run(measure(place, chromium, passwords, chosen, pid, progress))
    told = summary(watched, chosen.agents, chosen.talk)
    if not chosen.json:
        print(table(told))
    print(json.dumps(told))
    return 0


def warm_up_calls(chosen: argparse.Namespace) -> int:
    return min(WARM_UP_CALLS, int(chosen.calls))


async def measure(
    place: DeskPlace,
    chromium: ChromiumFiles,
    passwords: Mapping[str, str],
    chosen: argparse.Namespace,
    pid: int,
    progress: Progress,
) -> Watched:
    watched = Watched()
    url = f"http://127.0.0.1:{place.web_port}"
    async with asyncio.TaskGroup() as tasks:
        at_work = [
            tasks.create_task(
                DeskAgent(url, number, passwords[number], watched.tally).work(chosen.talk * turn / len(place.agents))
            )
            for turn, number in enumerate(place.others)
        ]
        async with measured_desk(place, chromium, passwords[place.measured]) as desk:
            progress.say(f"{len(at_work)} others begin to work")
            began = time.monotonic()
            for _ in range(warm_up_calls(chosen)):
                await desk.call()
                await desk.bare_ring()
            await asyncio.sleep(max(0.0, 1.5 * chosen.talk - (time.monotonic() - began)))
            tally = watched.tally
            before, calls, requests, began = _cpu(place, pid), tally.calls, tally.requests, time.monotonic()
            for _ in range(chosen.calls):
                watched.talking.append(watched.tally.talking)
                felt = await desk.call()
                if isinstance(felt, Unheard):
                    watched.unheard.append(felt)
                    progress.say(f"not heard: {felt}")
                else:
                    watched.felt.append(felt)
                watched.bare.append(await desk.bare_ring())
                if len(watched.felt) % TOLD_EVERY == 0:
                    progress.say(_so_far(watched))
                if time.monotonic() - began > chosen.seconds:
                    break
            watched.wall = time.monotonic() - began
            watched.calls, watched.requests = tally.calls - calls, tally.requests - requests
            watched.cpu = {name: (used - before[name]) / watched.wall for name, used in _cpu(place, pid).items()}
            watched.service_mb = resident(pid)
        for each in at_work:
            each.cancel()
    if watched.tally.troubles:
        raise LabError("\n".join(watched.tally.troubles[:20]))
    return watched


def _cpu(place: DeskPlace, pid: int) -> dict[str, float]:
    pids = {"service": pid, "asterisk": place.lab.switch.pid, "network": place.lab.network.pid}
    return {name: cpu_seconds(each) for name, each in pids.items()}


def _so_far(watched: Watched) -> str:
    rang, heard, wrap_up = ([getattr(each, name) for each in watched.felt] for name in ("rang", "heard", "wrap_up"))
    parts = (("ring", rang), ("bare ring", watched.bare), ("heard", heard), ("wrap-up", wrap_up))
    told = (f"{name} {percentile(values, 50):.0f}, p99 {percentile(values, 99):.0f}" for name, values in parts)
    return f"{len(watched.felt)} calls, {watched.talking[-1]} others talking · ms: {' · '.join(told)}"


def summary(watched: Watched, agents: int, talk: float) -> dict[str, Any]:
    """ratio: of the bare ring's speed, at the median."""
    waits = {
        "click_to_ring": [each.rang for each in watched.felt],
        "bare_ring": watched.bare,
        "answer_to_heard": [each.heard for each in watched.felt],
        "heard_by_agent": [each.heard_by_agent for each in watched.felt],
        "heard_by_customer": [each.heard_by_customer for each in watched.felt],
        "hangup_to_wrapup": [each.wrap_up for each in watched.felt],
    }
    figures = {
        f"{name}_p{percent}_ms": round(percentile(values, percent), 1)
        for name, values in waits.items()
        for percent in (50, 99)
    }
    return {
        "bench": "desk",
        **figures,
        "ratio": round(figures["bare_ring_p50_ms"] / figures["click_to_ring_p50_ms"], 3),
        "click_to_ring_added_p50_ms": round(figures["click_to_ring_p50_ms"] - figures["bare_ring_p50_ms"], 1),
        "aims_met": all(figures[name] <= most for name, most in AIMS.items()),
        "calls": len(watched.felt),
        "unheard": len(watched.unheard),
        "agents": agents,
        "others_talk_seconds": talk,
        "others_talking": round(sum(watched.talking) / len(watched.talking), 1),
        "others_calls_per_minute": round(60 * watched.calls / watched.wall, 1),
        "others_requests_per_s": round(watched.requests / watched.wall, 1),
        "seconds": round(watched.wall),
        **{f"cpu_{name}": round(used, 3) for name, used in watched.cpu.items()},
        "service_mb": round(watched.service_mb),
    }


def table(told: Mapping[str, Any]) -> str:
    """For people."""
    rows = (
        ("click to ring", "click_to_ring"),
        ("  bare ring", "bare_ring"),
        ("answer to heard", "answer_to_heard"),
        ("  by the agent", "heard_by_agent"),
        ("  by the customer", "heard_by_customer"),
        ("hang-up to wrap-up", "hangup_to_wrapup"),
    )
    head = f"{'ms':24}{'p50':>10}{'p99':>10}"
    lines = [f"{text:24}{told[f'{name}_p50_ms']:>10}{told[f'{name}_p99_ms']:>10}" for text, name in rows]
    return "\n".join([head, *lines])
