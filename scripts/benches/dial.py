"""How much of what Asterisk can do is left when the whole service stands between? Bare script and service in turn.

Both make the same calls on the same two Asterisks: bare, service, bare, service, at each concurrency. What is seen by
neither side alone is taken from outside: the telephone network's record tells when the agent answered and when the
customer was called, and that every customer was called exactly once.

With short talks the machine is never idle, and what is timed is above all the wait for a processor. A second part makes
the same calls with talks of some seconds: as many at a time, but fewer a second, as people make them.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benches.figures import Block, cpu_seconds, percentile
from benches.place import Place, running_place
from lab.errors import LabError
from lab.files import PROJECT
from lab.progress import Progress

CALLCENTER = Path(sys.executable).with_name("callcenter")
COMPARED_AT = 20
READY_SECONDS = 60.0
BLOCK_SECONDS = 900.0
STEADY_TALK = 3.0
STEADY_CALLS = 10
LONGER = 4


def add_to(names: Any) -> None:
    """Tell the command line of this bench."""
    parser: argparse.ArgumentParser = names.add_parser(
        "dial",
        help="whole calls: gate, hand-out, attempt, events, log, recording; beside a bare script",
        description="Dials whole calls through the service and, in turn, through a bare script.",
        epilog="The last line of the output is one JSON object. Only ratios of one run count.",
    )
    parser.add_argument("--concurrency", type=_counts, default=(1, 20, 50), help="for example 1,20,50 (default)")
    parser.add_argument("--calls", type=_count, help="in each block; default: 15 for each call at a time, at most 300")
    parser.add_argument("--rounds", type=_count, default=2, help="bare and service, so many times each (default 2)")
    parser.add_argument("--talk", type=float, default=0.1, help="seconds from answer to hang-up (default 0.1)")
    parser.add_argument(
        "--steady",
        type=float,
        default=STEADY_TALK,
        help=f"seconds of talk in the second part, {COMPARED_AT} calls at a time (default {STEADY_TALK:g}; 0: none)",
    )
    parser.add_argument("--long", action="store_true", help=f"{LONGER} times as many calls and one round more")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--keep", type=Path, help="a new folder that is kept, with the database and the logs")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(each) for each in text.split(","))


def run(chosen: argparse.Namespace) -> int:
    """Measure and print. Raises LabError where a call did not go as it should."""
    progress = Progress()
    rounds = chosen.rounds + (1 if chosen.long else 0)
    blocks: list[Block] = []
    steady: list[Block] = []
    most = max(chosen.concurrency)
    with folder_for(chosen.keep) as folder:
        progress.say("Starting Asterisk, and a second one as the telephone network")
        with running_place(folder / "quick", agents=most, talk_seconds=chosen.talk) as place:
            for concurrency in dict.fromkeys(chosen.concurrency):
                calls = chosen.calls or min(300, 15 * concurrency)
                calls *= LONGER if chosen.long else 1
                blocks += in_turn(place, concurrency, calls, rounds, progress)
        if chosen.steady:
            concurrency = min(COMPARED_AT, most)
            progress.say(f"The same with talks of {chosen.steady:g} s")
            with running_place(folder / "steady", agents=concurrency, talk_seconds=chosen.steady) as place:
                calls = chosen.calls or STEADY_CALLS * concurrency
                steady += in_turn(place, concurrency, calls, rounds, progress)
    if not chosen.json:
        print(table(blocks))
    if steady and not chosen.json:
        print(f"\nwith talks of {chosen.steady:g} s\n{table(steady)}")
    print(json.dumps(summary(blocks, steady)))
    return 0


def in_turn(place: Place, concurrency: int, calls: int, rounds: int, progress: Progress) -> Iterator[Block]:
    """Bare script and service, one after the other, so many rounds."""
    for turn in range(1, rounds + 1):
        for side, measure in (("bare", bare), ("service", service)):
            block = measure(place, concurrency, calls)
            progress.say(f"{concurrency:2} at a time, round {turn}, {side:7} {told(block)}")
            yield block


@contextmanager
def folder_for(kept: Path | None) -> Iterator[Path]:
    """On the project's own disk: a temporary folder may lie in memory, where nothing is ever flushed."""
    if kept is not None:
        kept.mkdir(parents=True)
        yield kept.resolve()
        return
    home = PROJECT / ".run"
    home.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def spread(place: Place) -> float:
    """About as long as a call takes: so long until the last agent has begun."""
    return 0.5 + place.talk_seconds


def bare(place: Place, concurrency: int, calls: int) -> Block:
    switch = place.lab.switch
    numbers, warm_up = place.numbers(calls), place.numbers(concurrency)
    before = _cpu(place)
    order = {
        "url": switch.ari_url,
        "user": switch.ari_user,
        "password": switch.ari_password,
        "folder": str(switch.recordings),
        "agents": place.agents[:concurrency],
        "numbers": numbers,
        "warm_up": warm_up,
        "spread": spread(place),
    }
    found = _ask("benches.bare", order)
    kept = [file for file in switch.recordings.iterdir() if file.name.startswith("bare-")]
    if len(kept) != 2 * (calls + concurrency):
        raise LabError(f"The bare script kept {len(kept)} files of {calls + concurrency} calls.")
    for file in kept:
        file.unlink()
    cpu = _used(place, before, calls + concurrency) | {"bare": found["cpu_seconds"] / calls}
    return Block("bare", concurrency, calls, found["seconds"], _dial_ms(place, found["called"]), (), cpu)


def service(place: Place, concurrency: int, calls: int) -> Block:
    place.queue(calls + concurrency)
    with serving(place) as pid:
        before, own = _cpu(place), cpu_seconds(pid)
        order = {
            "socket": str(place.settings.control.socket),
            "agents": place.agents[:concurrency],
            "calls": calls,
            "warm_up": concurrency,
            "spread": spread(place),
        }
        found = _ask("benches.agents", order)
        used = (cpu_seconds(pid) - own) / (calls + concurrency)
        cpu = _used(place, before, calls + concurrency)
    cpu |= {"service": used, "agents": found["cpu_seconds"] / calls}
    return Block(
        "service",
        concurrency,
        calls,
        found["seconds"],
        _dial_ms(place, found["called"]),
        found["pushed_ms"],
        cpu,
        found["backlog"],
        found["drain_seconds"],
        found["alarms"],
    )


@contextmanager
def serving(place: Place) -> Iterator[int]:
    """The service as it is installed, a process of its own; its id. Not there while the bare script is measured."""
    with place.log.open("ab") as out:
        process = subprocess.Popen([str(CALLCENTER), "--config", str(place.config), "serve"], stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _in_sight(place):
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"The service did not come up:\n{place.log.read_text('utf-8')[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _in_sight(place: Place) -> bool:
    asked = subprocess.run(
        [str(CALLCENTER), "--config", str(place.config), "status", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and bool(json.loads(asked.stdout)["switch_in_sight"])


def _ask(module: str, order: Mapping[str, object]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        timeout=BLOCK_SECONDS,
    )
    if done.returncode:
        raise LabError(f"{module} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def _cpu(place: Place) -> dict[str, float]:
    return {"asterisk": cpu_seconds(place.lab.switch.pid), "network": cpu_seconds(place.lab.network.pid)}


def _used(place: Place, before: Mapping[str, float], calls: int) -> dict[str, float]:
    """By each call, those of the warm-up too."""
    return {name: (used - before[name]) / calls for name, used in _cpu(place).items()}


def _dial_ms(place: Place, called: Mapping[str, str]) -> list[float]:
    """From each agent's answer to his customer's call. Raises LabError for a customer not called exactly once."""
    answers: dict[str, list[float]] = {}
    for each in place.lab.network.seen_by_phones():
        if each.answered_at is not None:
            answers.setdefault(each.number, []).append(each.answered_at.timestamp())
    rings: dict[str, list[float]] = {}
    for each in place.lab.network.seen():
        rings.setdefault(each.number, []).append(each.started_at.timestamp())
    waits = []
    for number, agent in called.items():
        times = rings.get(number, [])
        if len(times) != 1:
            raise LabError(f"A customer was called {len(times)} times.")
        waits.append(1000 * (times[0] - max(at for at in answers[f"agent-{agent}"] if at <= times[0])))
    return waits


def _per_second(blocks: Sequence[Block]) -> float:
    return sum(block.calls for block in blocks) / sum(block.seconds for block in blocks)


def told(block: Block) -> str:
    """One block in one line."""
    parts = [
        f"{_per_second([block]):6.1f} calls/s",
        f"agent up to dial {percentile(block.dial_ms, 50):5.1f} ms, p99 {percentile(block.dial_ms, 99):5.1f}",
    ]
    if block.pushed_ms:
        pushed = percentile(block.pushed_ms, 50), percentile(block.pushed_ms, 99)
        parts.append(f"answer pushed {pushed[0]:5.1f} ms, p99 {pushed[1]:5.1f}")
        parts.append(f"{block.backlog} recordings left, {block.drain_seconds:.1f} s for them")
    parts.append("CPU ms/call " + " ".join(f"{name} {1000 * used:.1f}" for name, used in block.cpu_seconds.items()))
    return " · ".join(parts)


def compared(blocks: Sequence[Block], concurrency: int) -> dict[str, Any]:
    """Both sides at one concurrency, all rounds together."""
    sides = {
        side: [block for block in blocks if block.side == side and block.concurrency == concurrency]
        for side in ("bare", "service")
    }
    own, other = sides["service"], sides["bare"]
    dial = {side: [ms for block in each for ms in block.dial_ms] for side, each in sides.items()}
    pushed = [ms for block in own for ms in block.pushed_ms]
    rounds = [_per_second([mine]) / _per_second([its]) for mine, its in zip(own, other, strict=True)]
    archived = sum(block.calls for block in own) / sum(block.seconds + block.drain_seconds for block in own)
    figures = {
        "ratio": _per_second(own) / _per_second(other),
        "ratio_least": min(rounds),
        "ratio_archived": archived / _per_second(other),
        "calls_per_s": _per_second(own),
        "bare_calls_per_s": _per_second(other),
        "archived_per_s": archived,
        "backlog": max(block.backlog for block in own),
        "drain_s": max(block.drain_seconds for block in own),
        "alarms": sum(block.alarms for block in own),
        "answer_pushed_p50_ms": percentile(pushed, 50),
        "answer_pushed_p99_ms": percentile(pushed, 99),
    }
    for percent in (50, 99):
        bare_ms, ours = percentile(dial["bare"], percent), percentile(dial["service"], percent)
        figures |= {
            f"dial_sent_p{percent}_ms": ours,
            f"bare_dial_sent_p{percent}_ms": bare_ms,
            f"dial_sent_added_p{percent}_ms": ours - bare_ms,
        }
    for side, each in sides.items():
        for name in each[0].cpu_seconds:
            mean = statistics.fmean(block.cpu_seconds[name] for block in each)
            figures[f"cpu_ms_{name}" if name in {"bare", "service", "agents"} else f"cpu_ms_{name}_{side}"] = (
                mean * 1000
            )
    return {"concurrency": concurrency, **{name: round(value, 3) for name, value in figures.items()}}


def summary(blocks: Sequence[Block], steady: Sequence[Block] = ()) -> dict[str, Any]:
    """The figures at 20 calls at a time, or at the nearest there is; and all of them. steady: those of long talks."""
    levels = [compared(blocks, each) for each in dict.fromkeys(block.concurrency for block in blocks)]
    main = min(levels, key=lambda level: abs(level["concurrency"] - COMPARED_AT))
    calm = {"steady": compared(steady, steady[0].concurrency)} if steady else {}
    return {"bench": "dial", **main, **calm, "levels": levels}


def table(blocks: Sequence[Block]) -> str:
    """For people."""
    rows = [
        ("calls at a time", "concurrency", "{:.0f}"),
        ("bare, calls/s", "bare_calls_per_s", "{:.1f}"),
        ("service, calls/s", "calls_per_s", "{:.1f}"),
        ("ratio", "ratio", "{:.2f}"),
        ("  of the worst round", "ratio_least", "{:.2f}"),
        ("  until all is archived", "ratio_archived", "{:.2f}"),
        ("agent up to dial, bare p50 ms", "bare_dial_sent_p50_ms", "{:.1f}"),
        ("                       p99", "bare_dial_sent_p99_ms", "{:.1f}"),
        ("               service p50 ms", "dial_sent_p50_ms", "{:.1f}"),
        ("                       p99", "dial_sent_p99_ms", "{:.1f}"),
        ("answer to page p50 ms", "answer_pushed_p50_ms", "{:.1f}"),
        ("               p99", "answer_pushed_p99_ms", "{:.1f}"),
        ("recordings left at the end", "backlog", "{:.0f}"),
        ("  seconds to archive them", "drain_s", "{:.1f}"),
        ("alarms raised", "alarms", "{:.0f}"),
        ("CPU ms a call: service", "cpu_ms_service", "{:.1f}"),
        ("  bare script", "cpu_ms_bare", "{:.1f}"),
        ("  Asterisk, under the service", "cpu_ms_asterisk_service", "{:.1f}"),
        ("  Asterisk, under the script", "cpu_ms_asterisk_bare", "{:.1f}"),
    ]
    levels = summary(blocks)["levels"]
    lines = [f"{text:32}" + "".join(f"{form.format(level[key]):>10}" for level in levels) for text, key, form in rows]
    return "\n".join(lines)
