"""What clients really send, request by request, as their traffic shows it."""

from __future__ import annotations

from tests.serving import Answer, Client

D = "{DAV:}"
Z = "{urn:schemas-microsoft-com:}"


async def windows_lock(client: Client, place: str) -> Answer:
    """The LOCK that Explorer and Office send."""
    return await client.literal(f"""
        LOCK {place} HTTP/1.1
        User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
        Content-Type: text/xml; charset="utf-8"
        Timeout: Second-3600
        translate: f

<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>\
</D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>PC\\ada</D:href></D:owner>\
</D:lockinfo>""")


async def test_windows_explorer_saves_a_document(client: Client) -> None:
    """OPTIONS, a look, LOCK, an empty PUT, the content, Win32 times, UNLOCK."""
    options = await client.literal("""
        OPTIONS /dav/ HTTP/1.1
        User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
        translate: f
    """)
    assert options.fields["ms-author-via"] == "DAV"
    assert options.fields["dav"].startswith("1, 2")
    look = await client.literal("""
        PROPFIND /dav/Rapport.docx HTTP/1.1
        User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
        Depth: 0
        translate: f
        Content-Length: 0
    """)
    assert look.status == 404
    created = await client.literal("""
        PUT /dav/Rapport.docx HTTP/1.1
        User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
        translate: f
        Content-Length: 0
    """)
    assert created.status == 201
    locked = await windows_lock(client, "/dav/Rapport.docx")
    assert locked.status == 200
    token = locked.fields["lock-token"]
    touched = await client.literal(f"""
        PROPPATCH /dav/Rapport.docx HTTP/1.1
        User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
        If: ({token})
        translate: f

<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" \
xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>\
<Z:Win32CreationTime>Sun, 09 Sep 2001 01:46:40 GMT</Z:Win32CreationTime>\
<Z:Win32LastAccessTime>Sun, 09 Sep 2001 01:46:40 GMT</Z:Win32LastAccessTime>\
<Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>\
<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>""")
    assert set(touched.statuses()["/dav/Rapport.docx"].values()) == {200}
    refused = await client.literal("""
        PUT /dav/Rapport.docx HTTP/1.1

stolen""")
    assert refused.status == 423
    filled = await client.literal(f"""
        PUT /dav/Rapport.docx HTTP/1.1
        If: ({token})
        translate: f

content""")
    assert filled.status == 204
    again = await client.literal(f"""
        PROPPATCH /dav/Rapport.docx HTTP/1.1
        If: ({token})

<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>\
<Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>\
</D:prop></D:set></D:propertyupdate>""")
    assert again.status == 207
    unlocked = await client.literal(f"""
        UNLOCK /dav/Rapport.docx HTTP/1.1
        Lock-Token: {token}
        translate: f
    """)
    assert unlocked.status == 204
    shown = await client.request("PROPFIND", "/dav/Rapport.docx", Depth="0")
    assert shown.text_of(D + "getlastmodified") == ["Fri, 13 Feb 2009 23:31:30 GMT"]
    assert shown.text_of(D + "creationdate") == ["2001-09-09T01:46:40Z"]
    assert shown.text_of(Z + "Win32FileAttributes") == ["00000020"]


async def test_windows_locks_before_it_writes_nothing(client: Client) -> None:
    """A new file of an Office program: LOCK of what is not there, an empty PUT, the content."""
    locked = await windows_lock(client, "/dav/Nouveau%20document.docx")
    assert locked.status == 201
    token = locked.fields["lock-token"]
    target = f"http://127.0.0.1:{client.port}/dav/Nouveau%20document.docx"
    empty = await client.literal(f"""
        PUT /dav/Nouveau%20document.docx HTTP/1.1
        If: <{target}> ({token})
        translate: f
        Content-Length: 0
    """)
    assert empty.status == 204
    seen = await client.literal("""
        HEAD /dav/Nouveau%20document.docx HTTP/1.1
        translate: f
    """)
    assert (seen.status, seen.fields["content-length"]) == (200, "0")
    filled = await client.literal(f"""
        PUT /dav/Nouveau%20document.docx HTTP/1.1
        If: <{target}> ({token})
        translate: f

content""")
    assert filled.status == 204
    unlocked = await client.literal(f"""
        UNLOCK /dav/Nouveau%20document.docx HTTP/1.1
        Lock-Token: {token}
    """)
    assert unlocked.status == 204
    assert (await client.request("GET", "/dav/Nouveau%20document.docx")).body == b"content"


async def test_windows_explorer_looks_for_desktop_ini(client: Client) -> None:
    for name in ("desktop.ini", "Desktop.ini", "folder.jpg"):
        answer = await client.literal(f"""
            PROPFIND /dav/{name} HTTP/1.1
            User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045
            Depth: 0
            translate: f
            Content-Length: 0
        """)
        assert answer.status == 404


async def test_finder_copies_a_document(client: Client) -> None:
    """An empty PUT, LOCK, the content in chunks with its length beside them, `._` and all."""
    for name in ("Photo.jpg", "._Photo.jpg"):
        empty = await client.literal(f"""
            PUT /dav/{name} HTTP/1.1
            User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.0.0 (x86_64)
            Content-Length: 0
        """)
        assert empty.status == 201
        locked = await client.literal(f"""
            LOCK /dav/{name} HTTP/1.1
            User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.0.0 (x86_64)
            Depth: 0
            Timeout: Second-600
            Content-Type: text/xml; charset="utf-8"

<?xml version="1.0" encoding="utf-8"?>
<D:lockinfo xmlns:D="DAV:">
<D:lockscope><D:exclusive/></D:lockscope>
<D:locktype><D:write/></D:locktype>
<D:owner>
<D:href>http://www.apple.com/webdav_fs/</D:href>
</D:owner>
</D:lockinfo>""")
        token = locked.fields["lock-token"]
        sent = await client.literal(f"""
            PUT /dav/{name} HTTP/1.1
            User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.0.0 (x86_64)
            If: ({token})
            X-Expected-Entity-Length: 7
            Transfer-Encoding: Chunked

content""")
        assert sent.status == 204
        unlocked = await client.literal(f"""
            UNLOCK /dav/{name} HTTP/1.1
            Lock-Token: {token}
        """)
        assert unlocked.status == 204
        assert (await client.request("GET", f"/dav/{name}")).body == b"content"
    missing = await client.literal("""
        GET /dav/.DS_Store HTTP/1.1
        User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.0.0 (x86_64)
    """)
    assert missing.status == 404


async def test_finder_is_told_early_that_it_will_not_fit(client: Client) -> None:
    answer = await client.literal("""
        PUT /dav/Film.mov HTTP/1.1
        X-Expected-Entity-Length: 999999999999
        Transfer-Encoding: chunked

x""")
    assert answer.status == 507
    assert answer.xml().find(f"{D}quota-not-exceeded") is not None


async def test_finder_asks_for_the_quota(client: Client) -> None:
    answer = await client.literal("""
        PROPFIND /dav/ HTTP/1.1
        User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.0.0 (x86_64)
        Depth: 0
        Content-Type: text/xml

<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:">
<D:prop>
<D:quota-available-bytes/>
<D:quota-used-bytes/>
<D:quota/>
<D:quotaused/>
</D:prop>
</D:propfind>""")
    found = answer.statuses()["/dav/"]
    assert found[D + "quota-available-bytes"] == found[D + "quota-used-bytes"] == 200
    assert found[D + "quota"] == found[D + "quotaused"] == 404


async def test_gnome_browses_and_saves(client: Client) -> None:
    """gvfs: PROPFIND for a fixed set, PUT guarded by If-Match, MOVE that must not overwrite."""
    put = await client.literal("""
        PUT /dav/note.txt HTTP/1.1
        User-Agent: gvfs/1.50.3
        If-None-Match: *

one""")
    assert put.status == 201
    shown = await client.literal("""
        PROPFIND /dav/note.txt HTTP/1.1
        User-Agent: gvfs/1.50.3
        Depth: 0
        Content-Type: application/xml

<?xml version="1.0" encoding="utf-8" ?>
 <D:propfind xmlns:D="DAV:">
  <D:prop>
<D:creationdate/>
<D:displayname/>
<D:getcontentlength/>
<D:getcontenttype/>
<D:getetag/>
<D:getlastmodified/>
<D:resourcetype/>
<D:lockdiscovery/>
<D:supportedlock/>
  </D:prop>
</D:propfind>""")
    assert set(shown.statuses()["/dav/note.txt"].values()) == {200}
    (etag,) = shown.text_of(D + "getetag")
    saved = await client.literal(f"""
        PUT /dav/note.txt HTTP/1.1
        If-Match: {etag}

two""")
    assert saved.status == 204
    late = await client.literal(f"""
        PUT /dav/note.txt HTTP/1.1
        If-Match: {etag}

three""")
    assert late.status == 412
    await client.request("PUT", "/dav/taken", b"x")
    moved = await client.literal(f"""
        MOVE /dav/note.txt HTTP/1.1
        Destination: http://127.0.0.1:{client.port}/dav/taken
        Overwrite: F
    """)
    assert moved.status == 412


async def test_davfs2_locks_writes_and_refreshes(client: Client) -> None:
    """davfs2 locks what is not there yet, writes with the token tagged by URL, and refreshes."""
    locked = await client.literal("""
        LOCK /dav/new.bin HTTP/1.1
        User-Agent: davfs2/1.6.1 neon/0.32.2
        Timeout: Second-1800
        Depth: 0

<?xml version="1.0" encoding="utf-8"?>
<lockinfo xmlns='DAV:'>
 <lockscope><exclusive/></lockscope>
<locktype><write/></locktype><owner>ada</owner></lockinfo>""")
    assert locked.status == 201
    token = locked.fields["lock-token"]
    written = await client.literal(f"""
        PUT /dav/new.bin HTTP/1.1
        If: <http://127.0.0.1:{client.port}/dav/new.bin> ({token})
        Expect: 100-continue

content""")
    assert written.status == 100
    reader, _ = await client.streams()
    assert (await client.answer(reader)).status == 204
    refreshed = await client.literal(f"""
        LOCK /dav/new.bin HTTP/1.1
        If: <http://127.0.0.1:{client.port}/dav/new.bin> ({token})
        Timeout: Second-1800
    """)
    assert refreshed.status == 200
    execute = await client.literal(f"""
        PROPPATCH /dav/new.bin HTTP/1.1
        If: <http://127.0.0.1:{client.port}/dav/new.bin> ({token})

<?xml version="1.0" encoding="utf-8" ?>
<D:propertyupdate xmlns:D="DAV:">
<D:set><D:prop><executable xmlns="http://apache.org/dav/props/">T</executable></D:prop></D:set>
</D:propertyupdate>""")
    assert execute.status == 207
    assert set(execute.statuses()["/dav/new.bin"].values()) == {200}


async def test_ios_files_lists_and_reads_in_parts(client: Client) -> None:
    await client.request("PUT", "/dav/Vid%C3%A9o.mp4", bytes(range(256)) * 10)
    listed = await client.literal("""
        PROPFIND /dav/ HTTP/1.1
        User-Agent: Files/1 CFNetwork/1490 Darwin/23.2.0
        Depth: 1
        Accept: */*

<?xml version="1.0" encoding="UTF-8"?><A:propfind xmlns:A="DAV:"><A:allprop/></A:propfind>""")
    assert "/dav/Vid%C3%A9o.mp4" in listed.statuses()
    part = await client.literal("""
        GET /dav/Vide%CC%81o.mp4 HTTP/1.1
        User-Agent: Files/1 CFNetwork/1490 Darwin/23.2.0
        Range: bytes=0-1
    """)
    assert (part.status, part.body) == (206, b"\x00\x01")
    assert part.fields["content-range"] == "bytes 0-1/2560"


async def test_android_asks_without_depth_and_with_doubled_slashes(client: Client) -> None:
    await client.request("MKCOL", "/dav/Cours")
    await client.request("PUT", "/dav/Cours/a.pdf", b"%PDF")
    answer = await client.literal("""
        PROPFIND /dav//Cours/ HTTP/1.1
        User-Agent: okhttp/4.12.0
        Content-Type: text/xml

<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/>\
<getcontentlength/><getlastmodified/><displayname/></prop></propfind>""")
    assert answer.status == 207
    assert set(answer.statuses()) == {"/dav/Cours/", "/dav/Cours/a.pdf"}


async def test_rclone_and_owncloud_set_time_and_checksum(client: Client) -> None:
    put = await client.literal("""
        PUT /dav/a.txt HTTP/1.1
        User-Agent: rclone/v1.70.0
        X-OC-Mtime: 1000000000
        OC-Checksum: SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d

hello""")
    assert put.status == 201
    assert put.fields["x-oc-mtime"] == "accepted"
    touched = await client.literal("""
        PROPPATCH /dav/a.txt HTTP/1.1

<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>\
<lastmodified xmlns="DAV:">1234567890</lastmodified></D:prop></D:set></D:propertyupdate>""")
    assert touched.statuses()["/dav/a.txt"] == {D + "lastmodified": 200}
