"""nginx and Apache by their documented files, each started in front of a server.

Whose attempts are counted is decided by where a connection comes from, never by what it says.
"""

from __future__ import annotations

import hashlib
import re
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.processes import Account, Server, prepare, running
from tests.requirements import need
from tests.serving import basic
from tests.settings.test_deployment_files import CONFIG, MODULES, certificate_and_key
from tests.storage_backends.servers import answers, free_ports

FAILURES = 5
NOTHING: Mapping[str, str] = MappingProxyType({})
ENV = {
    "PARCHEMIN_SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
    "PARCHEMIN_THROTTLE__ADDRESS_FAILURES": str(FAILURES),
    "PARCHEMIN_THROTTLE__RECOVER_SECONDS": "3600",
}
LOCK = (
    b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
    b"</lockinfo>"
)


@dataclass(frozen=True)
class Places:
    """What a documented file names, and what stands in its place here."""

    folder: Path
    pem: Path
    plain: int
    secure: int
    server: int

    def put_in(self, text: str, table: Mapping[str, str]) -> str:
        for documented, here in table.items():
            assert documented in text, documented
            text = text.replace(documented, here)
        return text


def nginx(at: Places) -> list[str]:
    text = at.put_in((CONFIG / "nginx" / "parchemin.conf").read_text(), {
        "/etc/ssl/coffre.pem": str(at.pem), "/etc/ssl/private/coffre.key": str(at.pem),
        "listen 80;": f"listen 127.0.0.1:{at.plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{at.secure} ssl",
        "127.0.0.1:8080": f"127.0.0.1:{at.server}",
    })  # fmt: skip
    text = re.sub(r"    listen \[::\].*\n", "", text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    kept = "".join(f"{kind}_temp_path {at.folder}/{kind};\n" for kind in kinds)
    file = at.folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {at.folder}/pid;\nerror_log {at.folder}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{kept}{text}}}\n"
    )
    return [need("nginx"), "-e", f"{at.folder}/log", "-c", str(file)]


def apache(at: Places) -> list[str]:
    text = at.put_in((CONFIG / "apache" / "parchemin.conf").read_text(), {
        "/etc/ssl/coffre.pem": str(at.pem), "/etc/ssl/private/coffre.key": str(at.pem),
        "*:80": f"127.0.0.1:{at.plain}", "*:443": f"127.0.0.1:{at.secure}",
        "127.0.0.1:8080": f"127.0.0.1:{at.server}",
    })  # fmt: skip
    modules = ("mpm_event", "alias", "authz_core", "headers", "proxy", "proxy_http", "ssl")
    loaded = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules]
    own = [
        f"ServerRoot {at.folder}", f"ErrorLog {at.folder}/log", f"PidFile {at.folder}/pid",
        f"DefaultRuntimeDir {at.folder}", "ServerName coffre.example.fr",
        f"Listen 127.0.0.1:{at.plain}", f"Listen 127.0.0.1:{at.secure}",
    ]  # fmt: skip
    file = at.folder / "apache2.conf"
    file.write_text("\n".join([*own, *loaded, text, ""]))
    return [need("apache2"), "-D", "FOREGROUND", "-f", str(file)]


PROXIES: dict[str, Callable[[Places], list[str]]] = {"nginx": nginx, "apache": apache}


@dataclass
class Front:
    """A proxy that runs before a server."""

    port: int
    account: Account
    folder: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", fields: Mapping[str, str] = NOTHING,
        source: str = "127.0.0.1",
    ) -> tuple[int, Mapping[str, str], bytes]:  # fmt: skip
        sent = {"Authorization": self.account.authorization, **fields}
        connection = self.connect(source)
        try:
            connection.request(method, path, body or None, sent)
            heard = connection.getresponse()
            return heard.status, dict(heard.getheaders()), heard.read()
        finally:
            connection.close()

    def connect(self, source: str = "127.0.0.1") -> HTTPSConnection:
        context = ssl._create_unverified_context()  # its own certificate
        return HTTPSConnection(
            "127.0.0.1", self.port, timeout=20, context=context, source_address=(source, 0)
        )


@pytest.fixture(scope="module", params=PROXIES)
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp(request.param)
    (account,) = prepare(folder / "data", "ada", env=ENV)
    pem = folder / "coffre.pem"
    pem.write_bytes(certificate_and_key("coffre.example.fr"))
    with ExitStack() as stack:
        server: Server = stack.enter_context(running(folder / "data", ENV))
        plain, secure = free_ports(2)
        at = Places(folder, pem, plain, secure, server.port)
        stack.enter_context(_started(PROXIES[request.param](at), secure))
        yield Front(secure, account, folder)


@contextmanager
def _started(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 30
        while not answers(port):
            assert process.poll() is None, "it did not start"
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_documents_are_written_read_moved_and_locked(front: Front) -> None:
    place = f"https://127.0.0.1:{front.port}/dav"
    assert front.ask("PUT", "/dav/a%20%C3%A9%252F.txt", b"one")[0] == 201
    status, _, body = front.ask("GET", "/dav/a%20%C3%A9%252F.txt")
    assert (status, body) == (200, b"one")
    assert (
        front.ask("MOVE", "/dav/a%20%C3%A9%252F.txt", b"", {"Destination": f"{place}/b"})[0] == 201
    )
    assert front.ask("GET", "/dav/b")[2] == b"one"
    refused = front.ask("COPY", "/dav/b", b"", {"Destination": "https://elsewhere.example/dav/c"})
    assert refused[0] == 502
    status, fields, _ = front.ask("LOCK", "/dav/b", LOCK)
    token = next(value for name, value in fields.items() if name.lower() == "lock-token")
    assert status == 200
    assert front.ask("PUT", "/dav/b", b"two")[0] == 423
    assert front.ask("PUT", "/dav/b", b"two", {"If": f"({token})"})[0] == 204
    assert front.ask("UNLOCK", "/dav/b", b"", {"Lock-Token": token})[0] == 204


def test_a_large_document_passes(front: Front) -> None:
    data = hashlib.shake_256(b"large").digest(48 << 20)
    assert front.ask("PUT", "/dav/large", data)[0] == 201
    assert front.ask("GET", "/dav/large")[2] == data


@pytest.mark.parametrize("front", ["nginx"], indirect=True)  # Apache reads no answer before the end
def test_an_upload_is_not_gathered_before_it_is_passed_on(front: Front) -> None:
    """What is far too large is refused by the server while nearly all of it is still to come."""
    connection = front.connect()
    connection.putrequest("PUT", "/dav/huge")
    connection.putheader("Authorization", front.account.authorization)
    connection.putheader("Content-Length", str(1 << 42))
    connection.endheaders(b"x" * 65536)
    assert connection.getresponse().status in (413, 507)
    connection.close()


@pytest.mark.parametrize("field", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_client_is_counted_by_where_it_comes_from(front: Front, field: str) -> None:
    number = ["X-Forwarded-For", "Forwarded", "X-Real-IP"].index(field) * 10
    guesser, other = f"127.0.0.{number + 2}", f"127.0.0.{number + 3}"

    def guess(source: str, number: int, said: str = "") -> int:
        wrong = basic(f"nobody{number}", "guess")
        forged = {field: named.format(said)} if said else {}
        return front.ask("GET", "/dav/", b"", {"Authorization": wrong, **forged}, source)[0]

    named = "for={}" if field == "Forwarded" else "{}"
    statuses = [
        guess(guesser, n, said)
        for n, said in enumerate([other, *(f"198.51.100.{n}" for n in range(FAILURES + 1))] * 2)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429, "what it says of itself makes it another one each time"
    assert guess(other, 99) == 401, "another client pays for it"
