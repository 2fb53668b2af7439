"""Feeds: read by their token alone, with issuers and counts and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from defusedxml import ElementTree

from tests.issuing.house import House, house
from vault_core.errors import NodeNotFound, Suspended

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


async def test_a_feed_tells_issuers_and_counts(running: House) -> None:
    row = running.row("bac")
    holder = await running.holder("bac", row)
    person = await running.institution.persons.find(holder.username)
    feeds = running.institution.feeds
    token = await feeds.make(person.id)
    empty = await feeds.read(token, "fr", "Lycée <d'essai>", "https://x/")
    assert ElementTree.fromstring(empty).findall(f"{ATOM}entry") == []
    await running.deliver("bac", row)
    text = await feeds.read(token, "en", "Lycée <d'essai>", "https://x/")
    [entry] = ElementTree.fromstring(text).findall(f"{ATOM}entry")
    title = entry.findtext(f"{ATOM}title")
    assert title
    assert title.startswith("A document from")
    again = ElementTree.fromstring(await feeds.read(token, "en", "x", "https://x/"))
    assert again.find(f"{ATOM}entry/{ATOM}id").text == entry.findtext(f"{ATOM}id")
    for secret in (row["family_name"], row["ine"], row["series"], person.id.hex(), ".pdf"):
        assert secret not in text


async def test_a_feed_ends_when_its_owner_or_institution_says_so(running: House) -> None:
    holder = await running.holder("bac", running.row("bac"))
    person = await running.institution.persons.find(holder.username)
    feeds, administration = running.institution.feeds, running.institution.administration
    first = await feeds.make(person.id)
    second = await feeds.make(person.id)
    with pytest.raises(NodeNotFound):
        await feeds.read(first, "fr", "x", "https://x/")
    await administration.suspend(person.id, "command")
    with pytest.raises(Suspended):
        await feeds.read(second, "fr", "x", "https://x/")
    await administration.resume(person.id, "command")
    await feeds.read(second, "fr", "x", "https://x/")
    await feeds.end(person.id)
    assert not await feeds.exists(person.id)
    with pytest.raises(NodeNotFound):
        await feeds.read(second, "fr", "x", "https://x/")
