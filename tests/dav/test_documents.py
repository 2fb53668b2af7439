"""GET, HEAD and PUT over a socket."""

from __future__ import annotations

import asyncio
import hashlib
import os

import pytest

from tests.serving import Client, Institution, Person, dav_handler, serving

BIG = os.urandom(3 * 1024 * 1024 + 17)


async def test_what_was_put_is_got(client: Client) -> None:
    put = await client.request("PUT", "/dav/a.txt", b"hello")
    assert put.status == 201
    assert put.fields["etag"].startswith('"')
    got = await client.request("GET", "/dav/a.txt")
    assert (got.status, got.body) == (200, b"hello")
    assert got.fields["etag"] == put.fields["etag"]
    assert got.fields["content-length"] == "5"
    assert got.fields["content-type"] == "text/plain"
    assert got.fields["accept-ranges"] == "bytes"
    assert got.fields["last-modified"].endswith("GMT")


async def test_a_second_put_replaces_and_answers_204(client: Client) -> None:
    first = await client.request("PUT", "/dav/a.txt", b"one")
    second = await client.request("PUT", "/dav/a.txt", b"two")
    assert (second.status, second.body) == (204, b"")
    assert "content-length" not in second.fields
    assert first.fields["etag"] != second.fields["etag"]
    assert (await client.request("GET", "/dav/a.txt")).body == b"two"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, len(BIG)])
async def test_sizes_come_back_bit_for_bit(client: Client, size: int) -> None:
    assert (await client.request("PUT", "/dav/x.bin", BIG[:size])).status == 201
    got = await client.request("GET", "/dav/x.bin")
    assert got.status == 200
    assert got.body == BIG[:size]
    head = await client.request("HEAD", "/dav/x.bin")
    assert head.fields["content-length"] == str(size)
    after = await client.request("GET", "/dav/x.bin")
    assert after.body == BIG[:size], "HEAD sent no body, so the connection is still in step"


async def test_chunked_put_is_a_put(client: Client) -> None:
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (b"a", b"bc", BIG[:70000]))
    head = (
        f"PUT /dav/c.bin HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    assert (await client.raw(head + pieces + b"0\r\n\r\n")).status == 201
    assert (await client.request("GET", "/dav/c.bin")).body == b"abc" + BIG[:70000]


async def test_many_one_byte_chunks_are_one_document(client: Client) -> None:
    head = (
        f"PUT /dav/c.bin HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    assert (await client.raw(head + b"1\r\nz\r\n" * 50_000 + b"0\r\n\r\n")).status == 201
    assert (await client.request("GET", "/dav/c.bin")).body == b"z" * 50_000


PUT_REFUSALS = {
    "no parent": ("/dav/no/a.txt", {}, 409),
    "content range": ("/dav/a.txt", {"Content_Range": "bytes 0-4/10"}, 400),
    "slash at the end": ("/dav/a.txt/", {}, 405),
    "a folder": ("/dav/folder", {}, 405),
    "the root": ("/dav/", {}, 405),
    "under a document": ("/dav/document/a.txt", {}, 409),
    "compressed": ("/dav/a.txt", {"Content_Encoding": "gzip"}, 415),
    "mtime that is none": ("/dav/a.txt", {"X_OC_Mtime": "soon"}, 400),
    "wrong checksum": ("/dav/a.txt", {"OC_Checksum": "SHA1:" + "0" * 40}, 400),
    "unknown checksum": ("/dav/a.txt", {"OC_Checksum": "CRC9:00"}, 400),
    "not empty, though it must exist": ("/dav/a.txt", {"If_Match": "*"}, 412),
    "a name that reverses": ("/dav/a%E2%80%AEtxt", {}, 400),
    "a name of 256 bytes": ("/dav/" + "x" * 256, {}, 400),
}


@pytest.mark.parametrize("case", PUT_REFUSALS)
async def test_put_is_refused(client: Client, ada: Person, case: str) -> None:
    await client.request("MKCOL", "/dav/folder")
    await client.request("PUT", "/dav/document", b"x")
    target, fields, status = PUT_REFUSALS[case]
    answer = await client.request("PUT", target, b"hello", **fields)
    assert answer.status == status
    assert answer.xml().tag == "{DAV:}error"
    assert {node.name for node in await ada.vault.children(await ada.vault.find(()))} == {
        "folder",
        "document",
    }


@pytest.mark.parametrize("kind", ["SHA256", "SHA1", "MD5"])
async def test_a_right_checksum_is_accepted(client: Client, kind: str) -> None:
    digest = hashlib.new(kind.lower(), b"hello").hexdigest()
    answer = await client.request("PUT", "/dav/a", b"hello", OC_Checksum=f"{kind}:{digest}")
    assert answer.status == 201


async def test_adler32_is_checked(client: Client) -> None:
    right = await client.request("PUT", "/dav/a", b"hello", OC_Checksum="ADLER32:062c0215")
    wrong = await client.request("PUT", "/dav/a", b"hello", OC_Checksum="ADLER32:062c0216")
    assert (right.status, wrong.status) == (201, 400)


async def test_x_oc_mtime_sets_the_time(client: Client) -> None:
    put = await client.request("PUT", "/dav/a", b"x", X_OC_Mtime="1000000000.25")
    assert put.fields["x-oc-mtime"] == "accepted"
    got = await client.request("GET", "/dav/a")
    assert got.fields["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"


async def _begin(client: Client, target: str, **fields: str) -> None:
    _, writer = await client.streams()
    lines = [f"PUT {target} HTTP/1.1", "Host: x", "Expect: 100-continue"]
    fields.setdefault("Authorization", client.authorization)
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")


async def test_100_continue_is_sent_when_the_content_is_wanted(client: Client) -> None:
    await _begin(client, "/dav/a", Content_Length="5")
    reader, writer = await client.streams()
    assert (await client.answer(reader)).status == 100
    writer.write(b"hello")
    assert (await client.answer(reader)).status == 201


EXPECT_REFUSALS = {
    "no credentials": ({"Authorization": "Basic eDp5"}, 401),
    "condition": ({"If_Match": '"no"'}, 412),
    "quota": ({"Content_Length": str(10**12)}, 507),
    "range": ({"Content_Range": "bytes 0-1/2"}, 400),
}


@pytest.mark.parametrize("case", EXPECT_REFUSALS)
async def test_what_is_refused_is_refused_before_the_content_is_sent(
    client: Client, case: str
) -> None:
    fields, status = EXPECT_REFUSALS[case]
    await _begin(client, "/dav/a", **{"Content_Length": "5", **fields})
    reader, _ = await client.streams()
    answer = await client.answer(reader)
    assert answer.status == status
    assert answer.fields["connection"] == "close"


async def test_a_locked_document_refuses_before_the_content_is_sent(client: Client) -> None:
    body = (
        b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
        b"<locktype><write/></locktype></lockinfo>"
    )
    assert (await client.request("LOCK", "/dav/a", body)).status == 201
    await _begin(client, "/dav/a", Content_Length="5")
    reader, _ = await client.streams()
    answer = await client.answer(reader)
    assert answer.status == 423
    assert answer.text_of("{DAV:}href") == ["/dav/a"]


async def test_a_body_that_stalls_is_cut(inside: Institution, ada: Person) -> None:
    async with serving(dav_handler(inside, body_idle=0.2)) as port:
        client = Client(port, ada.authorization)
        reader, writer = await client.streams()
        head = f"PUT /dav/slow HTTP/1.1\r\nHost: x\r\nAuthorization: {ada.authorization}\r\n"
        writer.write(head.encode() + b"Content-Length: 1000\r\n\r\nabc")
        assert (await asyncio.wait_for(client.answer(reader), 60)).status == 408
        await client.close()
    assert [n.name for n in await ada.vault.children(await ada.vault.find(()))] == []


async def test_a_body_that_drips_is_cut(inside: Institution, ada: Person) -> None:
    async with serving(dav_handler(inside, body_idle=0.4)) as port:
        client = Client(port, ada.authorization)
        reader, writer = await client.streams()
        head = f"PUT /dav/slow HTTP/1.1\r\nHost: x\r\nAuthorization: {ada.authorization}\r\n"
        writer.write(head.encode() + b"Content-Length: 1000\r\n\r\n")

        async def drip() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert (await asyncio.wait_for(client.answer(reader), 60)).status == 408
        dripping.cancel()
        await client.close()


async def test_a_client_that_goes_leaves_nothing(client: Client, ada: Person) -> None:
    _, writer = await client.streams()
    head = f"PUT /dav/half HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
    writer.write(head.encode() + b"Content-Length: 1000000\r\n\r\n" + BIG[:200_000])
    await writer.drain()
    await client.close()
    await asyncio.sleep(0.2)
    await ada.vault.refresh()
    assert await ada.vault.children(await ada.vault.find(())) == []
    assert (await client.request("GET", "/dav/half")).status == 404


BODIES = {
    "PUT": b"two",
    "PROPPATCH": (
        b'<propertyupdate xmlns="DAV:"><set><prop><x xmlns="u">blue</x></prop></set>'
        b"</propertyupdate>"
    ),
    "LOCK": (
        b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
        b"<locktype><write/></locktype></lockinfo>"
    ),
}
CONDITIONAL = {
    "if-match, right": ("PUT", {"If_Match": "{etag}"}, 204),
    "if-match, wrong": ("PUT", {"If_Match": '"x"'}, 412),
    "if-match, weak": ("PUT", {"If_Match": "W/{etag}"}, 412),
    "if-match, one of": ("PUT", {"If_Match": '"x", {etag}'}, 204),
    "if-none-match, star": ("PUT", {"If_None_Match": "*"}, 412),
    "if-none-match, other": ("PUT", {"If_None_Match": '"x"'}, 204),
    "if-none-match, weak": ("PUT", {"If_None_Match": "W/{etag}"}, 412),
    "unmodified since long ago": (
        "PUT",
        {"If_Unmodified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"},
        412,
    ),
    "unmodified since later": (
        "PUT",
        {"If_Unmodified_Since": "Sun, 09 Sep 2096 01:46:40 GMT"},
        204,
    ),
    "both star": ("PUT", {"If_Match": "*", "If_None_Match": "*"}, 412),
    "get, unchanged": ("GET", {"If_None_Match": "{etag}"}, 304),
    "get, weak": ("GET", {"If_None_Match": "W/{etag}"}, 304),
    "get, star": ("GET", {"If_None_Match": "*"}, 304),
    "get, changed": ("GET", {"If_None_Match": '"x"'}, 200),
    "get, not modified since": ("GET", {"If_Modified_Since": "Sun, 09 Sep 2096 01:46:40 GMT"}, 304),
    "get, modified since": ("GET", {"If_Modified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"}, 200),
    "get, no date": ("GET", {"If_Modified_Since": "yesterday"}, 200),
    "get, tag before date": (
        "GET",
        {"If_None_Match": '"x"', "If_Modified_Since": "Sun, 09 Sep 2096 01:46:40 GMT"},
        200,
    ),
    "get, if-match": ("GET", {"If_Match": '"x"'}, 412),
    "get, malformed": ("GET", {"If_Match": "x"}, 400),
    "head, unchanged": ("HEAD", {"If_None_Match": "{etag}"}, 304),
    "delete, wrong": ("DELETE", {"If_Match": '"x"'}, 412),
    "delete, right": ("DELETE", {"If_Match": "{etag}"}, 204),
    "copy, wrong": ("COPY", {"If_Match": '"x"', "Destination": "/dav/b"}, 412),
    "copy, right": ("COPY", {"If_Match": "{etag}", "Destination": "/dav/b"}, 201),
    "move, wrong": ("MOVE", {"If_Match": '"x"', "Destination": "/dav/b"}, 412),
    "move, right": ("MOVE", {"If_Match": "{etag}", "Destination": "/dav/b"}, 201),
    "proppatch, wrong": ("PROPPATCH", {"If_Match": '"x"'}, 412),
    "proppatch, right": ("PROPPATCH", {"If_Match": "{etag}"}, 207),
    "mkcol, star": ("MKCOL", {"If_None_Match": "*"}, 412),
    "lock, wrong": ("LOCK", {"If_Match": '"x"'}, 412),
    "lock, right": ("LOCK", {"If_Match": "{etag}"}, 200),
    "if header, right tag": ("PUT", {"If": "([{etag}])"}, 204),
    "if header, wrong tag": ("PUT", {"If": '(["x"])'}, 412),
    "if header, not": ("PUT", {"If": '(Not ["x"])'}, 204),
    "if header, no lock": ("PUT", {"If": "(<DAV:no-lock>)"}, 412),
    "if header, not no lock": ("PUT", {"If": "(Not <DAV:no-lock>)"}, 204),
    "if header, tagged elsewhere": ("PUT", {"If": "<http://other/x> ([{etag}])"}, 412),
    "if header, malformed": ("PUT", {"If": "<DAV:no-lock>"}, 400),
}


@pytest.mark.parametrize("case", CONDITIONAL)
async def test_conditions(client: Client, case: str) -> None:
    etag = (await client.request("PUT", "/dav/a", b"one")).fields["etag"]
    method, fields, status = CONDITIONAL[case]
    fields = {name: value.replace("{etag}", etag) for name, value in fields.items()}
    assert (await client.request(method, "/dav/a", BODIES.get(method), **fields)).status == status
    if status in (412, 400, 304):
        assert (await client.request("GET", "/dav/a")).body == b"one"
        assert (await client.request("GET", "/dav/b")).status == 404
        shown = await client.request("PROPFIND", "/dav/a", Depth="0")
        assert b"blue" not in shown.body
        assert shown.xml().find(".//{DAV:}activelock") is None


RANGES = {
    "start": ("bytes=0-9", 206, [(0, 10)]),
    "middle": ("bytes=70000-200000", 206, [(70000, 200001)]),
    "open": ("bytes=3145000-", 206, [(3145000, len(BIG))]),
    "suffix": ("bytes=-5", 206, [(len(BIG) - 5, len(BIG))]),
    "long suffix": ("bytes=-99999999999", 206, [(0, len(BIG))]),
    "beyond the end": (f"bytes=10-{10**18}", 206, [(10, len(BIG))]),
    "unsatisfiable": (f"bytes={len(BIG)}-", 416, []),
    "suffix of nothing": ("bytes=-0", 416, []),
    "other unit": ("lines=1-2", 200, [(0, len(BIG))]),
    "malformed": ("bytes=a-b", 200, [(0, len(BIG))]),
    "backwards": ("bytes=9-1", 200, [(0, len(BIG))]),
    "two": ("bytes=0-9, 1000000-1000009", 206, [(0, 10), (1000000, 1000010)]),
    "two, the later one first": ("bytes=1000000-1000009,0-9", 206, [(1000000, 1000010), (0, 10)]),
    "overlapping": ("bytes=0-9,5-19", 206, [(0, 20)]),
    "close": ("bytes=0-9,12-19", 206, [(0, 20)]),
    "one of two": (f"bytes=0-9,{len(BIG)}-", 206, [(0, 10)]),
    "too many": ("bytes=" + ",".join(f"{n * 1000}-{n * 1000 + 1}" for n in range(65)), 416, []),
}


@pytest.mark.parametrize("case", RANGES)
async def test_ranges(client: Client, case: str) -> None:
    await client.request("PUT", "/dav/r.bin", BIG)
    field, status, spans = RANGES[case]
    answer = await client.request("GET", "/dav/r.bin", Range=field)
    assert answer.status == status
    if status == 416:
        assert answer.fields["content-range"] == f"bytes */{len(BIG)}"
    elif len(spans) == 1:
        (start, end), *_ = spans
        assert answer.body == BIG[start:end]
        expected = f"bytes {start}-{end - 1}/{len(BIG)}" if status == 206 else None
        assert answer.fields.get("content-range") == expected
    else:
        assert _parts(answer.body, answer.fields["content-type"]) == [BIG[a:b] for a, b in spans]
    assert (await client.request("GET", "/dav/r.bin", Range="bytes=1-2")).body == BIG[1:3]


def _parts(body: bytes, content_type: str) -> list[bytes]:
    kind, _, boundary = content_type.partition("; boundary=")
    assert kind == "multipart/byteranges"
    pieces = body.split(f"\r\n--{boundary}".encode())
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    return [piece.partition(b"\r\n\r\n")[2] for piece in pieces[1:-1]]


IF_RANGE = {
    "same": ("{etag}", 206),
    "other": ('"x"', 200),
    "weak": ("W/{etag}", 200),
    "date": ("{date}", 206),
    "old date": ("Sun, 09 Sep 2001 01:46:40 GMT", 200),
}


@pytest.mark.parametrize("case", IF_RANGE)
async def test_if_range(client: Client, case: str) -> None:
    await client.request("PUT", "/dav/a", b"0123456789")
    fields = (await client.request("HEAD", "/dav/a")).fields
    value, status = IF_RANGE[case]
    value = value.replace("{etag}", fields["etag"]).replace("{date}", fields["last-modified"])
    answer = await client.request("GET", "/dav/a", Range="bytes=2-3", If_Range=value)
    assert answer.status == status


PROTECTED = {
    "x.html": ("text/html", True),
    "x.svg": ("image/svg+xml", True),
    "x.pdf": ("application/pdf", False),
    "x.png": ("image/png", False),
    "x.txt": ("text/plain", False),
    "x.js": (None, True),
    "x.mp4": ("video/mp4", False),
}


@pytest.mark.parametrize("name", PROTECTED)
async def test_what_was_uploaded_cannot_act_in_a_browser(client: Client, name: str) -> None:
    await client.request("PUT", f"/dav/{name}", b"<script>alert(1)</script>")
    fields = (await client.request("GET", f"/dav/{name}")).fields
    media_type, attachment = PROTECTED[name]
    assert media_type is None or fields["content-type"] == media_type
    assert (fields.get("content-disposition") == "attachment") == attachment
    assert fields["x-content-type-options"] == "nosniff"
    assert fields["content-security-policy"] == "sandbox; default-src 'none'"
    assert fields["cache-control"] == "private, no-cache"
    assert fields["cross-origin-resource-policy"] == "same-origin"


async def test_a_folder_is_a_plain_page(client: Client) -> None:
    await client.request("MKCOL", "/dav/sub")
    await client.request("PUT", "/dav/%3Cscript%3E%26%22.txt", b"x")
    page = await client.request("GET", "/dav/", Accept_Language="en")
    text = page.body.decode()
    assert page.fields["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.fields["content-security-policy"]
    assert "<script" not in text
    assert "&lt;script&gt;&amp;&quot;.txt" in text
    assert 'href="/dav/sub/"' in text
    assert 'href="/dav/%3Cscript%3E%26%22.txt"' in text
    empty = await client.request("GET", "/dav/sub/", Accept_Language="fr")
    assert "Ce dossier est vide." in empty.body.decode()
    head = await client.request("HEAD", "/dav/")
    assert (head.status, head.fields["content-type"]) == (200, "text/html; charset=utf-8")
    assert (await client.request("GET", "/dav/sub")).status == 200


async def test_a_missing_document_is_404(client: Client) -> None:
    assert (await client.request("GET", "/dav/no")).status == 404
    assert (await client.request("DELETE", "/dav/no")).status == 404


async def test_http_1_0_gets_an_end(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"hello")
    head = f"GET /dav/a HTTP/1.0\r\nAuthorization: {client.authorization}\r\n\r\n"
    answer = await client.raw(head.encode())
    assert answer.body == b"hello"
    assert answer.fields["connection"] == "close"


async def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"aa")
    await client.request("PUT", "/dav/b", b"bb")
    lines = f"Host: x\r\nAuthorization: {client.authorization}\r\n\r\n"
    reader, writer = await client.streams()
    writer.write(f"GET /dav/a HTTP/1.1\r\n{lines}GET /dav/b HTTP/1.1\r\n{lines}".encode())
    assert [(await client.answer(reader)).body for _ in range(2)] == [b"aa", b"bb"]


async def test_a_reader_that_is_slow_gets_everything(client: Client) -> None:
    await client.request("PUT", "/dav/big", BIG)
    reader, writer = await client.streams()
    head = f"GET /dav/big HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n\r\n"
    writer.write(head.encode())
    await asyncio.sleep(0.3)
    assert (await client.answer(reader)).body == BIG
