"""The API is what its description says: valid OpenAPI 3.1, and every operation answers as it is described."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from jsonschema_rs import meta

from callcenter.domain.access import Role
from callcenter.engine.accounts import Visitor as Place
from callcenter.web.openapi import description
from callcenter.web.site import API, API_ROUTES
from web.visiting import PASSWORD, Site

NOT_TRIED = ("events", "signOut", "endSession")
"""A socket, and what would end the test's own token."""

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_the_description_is_complete() -> None:
    told = description(API_ROUTES, API)
    assert told["openapi"].startswith("3.1")
    operations = {operation["operationId"]: operation for path in told["paths"].values() for operation in path.values()}
    assert set(operations) == {route.name for route in API_ROUTES}
    for operation in operations.values():
        assert operation["summary"]
    for name, schema in told["components"]["schemas"].items():
        assert meta.is_valid(schema), name
        assert "$defs" not in schema, name


def test_the_dials_key_is_described() -> None:
    dial = description(API_ROUTES, API)["paths"]["/callbacks/{callback}/dial"]["post"]
    assert [each["name"] for each in dial["parameters"] if each["in"] == "header"] == ["Idempotency-Key"]


@dataclass(frozen=True)
class Run:
    code: int
    text: str


async def run_against(url: str, token: str, folder: Path) -> Run:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}{API}/openapi.json"),
        *("--checks", CHECKS, "--max-examples", "6", "--phases", "examples,coverage,fuzzing"),
        *("--header", f"Authorization: Bearer {token}", "--request-timeout", "10", "--seed", "1"),
        *("--generation-database", "none", "--no-color"),
        *(part for name in NOT_TRIED for part in ("--exclude-operation-id", name)),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    out, _ = await process.communicate()
    return Run(process.returncode or 0, out.decode("utf-8", "replace"))


async def test_every_operation_answers_as_described(site: Site, tmp_path: Path) -> None:
    await site.story.add_agent(1003)
    account = await site.parts.accounts.add("everything", "Everything", frozenset(Role), PASSWORD, agent_key="1003")
    token, _ = await site.parts.accounts.make_token(account, "a program", 1, Place(""))
    run = await run_against(site.url, token, tmp_path)
    assert run.code == 0, run.text[:8000]
