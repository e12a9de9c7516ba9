"""Does an Asterisk start, end and complain as told?"""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.asterisk import AsteriskFiles
from lab.errors import LabError, PortTakenError
from lab.lab import Lab
from lab.network import Network
from lab.ports import LOOPBACK, free_port, rtp_range
from lab.switch import AriError, Switch
from lab_caller import Caller

pytestmark = pytest.mark.asterisk

PARENT = """
import sys, time
from pathlib import Path
from lab.switch import Switch
from lab.asterisk import find_asterisk
switch = Switch(find_asterisk(), Path(sys.argv[1]))
switch.start()
print(switch.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(pid: int, seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not gone(pid):
        assert time.monotonic() < deadline, f"process {pid} still lives"
        time.sleep(0.02)


def test_both_are_up_and_all_phones_registered_in_a_few_seconds(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    began = time.monotonic()
    with Lab(tmp_path, files=asterisk_files, talk="tone") as lab:
        assert lab.switch.online("trunk")
        assert time.monotonic() - began < 10
        pids = [lab.switch.pid, lab.network.pid]
    assert all(gone(pid) for pid in pids)


ORDER_OF_MODULES = re.compile(r'pjproject: .* Module "[^"]+" registered during operation')
"""On a loaded machine Asterisk's SIP library remarks that a module of Asterisk's own came after its start."""


def test_nothing_in_the_logs_of_a_start_is_worse_than_a_notice(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    with Lab(tmp_path, files=asterisk_files, talk="tone", agents=1) as lab:
        for instance in (lab.switch, lab.network):
            lines = instance.log_file.read_text().splitlines()
            bad = [line for line in lines if "ERROR[" in line or "WARNING[" in line]
            assert [line for line in bad if not ORDER_OF_MODULES.search(line)] == []


def bound(pid: int, protocol: str) -> set[tuple[str, int]]:
    """The addresses, as the kernel writes them, and ports that the process listens or receives on."""
    targets = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {target[8:-1] for target in targets if target.startswith("socket:[")}
    found = set()
    for table in (protocol, f"{protocol}6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[9] in inodes and (protocol == "udp" or fields[3] == "0A"):
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found


async def test_it_listens_on_loopback_only_also_during_a_call(lab: Lab, caller: Caller) -> None:
    channel = await caller.call("13900000001@trunk")
    await caller.event("ChannelStateChange", channel, state="Up")
    for instance in (lab.switch, lab.network):
        first, last = instance.rtp_ports
        media = {(address, port) for address, port in bound(instance.pid, "udp") if first <= port <= last}
        signalling = {(address, port) for address, port in bound(instance.pid, "udp") if port == instance.sip_port}
        tcp = bound(instance.pid, "tcp")
        assert media
        assert signalling
        assert {address for address, _ in media | signalling | tcp} == {"0100007F"}
    await caller.hang_up(channel)


def test_a_taken_port_is_named(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind((LOOPBACK, 0))
        tcp.listen()
        udp.bind((LOOPBACK, 0))
        http, sip = tcp.getsockname()[1], udp.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"^Port {http} on 127.0.0.1 \(HTTP .*\) is taken by another program"):
            Switch(asterisk_files, tmp_path / "a", http_port=http).start()
        with pytest.raises(PortTakenError, match=rf"^Port {sip} on 127.0.0.1 \(SIP of 'switch'\)"):
            Switch(asterisk_files, tmp_path / "b", sip_port=sip).start()
        with pytest.raises(PortTakenError, match=rf"^Port {sip} .* \(SIP of 'network'\)"):
            Network(asterisk_files, tmp_path / "c", switch_port=1, sip_port=sip).start()


def test_a_privileged_port_is_refused_in_one_sentence(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        with pytest.raises(LabError, match=r"Port 99999 on 127\.0\.0\.1 cannot be used"):
            Switch(asterisk_files, tmp_path, http_port=99_999).start()
    else:
        with pytest.raises(LabError, match=r"Port 80 on 127\.0\.0\.1 cannot be used: Permission denied"):
            Switch(asterisk_files, tmp_path, http_port=80).start()


def test_a_folder_that_cannot_be_made_is_named(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LabError, match=r"^Cannot write to .*/file/lab: Not a directory\.$"):
        Switch(asterisk_files, tmp_path / "file" / "lab").start()


def test_an_asterisk_that_cannot_boot_shows_its_log(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    broken = AsteriskFiles(("/bin/false",), asterisk_files.modules, asterisk_files.data, "0")
    with pytest.raises(LabError, match=r"^Asterisk 'switch' ended while starting\. Its log:"):
        Switch(broken, tmp_path).start()


def test_a_killed_switch_comes_back_with_its_phones(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    with Lab(tmp_path, files=asterisk_files, talk="tone", agents=1) as lab:
        pid, url, password = lab.switch.pid, lab.switch.ari_url, lab.switch.ari_password
        lab.switch.kill()
        wait_until_gone(pid)
        assert not lab.switch.running
        with pytest.raises(LabError, match="is not running"):
            assert lab.switch.pid
        lab.switch.start()
        lab.wait_for_phones()
        assert (lab.switch.ari_url, lab.switch.ari_password) == (url, password)
        assert lab.switch.pid != pid


@pytest.mark.usefixtures("asterisk_files")
def test_it_ends_when_the_program_that_started_it_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout is not None
    with parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.send_signal(signal.SIGKILL)
    wait_until_gone(pid)


def test_it_ends_when_its_keeper_is_killed(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    switch = Switch(asterisk_files, tmp_path)
    switch.start()
    pid = switch.pid
    keeper = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
    wait_until_gone(pid)
    switch.stop()


def test_a_long_path_is_no_obstacle(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    switch = Switch(asterisk_files, tmp_path / ("long" * 25))
    switch.start()
    try:
        assert "System uptime" in switch.cli("core show uptime")
    finally:
        switch.stop()


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    right = lab.switch.ari_password
    lab.switch.ari_password = "wrong"
    try:
        with pytest.raises(AriError) as refused:
            lab.switch.ari("GET", "asterisk/info")
    finally:
        lab.switch.ari_password = right
    assert refused.value.status == 401


def test_files_with_passwords_are_for_their_owner_only(lab: Lab) -> None:
    for name in ("ari.conf", "phones.conf"):
        assert stat.S_IMODE((lab.switch.config / name).stat().st_mode) == 0o600


def test_passwords_differ_from_run_to_run(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    one, two = (Lab(tmp_path / name, files=asterisk_files) for name in "ab")
    assert one.switch.ari_password != two.switch.ari_password
    assert {phone.password for phone in one.switch.phones}.isdisjoint(phone.password for phone in two.switch.phones)


def test_a_phone_can_be_made_while_it_runs(lab: Lab) -> None:
    for kind, fields in (("aor", {"max_contacts": "1"}), ("endpoint", {"aors": "made-now", "context": "from-agents"})):
        body = {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}
        lab.switch.ari("PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/made-now", body)
    try:
        assert not lab.switch.online("made-now")
    finally:
        for kind in ("endpoint", "aor"):
            lab.switch.ari("DELETE", f"asterisk/config/dynamic/res_pjsip/{kind}/made-now")


def test_free_ports_are_on_loopback_and_the_range_for_media_is_even() -> None:
    assert 1024 < free_port(socket.SOCK_STREAM) < 65_536
    first, last = rtp_range()
    assert first % 2 == 0
    assert last - first == 1999
