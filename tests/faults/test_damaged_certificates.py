"""A damaged row of the register, of an issuer's keys or of a journal harms no other one."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from yarl import URL

from tests import stores
from tests.cli.parchemin import facts, parchemin
from tests.issuing.house import House, code, house
from tests.rest.callers import Api, Caller
from tests.web.site import PASSWORD, Site
from vault_core.issuing.certificates.making import certificate_id
from vault_core.issuing.certificates.verifying import check_file
from vault_core.roles import GRANTED
from vault_core.signin import sessions
from vault_core.signin.sessions import Way
from vault_core.vault.persons.person import Facts
from vault_core.vault.upkeep.checking import Report
from vault_core.web import cookies

pytestmark = pytest.mark.fault
FAR = 1 << 62
ROTTEN = {"about": b"\x01rotten", "state": "valib", "created_at": FAR}


@dataclass
class Town:
    """ada has a diploma and a brevet, bob a diploma, chief every role."""

    house: House
    api: Api
    data: Path

    def rot(self, table: str, column: str, value: object, where: str, *which: object) -> None:
        """Alter one column."""
        change = f"UPDATE {table} SET {column} = ? WHERE {where}"
        stores.rows(self.data, change, value, *which)

    @asynccontextmanager
    async def browser(self, name: str) -> AsyncIterator[Caller]:
        """Somebody who is signed in at the public address, which is a secure one."""
        token = await sessions.begin(self.api.vaults[name], "test", Way("code"))
        async with self.api.site.reader() as reader:
            cookie = {cookies.name("session", True): token}
            reader.client.cookie_jar.update_cookies(cookie, URL(self.api.site.url))
            yield Caller(reader.client, self.api.site.url, {})


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with house(tmp_path / "data") as running:
        api = Api(Site(running.institution, running.url))
        rows = [running.row("bac", 0), running.row("bac", 1)]
        for name, row in zip(("ada", "bob"), rows, strict=True):
            api.vaults[name] = await running.open(await running.holder("bac", row, name))
        persons = running.institution.persons
        await persons.add("chief", Facts("Ada", "Durand"), PASSWORD)
        for role in GRANTED:
            await running.institution.roles.grant(await persons.find("chief"), role)
        api.vaults["chief"] = await running.institution.vaults.open_password("chief", PASSWORD)
        await running.deliver("bac", *rows)
        await running.deliver("dnb", rows[0])
        for vault in api.vaults.values():
            await vault.refresh()
        yield Town(running, api, tmp_path / "data")


@pytest.mark.parametrize("column", ROTTEN)
async def test_the_other_certificates_are_shown(town: Town, column: str) -> None:
    ada = town.api.vaults["ada"]
    [(first,)] = stores.rows(
        town.data, "SELECT id FROM certificates WHERE vault = ? ORDER BY id LIMIT 1", ada.id
    )
    town.rot("certificates", column, ROTTEN[column], "id = ?", first)
    async with town.browser("ada") as ada_reads:
        page = (await ada_reads("GET", "/certificates")).body.decode()
        assert page.count('<li class="certificate') == 2
        assert page.count("badge state damaged") == 1
        assert page.count("badge state valid") == 1
    async with town.api.program("ada") as call:
        items = (await call("GET", "certificates")).json["items"]
        assert sorted(item["state"] for item in items) == ["damaged", "valid"]
        wanted = (await call("GET", "certificates?state=damaged")).json["items"]
        content = await call("GET", f"certificates/{wanted[0]['document']['id']}/content")
        assert content.body.startswith(b"%PDF"), "the document itself is whole"
    told = await asyncio.to_thread(facts, "certificate", "list", data=town.data)
    assert sorted(row["state"] for row in told) == ["damaged", "valid", "valid"]


@pytest.mark.parametrize("column", ["state", "created_at"])
async def test_the_other_rows_of_a_file_are_delivered(town: Town, column: str) -> None:
    ada = town.api.vaults["ada"]
    town.rot("certificates", column, ROTTEN[column], "vault = ?", ada.id)
    house = town.house
    summary = await house.deliver("bac", house.row("bac", 0), house.row("bac", 1))
    assert (summary.counts["already"], summary.counts["refused"]) == (1, 1)
    assert "certificate is damaged" in summary.failed[0].reasons[0]


async def test_keys_of_one_issuer_are_no_other_ones_matter(town: Town) -> None:
    issuer = town.house.institution.plugins.issuer_of("bac").id
    other = town.house.institution.plugins.issuer_of("jdc").id
    assert issuer != other
    await town.house.institution.register.desk(town.house.institution.plugins.issuer(other))
    [diploma] = [d for name, d in (await _pdfs(town, "bob")).items()]
    town.rot("issuer_keys", "sealed", b"\x01rotten", "issuer = ?", other)
    async with town.api.stranger() as call:
        assert (await call("GET", f"/verify/{code(diploma)}")).status == 200
        snapshot = await call("GET", "/trust/snapshot.json")
        assert snapshot.status == 200
        assert issuer in snapshot.body.decode()
        assert (await call("GET", f"/issuers/{other}")).status == 500, "damaged, not unknown"
        assert (await call("GET", "/issuers/nobody")).status == 404
    async with town.browser("chief") as call:
        page = await call("GET", "/admin/issuers")
        assert page.status == 200


STATUS = {
    "another place": "UPDATE certificates SET place = place + CASE place WHEN 0 THEN 1 ELSE -1 END"
    " WHERE id = ?",
    "a word that is none": "UPDATE certificates SET state = 'revokee' WHERE id = ?",
    "a place that no list has": "UPDATE certificates SET place = 4230053 WHERE id = ?",
    "a time beyond any calendar": "UPDATE status_lists SET changed_at = 2305844805020361043"
    " WHERE issuer = (SELECT issuer FROM certificates WHERE id = ?)",
}


@pytest.mark.parametrize("case", STATUS)
async def test_a_damaged_status_list_is_told_and_is_no_other_ones_matter(
    town: Town, case: str
) -> None:
    pdfs = await _pdfs(town, "ada")
    [brevet] = [pdf for name, pdf in pdfs.items() if "revet" in name]
    [diploma] = [pdf for name, pdf in pdfs.items() if "revet" not in name]
    issuer = town.house.institution.plugins.issuer_of("dnb").id
    [(key,)] = stores.rows(
        town.data, "SELECT id FROM certificates WHERE issuer = ? ORDER BY id DESC LIMIT 1", issuer
    )
    await town.house.institution.certificates.revoke(certificate_id(key), "error")
    stores.rows(town.data, STATUS[case], key)
    async with town.api.stranger() as call:
        assert (await call("GET", "/trust/snapshot.json")).status == 200
        shown = {name: await _verdict(call, pdf) for name, pdf in (("d", diploma), ("b", brevet))}
    assert shown == {"d": "valid", "b": "damaged" if "word" in case else "revoked"}
    trust = await town.house.institution.trusting.trust()
    assert check_file(brevet, trust, dt.datetime.now(dt.UTC)).verdict == "revoked", "offline, too"


async def test_an_altered_place_is_told(town: Town) -> None:
    """Of one that is valid, too: once it were revoked, another one's place would say so."""
    [(key, place)] = stores.rows(
        town.data, "SELECT id, place FROM certificates ORDER BY id DESC LIMIT 1"
    )
    assert (await _checked(town)).clean
    town.rot("certificates", "place", place ^ 1, "id = ?", key)
    [problem] = (await _checked(town)).problems
    assert problem.kind == "certificate"
    assert f"{certificate_id(key)}: its place was altered, from {place}" in problem.sentence
    stores.rows(town.data, "UPDATE certificates SET list = list + 1")
    assert len((await _checked(town)).problems) == 3
    told = await asyncio.to_thread(parchemin, "check", data=town.data, status=1)
    assert f"its place was altered, from {place} of status list 1" in told.stdout + told.stderr


async def _checked(town: Town) -> Report:
    return await town.house.institution.maintenance.check()


@pytest.mark.parametrize("column", ROTTEN)
async def test_an_altered_row_of_the_register_is_told(town: Town, column: str) -> None:
    [(key,)] = stores.rows(town.data, "SELECT id FROM certificates ORDER BY id LIMIT 1")
    town.rot("certificates", column, ROTTEN[column], "id = ?", key)
    [problem] = (await _checked(town)).problems
    assert (problem.kind, certificate_id(key) in problem.sentence) == ("certificate", True)


async def test_a_row_from_before_the_place_was_sealed_holds(town: Town) -> None:
    institution = town.house.institution
    for text, expires in ((b"bac", None), (b"bac 2031-06-30", "2031-06-30")):
        [(key,)] = stores.rows(town.data, "SELECT id FROM certificates ORDER BY id LIMIT 1")
        about = institution.register._institution.seal(b"certificate" + key, text, os.urandom)
        town.rot("certificates", "about", about, "id = ?", key)
        standing = await institution.certificates.standing(certificate_id(key))
        assert standing is not None
        assert (standing.type, standing.state) == ("bac", "valid")
        ends = standing.expires_at
        assert (ends.date().isoformat() if ends else None) == expires
        assert (await _checked(town)).clean


async def test_what_ended_is_never_valid_here(town: Town) -> None:
    """Even where its place was altered in a row from before places were sealed."""
    institution = town.house.institution
    [brevet] = [pdf for name, pdf in (await _pdfs(town, "ada")).items() if "revet" in name]
    [(key,)] = stores.rows(town.data, "SELECT id FROM certificates ORDER BY id DESC LIMIT 1")
    about = institution.register._institution.seal(b"certificate" + key, b"dnb", os.urandom)
    town.rot("certificates", "about", about, "id = ?", key)
    await institution.certificates.revoke(certificate_id(key), "fraud")
    stores.rows(town.data, STATUS["another place"], key)
    async with town.api.stranger() as call:
        assert await _verdict(call, brevet) == "revoked"


async def _verdict(call: Caller, pdf: bytes) -> str:
    answer = await call("POST", "verify", pdf, Content_Type="application/pdf")
    if answer.status == 500 and answer.json["type"].endswith("CorruptCiphertext"):
        return "damaged"
    return str(answer.json["verdict"])


async def test_a_damaged_webhook_can_be_removed(town: Town) -> None:
    webhooks = town.house.institution.webhooks
    for name in ("one", "two"):
        await webhooks.add(f"https://example.org/{name}", "chief")
    first, second = await webhooks.everything()
    town.rot("webhooks", "sealed", b"\x01rotten", "id = ?", bytes.fromhex(first.id))
    async with town.browser("chief") as reader:
        page = (await reader("GET", "/admin/webhooks")).body.decode()
        assert second.url in page
        assert "Abîmé" in page
    await webhooks.remove(first.id)
    assert await webhooks.everything() == [second]


async def _pdfs(town: Town, name: str) -> dict[str, bytes]:
    vault = town.api.vaults[name]
    return {
        path[-1]: b"".join([bytes(part) async for part in vault.read(node)])
        for path, node in await vault.walk((), 100)
        if not node.is_folder
    }


async def test_a_line_of_a_journal(town: Town) -> None:
    ada = town.api.vaults["ada"]
    async with town.api.program("ada") as call:
        before = (await call("GET", "journal?limit=500")).json["items"]
        last = before[-1]["number"]
        town.rot("journal", "detail", "{&", "vault = ? AND number = ?", ada.id, last)
        town.rot("journal", "at", FAR, "vault = ? AND number = ?", ada.id, last + 1)
        after = (await call("GET", "journal?limit=500")).json["items"]
        assert [one["verb"] for one in after if one["number"] == last] == ["damaged"]
        kept = {one["number"]: one for one in after}
        assert all(kept[o["number"]] == o for o in before if o["number"] > last + 1)
        assert (await call("GET", "journal/export")).status == 200
    async with town.browser("ada") as reader:
        assert "Ligne abîmée" in (await reader("GET", "/account/journal")).body.decode()


async def test_a_line_of_the_institutions_record(town: Town) -> None:
    town.rot("acts", "detail", "{&", "number = ?", 1)
    async with town.browser("chief") as reader:
        page = (await reader("GET", "/admin/journal")).body.decode()
        assert "Ligne abîmée" in page
        assert "Rôle donné" in page
        assert (await reader("GET", "/admin/journal.csv")).status == 200
