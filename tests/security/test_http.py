"""Hostile framing over a raw socket, against a real server: refused or cut, and it serves on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.bench.servers import cpu_seconds
from tests.processes import Account, Server, prepare, running
from tests.security.sockets import Outcome, peak_memory, send
from tests.serving import Client

MIB = 1024 * 1024
TIMEOUT = 1.0
ENV = {
    "PARCHEMIN_SERVER__BODY_TIMEOUT": str(TIMEOUT),
    "PARCHEMIN_SERVER__IDLE_TIMEOUT": str(TIMEOUT),
    "PARCHEMIN_SERVER__MAX_DOCUMENT": "1MiB",
}
CUT = 25.0
"""Seconds within which a connection is cut: the time-out, five in which a refused client may still
read the answer, and what a busy machine needs; less than the time-outs of other settings."""
MOST, ENOUGH = 400 * MIB, 300.0
"""What never ends is cut before so many bytes; within so many seconds a busy machine has worked off
what it takes of them, which is a million chunks."""


@dataclass(frozen=True, slots=True)
class Target:
    """The server, and somebody who may write to it."""

    server: Server
    account: Account

    def head(self, line: bytes = b"PUT /dav/evil HTTP/1.1") -> bytes:
        """A request's first lines: signed in, and its framing still to come."""
        authorization = self.account.authorization.encode()
        return line + b"\r\nHost: x\r\nAuthorization: " + authorization + b"\r\n"

    async def serves_on(self) -> None:
        """The server works, and nothing that was refused is stored."""
        client = Client(self.server.port, self.account.authorization)
        assert (await client.request("PUT", "/dav/good", b"good")).status in (201, 204)
        assert (await client.request("GET", "/dav/good")).body == b"good"
        listing = await client.request("PROPFIND", "/dav/", Depth="1")
        shown = [href.text for href in listing.xml().iter("{DAV:}href")]
        assert shown == ["/dav/", "/dav/good"]
        await client.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    data = tmp_path_factory.mktemp("http") / "data"
    (account,) = prepare(data, "ada")
    with running(data, ENV) as server:
        yield Target(server, account)


SMUGGLED = b"PUT /dav/smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
FRAMING = {
    "length and chunks": b"Content-Length: 3\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and length": CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "two lengths in one": b"Content-Length: 1, 2\r\n\r\nxx",
    "length with a sign": b"Content-Length: +1\r\n\r\nx",
    "length in hexadecimal": b"Content-Length: 0x1\r\n\r\nx",
    "length with other digits": "Content-Length: ١\r\n\r\nx".encode(),
    "one bare line feed": b"X-A: b\nContent-Length: 1\r\n\r\nx",
    "folded field": b"X-A: b\r\n c\r\nContent-Length: 1\r\n\r\nx",
    "folded framing": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length : 1\r\n\r\nx",
    "two hosts": b"Host: y\r\nContent-Length: 1\r\n\r\nx",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": CHUNKED * 2 + b"\r\n0\r\n\r\n",
    "coding and identity": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "bare line feed in chunks": CHUNKED + b"\r\n1\nx\n0\n\n",
    "bare line feed after an extension": CHUNKED + b"\r\n1;a\nb\r\nx\r\n0\r\n\r\n",
    "negative chunk": CHUNKED + b"\r\n-1\r\nx\r\n0\r\n\r\n",
    "chunk with a prefix": CHUNKED + b"\r\n0x1\r\nx\r\n0\r\n\r\n",
    "chunk of 2^72 bytes": CHUNKED + b"\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "chunk longer than said": CHUNKED + b"\r\n1\r\nxx\r\n0\r\n\r\n",
    "carriage return in a value": b"X-A: b\rX-B: c\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n",
    "control in a field's name": b"X\x01A: b\r\nContent-Length: 0\r\n\r\n",
    "empty field name": b": b\r\nContent-Length: 0\r\n\r\n",
    "no coding beside a length": b"Transfer-Encoding:\r\nContent-Length: 1\r\n\r\nx",
    "a coding below the chunks": b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", FRAMING)
async def test_ambiguous_framing_is_refused_and_the_connection_closed(
    target: Target, case: str
) -> None:
    done = await send(target.server.port, target.head() + FRAMING[case] + SMUGGLED)
    assert done.status in (400, 501)
    assert done.answers == 1, done.answer
    assert done.closed
    assert b"\r\nserver:" not in done.answer.lower()
    log = target.server.log_path.read_text()
    assert target.account.authorization.split()[1] not in log
    assert "Traceback" not in log
    await target.serves_on()


LINES = {
    "bare line feeds everywhere": b"PUT /dav/evil HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "no host": b"GET /dav/ HTTP/1.1\r\n\r\n",
    "NUL in the target": b"PUT /dav/a\0b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "carriage return in the target": b"PUT /dav/a\rb HTTP/1.1\r\nHost: x\r\n\r\n",
    "version 9.9": b"GET /dav/ HTTP/9.9\r\nHost: x\r\n\r\n",
    "version 2.0": b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "a host that is none": b"GET / HTTP/1.1\r\nHost: evil.example@x\r\n\r\n",
    "HTTP/2 without TLS": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(100)),
}


@pytest.mark.parametrize("case", LINES)
async def test_what_is_no_request_is_refused(target: Target, case: str) -> None:
    done = await send(target.server.port, LINES[case])
    assert done.status in (400, 505)
    assert done.answers == 1
    assert done.closed
    assert b"\r\nserver:" not in done.answer.lower()
    await target.serves_on()


NAMES = {
    "NUL": b"PUT /dav/a%00b HTTP/1.1",
    "CR LF": b"PUT /dav/a%0d%0aSet-Cookie:%20x=y HTTP/1.1",
    "line feed of a folder": b"MKCOL /dav/a%0ab HTTP/1.1",
    "CR LF of a document's page": b"GET /documents/a%0d%0aSet-Cookie:%20x=y HTTP/1.1",
}


@pytest.mark.parametrize("case", NAMES)
async def test_no_name_holds_a_control_or_reaches_the_fields_of_an_answer(
    target: Target, case: str
) -> None:
    request = target.head(NAMES[case]) + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    done = await send(target.server.port, request)
    head = done.answer.partition(b"\r\n\r\n")[0]
    assert 300 <= done.status < 500
    assert b"set-cookie: x=y" not in head.lower()
    await target.serves_on()


async def test_a_destination_holds_no_control(target: Target) -> None:
    client = Client(target.server.port, target.account.authorization)
    await client.request("PUT", "/dav/good", b"good")
    for name in ("a%00b", "a%0d%0aSet-Cookie:x", "a%7fb"):
        answer = await client.request("COPY", "/dav/good", Destination=f"/dav/{name}")
        assert answer.status == 400
    await client.close()
    await target.serves_on()


ENDLESS = {
    "fields": (b"", b"X-A: bbbbbbbb\r\n" * 100),
    "one field": (b"X-A: ", b"b" * 4096),
    "trailers": (CHUNKED + b"\r\n1\r\nx\r\n0\r\n", b"X-A: bbbbbbbb\r\n" * 100),
    "one trailer": (CHUNKED + b"\r\n1\r\nx\r\n0\r\nX-A: ", b"b" * 4096),
    "a chunk's extension": (CHUNKED + b"\r\n1;a=", b"b" * 4096),
    "a chunk's size": (CHUNKED + b"\r\n", b"0" * 4096),
    "chunks of one byte": (CHUNKED + b"\r\n", b"1\r\nx\r\n" * 10_000),
    "content": (b"Content-Length: 900000000000\r\n\r\n", b"x" * 65536),
}


async def test_what_never_ends_is_cut_in_bounded_time_and_memory(target: Target) -> None:
    before, port = peak_memory(target.server.pid), target.server.port
    sent = [
        send(port, target.head(_put(number)) + head, piece, most=MOST, every=0.002, wait=ENOUGH)
        for number, (head, piece) in enumerate(ENDLESS.values())
    ]
    for case, done in zip(ENDLESS, await asyncio.gather(*sent), strict=True):
        assert done.closed, case
        assert done.sent < MOST, case
        assert done.status in (0, 400, 408, 413, 507), (case, done.answer)
        assert done.answers <= 1, (case, done.answer)
    assert peak_memory(target.server.pid) - before < 64 * MIB
    await target.serves_on()


def _put(number: int) -> bytes:
    return b"PUT /dav/evil%d HTTP/1.1" % number


async def test_endless_request_line(target: Target) -> None:
    done = await send(target.server.port, b"GET /dav/", b"b" * 4096, most=64 * MIB)
    assert done.closed
    assert done.status in (0, 400, 414)  # 0: the answer is lost if the rest came too late
    assert done.sent < 16 * MIB
    await target.serves_on()


async def test_200000_chunks_of_one_byte_are_taken_in_bounded_time_and_memory(
    target: Target,
) -> None:
    count = 200_000
    before, used = peak_memory(target.server.pid), cpu_seconds(target.server.pid)
    client = Client(target.server.port, target.account.authorization)
    chunks = b"1\r\nx\r\n" * count + b"0\r\n\r\n"
    done = await client.request("PUT", "/dav/good", chunks, Transfer_Encoding="chunked")
    assert done.status in (201, 204)
    assert cpu_seconds(target.server.pid) - used < 10
    assert peak_memory(target.server.pid) - before < 48 * MIB
    assert (await client.request("GET", "/dav/good")).body == b"x" * count
    await client.close()


SIGN_IN = (
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)
STILL = {
    "nothing at all": b"",
    "half a request line": b"GET /da",
    "half a head": b"GET /dav/ HTTP/1.1\r\nHost: x\r\nX-",
    "content": b"{put}Content-Length: 10\r\n\r\nx",
    "content held back": b"{put}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    "chunks": b"{put}" + CHUNKED + b"\r\n1\r\nx\r\n",
    "half a chunk": b"{put}" + CHUNKED + b"\r\nff\r\nx",
    "trailers": b"{put}" + CHUNKED + b"\r\n1\r\nx\r\n0\r\nX-A",
    "a form": SIGN_IN + b"Content-Length: 50\r\n\r\nusername=",
    "XML": b"{propfind}Content-Length: 50\r\n\r\n<propfind",
}


async def test_what_stands_still_is_cut(target: Target) -> None:
    for case, done in (
        await _together(target, {case: (STILL[case], b"") for case in STILL})
    ).items():
        assert done.closed, case
        assert done.seconds > TIMEOUT * 0.5, case
        assert done.status in (0, 100, 400, 408), (case, done.answer)
    await target.serves_on()


async def _together(target: Target, cases: dict[str, tuple[bytes, bytes]]) -> dict[str, Outcome]:
    """What comes of each case, all of them sent at once; the second part drips."""
    sent = []
    for number, (head, piece) in enumerate(cases.values()):
        data = head.replace(b"{put}", target.head(_put(number)))
        data = data.replace(b"{propfind}", target.head(b"PROPFIND /dav/ HTTP/1.1"))
        most = MIB if piece else 0
        sent.append(send(target.server.port, data, piece, most=most, every=0.2, wait=CUT))
    return dict(zip(cases, await asyncio.gather(*sent), strict=True))


async def test_a_form_that_is_none_is_not_quoted_in_the_log(target: Target) -> None:
    field = b"--b\r\nContent-Disposition: form-data; name=file; filename*=none-such''Quetzal"
    part = field + b"\r\n\r\nx\r\n--b--\r\n"
    head = b"POST /verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    done = await send(target.server.port, head % len(part) + kind + part)
    assert done.status == 200, done.answer
    assert "Quetzal" not in target.server.log_path.read_text()


STRANGE = {
    "an expectation": (b"GET /healthz HTTP/1.1", b"Expect: the-m\xf8\xf8n", 417),
    "a token": (b"GET /api/v1/account HTTP/1.1", b"Authorization: Bearer parchemin_\xff", 401),
    "an issuer's token": (
        b"GET /api/v1/batches HTTP/1.1",
        b"Authorization: Bearer parchemin_issuer_\xff",
        401,
    ),
    "a directory's token": (
        b"GET /scim/v2/Users HTTP/1.1",
        b"Authorization: Bearer parchemin_scim_\xff",
        401,
    ),
}


@pytest.mark.parametrize("case", STRANGE)
async def test_a_field_that_is_no_ascii_is_refused(target: Target, case: str) -> None:
    line, field, status = STRANGE[case]
    request = line + b"\r\nHost: x\r\nConnection: close\r\n" + field + b"\r\n\r\n"
    done = await send(target.server.port, request)
    assert done.status == status, done.answer


LAST = {
    "chunks in HTTP/1.0": b"PUT /dav/good HTTP/1.0",
    "another protocol": b"PUT /dav/good HTTP/1.1\r\nUpgrade: h2c",
}


@pytest.mark.parametrize("case", LAST)
async def test_what_others_may_read_otherwise_is_the_last_of_its_connection(
    target: Target, case: str
) -> None:
    head = target.head(LAST[case]) + b"Connection: keep-alive, Upgrade\r\n" + CHUNKED
    done = await send(target.server.port, head + b"\r\n4\r\ngood\r\n0\r\n\r\n" + SMUGGLED)
    assert done.status in (201, 204)
    assert done.answers == 1, done.answer
    assert done.closed
    await target.serves_on()


async def test_a_target_in_absolute_form_is_the_same_as_its_path(target: Target) -> None:
    client = Client(target.server.port, target.account.authorization)
    await client.request("PUT", "/dav/good", b"good")
    for place in ("http://127.0.0.1/dav/good", "https://elsewhere.example:1/dav/good?x=//"):
        assert (await client.request("GET", place)).body == b"good"
    assert (await client.request("GET", "http://127.0.0.1/healthz")).status == 200
    assert (await client.request("GET", "http://127.0.0.1")).status == 200
    assert (await client.request("GET", "http://127.0.0.1/dav/../healthz")).status == 400
    for strange in ("//[x", "//elsewhere.example:none/", "//elsewhere.example/healthz"):
        assert (await client.request("GET", f"http://127.0.0.1{strange}")).status == 404
    await client.close()


JSON = b"POST /api/v1/visits HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
DRIPPING = {
    "head": (b"GET /dav/ HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "content": (b"{put}Content-Length: 1000\r\n\r\n", b"x"),
    "chunks": (b"{put}" + CHUNKED + b"\r\n", b"1\r\nx\r\n"),
    "JSON": (JSON + b"Content-Length: 1000\r\n\r\n", b" "),
    "a form": (SIGN_IN + b"Content-Length: 1000\r\n\r\n", b"x"),
}


async def test_a_drip_does_not_hold_a_connection(target: Target) -> None:
    for case, done in (await _together(target, DRIPPING)).items():
        assert done.closed, case
    await target.serves_on()


async def test_a_document_may_be_as_large_as_the_settings_say(target: Target) -> None:
    client = Client(target.server.port, target.account.authorization)
    assert (await client.request("PUT", "/dav/good", b"x" * MIB)).status in (201, 204)
    assert (await client.request("PUT", "/dav/good", b"y" * (MIB + 1))).status == 413
    await client.close()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (MIB + 1, b"y" * (MIB + 1))
    refused = await client.request("PUT", "/dav/good", chunked, Transfer_Encoding="chunked")
    assert refused.status == 413
    await client.close()
    assert (await client.request("GET", "/dav/good")).body == b"x" * MIB
    await client.close()
    await target.serves_on()
