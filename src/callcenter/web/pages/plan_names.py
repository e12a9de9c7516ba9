"""What a plan's policy and script are called, for people."""

from aiohttp import web

from callcenter.domain.words.sentences import Language
from callcenter.web.parts import parts_of, words_of


async def policy_names(request: web.Request) -> dict[str, str]:
    """Those in force: their titles and names, by name."""
    zh = words_of(request).language is Language.ZH
    titles = {each.name: each.in_force.title for each in await parts_of(request).rulebook.listed() if each.in_force}
    return {name: f"{title.zh if zh else title.en} · {name}" for name, title in titles.items()}


async def script_names(request: web.Request) -> dict[str, str]:
    """Their titles, names and newest versions, by name."""
    scripts = [each.newest.script for each in await parts_of(request).scripting.listed()]
    return {script.name: f"{script.title} · {script.name} v{script.version}" for script in scripts}
