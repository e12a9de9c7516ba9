"""The findings, for people and for scripts."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callcenter.doctor.finding import Finding, Level

_MARKS = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "bold red", Level.SKIPPED: "dim"}


def render(findings: Sequence[Finding]) -> RenderableType:
    """A table with the remedy under each finding that has one, and a line that sums up."""
    table = Table(show_lines=False, box=None, pad_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in findings:
        style = _MARKS[finding.level]
        told = Text(finding.what)
        if finding.remedy:
            told.append(f"\n→ {finding.remedy}", style="cyan")
        table.add_row(Text(finding.check), Text(finding.level, style=style), told)
    return Group(table, Text(f"\n{_sum(findings)}"))


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects with check, level, what and remedy."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when anything is wrong that keeps the service from its work, else 0."""
    return int(any(finding.level is Level.ERROR for finding in findings))


def _sum(findings: Sequence[Finding]) -> str:
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    names = {
        Level.OK: "in order",
        Level.WARNING: "with a warning",
        Level.ERROR: "wrong",
        Level.SKIPPED: "not looked at",
    }
    return ", ".join(f"{count} {names[level]}" for level, count in counts.items() if count) + "."
