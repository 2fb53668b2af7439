"""Programs that people use, against a real server process: curl, cadaver, webdav4, fsspec."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from webdav4.client import Client
from webdav4.fsspec import WebdavFileSystem

from tests.processes import DELIVERED, PDF, Account, Server
from tests.requirements import need

pytestmark = pytest.mark.client
BIG = os.urandom(2 * 1024 * 1024 + 12345)
NAMES = ("plain.txt", "with space & more.txt", "été à Ærø.txt", "+;=,.txt", "日本 🎓.txt")
"""Without `%`, which webdav4 sends as it is; rclone carries those."""
TIMEOUT = 120


def run(*command: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
    """Standard output of a program that must succeed."""
    result = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=TIMEOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
    )  # fmt: skip
    assert result.returncode == 0, (command, result.stdout[-2000:], result.stderr[-2000:])
    return result.stdout


class Curl:
    """curl with a person's app password."""

    def __init__(self, server: Server, person: Account, work: Path) -> None:
        self.program = need("curl")
        self.base = server.url
        self.work = work
        self.netrc = work / "netrc"
        self.netrc.write_text(
            f"machine 127.0.0.1 login {person.username} password {person.token}\n"
        )

    def __call__(self, path: str, *words: str) -> bytes:
        """The body; curl fails (22) for a status of 400 and more."""
        result = subprocess.run(
            [self.program, "-sSf", "--netrc-file", str(self.netrc), *words, self.base + path],
            capture_output=True, timeout=TIMEOUT,
        )  # fmt: skip
        assert result.returncode == 0, (words, path, result.stderr)
        return result.stdout

    def status(self, path: str, *words: str) -> int:
        """The status of the last answer."""
        command = [self.program, "-sS", "--netrc-file", str(self.netrc), "-o", os.devnull]
        told = run(*command, "-w", "%{http_code}", *words, self.base + path)
        return int(told)

    def file(self, name: str, data: bytes) -> str:
        """A file to upload."""
        (self.work / name).write_bytes(data)
        return str(self.work / name)


@pytest.fixture
def curl(server: Server, person: Account, tmp_path: Path) -> Curl:
    return Curl(server, person, tmp_path)


def test_curl_fetches_what_was_delivered(curl: Curl) -> None:
    assert curl(DELIVERED.removeprefix("/dav/")) == PDF


def test_curl_puts_gets_and_ranges(curl: Curl) -> None:
    curl("big.bin", "-T", curl.file("big.bin", BIG))
    assert curl("big.bin") == BIG
    assert curl("big.bin", "-r", "65000-140000") == BIG[65000:140001]
    assert curl("big.bin", "-r", "-100") == BIG[-100:]
    assert curl("big.bin", "-r", f"{len(BIG) - 5}-") == BIG[-5:]
    parts = curl("big.bin", "-r", "0-9,100-109")
    assert BIG[:10] in parts
    assert BIG[100:110] in parts
    assert curl.status("big.bin", "-r", f"{len(BIG)}-") == 416


def test_curl_resumes_a_broken_download(curl: Curl) -> None:
    curl("big.bin", "-T", curl.file("big.bin", BIG))
    partial = curl.file("partial", BIG[:1_000_000])
    curl("big.bin", "-C", "-", "-o", partial)
    assert Path(partial).read_bytes() == BIG


def test_curl_sends_chunks_and_waits_for_continue(curl: Curl) -> None:
    upload = curl.file("big.bin", BIG)
    curl("chunked.bin", "-T", upload, "-H", "Transfer-Encoding: chunked")
    curl("expected.bin", "-T", upload, "-H", "Expect: 100-continue")
    assert curl("chunked.bin") == curl("expected.bin") == BIG


def test_curl_lists_with_propfind(curl: Curl) -> None:
    curl("a.txt", "-T", curl.file("a.txt", b"hello"))
    listed = curl("", "-X", "PROPFIND", "-H", "Depth: 1").decode()
    assert "<D:multistatus" in listed or "<d:multistatus" in listed
    assert "/dav/a.txt" in listed
    assert "/dav/Attestations/" in listed


def test_curl_walks_through_the_other_methods(curl: Curl) -> None:
    destination = "Destination: " + curl.base
    assert curl.status("new", "-X", "MKCOL") == 201
    curl("new/a.txt", "-T", curl.file("a.txt", b"hello"))
    assert curl.status("new/a.txt", "-X", "COPY", "-H", destination + "b.txt") == 201
    assert curl.status("new", "-X", "MOVE", "-H", destination + "moved") == 201
    assert curl("moved/a.txt") == curl("b.txt") == b"hello"
    assert curl.status("moved", "-X", "DELETE") == 204
    assert curl.status("moved/a.txt") == 404
    assert curl.status("a", "--http1.0") == 404


def test_curl_names_the_whole_address_in_its_request(curl: Curl) -> None:
    curl("a.txt", "-T", curl.file("a.txt", b"hello"))
    assert curl("elsewhere", "--request-target", curl.base + "a.txt") == b"hello"


def test_curl_without_the_right_password_gets_401(server: Server, person: Account) -> None:
    program = need("curl")
    for credentials in ("", f"{person.username}:wrong", f"other:{person.token}"):
        told = run(program, "-sS", "-u", credentials, "-o", os.devnull, "-w", "%{http_code}",
                   server.url)  # fmt: skip
        assert told == "401", credentials


def test_cadaver_follows_a_script(server: Server, person: Account, tmp_path: Path) -> None:
    program = need("cadaver")
    (tmp_path / ".netrc").write_text(
        f"machine 127.0.0.1\nlogin {person.username}\npassword {person.token}\n"
    )
    (tmp_path / ".netrc").chmod(0o600)
    (tmp_path / "up.bin").write_bytes(BIG)
    script = [
        "mkcol Cours", "cd Cours", f"put {tmp_path / 'up.bin'} données.bin", "ls",
        "copy données.bin copie.bin", "move copie.bin déplacé.bin",
        f"get déplacé.bin {tmp_path / 'down.bin'}",
        "propset déplacé.bin couleur bleu", "propget déplacé.bin couleur",
        "lock déplacé.bin", "discover déplacé.bin", "unlock déplacé.bin",
        "delete données.bin", "cd ..", "rmcol Cours", "ls", "quit",
    ]  # fmt: skip
    told = run(program, server.url, stdin="\n".join(script) + "\n", env={"HOME": str(tmp_path)})
    assert (tmp_path / "down.bin").read_bytes() == BIG
    assert told.count("succeeded") >= 9, told
    assert "failed" not in told, told
    assert "bleu" in told, told
    last = told.rpartition("Listing collection")[2]
    assert "Attestations" in last, told
    assert "Cours" not in last, told


@pytest.fixture
def client(server: Server, person: Account) -> Iterator[Client]:
    found = Client(server.url, auth=(person.username, person.token))
    yield found
    found.http.close()


def test_webdav4_keeps_every_name_and_byte(client: Client, tmp_path: Path) -> None:
    client.mkdir("noms")
    up, down = tmp_path / "up", tmp_path / "down"
    for number, name in enumerate(NAMES):
        up.write_bytes(BIG[: number * 70_000])
        client.upload_file(up, f"noms/{name}")
        client.download_file(f"noms/{name}", down)
        assert down.read_bytes() == BIG[: number * 70_000], name
    listed = {Path(path).name for path in client.ls("noms", detail=False)}
    assert listed == set(NAMES)


def test_webdav4_moves_copies_and_removes(client: Client, tmp_path: Path) -> None:
    up = tmp_path / "up"
    up.write_bytes(BIG)
    client.mkdir("a")
    client.upload_file(up, "a/x.bin")
    client.copy("a", "b")
    client.move("a/x.bin", "c.bin")
    assert client.content_length("c.bin") == len(BIG)
    assert client.exists("b/x.bin")
    assert not client.exists("a/x.bin")
    client.remove("b")
    assert not client.exists("b/x.bin")
    assert client.isfile(DELIVERED.removeprefix("/dav/").replace("%C3%B4", "ô"))


def test_fsspec_reads_in_the_middle_and_walks(server: Server, person: Account) -> None:
    files = WebdavFileSystem(server.url, auth=(person.username, person.token))
    files.makedirs("deep/er/still")
    with files.open("deep/er/still/x.bin", "wb") as out:
        out.write(BIG)
    with files.open("deep/er/still/x.bin", "rb") as back:
        back.seek(1_000_000)
        assert back.read(1000) == BIG[1_000_000:1_001_000]
        back.seek(0)
        assert hashlib.sha256(back.read()).digest() == hashlib.sha256(BIG).digest()
    assert list(files.find("deep")) == ["deep/er/still/x.bin"]
    files.rm("deep", recursive=True)
    assert not files.exists("deep")
