"""Can this installation call, record and keep? Each answer is a finding, and each bad one says what to do."""

from callcenter.doctor.finding import Finding, Level
from callcenter.doctor.render import as_json, exit_code, render
from callcenter.doctor.run import diagnose, settings_findings

__all__ = ["Finding", "Level", "as_json", "diagnose", "exit_code", "render", "settings_findings"]
