"""Signing in by a real slapd: its password says who, the owner's secret opens, once a device."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.signin.arriving import INE, known, opens, set_up, unlock
from tests.signin.slapd import PEOPLE, READER_PASSWORD, Slapd, slapd
from tests.web.site import PASSWORD, Answer, Reader, Site
from vault_core.crypto.keys import generate_identity
from vault_core.entropy import Entropy
from vault_core.errors import SettingsError
from vault_core.settings.load import override
from vault_core.signin.ldap import LdapDirectory, escaped
from vault_core.signin.syncing import Synced, sync
from vault_core.vault.persons import departing

OFFICE = generate_identity("x25519", Entropy())
THERE = "the directory's password"


@pytest.fixture
async def directory(running: Site, tmp_path: Path) -> AsyncIterator[Slapd]:
    """The site's directory, with ada in it."""
    async with slapd(tmp_path / "slapd") as found:
        set_up(running, "ldap", found.settings)
        found.add("adurand", THERE, INE)
        yield found


async def sign_in(reader: Reader, username: str = "adurand", password: str = THERE) -> Answer:
    fields = {"username": username, "password": password, "next": "/account"}
    return await reader.post("/sign-in/ldap", fields)


async def test_the_first_visit_asks_once_then_the_device_opens(
    running: Site, directory: Slapd
) -> None:
    async with running.reader() as reader:
        assert "/sign-in/ldap" in await reader.text("/sign-in")
        page = await sign_in(reader)
        assert 'name="username"' not in page.text  # known by the INE
        assert (await unlock(reader, page, secret=THERE)).status == 403  # opens no vault
        await known(reader, await sign_in(reader))
        assert await opens(reader, await sign_in(reader))
        export = await reader.get("/account/export")
        assert export.headers["Location"].startswith("/account/confirm")


async def test_a_password_changed_in_the_directory_loses_nothing(
    running: Site, directory: Slapd
) -> None:
    async with running.reader() as reader:
        await known(reader, await sign_in(reader))
        directory.set_password("adurand", "another one entirely")
        assert (await sign_in(reader)).status == 403
        assert await opens(reader, await sign_in(reader, password="another one entirely"))


async def test_a_renamed_account_loses_nothing(running: Site, directory: Slapd) -> None:
    async with running.reader() as reader:
        await known(reader, await sign_in(reader))
        directory.rename("adurand", "amartin")
        assert (await sign_in(reader)).status == 403
        assert await opens(reader, await sign_in(reader, "amartin"))


async def test_an_account_made_anew_loses_nothing(running: Site, directory: Slapd) -> None:
    async with running.reader() as reader:
        await known(reader, await sign_in(reader))
        directory.remove("adurand")
        directory.add("ada2", "new", INE)  # another entryUUID, found by the INE
        assert await opens(reader, await sign_in(reader, "ada2", "new"))
        await reader.send("/sign-out", {})
        directory.remove("ada2")
        directory.add("ada3", "newer")  # nothing says that it is she: linked by her own secret
        page = await sign_in(reader, "ada3", "newer")
        done = await unlock(reader, page, username="ada", secret=PASSWORD)
        assert await opens(reader, done)


async def test_somebody_removed_is_refused(running: Site, directory: Slapd) -> None:
    async with running.reader() as reader:
        await known(reader, await sign_in(reader))
        directory.remove("adurand")
        assert (await sign_in(reader)).status == 403
        assert (await reader.get("/files/")).status == 303


REFUSED = {
    "no password": ("adurand", ""),  # an unauthenticated bind succeeds (RFC 4513 section 5.1.2)
    "no username": ("", THERE),
    "anybody": ("*", THERE),
    "a beginning": ("adur*", THERE),
    "a second filter": ("adurand)(uid=*", THERE),
    "an alternative": ("x)(|(uid=*", THERE),
    "another term": ("adurand)(objectClass=*))(&(uid=x", THERE),
    "a zero byte": ("adurand\0", THERE),
    "an escape": ("\\61durand", THERE),
    "a name of an entry": (f"uid=adurand,{PEOPLE}", THERE),
    "the server's own account": ("reader", READER_PASSWORD),
    "nobody": ("nobody", THERE),
    "endless": ("a" * 10_000, THERE),
}


async def test_injection_and_guesses_are_refused(running: Site, directory: Slapd) -> None:
    async with running.reader() as reader:
        for name, (username, password) in REFUSED.items():
            answer = await sign_in(reader, username, password)
            assert answer.status == 403, name
            assert "sign-in/unlock" not in answer.text, name


async def test_two_people_of_one_username_are_nobody(running: Site, directory: Slapd) -> None:
    directory.add("twin", THERE)
    directory.add("twin", THERE, under=f"uid=adurand,{PEOPLE}")
    async with running.reader() as reader:
        assert (await sign_in(reader, "twin")).status == 403


async def test_guesses_at_a_directory_account_are_counted(running: Site, directory: Slapd) -> None:
    set_up(running, "throttle", {"recover_seconds": 86_400})
    async with running.reader() as reader:
        statuses = [(await sign_in(reader, password=f"guess {n}")).status for n in range(13)]
        assert statuses[:10] == [403] * 10
        assert statuses[-1] == 429
        assert (await sign_in(reader)).status == 429  # not even with the right one, from there


async def test_the_line_is_encrypted_and_the_directory_proved(
    running: Site, directory: Slapd, tmp_path: Path
) -> None:
    async with running.reader() as reader:
        set_up(running, "ldap", {"url": f"ldaps://127.0.0.1:{directory.tls_port}"})
        assert (await sign_in(reader)).status == 200
        set_up(running, "ldap", {"ca_file": ""})  # the system knows no such authority
        assert (await sign_in(reader)).status == 503
        set_up(running, "ldap", {"ca_file": str(directory.ca_file)})
        set_up(running, "ldap", {"url": f"ldap://127.0.0.1:{directory.port}", "start_tls": False})
        assert (await sign_in(reader)).status == 503  # slapd takes no password on a bare line
        set_up(running, "ldap", {"start_tls": True, "bind_password": "wrong"})
        assert (await sign_in(reader)).status == 503
    for url, wrong in (("ldap://ldap.example.fr", "start_tls"), ("http://x", "ldaps://")):
        with pytest.raises(SettingsError) as refusal:
            override(running.institution.settings, "ldap", {"url": url, "start_tls": False})
        assert wrong in str(refusal.value)


async def test_without_a_directory_there_is_no_page(running: Site) -> None:
    async with running.reader() as reader:
        assert (await reader.get("/sign-in/ldap")).status == 404
        assert (await sign_in(reader)).status == 404


def test_a_value_in_a_filter_is_only_a_value() -> None:
    assert escaped("a*(b)\\\0") == "a\\2a\\28b\\29\\5c\\00"


async def test_nobody_costs_the_directory_as_much_as_somebody(
    running: Site, directory: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two binds each: whether somebody exists is not told by how much is asked."""
    real, binds = LdapDirectory._bind, []

    def counted(self: LdapDirectory, dn: str, password: str, **more: bool) -> Any:
        binds.append(dn)
        return real(self, dn, password, **more)

    monkeypatch.setattr(LdapDirectory, "_bind", counted)
    counts = []
    async with running.reader() as reader:
        for username in ("adurand", "nobody"):
            binds.clear()
            assert (await sign_in(reader, username, "wrong")).status == 403
            counts.append(len(binds))
    assert counts == [2, 2]


async def test_accounts_follow_the_directory(running: Site, directory: Slapd) -> None:
    set_up(running, "issuing", {"letters_recipient": str(OFFICE.recipient)})
    institution = running.institution
    directory.add("bob", "there")

    async def synced(let_go: int = 0) -> Synced:
        return await sync(institution.entrance.ldap, institution.provisioning, "uid", let_go)

    first = await synced()
    assert (first.added, first.changed, first.refused) == (1, 1, [])  # ada is known by her INE
    assert (await institution.persons.find("adurand")).facts.birth_date is not None
    [letter] = await institution.letters.opened(str(OFFICE))
    assert letter.username == "bob"
    again = await synced()
    assert (again.added, again.changed, again.same) == (0, 0, 2)
    directory.rename("bob", "bobby")
    assert (await synced()).changed == 1
    vault = await institution.vaults.open_by_code("activation", "bobby", letter.code)
    directory.remove("bobby")
    gone = await synced()
    assert (gone.gone, gone.let_go) == (["bobby"], 0)
    assert (await synced(5)).let_go == 1
    assert await departing.has_left(institution.catalog, vault.id)
    assert (await synced(5)).gone == []
    directory.add("bobby", "there", "999888777ZZ")  # somebody else of that name
    refused = await synced()
    assert [row["username"] for row in refused.refused] == ["bobby"]
