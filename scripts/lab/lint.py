"""Do the dialplans hang together? `python -m lab.lint FOLDER` prints what is wrong, one line each.

Checked: one context a file, named like the file (network/ gives the prefix "network-"); every Goto, Gosub, GotoIf,
Dial-Local and include names a context and extension that exist; every extension begins at priority 1 and goes on
with `same`; every folder and file begins with a comment.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

CONTEXT = re.compile(r"^\[([\w-]+)\]$")
STEP = re.compile(r"^exten => ([^,]+),([^,]+),(\w+)\((.*)\)$")
SAME = re.compile(r"^ same => n,(\w+)\((.*)\)$")
INCLUDE = re.compile(r"^include => ([\w-]+)$")
HANDLER = re.compile(r"^CHANNEL\(hangup_handler_\w+\)=(.+)$")
JUMPS = frozenset({"Goto", "Gosub"})
TARGET = re.compile(r"^([\w-]+),(.+?),(\d+)(?:\(.*)?$")
VARIABLE = re.compile(r"\$\{[^{}]*\}")


@dataclass(slots=True)
class Context:
    """One context: where it is written, its extensions, and the places it sends calls to."""

    name: str
    file: Path
    extensions: set[str] = field(default_factory=set)
    jumps: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, target context, target extension."""


def lint(folder: Path) -> list[str]:
    """Return what is wrong with the dialplans below the folder: `file:line: what`."""
    problems: list[str] = []
    contexts: dict[str, Context] = {}
    for file in sorted(folder.rglob("*.conf")):
        context = _read(folder, file, problems)
        if context is None:
            continue
        if context.name in contexts:
            problems.append(f"{file}:1: context [{context.name}] is also in {contexts[context.name].file}")
        contexts[context.name] = context
    for context in contexts.values():
        problems += _dead_ends(context, contexts)
    return problems


def _read(folder: Path, file: Path, problems: list[str]) -> Context | None:
    lines = file.read_text().splitlines()
    if not lines or not lines[0].startswith("; "):
        problems.append(f"{file}:1: the file does not begin with a comment that says what it is")
    context: Context | None = None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith(";"):
            continue
        if named := CONTEXT.match(line):
            if context is not None:
                problems.append(f"{file}:{number}: a second context; each has a file of its own")
            context = Context(named[1], file)
            expected = "-".join(file.relative_to(folder).with_suffix("").parts)
            if named[1] != expected:
                problems.append(f"{file}:{number}: context [{named[1]}] should be [{expected}], like its file")
        elif context is None:
            problems.append(f"{file}:{number}: outside of any context")
        elif wrong := _read_line(context, number, line):
            problems.append(f"{file}:{number}: {wrong}")
    if context is None:
        problems.append(f"{file}:1: no context")
    return context


def _read_line(context: Context, number: int, line: str) -> str:
    """Take one line into the context; return what is wrong with it, or nothing."""
    if included := INCLUDE.match(line):
        context.jumps.append((number, included[1], ""))
        return ""
    if step := STEP.match(line):
        extension, priority, application, argument = step.groups()
        if priority != "1":
            return f"extension {extension} begins at priority {priority}, not 1"
        context.extensions.add(extension)
    elif same := SAME.match(line):
        if not context.extensions:
            return "'same' before any extension"
        application, argument = same.groups()
    else:
        return f"not understood: {line}"
    return _read_jump(context, number, application, argument)


def _read_jump(context: Context, number: int, application: str, argument: str) -> str:
    handler = HANDLER.match(argument) if application == "Set" else None
    if application not in JUMPS and handler is None:
        return ""
    goal = handler[1] if handler else argument
    target = TARGET.match(goal) or TARGET.match(f"{context.name},{goal}")
    if target is None:
        return f"{application} to '{goal}': name context, extension and priority"
    context.jumps.append((number, target[1], target[2]))
    return ""


def _dead_ends(context: Context, contexts: dict[str, Context]) -> list[str]:
    problems = []
    for number, name, extension in context.jumps:
        place = f"{context.file}:{number}"
        if name not in contexts:
            problems.append(f"{place}: there is no context [{name}]")
        elif extension and not _reachable(extension, contexts[name].extensions):
            problems.append(f"{place}: [{name}] has no extension {extension}")
    return problems


def _reachable(wanted: str, extensions: set[str]) -> bool:
    """Tell whether an extension may match; a variable in what is wanted stands for anything."""
    if wanted in extensions:
        return True
    pattern = re.compile(".+".join(re.escape(part) for part in VARIABLE.split(wanted)))
    return "${" in wanted and any(pattern.fullmatch(extension) for extension in extensions)


def main(arguments: list[str]) -> int:
    """Print every problem; return 1 when there is one."""
    folders = [Path(argument) for argument in arguments] or [Path("dialplans")]
    problems = [problem for folder in folders for problem in lint(folder)]
    for problem in problems:
        print(problem)
    if not problems:
        print("Dialplans: nothing wrong.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
