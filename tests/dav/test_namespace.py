"""MKCOL, DELETE, COPY and MOVE over a socket."""

from __future__ import annotations

import os

import pytest

from tests.serving import Client, Institution, Person, serving
from vault_core.dav.copymove import hosts_of
from vault_core.dav.handler import DavHandler


async def _tree(client: Client) -> dict[str, bytes | None]:
    """Every URL path with its content; None for folders."""
    answer = await client.request("PROPFIND", "/dav/", Depth="infinity")
    found: dict[str, bytes | None] = {}
    for href in answer.statuses():
        folder = href.endswith("/")
        found[href] = None if folder else (await client.request("GET", href)).body
    return found


@pytest.fixture
async def filled(client: Client) -> Client:
    """/dav/doc, /dav/folder/ with /inner/ and two documents, /dav/other/."""
    for folder in ("folder", "folder/inner", "other"):
        assert (await client.request("MKCOL", f"/dav/{folder}")).status == 201
    for name in ("doc", "folder/one", "folder/inner/two"):
        assert (await client.request("PUT", f"/dav/{name}", name.encode())).status == 201
    return client


MKCOL = {
    "new": ("/dav/new", None, 201),
    "new with slash": ("/dav/new/", None, 201),
    "taken by a folder": ("/dav/folder", None, 405),
    "taken by a document": ("/dav/doc", None, 405),
    "no parent": ("/dav/no/new", None, 409),
    "under a document": ("/dav/doc/new", None, 409),
    "the root": ("/dav/", None, 405),
    "with a body": ("/dav/new", b"<mkcol/>", 415),
}


@pytest.mark.parametrize("case", MKCOL)
async def test_mkcol(filled: Client, case: str) -> None:
    target, body, status = MKCOL[case]
    before = await _tree(filled)
    assert (await filled.request("MKCOL", target, body)).status == status
    assert ("/dav/new/" in await _tree(filled)) == (status == 201)
    assert len(await _tree(filled)) == len(before) + (status == 201)


DELETE = {
    "document": ("/dav/doc", {}, 204),
    "folder": ("/dav/folder/", {}, 204),
    "missing": ("/dav/no", {}, 404),
    "the root": ("/dav/", {}, 403),
    "a depth that is not": ("/dav/folder/", {"Depth": "0"}, 400),
}


@pytest.mark.parametrize("case", DELETE)
async def test_delete(filled: Client, case: str) -> None:
    target, fields, status = DELETE[case]
    before = await _tree(filled)
    assert (await filled.request("DELETE", target, **fields)).status == status
    gone = {href for href in before if href.startswith(target)} if status == 204 else set()
    assert set(await _tree(filled)) == set(before) - gone


REFUSED = {
    "no destination": ("/dav/doc", {}, 400),
    "no URL": ("/dav/doc", {"Destination": "elsewhere"}, 400),
    "another scheme": ("/dav/doc", {"Destination": "ftp://x/dav/a"}, 400),
    "another host": ("/dav/doc", {"Destination": "http://example.org/dav/a"}, 502),
    "user in the host": ("/dav/doc", {"Destination": "http://a@127.0.0.1/dav/a"}, 502),
    "outside of the vault": ("/dav/doc", {"Destination": "/elsewhere/a"}, 502),
    "dots": ("/dav/doc", {"Destination": "/dav/../a"}, 400),
    "fragment": ("/dav/doc", {"Destination": "/dav/a#b"}, 400),
    "missing source": ("/dav/no", {"Destination": "/dav/a"}, 404),
    "missing parent": ("/dav/doc", {"Destination": "/dav/no/a"}, 409),
    "under a document": ("/dav/folder", {"Destination": "/dav/doc/a"}, 409),
    "taken, not to be replaced": (
        "/dav/doc",
        {"Destination": "/dav/folder/one", "Overwrite": "F"},
        412,
    ),
    "overwrite that is none": ("/dav/doc", {"Destination": "/dav/a", "Overwrite": "X"}, 400),
    "onto itself": ("/dav/doc", {"Destination": "/dav/doc"}, 403),
    "onto itself in other words": ("/dav/doc", {"Destination": "/dav//%64oc"}, 403),
    "into itself": ("/dav/folder", {"Destination": "/dav/folder/inner/new"}, 403),
    "onto its parent": ("/dav/folder/inner", {"Destination": "/dav/folder"}, 403),
    "onto the root": ("/dav/folder", {"Destination": "/dav/"}, 403),
    "of the root": ("/dav/", {"Destination": "/dav/new"}, 403),
    "depth 1": ("/dav/folder", {"Destination": "/dav/a", "Depth": "1"}, 400),
}


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("case", REFUSED)
async def test_refused_copies_and_moves_change_nothing(
    filled: Client, method: str, case: str
) -> None:
    target, fields, status = REFUSED[case]
    before = await _tree(filled)
    assert (await filled.request(method, target, **fields)).status == status
    assert await _tree(filled) == before


async def test_move_depth_0_is_refused(filled: Client) -> None:
    answer = await filled.request("MOVE", "/dav/folder", Destination="/dav/a", Depth="0")
    assert answer.status == 400


@pytest.mark.parametrize("form", ["/dav/new", "http://{host}/dav/new", "https://{HOST}/dav/new/"])
async def test_destination_forms(filled: Client, form: str) -> None:
    host = f"127.0.0.1:{filled.port}"
    url = form.replace("{host}", host).replace("{HOST}", host.upper())
    assert (await filled.request("COPY", "/dav/doc", Destination=url)).status == 201
    assert (await filled.request("GET", "/dav/new")).body == b"doc"


KNOWN = {
    "https://coffre.example.fr/dav/new": 201,
    "https://COFFRE.example.fr:443/dav/new": 201,
    "https://coffre.example.fr:8443/dav/new": 502,
    "https://coffre.example.fr.evil/dav/new": 502,
}


@pytest.mark.parametrize("url", KNOWN)
async def test_behind_a_proxy_that_says_another_host(
    inside: Institution, ada: Person, url: str
) -> None:
    """The client names the address that it knows; the settings say that it is ours."""
    handler = DavHandler(
        inside.vaults, clock=inside.clock, random=os.urandom,
        hosts=lambda: hosts_of("https://Coffre.example.fr", ""),
    )  # fmt: skip
    async with serving(handler) as port:
        client = Client(port, ada.authorization)
        await client.request("PUT", "/dav/doc", b"doc")
        assert (await client.request("MOVE", "/dav/doc", Destination=url)).status == KNOWN[url]
        await client.close()


async def test_a_folder_is_copied_with_what_it_holds(filled: Client) -> None:
    before = await _tree(filled)
    assert (await filled.request("COPY", "/dav/folder/", Destination="/dav/copy/")).status == 201
    after = await _tree(filled)
    copied = {
        "/dav/copy/" + href.removeprefix("/dav/folder/"): content
        for href, content in before.items()
        if href.startswith("/dav/folder/")
    }
    assert after == before | copied


async def test_depth_0_copies_the_folder_alone(filled: Client) -> None:
    answer = await filled.request("COPY", "/dav/folder", Destination="/dav/copy", Depth="0")
    assert answer.status == 201
    assert [href for href in await _tree(filled) if "copy" in href] == ["/dav/copy/"]


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_overwriting_answers_204_and_replaces_all(filled: Client, method: str) -> None:
    await filled.request("PUT", "/dav/other/old", b"old")
    assert (await filled.request(method, "/dav/folder", Destination="/dav/other")).status == 204
    after = await _tree(filled)
    assert "/dav/other/old" not in after
    assert after["/dav/other/inner/two"] == b"folder/inner/two"
    assert ("/dav/folder/" in after) == (method == "COPY")


async def test_a_move_keeps_content_and_times(filled: Client) -> None:
    before = await filled.request("HEAD", "/dav/doc")
    assert (await filled.request("MOVE", "/dav/doc", Destination="/dav/other/d")).status == 201
    after = await filled.request("HEAD", "/dav/other/d")
    for name in ("etag", "last-modified"):
        assert after.fields[name] == before.fields[name]
    assert (await filled.request("HEAD", "/dav/doc")).status == 404


async def test_composed_and_decomposed_names_are_one_document(filled: Client) -> None:
    assert (await filled.request("PUT", "/dav/caf%C3%A9", b"one")).status == 201
    assert (await filled.request("PUT", "/dav/cafe%CC%81", b"two")).status == 204
    assert (await filled.request("GET", "/dav/caf%C3%A9")).body == b"two"
