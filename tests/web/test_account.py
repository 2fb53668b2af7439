"""The account's pages: the journal's filters and exports, taking everything away, closing."""

from __future__ import annotations

import io
import json
import re
import zipfile

from tests.web.site import Site


async def test_the_journal_is_filtered_and_exported(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "a.txt", b"x")
        await reader.get("/view/a.txt")
        page = await reader.text("/account/journal?about=changing")
        assert "Créé" in page
        assert "Coffre ouvert" not in page
        assert "Rien de tel" in await reader.text("/account/journal?since=2099-01-01")
        found = json.loads((await reader.get("/account/journal.json?about=reading")).body)
        assert {line["what"] for line in found} >= {"Lu\u00a0:"}
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", line["at"]) for line in found)
        csv = (await reader.get("/account/journal.csv?until=1999-01-01")).text
        assert csv.count("\r\n") == 1  # the head alone


async def test_everything_is_taken_away_readable(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "deep/%C3%A9t%C3%A9.txt", b"plage")
        answer = await reader.send("/account/export", {"kind": "plain"})
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        archive = zipfile.ZipFile(io.BytesIO(answer.body))
        assert archive.testzip() is None
        assert archive.read("documents/deep/été.txt") == b"plage"
        assert [one["path"] for one in json.loads(archive.read("index.json"))] == [
            "deep", "deep/été.txt",
        ]  # fmt: skip
        assert json.loads(archive.read("journal.json"))


async def test_the_key_alone(running: Site) -> None:
    async with running.reader("ada") as reader:
        answer = await reader.send("/account/export", {"kind": "key"})
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert re.search(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", answer.text, re.M)
        assert (await reader.send("/account/export", {"kind": "x"})).status == 400


async def test_a_vault_is_closed_for_good_only_knowingly(running: Site) -> None:
    async with running.reader("ada") as reader:
        mistyped = await reader.send("/account/closing", {"username": "eve"})
        assert mistyped.status == 422
        assert 'aria-invalid="true"' in mistyped.text
        assert "sera fermé" not in await reader.text("/files/")
        asked = await reader.send("/account/closing", {"username": "ada"})
        assert asked.headers["Location"] == "/account/closing?done=closing"
        for page in ("/files/", "/certificates", "/account", "/trash"):
            assert "sera fermé pour toujours" in await reader.text(page)
        assert (await reader.send("/account/closing/cancel", {})).status == 303
        assert "sera fermé" not in await reader.text("/files/")
        assert (await reader.send("/account/closing/cancel", {})).status == 409


async def test_the_app_password_is_shown_once_with_its_code(running: Site) -> None:
    async with running.reader("ada") as reader:
        shown = (await reader.send("/account/devices", {"label": "téléphone"})).text
        token = re.search(r'id="secret" translate="no">([0-9a-z-]+)<', shown)
        picture = re.search(r'class="qr" src="(data:image/png;base64,[^"]+)"', shown)
        assert token
        assert picture
        assert token[1] not in await reader.text("/account/devices")
