"""PROPFIND and PROPPATCH over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.serving import Client, Institution, Person, dav_handler, serving
from vault_core.api import Buffer

D = "{DAV:}"
Z = "{urn:schemas-microsoft-com:}"


def asking(*names: str, prefix: str = "") -> bytes:
    """A PROPFIND body for properties of DAV: and others, as elements."""
    inner = "".join(f"<D:{name}/>" for name in names) + prefix
    return f'<D:propfind xmlns:D="DAV:"><D:prop>{inner}</D:prop></D:propfind>'.encode()


def setting(inner: str, remove: str = "") -> bytes:
    """A PROPPATCH body."""
    removed = f"<D:remove><D:prop>{remove}</D:prop></D:remove>" if remove else ""
    kept = f"<D:set><D:prop>{inner}</D:prop></D:set>" if inner else ""
    return (
        f'<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">'
        f"{kept}{removed}</D:propertyupdate>"
    ).encode()


async def _fill(client: Client) -> None:
    for folder in ("a", "a/b", "a/b/c"):
        assert (await client.request("MKCOL", f"/dav/{folder}/")).status == 201
        assert (await client.request("PUT", f"/dav/{folder}/x.txt", b"12345")).status == 201


DEPTHS = {
    "0": ["/dav/a/"],
    "1": ["/dav/a/", "/dav/a/b/", "/dav/a/x.txt"],
    "infinity": [
        "/dav/a/", "/dav/a/b/", "/dav/a/b/c/", "/dav/a/b/c/x.txt", "/dav/a/b/x.txt",
        "/dav/a/x.txt",
    ],
    "": [
        "/dav/a/", "/dav/a/b/", "/dav/a/b/c/", "/dav/a/b/c/x.txt", "/dav/a/b/x.txt",
        "/dav/a/x.txt",
    ],
}  # fmt: skip


@pytest.mark.parametrize("depth", DEPTHS)
async def test_depths(client: Client, depth: str) -> None:
    await _fill(client)
    answer = await client.request("PROPFIND", "/dav/a", asking("resourcetype"), Depth=depth)
    assert answer.status == 207
    assert sorted(answer.statuses()) == DEPTHS[depth]


async def test_a_wrong_depth_is_refused(client: Client) -> None:
    assert (await client.request("PROPFIND", "/dav/", Depth="2")).status == 400


async def test_infinity_is_bounded(inside: Institution, ada: Person) -> None:
    async with serving(dav_handler(inside, max_nodes=3)) as port:
        client = Client(port, ada.authorization)
        await _fill(client)
        answer = await client.request("PROPFIND", "/dav/", Depth="infinity")
        assert answer.status == 403
        assert answer.xml().find(f"{D}propfind-finite-depth") is not None
        assert (await client.request("PROPFIND", "/dav/", Depth="1")).status == 207
        await client.close()


async def test_all_live_properties_of_a_document(client: Client) -> None:
    put = await client.request("PUT", "/dav/a%20%26%20b.pdf", b"12345", X_OC_Mtime="1000000000")
    names = (
        "resourcetype", "getcontentlength", "getcontenttype", "getetag", "getlastmodified",
        "creationdate", "displayname", "supportedlock", "lockdiscovery", "iscollection",
        "ishidden", "quota-used-bytes", "nonsense",
    )  # fmt: skip
    answer = await client.request("PROPFIND", "/dav/a%20&%20b.pdf", asking(*names), Depth="0")
    assert answer.statuses() == {
        "/dav/a%20%26%20b.pdf": {
            **{D + name: 200 for name in names},
            D + "quota-used-bytes": 404,
            D + "nonsense": 404,
        }
    }
    assert answer.text_of(D + "getcontentlength") == ["5"]
    assert answer.text_of(D + "getcontenttype") == ["application/pdf"]
    assert answer.text_of(D + "getetag") == [put.fields["etag"]]
    assert answer.text_of(D + "getlastmodified") == ["Sun, 09 Sep 2001 01:46:40 GMT"]
    assert answer.text_of(D + "displayname") == ["a & b.pdf"]
    assert answer.text_of(D + "iscollection") == ["0"]
    assert len(answer.xml().findall(f".//{D}lockentry")) == 2


async def test_live_properties_of_a_folder(client: Client) -> None:
    answer = await client.request(
        "PROPFIND", "/dav/", asking("resourcetype", "getcontentlength", "getetag"), Depth="0"
    )
    assert answer.statuses() == {
        "/dav/": {D + "resourcetype": 200, D + "getcontentlength": 404, D + "getetag": 404}
    }
    assert answer.xml().find(f".//{D}collection") is not None


async def test_quota_is_told_when_asked_for(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x" * 1000)
    body = asking("quota-available-bytes", "quota-used-bytes")
    answer = await client.request("PROPFIND", "/dav/", body, Depth="0")
    assert answer.text_of(D + "quota-used-bytes") == ["1000"]
    assert answer.text_of(D + "quota-available-bytes") == [str(1024**3 - 1000)]
    everything = await client.request("PROPFIND", "/dav/", Depth="0")
    assert D + "quota-used-bytes" not in everything.statuses()["/dav/"]


async def test_propname_names_and_gives_no_value(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    await client.request("PROPPATCH", "/dav/a", setting("<x:color>red</x:color>"))
    body = b'<propfind xmlns="DAV:"><propname/></propfind>'
    answer = await client.request("PROPFIND", "/dav/a", body, Depth="0")
    names = answer.statuses()["/dav/a"]
    assert {D + "getetag", D + "resourcetype", "{urn:x}color"} <= set(names)
    assert b"red" not in answer.body


async def test_allprop_has_dead_properties_and_what_is_included(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    await client.request("PROPPATCH", "/dav/a", setting("<x:color>red</x:color>"))
    body = b'<propfind xmlns="DAV:"><allprop/><include><iscollection/></include></propfind>'
    names = (await client.request("PROPFIND", "/dav/a", body, Depth="0")).statuses()["/dav/a"]
    assert names["{urn:x}color"] == names[D + "iscollection"] == 200
    assert 404 not in names.values()


PROPFIND_REFUSED = {
    "malformed": (b"<propfind", 400),
    "another root": (b'<prop xmlns="DAV:"/>', 400),
    "nothing asked": (b'<propfind xmlns="DAV:"/>', 400),
    "two questions": (b'<propfind xmlns="DAV:"><allprop/><propname/></propfind>', 400),
    "external entity": (b'<!DOCTYPE a SYSTEM "http://x/"><propfind xmlns="DAV:"/>', 403),
    "too large": (b'<propfind xmlns="DAV:">' + b" " * 70_000 + b"</propfind>", 413),
}


@pytest.mark.parametrize("case", PROPFIND_REFUSED)
async def test_propfind_is_refused(client: Client, case: str) -> None:
    body, status = PROPFIND_REFUSED[case]
    answer = await client.request("PROPFIND", "/dav/", body, Depth="0")
    assert answer.status == status
    assert (status == 403) == (answer.xml().find(f"{D}no-external-entities") is not None)


async def test_a_missing_node_is_404(client: Client) -> None:
    assert (await client.request("PROPFIND", "/dav/no", Depth="0")).status == 404
    assert (await client.request("PROPPATCH", "/dav/no", setting("<x:a/>"))).status == 404


DEAD = {
    "text": "<x:p>text</x:p>",
    "children": '<x:p><y:a xmlns:y="urn:y" y:b="1">t</y:a>tail</x:p>',
    "no namespace": '<p xmlns="">v</p>',
    "high": "<x:p>\U00010000\u00fc</x:p>",
    "language": '<x:p xml:lang="fr">bonjour</x:p>',
    "escaped": "<x:p>&lt;b&gt; &amp;amp;</x:p>",
    "long": f"<x:p>{'y' * 10_000}</x:p>",
}


@pytest.mark.parametrize("case", DEAD)
async def test_dead_properties_come_back(client: Client, ada: Person, case: str) -> None:
    await client.request("PUT", "/dav/a", b"x")
    sent = setting(DEAD[case])
    assert (await client.request("PROPPATCH", "/dav/a", sent)).status == 207
    asked = asking(prefix='<x:p xmlns:x="urn:x"/><p/>')
    answer = await client.request("PROPFIND", "/dav/a", asked, Depth="0")
    from defusedxml import ElementTree

    (element,) = ElementTree.fromstring(sent).find(f".//{D}prop")
    (found,) = [e for e in answer.xml().iter(element.tag) if len(e) or e.text]
    assert ElementTree.tostring(found).strip() == ElementTree.tostring(element).strip()
    await client.request("MOVE", "/dav/a", Destination="/dav/b")
    await client.request("COPY", "/dav/b", Destination="/dav/c")
    for name in ("b", "c"):
        answer = await client.request("PROPFIND", f"/dav/{name}", asked, Depth="0")
        assert answer.statuses()[f"/dav/{name}"][element.tag] == 200


async def test_a_property_is_removed(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    await client.request("PROPPATCH", "/dav/a", setting("<x:p>1</x:p><x:q>2</x:q>"))
    answer = await client.request("PROPPATCH", "/dav/a", setting("", remove="<x:p/><x:none/>"))
    assert answer.statuses()["/dav/a"] == {"{urn:x}p": 200, "{urn:x}none": 200}
    asked = asking(prefix='<x:p xmlns:x="urn:x"/><x:q xmlns:x="urn:x"/>')
    answer = await client.request("PROPFIND", "/dav/a", asked, Depth="0")
    assert answer.statuses()["/dav/a"] == {"{urn:x}p": 404, "{urn:x}q": 200}


async def test_one_protected_property_stops_all(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    body = setting('<x:p>1</x:p><D:getetag>"mine"</D:getetag>')
    answer = await client.request("PROPPATCH", "/dav/a", body)
    assert answer.status == 207
    assert answer.statuses()["/dav/a"] == {D + "getetag": 403, "{urn:x}p": 424}
    assert answer.xml().find(f".//{D}cannot-modify-protected-property") is not None
    asked = asking(prefix='<x:p xmlns:x="urn:x"/>')
    answer = await client.request("PROPFIND", "/dav/a", asked, Depth="0")
    assert answer.statuses()["/dav/a"] == {"{urn:x}p": 404}


async def test_display_name_can_be_set_and_defaults_to_the_name(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    await client.request("PROPPATCH", "/dav/a", setting("<D:displayname>Nice</D:displayname>"))
    for body in (asking("displayname"), None):
        answer = await client.request("PROPFIND", "/dav/a", body, Depth="0")
        assert answer.text_of(D + "displayname") == ["Nice"]
    await client.request("PROPPATCH", "/dav/a", setting("", remove="<D:displayname/>"))
    answer = await client.request("PROPFIND", "/dav/a", asking("displayname"), Depth="0")
    assert answer.text_of(D + "displayname") == ["a"]


async def test_times_can_be_set(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    body = setting(
        '<Z:Win32LastModifiedTime xmlns:Z="urn:schemas-microsoft-com:">'
        "Sun, 09 Sep 2001 01:46:40 GMT</Z:Win32LastModifiedTime>"
        '<Z:Win32CreationTime xmlns:Z="urn:schemas-microsoft-com:">'
        "Tue, 15 Nov 1994 08:12:31 GMT</Z:Win32CreationTime>"
    )
    answer = await client.request("PROPPATCH", "/dav/a", body)
    assert set(answer.statuses()["/dav/a"].values()) == {200}
    answer = await client.request("PROPFIND", "/dav/a", Depth="0")
    assert answer.text_of(D + "getlastmodified") == ["Sun, 09 Sep 2001 01:46:40 GMT"]
    assert answer.text_of(D + "creationdate") == ["1994-11-15T08:12:31Z"]
    epoch = setting("<D:lastmodified>1234567890</D:lastmodified>")
    assert (await client.request("PROPPATCH", "/dav/a", epoch)).statuses()["/dav/a"] == {
        D + "lastmodified": 200
    }
    head = await client.request("HEAD", "/dav/a")
    assert head.fields["last-modified"] == "Fri, 13 Feb 2009 23:31:30 GMT"


async def test_a_time_that_is_none_is_409_and_changes_nothing(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x", X_OC_Mtime="1000000000")
    body = setting(
        '<Z:Win32LastModifiedTime xmlns:Z="urn:schemas-microsoft-com:">soon'
        "</Z:Win32LastModifiedTime><x:p>1</x:p>"
    )
    answer = await client.request("PROPPATCH", "/dav/a", body)
    assert answer.statuses()["/dav/a"] == {f"{Z}Win32LastModifiedTime": 409, "{urn:x}p": 424}
    head = await client.request("HEAD", "/dav/a")
    assert head.fields["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"


async def test_properties_of_a_node_are_bounded(client: Client) -> None:
    await client.request("PUT", "/dav/a", b"x")
    for number in range(2):
        body = setting(f"<x:p{number}>{'y' * 40_000}</x:p{number}>")
        answer = await client.request("PROPPATCH", "/dav/a", body)
    assert answer.status == 413


async def test_a_large_folder_is_listed_whole_and_in_chunks(client: Client, ada: Person) -> None:
    async def content() -> AsyncIterator[Buffer]:
        yield b"x"

    await client.request("MKCOL", "/dav/many")
    names = [f"document {number}" for number in range(1500)]
    await asyncio.gather(*[ada.vault.write(("many", name), content()) for name in names])
    answer = await client.request("PROPFIND", "/dav/many/", asking("getcontentlength"), Depth="1")
    assert answer.fields["transfer-encoding"] == "chunked"
    hrefs = {f"/dav/many/{name.replace(' ', '%20')}" for name in names}
    assert set(answer.statuses()) == {"/dav/many/", *hrefs}
    page = await client.request("GET", "/dav/many/")
    assert page.body.count(b"<tr>") == 1501


async def test_locks_are_discovered_where_they_reach(client: Client) -> None:
    await _fill(client)
    body = (
        b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
        b"<owner><href>me</href></owner></lockinfo>"
    )
    assert (await client.request("LOCK", "/dav/a/b/", body)).status == 200
    assert (await client.request("LOCK", "/dav/a/x.txt", body, Depth="0")).status == 200
    asked = asking("lockdiscovery")
    answer = await client.request("PROPFIND", "/dav/", asked, Depth="infinity")
    found = {}
    for entry in answer.xml().iter(f"{D}response"):
        roots = [root.findtext(f"{D}href") for root in entry.iter(f"{D}lockroot")]
        found[entry.findtext(f"{D}href")] = roots
    assert found == {
        "/dav/": [],
        "/dav/a/": [],
        "/dav/a/x.txt": ["/dav/a/x.txt"],
        "/dav/a/b/": ["/dav/a/b/"],
        "/dav/a/b/x.txt": ["/dav/a/b/"],
        "/dav/a/b/c/": ["/dav/a/b/"],
        "/dav/a/b/c/x.txt": ["/dav/a/b/"],
    }
    one = await client.request("PROPFIND", "/dav/a/b/c/x.txt", asked, Depth="0")
    assert one.text_of(f"{D}depth") == ["infinity"]
    assert one.xml().findtext(f".//{D}owner/{D}href") == "me"
