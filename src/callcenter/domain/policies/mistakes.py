"""What is wrong with a value that somebody wrote, as one sentence that names its key."""

from collections.abc import Mapping
from typing import Any


def mistake_of(detail: Mapping[str, Any]) -> str:
    """detail: one error of pydantic's. What is wrong between several values has no key."""
    key = ".".join(map(str, detail["loc"]))
    match detail["type"]:
        case "missing":
            return f"{key}: is missing"
        case "extra_forbidden":
            return f"{key}: is not a known key"
        case _:
            message = str(detail["msg"]).removeprefix("Value error, ")
            place = f"{key}: " if key else ""
            return f"{place}{message[:1].lower()}{message[1:]}"
