"""One damaged row of a list is marked, alone: pages, API and command show the others as before."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import stores
from tests.browser.test_console import staffed
from tests.cli.parchemin import facts, parchemin
from tests.faults.damage import piece
from tests.rest.callers import Api, Caller
from tests.web.site import PASSWORD, Site, site
from vault_core.vault.links.link import DAY, Link, Terms
from vault_core.vault.links.sharing import share
from vault_core.vault.vault import Vault

pytestmark = pytest.mark.fault
FAR = 1 << 62
"""No time of any calendar."""
ROTTEN = {
    "batches": {"state": "opeo", "way": "pagf", "created_at": FAR, "sealed": b"\x01rotten"},
    "reviews": {"verdict": "unkoown", "created_at": FAR, "sealed": b"\x01rotten"},
    "shared_links": {"kind": "shaze", "expires_at": FAR, "sealed": b"\x01rotten"},
}
"""Columns that are looked at before anybody goes by the row, and what they come to hold."""
CASES = [(table, column) for table, columns in ROTTEN.items() for column in columns]


@dataclass
class Lists:
    """An institution with three batches, three rows to decide, and three links of ada's."""

    data: Path
    site: Site
    api: Api
    vault: Vault
    links: list[Link]

    def rot(self, table: str, column: str) -> str:
        """Alter one row, the newest batch or link or the last review; its id, as it is shown."""
        key = "batch, line" if table == "reviews" else "id"
        rows = sorted(stores.rows(self.data, f"SELECT {key} FROM {table}"))
        where = " AND ".join(f"{name} = ?" for name in key.split(", "))
        change = f"UPDATE {table} SET {column} = ? WHERE {where}"
        stores.rows(self.data, change, ROTTEN[table][column], *rows[-1])
        return "-".join(part.hex() if isinstance(part, bytes) else str(part) for part in rows[-1])


@pytest.fixture
async def lists(tmp_path: Path) -> AsyncIterator[Lists]:
    async with site(tmp_path / "data") as running:
        await running.person("ada")
        vault = await running.institution.vaults.open_password("ada", PASSWORD)
        links = []
        for number in range(3):
            name = f"{number}.txt"
            await vault.write((name,), piece(name.encode()))
            terms = Terms(f"link {number}", "", vault.actor().at + DAY)
            links.append(await share(vault, (name,), terms))
        table = await staffed(running)
        for number in range(3):
            data = io.BytesIO(table + b"\n" * number)
            await running.institution.batches.submit("bac", data, f"file {number}.csv", "page")
        await running.institution.worker.work_off()
        api = Api(running)
        api.vaults["ada"] = vault
        chief = await running.institution.vaults.open_password("chief", PASSWORD)
        api.vaults["chief"] = chief
        yield Lists(tmp_path / "data", running, api, vault, links)


@pytest.mark.one_machine
@pytest.mark.parametrize(
    ("table", "column"), [("batches", "state"), ("reviews", "verdict"), ("shared_links", "kind")]
)
async def test_text_that_is_none_is_marked(lists: Lists, table: str, column: str) -> None:
    """PostgreSQL keeps none; SQLite gives whatever the disk has."""
    rotten = lists.rot(table, "sealed")
    stores.rows(
        lists.data,
        f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE sealed = ?",
        b"op\xe5n",
        ROTTEN[table]["sealed"],
    )
    async with lists.api.program(WHO[table]) as call:
        items = await _items(call, table)
    assert [item["id"] for item in items if _is_damaged(item)] == [rotten]


PAGES = {"batches": "/admin/batches", "reviews": "/admin/reviews", "shared_links": "/links"}
WHO = {"batches": "chief", "reviews": "chief", "shared_links": "ada"}
CALLS = {"batches": "batches", "reviews": "reviews", "shared_links": "links"}
NAMED = {"batches": r"file \d\.csv", "reviews": r"verdict-(?!damaged)", "shared_links": r"link \d"}
"""What a page has of each sound row."""


async def _items(call: Caller, table: str) -> list[dict[str, Any]]:
    answer = await call("GET", CALLS[table])
    assert answer.status == 200, answer.body
    return list(answer.json["items"])


def _is_damaged(item: dict[str, Any]) -> bool:
    return "damaged" in (item.get("state"), item.get("verdict"))


@pytest.mark.parametrize(("table", "column"), CASES)
async def test_the_page_shows_the_others(lists: Lists, table: str, column: str) -> None:
    async with lists.site.reader(WHO[table]) as reader:
        before = re.findall(NAMED[table], await reader.text(PAGES[table]))
        lists.rot(table, column)
        page = await reader.text(PAGES[table])
        after = re.findall(NAMED[table], page)
        assert set(after) <= set(before)
        lost = len(before) - len(after)
        assert lost == (2 if table == "shared_links" else 1), (before, after)
        assert "abîmé" in page
        if table == "batches":
            assert "Vue d’ensemble" in await reader.text("/admin/")
        if table == "shared_links":
            assert "lien" in (await reader.text("/account/journal")).lower()


@pytest.mark.parametrize(("table", "column"), CASES)
async def test_the_api_marks_the_one(lists: Lists, table: str, column: str) -> None:
    async with lists.api.program(WHO[table]) as call:
        before = {item["id"]: item for item in await _items(call, table)}
        rotten = lists.rot(table, column)
        after = {item["id"]: item for item in await _items(call, table)}
    assert [key for key, item in after.items() if _is_damaged(item)] == [rotten]
    assert after.keys() == before.keys()
    assert all(after[key] == before[key] for key in before if key != rotten)


@pytest.mark.parametrize(("table", "column"), [case for case in CASES if case[0] != "shared_links"])
async def test_the_command_marks_the_one(lists: Lists, table: str, column: str) -> None:
    noun = {"batches": "batch", "reviews": "review"}[table]
    before = {row[noun]: row for row in await _told(lists, noun, "list")}
    rotten = lists.rot(table, column)
    after = {row[noun]: row for row in await _told(lists, noun, "list")}
    assert [key for key, row in after.items() if _is_damaged(row)] == [rotten]
    assert all(after[key] == before[key] for key in before if key != rotten)
    told = (await asyncio.to_thread(parchemin, noun, "list", data=lists.data)).stdout
    assert "damaged" in told
    assert all(key in told for key in before)


async def _told(lists: Lists, *command: str) -> Any:
    return await asyncio.to_thread(facts, *command, data=lists.data)


@pytest.mark.parametrize("column", ROTTEN["reviews"])
async def test_a_damaged_row_is_refused_and_the_others_are_decided(
    lists: Lists, column: str
) -> None:
    rotten = lists.rot("reviews", column)
    async with lists.site.reader("chief") as chief:
        page = await chief.text(f"/admin/reviews/{rotten}")
        assert 'value="refuse"' in page
        assert 'value="other"' not in page
        told = await chief.send(f"/admin/reviews/{rotten}", {"decision": "refuse"})
        assert told.status == 303
    async with lists.api.program("chief") as call:
        left = await _items(call, "reviews")
        assert rotten not in [one["id"] for one in left]
        taken = await call("POST", f"reviews/{left[0]['id']}/accept", {"username": "known"})
        assert taken.status == 204, taken.body


async def test_a_batch_tells_the_other_refusals(lists: Lists) -> None:
    batch = (await lists.site.institution.batches.newest())[-1]
    stores.rows(
        lists.data,
        "INSERT INTO batch_faults (batch, line, sealed) VALUES (?, 99, ?)",
        bytes.fromhex(batch.id),
        b"\x01rotten",
    )
    found = {line: why async for line, why in lists.site.institution.batches.faults(batch.id)}
    assert [line for line, why in found.items() if "stored of this row is damaged" in why[0]] == [
        99
    ]
    assert len(found) == 2


@pytest.mark.parametrize("column", ROTTEN["shared_links"])
async def test_a_damaged_link_is_revoked_and_the_others_open(lists: Lists, column: str) -> None:
    rotten = lists.rot("shared_links", column)
    async with lists.api.program("ada") as call:
        assert (await call("DELETE", f"links/{rotten}")).status == 204
        [gone] = [item for item in await _items(call, "shared_links") if item["id"] == rotten]
        assert gone["state"] in ("revoked", "damaged")
    rows = stores.rows(
        lists.data, "SELECT payload FROM shared_links WHERE id = ?", bytes.fromhex(rotten)
    )
    assert rows == [(b"",)]
    token, _ = await lists.site.institution.visits.open(lists.links[0].code)
    assert token


async def test_other_shares_follow_what_changed(lists: Lists) -> None:
    """A share shows what its folder holds now, whatever became of another link."""
    await lists.vault.make_folder(("folder",))
    terms = Terms("folder", "", lists.vault.actor().at + DAY)
    link = await share(lists.vault, ("folder",), terms)
    await lists.vault.write(("folder", "late.txt"), piece(b"late"))
    stores.rows(
        lists.data, "UPDATE shared_links SET expires_at = ? WHERE id = ?", FAR, lists.links[0].id
    )
    await lists.site.institution.vaults.restate_shares()
    async with lists.site.reader() as visitor:
        answer = await visitor.post("/open", {"link": link.code, "pin": ""})
        assert answer.status == 303
        assert "late.txt" in await visitor.text(answer.headers["Location"])
