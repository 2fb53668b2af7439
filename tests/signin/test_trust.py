"""Vaults entrusted to others: escrow in two hands, contacts, guardians, the server's custody."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.signin.arriving import CONTENT, INE, set_up, unlock
from tests.signin.slapd import Slapd, slapd
from tests.web.site import PASSWORD, Answer, Reader, Site
from vault_core.crypto.keys import generate_identity
from vault_core.crypto.shares import combine, split
from vault_core.errors import AccessDenied, BadRequest, Forbidden, SettingsError
from vault_core.store.catalog import Unit
from vault_core.vault.persons.majority import of_age
from vault_core.vault.persons.person import Facts
from vault_core.vault.recovery import contacts

NEW = "nine geese swim past barges"
ESCROW = generate_identity("mlkem768x25519", os.urandom)


def _run(sql: str, values: Sequence[Any]) -> Unit[None]:
    yield sql, values


async def over(running: Site) -> None:
    """The waiting time of every recovery is over."""
    await running.institution.catalog.commit(
        _run, "UPDATE recoveries SET ready_at = asked_at - 1", ()
    )


async def verbs(running: Site, username: str) -> list[str]:
    person = await running.institution.persons.find(username)
    await running.institution.vaults.journal.flush()
    rows = await running.institution.catalog.fetch(
        "SELECT verb FROM journal WHERE vault = ? ORDER BY number", (person.id,)
    )
    return [row[0] for row in rows]


async def kinds(running: Site, username: str) -> list[str]:
    person = await running.institution.persons.find(username)
    rows = await running.institution.catalog.fetch(
        "SELECT kind FROM slots WHERE vault = ? ORDER BY created_at, id", (person.id,)
    )
    return [row[0] for row in rows]


async def activate(reader: Reader, username: str, code: str) -> Answer:
    fields = {"username": username, "code": code, "password": NEW, "again": NEW}
    return await reader.post("/activate", fields)


async def filled(running: Site) -> None:
    async with running.reader("ada") as reader:
        assert (await reader.upload("/", "a.txt", CONTENT)).status == 201


async def test_nobody_but_the_owner_by_default(running: Site) -> None:
    async with running.reader("ada"):
        assert set(await kinds(running, "ada")) == {"password", "session"}


async def test_escrow_is_told_then_opens_after_the_wait(running: Site) -> None:
    await filled(running)
    set_up(running, "recovery", {"escrow_recipient": str(ESCROW.recipient)})
    institution = running.institution
    ada = await institution.persons.find("ada")
    async with running.reader() as reader:
        answer = await reader.post("/sign-in", {"username": "ada", "password": PASSWORD})
        assert answer.headers["Location"].startswith("/account/entrusted?")
        assert "7 " in await reader.text(answer.headers["Location"])
        answer = await reader.post("/sign-in", {"username": "ada", "password": PASSWORD})
        assert answer.headers["Location"] == "/files/"  # told once
    assert (await kinds(running, "ada")).count("escrow") == 1
    with pytest.raises(Forbidden, match="signed in before"):
        await institution.rekeying.by_escrow(ada, str(ESCROW), None)
    with pytest.raises(Forbidden):
        await institution.recoveries.ready(ada.id, "escrow")
    await institution.recoveries.ask(ada.id, "escrow")
    with pytest.raises(Forbidden, match="until"):
        await institution.recoveries.ready(ada.id, "escrow")
    await over(running)
    ready = await institution.recoveries.ready(ada.id, "escrow")
    one, _, three = split(ESCROW, 2, 3)
    stranger = generate_identity("x25519", os.urandom)
    with pytest.raises(AccessDenied):
        await institution.rekeying.by_escrow(ada, str(stranger), ready)
    new = await institution.rekeying.by_escrow(ada, str(combine([one, three])), ready)
    with pytest.raises(Forbidden):  # used once
        await institution.rekeying.by_escrow(ada, str(ESCROW), ready)
    async with running.reader() as reader:
        assert (await activate(reader, "ada", new.code)).status == 303
        assert (await reader.get("/download/a.txt")).body == CONTENT
    assert {"recovery-asked", "slot-replace"} <= set(await verbs(running, "ada"))


async def test_the_owner_stops_it(running: Site) -> None:
    set_up(running, "recovery", {"escrow_recipient": str(ESCROW.recipient)})
    institution = running.institution
    ada = await institution.persons.find("ada")
    async with running.reader("ada") as reader:
        assert "/account/recovery/stop" not in await reader.text("/files/")
        await institution.recoveries.ask(ada.id, "escrow")
        assert "/account/recovery/stop" in await reader.text("/files/")
        await over(running)
        ready = await institution.recoveries.ready(ada.id, "escrow")
        assert (await reader.send("/account/recovery/stop", {})).status == 303
        assert "/account/recovery/stop" not in await reader.text("/files/")
        assert (await reader.send("/account/recovery/stop", {})).status == 409
    with pytest.raises(Forbidden):
        await institution.recoveries.ready(ada.id, "escrow")
    with pytest.raises(Forbidden):
        await institution.rekeying.by_escrow(ada, str(ESCROW), ready)


async def test_a_new_vault_has_its_escrow_and_a_removed_one_goes(running: Site) -> None:
    set_up(running, "recovery", {"escrow_recipient": str(ESCROW.recipient)})
    code = await running.person("eve", None)
    assert sorted(await kinds(running, "eve")) == ["activation", "escrow"]
    eve = await running.institution.persons.find("eve")
    new = await running.institution.rekeying.by_escrow(eve, str(ESCROW), None)  # never signed in
    other = generate_identity("x25519", os.urandom)
    set_up(running, "recovery", {"escrow_recipient": str(other.recipient)})
    async with running.reader() as reader:
        assert (await activate(reader, "eve", code)).status == 403
        assert (await activate(reader, "eve", new.code)).status == 303
        assert (await kinds(running, "eve")).count("escrow") == 1
        await running.institution.recoveries.ask(eve.id, "escrow")
        await over(running)
        ready = await running.institution.recoveries.ready(eve.id, "escrow")
        with pytest.raises(AccessDenied):
            await running.institution.rekeying.by_escrow(eve, str(ESCROW), ready)
    set_up(running, "recovery", {"escrow_recipient": ""})
    async with running.reader() as reader:
        await reader.post("/sign-in", {"username": "eve", "password": NEW})
    assert "escrow" not in await kinds(running, "eve")
    with pytest.raises(SettingsError):
        set_up(running, "recovery", {"escrow_recipient": "age1nothing"})


def _slot(page: str, action: str) -> str:
    found = re.search(
        rf'action="/account/trusted/{action}">.*?name="slot" value="([0-9a-f]+)"', page
    )
    assert found, action
    return found[1]


async def test_a_contact_helps_an_owner_back_in_after_the_wait(running: Site) -> None:
    await filled(running)
    await running.person("bob")
    await running.person("eve")
    async with running.reader("ada") as ada, running.reader("bob") as bob:
        for username, status in (
            ("bob", 303), ("bob", 409), ("ada", 422), ("nobody", 422), ("*", 422)
        ):  # fmt: skip
            answer = await ada.send("/account/trusted", {"username": username})
            assert answer.status == status, username
        slot = _slot(await bob.text("/account/trusted"), "ask")
        assert (await bob.send("/account/trusted/open", {"slot": slot})).status == 403
        assert (await bob.send("/account/trusted/code", {"slot": slot})).status == 403
        async with running.reader("eve") as eve:  # nobody's contact
            assert (await eve.send("/account/trusted/ask", {"slot": slot})).status == 404
            assert (await eve.send("/account/trusted/code", {"slot": slot})).status == 404
        assert (await bob.send("/account/trusted/ask", {"slot": slot})).status == 303
        assert "/account/recovery/stop" in await ada.text("/files/")
        assert (await bob.send("/account/trusted/code", {"slot": slot})).status == 403
        await ada.send("/account/recovery/stop", {})
        await bob.send("/account/trusted/ask", {"slot": slot})
        await over(running)
        page = await bob.send("/account/trusted/code", {"slot": slot})
        code = re.search(r'id="secret"[^>]*>([^<]+)<', page.text)
        assert code
        assert (await bob.send("/account/trusted/code", {"slot": slot})).status == 403  # once
        async with running.reader() as again:
            assert (await activate(again, "ada", code[1])).status == 303
            assert (await again.get("/download/a.txt")).body == CONTENT
            page = await again.text("/account/trusted")
            assert (await again.send("/account/trusted/remove", {"slot": slot})).status == 303
        assert (await bob.send("/account/trusted/ask", {"slot": slot})).status == 404
    assert (await kinds(running, "ada")).count("contact") == 0


async def test_usernames_tried_as_contacts_are_counted(running: Site) -> None:
    async with running.reader("ada") as ada:
        statuses = [
            (await ada.send("/account/trusted", {"username": f"nobody{n}"})).status
            for n in range(12)
        ]
    assert statuses[:10] == [422] * 10
    assert statuses[-1] == 429


async def test_a_guardian_opens_until_majority_then_hands_over(running: Site) -> None:
    persons, catalog = running.institution.persons, running.institution.catalog
    await running.person("parent")
    parent = await persons.find("parent")
    born = dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=365 * 15)
    added = await persons.add("kid", Facts("Kid", "Durand", born), None, parent)
    for unfit in (Facts("Kid", "Durand"), Facts("Kid", "Durand", dt.date(1980, 1, 1))):
        with pytest.raises(BadRequest):
            await persons.add("kid2", unfit, None, parent)
    async with running.reader("parent") as reader:
        slot = _slot(await reader.text("/account/trusted"), "open")
        assert (await reader.send("/account/trusted/open", {"slot": slot})).status == 303
        await reader.upload("/", "a.txt", CONTENT)
        export = await reader.get("/account/export")  # no secret of the owner's was given
        assert export.headers["Location"].startswith("/account/confirm")
    assert "entrusted-open" in await verbs(running, "kid")
    kid = await persons.find("kid")
    await catalog.commit(_run, "UPDATE trusted SET until = ? WHERE vault = ?", (1, kid.id))
    async with running.reader("parent") as reader:
        assert (await reader.send("/account/trusted/open", {"slot": slot})).status == 403
        page = await reader.send("/account/trusted/code", {"slot": slot})
        code = re.search(r'id="secret"[^>]*>([^<]+)<', page.text)
        assert code
        assert code[1] != added.activation_code
    async with running.reader() as reader:
        assert (await activate(reader, "kid", code[1])).status == 303
        assert (await reader.get("/download/a.txt")).body == CONTENT
    assert await contacts.hand_over(catalog, of_age(born)) == 1
    assert await contacts.hand_over(catalog, of_age(born)) == 0
    assert "guardian" not in await kinds(running, "kid")
    assert (await verbs(running, "kid")).count("handed-over") == 1
    async with running.reader("parent") as reader:
        assert (await reader.send("/account/trusted/code", {"slot": slot})).status == 404


@pytest.mark.parametrize(
    ("born", "of"), [("2008-02-29", "2026-03-01"), ("2007-12-31", "2025-12-31")]
)
def test_the_day_of_majority(born: str, of: str) -> None:
    at = of_age(dt.date.fromisoformat(born))
    assert dt.datetime.fromtimestamp(at / 1000, dt.UTC).date().isoformat() == of


@pytest.fixture
async def directory(running: Site, tmp_path: Path) -> AsyncIterator[Slapd]:
    async with slapd(tmp_path / "slapd") as found:
        set_up(running, "ldap", found.settings)
        found.add("adurand", "there", INE)
        yield found


async def test_with_custody_the_directory_opens_and_each_use_is_journalled(
    running: Site, directory: Slapd
) -> None:
    fields = {"username": "adurand", "password": "there", "next": "/account"}
    set_up(running, "sign_in", {"custody": "server"})
    async with running.reader() as reader:
        page = await reader.post("/sign-in/ldap", fields)
        done = await unlock(reader, page, secret=PASSWORD)  # the server has no key yet
        assert done.headers["Location"].startswith("/account/entrusted?next=")
        await reader.upload("/", "a.txt", CONTENT)
    async with running.reader() as other:  # another browser: nothing is asked
        assert (await other.post("/sign-in/ldap", fields)).headers["Location"] == "/account"
        assert (await other.get("/download/a.txt")).body == CONTENT
        assert "/account/entrusted" in await other.text("/account")
        export = await other.get("/account/export")
        assert export.headers["Location"].startswith("/account/confirm")
    assert (await verbs(running, "ada")).count("entrusted-open") == 1
    directory.remove("adurand")
    async with running.reader() as gone:
        assert (await gone.post("/sign-in/ldap", fields)).status == 403
    directory.add("adurand", "there", INE)
    set_up(running, "sign_in", {"custody": "person"})
    async with running.reader() as other:
        assert (await other.post("/sign-in/ldap", fields)).status == 200  # asks again
        await other.post("/sign-in", {"username": "ada", "password": PASSWORD})
    assert "custody" not in await kinds(running, "ada")
