"""What the pages load: our own style and script, and what the set-up fetched; named by content, kept for long."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aiohttp import hdrs, web

from callcenter.web.problems import Problem
from callcenter.web.routes import Open, Route

NAMES = (
    "style.css",
    "pages.js",
    "keeping.js",
    "log.js",
    "script.js",
    "tones.js",
    "ring.js",
    "dialling.js",
    "player.js",
    "phone.js",
    "phone_audio.js",
    "phone_way.js",
    "vendor/htmx.js",
    "vendor/jssip.js",
    "icon.svg",
)
FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """tag: of its content. packed: it, compressed once for all who ask."""

    name: str
    content: bytes
    packed: bytes
    kind: str
    tag: str

    @property
    def path(self) -> str:
        return f"/assets/{self.tag}/{self.name}"


def asset(name: str) -> Asset | None:
    """None where it is not there: what is fetched may be missing, and the pages work without."""
    # Only names of ours are remembered: anybody may ask for any other.
    return _asset(name) if name in NAMES else None


@cache
def _asset(name: str) -> Asset | None:
    source = files("callcenter.web").joinpath("assets", *name.split("/"))
    if not source.is_file():
        return None
    content = source.read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(name, content, gzip.compress(content, mtime=0), kind, hashlib.sha256(content).hexdigest()[:12])


def asset_path(name: str) -> str:
    """Empty where there is none."""
    found = asset(name)
    return found.path if found else ""


async def serve(request: web.Request) -> web.Response:
    found = asset(request.match_info["name"])
    if found is None or found.tag != request.match_info["tag"]:
        raise Problem("not_found")
    packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
    body = found.packed if packed else found.content
    response = web.Response(body=body, content_type=found.kind, charset="utf-8")
    if packed:
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    response.headers[hdrs.CACHE_CONTROL] = FOR_A_YEAR
    return response


ROUTES = (Route("GET", "/assets/{tag}/{name:.+}", serve, Open.TO_ALL, "pageAsset", page=True),)
