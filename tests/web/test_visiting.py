"""The site of the tests is what its description says."""

from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from web.visiting import ROLES, Person, Site


async def test_the_site_is_furnished(site: Site) -> None:
    story = site.story
    for call, callback in ((site.talk, "cb-1"), (site.other_talk, "cb-2")):
        recording = await story.recording(call)
        assert recording.state is RecordingState.VERIFIED
        assert recording.kept is not None
        assert (site.archive.root / recording.kept.path).stat().st_size == recording.kept.size_bytes
        assert (await story.log(call)).closed_at is None
        assert (await story.callback(callback)).state is CallbackState.WRAP_UP
    for number in range(3, 7):
        assert (await story.callback(f"cb-{number}")).state is CallbackState.WAITING


async def test_everybody_signs_in(site: Site) -> None:
    for person, roles in ROLES.items():
        for visitor in (await site.sign_in(person), await site.with_token(person)):
            me = await visitor.get("/session")
            assert (me.status, me.json["roles"]) == (200, sorted(roles))
    assert (await (await site.sign_in(Person.ANONYMOUS)).get("/session")).status == 401
