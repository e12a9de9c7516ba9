"""How is a file named that a browser keeps?"""

import re
from urllib.parse import quote

_UNFIT = re.compile(r"[^\w.-]+")
_LONGEST = 100


def attachment(name: str, ending: str) -> str:
    """Content-Disposition (RFC 6266): in plain letters for every system, and in full. ending: without a dot."""
    full = f"{_UNFIT.sub('-', name)[:_LONGEST]}.{ending}"
    plain = full.encode("ascii", "replace").decode().replace("?", "-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"
