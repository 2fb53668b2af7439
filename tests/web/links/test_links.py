"""Links over a socket: the owner's pages and forms, and what somebody without an account gets."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData
from yarl import URL

from tests.browser.conftest import deliver_diploma
from tests.web.site import PASSWORD, Answer, Reader, Site, site
from vault_core.errors import LinkClosed
from vault_core.vault.keys import keyslots

HOSTILE = b"<script>document.title='run'</script>"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with ada and bob."""
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        await found.person("bob")
        yield found


async def link_of(owner: Reader, path: str, **fields: str) -> tuple[str, str]:
    """A new link: its page, and its code."""
    made = await owner.send(path, {"days": "7", "label": "un lien", **fields})
    assert made.status == 303, made.text
    page = made.headers["Location"].partition("?")[0]
    found = re.search(
        r'id="address"[^>]*>[^<]*<wbr>/open#<wbr>([0-9a-z-]+)<', await owner.text(page)
    )
    assert found
    return page, found[1]


async def enter(visitor: Reader, code: str, pin: str = "") -> str:
    """The address of what the link opens."""
    answer = await visitor.post("/open", {"link": code, "pin": pin})
    assert answer.status == 303, (answer.status, answer.text)
    assert code not in str(answer.headers)
    return answer.headers["Location"]


def private(answer: Answer) -> bool:
    """Whether neither caches nor other sites learn anything."""
    headers = answer.headers
    return (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "same-origin")


async def test_a_folder_is_shared_read_and_downloaded(running: Site) -> None:
    data = bytes(range(256)) * 8192
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.upload("/", "Photos/%C3%A9t%C3%A9/b.bin", data)
        await owner.upload("/", "Photos/a.txt", b"bonjour")
        await owner.upload("/", "secret.txt", b"secret")
        _, code = await link_of(owner, "/share/Photos")
        top = await enter(visitor, f"https://anywhere.example/open#{code}")
        page = await visitor.get(top)
        assert page.status == 200
        assert private(page)
        assert "a.txt" in page.text
        assert "b.bin" in await visitor.text(f"{top}browse/%C3%A9t%C3%A9")
        text = await visitor.get(f"{top}view/a.txt")
        assert (text.body, text.headers["X-Content-Type-Options"]) == (b"bonjour", "nosniff")
        assert private(text)
        place = f"{top}download/%C3%A9t%C3%A9/b.bin"
        assert (await visitor.get(place)).body == data
        part = await visitor.get(place, Range="bytes=1000000-1000009")
        assert (part.status, part.body) == (206, data[1_000_000:1_000_010])
        assert (await visitor.get(place, Range="bytes=99999999-")).status == 416
        archive = zipfile.ZipFile(io.BytesIO((await visitor.get(f"{top}zip")).body))
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"a.txt", "été/", "été/b.bin"}
        for beyond in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "secret.txt",
                       "a.txt/x", "%00", "a%2f..%2fsecret.txt", "%"):  # fmt: skip
            answer = await visitor.get(f"{top}download/{beyond}")
            assert answer.status in (400, 403, 404), beyond
            assert answer.body != b"secret"
        for theirs in ("/files/", "/links", "/account", "/certificates", "/zip/"):
            assert (await visitor.get(theirs)).status == 303  # to the sign-in page


async def test_hostile_documents_are_not_pages_of_ours(running: Site) -> None:
    async with running.reader("ada") as owner, running.reader() as visitor:
        for name in ("a.html", "b.svg"):
            await owner.upload("/", name, HOSTILE)
            _, code = await link_of(owner, f"/share/{name}")
            top = await enter(visitor, code)
            for verb in ("view", "download"):
                answer = await visitor.get(f"{top}{verb}")
                assert answer.body == HOSTILE
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_one_links_visit_opens_no_other_link(running: Site) -> None:
    async with running.reader("ada") as ada, running.reader("bob") as bob:
        await ada.upload("/", "a.txt", b"of ada")
        await bob.upload("/", "b.txt", b"of bob")
        _, hers = await link_of(ada, "/share/a.txt")
        _, his = await link_of(bob, "/share/b.txt")
        async with running.reader() as first, running.reader() as second:
            to_hers, to_his = await enter(first, hers), await enter(second, his)
            assert (await first.get(f"{to_hers}download")).body == b"of ada"
            cookies = first.client.cookie_jar.filter_cookies(URL(running.url + to_hers))
            [token] = [morsel.value for morsel in cookies.values()]
            for place in (to_his, f"{to_his}download", f"/l/{'0' * 32}/", f"/l/{'0' * 32}/zip"):
                swapped = await first.get(place, Cookie=f"parchemin-visit={token}")
                assert swapped.status == 403, place
                assert b"of bob" not in swapped.body
        async with running.reader() as stranger:
            known = await stranger.get(to_hers)
            unknown = await stranger.get(f"/l/{'0' * 32}/")
            assert known.status == unknown.status == 403
            assert known.text.replace(to_hers[3:35], "0" * 32) == unknown.text


async def test_revoking_closes_what_is_open(running: Site) -> None:
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.upload("/", "a.txt", b"x")
        page, code = await link_of(owner, "/share/a.txt")
        top = await enter(visitor, code)
        whole = await visitor.get(f"{top}download")
        assert whole.status == 200
        assert (await owner.send(f"{page}/revoke", {})).status == 303
        for place in (top, f"{top}download", f"{top}view", f"{top}zip"):
            etag = whole.headers["ETag"]
            assert (await visitor.get(place, If_None_Match=etag)).status in (403, 410)
        again = await visitor.post("/open", {"link": code})
        assert again.status == LinkClosed.status
        assert code not in await owner.text(page)


async def test_a_links_page_leads_to_what_it_opens(running: Site) -> None:
    async with running.reader("ada") as owner:
        await owner.upload("/", "Photos/%C3%A9t%C3%A9/b.txt", b"bonjour")
        for path in ("/Photos/%C3%A9t%C3%A9", "/Photos/%C3%A9t%C3%A9/b.txt"):
            page, _ = await link_of(owner, f"/share{path}")
            assert f'href="/files{path}"' in await owner.text(page)
            assert (await owner.get(f"/files{path}")).status == 200
        await owner.send("/delete/Photos/%C3%A9t%C3%A9", {"item": "b.txt"})
        gone = await owner.text(page)
        assert "(supprimé depuis)" in gone
        assert "b.txt" not in gone.partition("</dl>")[0].partition("<dl")[2]
        box, _ = await link_of(owner, "/drop-box/", most="3", megabytes="3", total="6")
        assert 'href="/files/"' in (await owner.text(box)).partition("</dl>")[0].partition("<dl")[2]


async def test_the_form_says_who_sees_the_name_of_a_link(running: Site) -> None:
    async with running.reader("ada") as owner:
        await owner.upload("/", "a.txt", b"x")
        assert "personne d’autre ne le voit" in await owner.text("/share/a.txt")
        assert "Les déposants le voient." in await owner.text("/drop-box/")


async def test_a_pin_and_a_limit(running: Site) -> None:
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.upload("/", "a.txt", b"x")
        page, code = await link_of(owner, "/share/a.txt", pin="4711", most="1")
        asked = await visitor.post("/open", {"link": code})
        assert (asked.status, 'name="pin"' in asked.text) == (200, True)
        wrong = await visitor.post("/open", {"link": code, "pin": "0000"})
        assert (wrong.status, 'role="alert"' in wrong.text) == (403, True)
        top = await enter(visitor, code, "4711")
        assert (await visitor.get(f"{top}download")).status == 200
        async with running.reader() as late:
            assert (await late.post("/open", {"link": code, "pin": "4711"})).status == 410
        shown = await owner.text(page)
        assert "1\u00a0téléchargement" in shown or "1 téléchargement" in shown
        journal = await owner.text("/account/journal?about=links")
        assert "quelqu’un qui avait le lien" in journal
        assert "Code PIN faux" in journal


async def test_no_answer_and_no_log_holds_the_secret(
    running: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.upload("/", "a.txt", b"x")
        _, code = await link_of(owner, "/share/a.txt", pin="4711-pin")
        top = await enter(visitor, code, "4711-pin")
        await visitor.get(f"{top}download")
        assert code not in await visitor.text(top)
        assert code not in caplog.text
        assert "4711-pin" not in caplog.text


async def test_another_sites_form_opens_nothing(running: Site) -> None:
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.upload("/", "a.txt", b"x")
        _, code = await link_of(owner, "/share/a.txt")
        refused = await visitor.post("/open", {"link": code}, Origin="https://evil.example")
        assert refused.status == 403
        bare = await owner.post("/share/a.txt", {"days": "7"})
        assert bare.status == 403  # without this session's token
        for path in (
            "/share/",
            "/share/none",
            "/drop-box/a.txt",
            "/prove/a.txt",
            "/links/" + "0" * 32,
        ):
            assert (await owner.get(path)).status in (200, 403, 404, 409), path


@pytest.mark.parametrize(
    "fields", [{"days": "x"}, {"most": "-1"}, {"most": "0"}, {"pin": "1"}, {"days": "99999"}]
)
async def test_terms_that_make_no_sense_are_told(running: Site, fields: dict[str, str]) -> None:
    async with running.reader("ada") as owner:
        await owner.upload("/", "a.txt", b"x")
        assert (await owner.send("/share/a.txt", {"days": "7", **fields})).status == 400


def _form(*files: tuple[str, bytes], note: str = "") -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("sender", "Grace Hopper")
    form.add_field("note", note)
    for name, data in files:
        form.add_field("file", data, filename=name)
    return form


async def _deposit(visitor: Reader, top: str, form: FormData, **headers: str) -> Answer:
    async with visitor.client.post(f"{top}deposit", data=form, headers=headers) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


async def test_documents_are_deposited_and_appear(running: Site) -> None:
    large = bytes(range(256)) * 8192
    async with running.reader("ada") as owner, running.reader() as visitor:
        await owner.send("/new-folder", {"name": "Devoirs"})
        page, code = await link_of(
            owner, "/drop-box/Devoirs", label="Vos devoirs", most="3", megabytes="3", total="6"
        )
        top = await enter(visitor, code)
        assert "Vos devoirs" in await visitor.text(top)
        taken = await _deposit(
            visitor, top, _form(("C:\\x\\a.txt", b"bonjour"), ("b.bin", large), note="<b>!</b>")
        )
        assert taken.status == 200
        assert "Bien reçu" in taken.text
        assert (await visitor.get(f"{top}browse")).status == 200  # still the form, no listing
        for closed in ("download/a.txt", "view/a.txt", "zip", "proof.json"):
            assert (await visitor.get(f"{top}{closed}")).status == 404
        assert (await owner.get("/download/Devoirs/b.bin")).body == large
        shown = await owner.text("/files/Devoirs/a.txt")
        assert "Grace Hopper" in shown
        assert "&lt;b&gt;!&lt;/b&gt;" in shown
        assert "Vos devoirs" in shown
        empty = await _deposit(visitor, top, _form())
        assert empty.status == 400
        broken = {"data": b"--b\r\nno header\r\n\r\n", "headers": {
            "Content-Type": "multipart/form-data; boundary=b"}}  # fmt: skip
        async with visitor.client.post(f"{top}deposit", **broken) as answer:
            assert answer.status == 400
        too_large = await _deposit(visitor, top, _form(("c.bin", large * 2)))
        assert too_large.status == 413
        assert "pas été déposé." in too_large.text
        assert f'action="{top}deposit"' in too_large.text, "the form stays, to try again"
        partly = await _deposit(visitor, top, _form(("e.txt", b"5"), ("f.bin", large * 2)))
        assert partly.status == 413
        assert "e.txt" in partly.text, "what was taken in has its receipt"
        await _deposit(visitor, top, _form(("c.txt", b"3")))
        assert (await _deposit(visitor, top, _form(("d.txt", b"4")))).status == 410
        foreign = await _deposit(
            visitor, top, _form(("e.txt", b"5")), Origin="https://evil.example"
        )
        assert foreign.status == 403
        assert "3 dépôts" in (await owner.text(page)).replace("\u00a0", " ")


async def _diploma(running: Site) -> str:
    """A diploma in somebody's vault: its page."""
    code = await deliver_diploma(running, "pupil")
    vaults = running.institution.vaults
    vault = await vaults.open_by_code("activation", "pupil", code)
    await keyslots.set_password(vault, PASSWORD)
    async with running.reader("pupil") as owner:
        found = re.search(
            r'href="/files(/Attestations/[^"]+\.pdf)"', await owner.text("/certificates")
        )
        assert found
        return found[1]


async def test_a_proof_shows_what_was_chosen_and_its_status(running: Site) -> None:
    place = await _diploma(running)
    async with running.reader("pupil") as owner, running.reader() as visitor:
        form = await owner.text(f"/prove{place}")
        names = re.findall(r'name="show" value="([a-z_]+)"', form)
        assert {"family_name", "birth_date", "birth_place"} <= set(names)
        assert any(name.startswith("result_") for name in names)
        assert (await owner.send(f"/prove{place}", {"days": "7"})).status == 400
        page, code = await link_of(owner, f"/prove{place}", show="family_name", most="2")
        top = await enter(visitor, code)
        shown = await visitor.get(top)
        assert "Valable" in shown.text
        assert private(shown)
        found = json.loads((await visitor.get(f"{top}proof.json")).body)
        assert (found["valid"], set(found["claims"]), found["facts"]) == (True, {"family_name"}, [])
        assert found["claims"]["family_name"] in shown.text
        text = (await visitor.get(f"{top}proof.sd-jwt")).text
        assert text.count("~") == 2
        certificate = found["certificate"]
        await running.institution.certificates.revoke(certificate, "error")
        again = await visitor.text(top)
        assert "Révoquée" in again
        assert json.loads((await visitor.get(f"{top}proof.json")).body)["valid"] is False
        async with running.reader() as second, running.reader() as third:
            await enter(second, code)
            assert (await third.post("/open", {"link": code})).status == 410
        assert "2 vérifications" in (await owner.text(page)).replace("\u00a0", " ")
        assert "Preuve consultée" in await owner.text("/account/journal?about=links")
