"""Which SIP messages may a browser's phone send? Only its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.web.phone.frames import is_keepalive, objection, read, registered

ME, OTHER = "cc-phone-1", "cc-phone-2"
OWN, THEIRS = f"<sip:{ME}@x.invalid>;tag=1", f"<sip:{OTHER}@x.invalid>;tag=1"


def frame(first: str, *lines: str, body: str = "", length: str = "") -> str:
    return "\r\n".join((first, *lines, f"Content-Length: {length or len(body.encode())}", "", body))


def register(*more: str, sender: str = OWN, to: str = OWN) -> str:
    return frame("REGISTER sip:x.invalid SIP/2.0", f"From: {sender}", f"To: {to}", "CSeq: 1 REGISTER", *more)


@pytest.mark.parametrize(
    "fine",
    [
        register(),
        register(f'Authorization: Digest username="{ME}", realm="asterisk", response="1"'),
        register(sender=f'"A <sip:{OTHER}@x>" <sip:{ME}@x.invalid>;tag=1'),
        register(sender=f"sip:{ME}@x.invalid;tag=1", to=f"sip:{ME}@x.invalid"),
        frame("REGISTER sip:x SIP/2.0", f"f: {OWN}", f"t: {OWN}"),
        frame("SIP/2.0 200 OK", f"To: {OWN}", "CSeq: 7 INVITE", body="v=0\r\ns=é\r\n"),
        frame("REGISTER sip:x SIP/2.0", "From:", f"  {OWN}", f"To: {OWN}"),
        frame("BYE sip:asterisk@x SIP/2.0", f"From: {OWN}", "To: <sip:anonymous@x>;tag=2"),
        frame("INVITE sip:asterisk@x SIP/2.0", f"From: {OWN}", "To: <sip:anonymous@x>;tag=2"),
        frame("SIP/2.0 200 OK", "From: <sip:anonymous@x>;tag=2", f"To: {OWN}", "CSeq: 7 INVITE"),
        frame("SIP/2.0 486", "From: <sip:anonymous@x>;tag=2", f"To: {OWN}", "CSeq: 7 INVITE"),
    ],
)
def test_what_a_phone_says_of_itself_passes(fine: str) -> None:
    assert objection(fine, ME) == ""


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (register(sender=THEIRS), "speaks as somebody else"),
        (register(to=THEIRS), "registers somebody else"),
        (register(f"From: {THEIRS}"), "speaks as somebody else"),
        (register(f"f: {THEIRS}"), "speaks as somebody else"),
        (register(sender=f"<sip:{ME}@x> <sip:{OTHER}@x>"), "speaks as somebody else"),
        (register(sender=f'"{ME}" <sip:{OTHER}@x>'), "speaks as somebody else"),
        (register(sender=f'"\\" <sip:{ME}@x>" <sip:{OTHER}@x>'), "speaks as somebody else"),
        (register(sender=f"<sip:{ME}:pw@x>"), "speaks as somebody else"),
        (register(sender="<sip:%63c-phone-1@x>"), "speaks as somebody else"),
        (register(sender=""), "speaks as somebody else"),
        (register(f'Authorization: Digest username="{OTHER}"'), "registers with somebody else's password"),
        (register(f'Authorization: Digest username="{ME}", username="{OTHER}"'), "registers with somebody else's"),
        (register("Authorization: Digest realm=x"), "registers with somebody else's password"),
        (frame("INVITE sip:8613800000001@x SIP/2.0", f"From: {OWN}", "To: <sip:8613800000001@x>"), "begins a call"),
        (frame("MESSAGE sip:a@x SIP/2.0", f"From: {OWN}", f"To: {OWN}"), "does not send MESSAGE"),
        (frame("REFER sip:a@x SIP/2.0", f"From: {OWN}", f"To: {OWN}"), "does not send REFER"),
        (frame("SIP/2.0 200 OK", f"From: {OWN}", f"To: {THEIRS}", "CSeq: 7 INVITE"), "answers as somebody else"),
        (frame("register sip:x SIP/2.0", f"From: {OWN}", f"To: {OWN}"), "no SIP message"),
        (frame("GET / HTTP/1.1", f"From: {OWN}"), "no SIP message"),
        ("REGISTER sip:x SIP/2.0", "no SIP message"),
        (frame("REGISTER sip:x SIP/2.0", f"From {OWN}"), "no SIP message"),
        (frame("REGISTER sip:x SIP/2.0", f"  {OWN}"), "no SIP message"),
        ("", "no SIP message"),
        (register().replace("\r\n", "\n"), "no SIP message"),
        (register(sender=f"{OWN}\0"), "no SIP message"),
        (register() + register(sender=THEIRS), "is not one whole message"),
        (frame("BYE sip:a@x SIP/2.0", f"From: {OWN}", length="1"), "is not one whole message"),
        (frame("BYE sip:a@x SIP/2.0", f"From: {OWN}", body="x", length="0"), "is not one whole message"),
        (frame("BYE sip:a@x SIP/2.0", f"From: {OWN}", "l: 7", body="x"), "is not one whole message"),
        (f"BYE sip:a@x SIP/2.0\r\nFrom: {OWN}\r\n\r\n", "is not one whole message"),
    ],
)
def test_what_it_says_as_another_or_out_of_itself_does_not(bad: str, why: str) -> None:
    assert objection(bad, ME).startswith(why)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\n"])
def test_another_line_end_hides_no_second_sender(end: str) -> None:
    hidden = frame("REGISTER sip:x SIP/2.0", f"From: {OWN}{end}From: {THEIRS}", f"To: {OWN}")
    assert objection(hidden, ME) in {"speaks as somebody else", "no SIP message"}


@given(st.text(alphabet='<>"\\@;: \r\n\tsip:cc-phone-12x,', max_size=60))
def test_whatever_stands_in_the_sender_another_user_is_never_taken_for_oneself(sender: str) -> None:
    message = read(register(sender=sender))
    if message is not None and objection(register(sender=sender), ME) == "":
        assert f"sip:{ME}@" in sender
        assert f"<sip:{OTHER}" not in sender.rpartition('"')[2]


@given(st.text(max_size=200))
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(objection(text, ME), str)
    assert registered(text) in {None, True, False}


def test_an_empty_line_keeps_the_line_alive() -> None:
    assert [is_keepalive(each) for each in ("\r\n\r\n", "\r\n", "", "x")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        (frame("SIP/2.0 200 OK", "CSeq: 2 REGISTER", f"Contact: <sip:{ME}@x>;expires=59"), True),
        (frame("SIP/2.0 200 OK", "CSeq: 2 REGISTER", f"m: <sip:{ME}@x>;expires=59"), True),
        (frame("SIP/2.0 200 OK", "CSeq: 3 REGISTER"), False),
        (frame("SIP/2.0 401 Unauthorized", "CSeq: 1 REGISTER"), None),
        (frame("SIP/2.0 200 OK", "CSeq: 2 BYE"), None),
        (frame("INVITE sip:a@x SIP/2.0", "CSeq: 2 INVITE"), None),
    ],
)
def test_the_switch_tells_whether_a_registration_stands(said: str, stands: bool | None) -> None:
    assert registered(said) is stands
