"""What the service writes about itself holds no values of variables: those are people's names and numbers."""

import json
import subprocess
import sys

import pytest

BREAKS = """
import sys
import structlog
from callcenter.cli.service import configure_log
from callcenter.settings import LogSettings

configure_log(LogSettings(format=sys.argv[1]))

def dial(number, customer):
    raise ValueError("the trunk said no")

def call():
    name = "王芳"
    try:
        dial("13800000001", name)
    except ValueError:
        structlog.get_logger().exception("call broke", attempt="a1")

call()
"""


@pytest.mark.parametrize("kind", ["console", "json"])
def test_a_traceback_tells_where_and_not_whom(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", BREAKS, kind], capture_output=True, text=True, check=True)
    told = done.stderr
    assert "the trunk said no" in told
    assert "call broke" in told
    for personal in ("13800000001", "王芳", "\\u738b"):
        assert personal not in told
    assert done.stdout == ""
    if kind == "json":
        assert json.loads(told)["attempt"] == "a1"
