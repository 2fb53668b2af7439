"""Who has storage, settings, every key of the server and a year of sign-on logs opens nothing.

A person signs in by every way there is with user custody: password, code application, session,
single sign-on from a known browser, token and app password. Then every secret that passed by, or
lies anywhere, is searched for and tried.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pyotp
import pytest

from tests import stores
from tests.security import markers
from tests.signin.arriving import CONTENT, INE, set_up, site_of_ada, unlock
from tests.signin.cas_directory import CasServer, cas_server
from tests.web.site import PASSWORD, Site
from vault_core.app.own_files import KEY_FILE
from vault_core.crypto import codes
from vault_core.crypto.keys import identity_of
from vault_core.crypto.sealed import ServerKeyring
from vault_core.crypto.slots import (
    SlotBinding,
    SlotKind,
    WrappedIdentity,
    entrusted_identity,
    slot_lookup,
    unwrap_identity,
)
from vault_core.errors import AccessDenied
from vault_core.logs import _Text, set_level

SHOWN = re.compile(r'id="secret"[^>]*>([^<]+)<')
THERE = "the directory's password"


@dataclass
class World:
    """What somebody who seizes everything has, and what only the person and the browser have."""

    site: Site
    secrets: dict[str, str]
    """What must be found nowhere."""
    answers: list[str] = field(default_factory=list)
    """What the directory said, as its logs have it for ever."""
    log: str = ""


@pytest.fixture
async def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[World]:
    caplog.set_level(logging.DEBUG)
    set_level("debug")
    async with site_of_ada(tmp_path / "data") as running, cas_server(tmp_path / "cas") as directory:
        set_up(running, "log", {"requests": True, "level": "debug"})
        found = World(running, {"password": PASSWORD, "directory's password": THERE})
        await _live(found, directory)
        found.log = _lines(caplog) + (tmp_path / "cas" / "log").read_text()
        found.answers.append(found.log)
        yield found


def _lines(caplog: pytest.LogCaptureFixture) -> str:
    """What the server would have written, by its own formatter, at its most talkative."""
    return "\n".join(_Text().format(record) for record in caplog.records)


async def _live(world: World, directory: CasServer) -> None:
    """A person's year."""
    running, kept = world.site, world.secrets
    directory.seat(adurand={"password": THERE, "attributes": {"ine": INE, "number": "42"}})
    rules = {"url": directory.url, "subject_attribute": "number", "ine_attribute": "ine"}
    set_up(running, "cas", rules)
    async with running.reader("ada") as own:
        await own.upload("/", "a.txt", CONTENT)
        page = await own.text("/account/security/totp")
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        secret = SHOWN.search(page)
        assert ticket
        assert secret
        kept["application's secret"] = secret[1].replace(" ", "")
        code = pyotp.TOTP(kept["application's secret"]).now()
        fields = {"ticket": ticket[1], "code": code, "label": "telephone"}
        assert (await own.send("/account/security/totp", fields)).status == 303
        kept["session"] = _cookies(own)["parchemin-session"]
        page = (await own.send("/account/devices", {"label": "laptop"})).text
        token = SHOWN.search(page)
        assert token
        kept["app password"] = token[1]
    # a later step of the application than the one that set it up
    factors = await running.institution.catalog.fetch("SELECT id FROM factors")
    assert len(factors) == 1
    async with running.reader() as reader, directory.browser() as browser:
        asked = await reader.get("/sign-in/cas")
        back = await browser.answer_for(asked.headers["Location"], "adurand", THERE)
        world.answers.append(back)  # the directory's log has it, ticket and state
        answer = await reader.get(back.removeprefix(reader.url))
        page_code = _next_code(kept["application's secret"])
        done = await unlock(reader, answer, secret=PASSWORD, code=page_code)
        assert done.status == 303, done.text
        kept["browser's slot"] = _cookies(reader)["parchemin-device"]
        kept["second session"] = _cookies(reader)["parchemin-session"]
        assert (await reader.get("/download/a.txt")).body == CONTENT
    for wrong in ("wrong password one", "wrong password two"):
        kept[wrong] = wrong
        async with running.reader() as guesser:
            await guesser.post("/sign-in", {"username": "ada", "password": wrong})
            assert (await guesser.get("/files/", Cookie="parchemin-session=x")).status == 303


def _next_code(secret: str) -> str:
    """Of the next period, which is within the drift that is allowed, and not used yet."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30)


def _cookies(reader: Any) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in reader.client.cookie_jar}


def _stored(world: World) -> dict[str, bytes]:
    return stores.stored(world.site.institution.data_dir)


async def test_passwords_and_tokens_are_stored_and_logged_nowhere(world: World) -> None:
    assert len(world.secrets) >= 8
    stored = {**_stored(world), "the logs": world.log.encode()}
    wanted = [*world.secrets.values(), CONTENT.decode()]
    hits = markers.found_in_files(wanted, stored)
    assert hits == {}
    assert "POST" in world.log or "GET" in world.log  # requests were logged


async def _candidates(world: World) -> list[bytes]:
    """Every value that might be a secret: files, columns, and all words of the directory's logs."""
    catalog, found = world.site.institution.catalog, [CONTENT]
    key = bytes.fromhex((world.site.institution.data_dir / KEY_FILE).read_text().split()[1])
    found += [key, ServerKeyring(key).mac(b"custody", b"identity")]
    for table in ("slots", "sessions", "factors", "links", "persons", "vaults", "once", "guesses"):
        for row in await catalog.fetch(f"SELECT * FROM {table}"):
            found += [value for value in row if isinstance(value, bytes)]
            found += [value.encode() for value in row if isinstance(value, str)]
    keyring = ServerKeyring(key)
    for row in await catalog.fetch("SELECT person, id, sealed FROM factors"):
        facts = json.loads(keyring.open(b"factor" + row[0] + row[1], row[2]))  # the key opens that
        found += [str(value).encode() for value in facts.values()]
    for text in world.answers:
        words = {word for word in re.split(r"[^A-Za-z0-9_.%-]+", text) if len(word) >= 8}
        found += [word.encode() for word in words]
    return [value for value in found if value]


async def test_nothing_that_lies_anywhere_opens_a_slot(world: World) -> None:
    candidates = await _candidates(world)
    rows = await world.site.institution.catalog.fetch(
        "SELECT id, vault, kind, lookup, parameters, wrapped FROM slots"
    )
    assert {row[2] for row in rows} >= {"password", "session", "device", "app-password"}
    lookups = {row[3] for row in rows if row[3] is not None}
    assert not lookups & {slot_lookup(value) for value in candidates}
    parsed = {*candidates}
    for value in candidates:
        for parse in (codes.parse_session_token, codes.parse_code):
            try:
                parsed.add(parse(value.decode("ascii")))
            except (AccessDenied, UnicodeDecodeError):
                continue
    assert not lookups & {slot_lookup(value) for value in parsed}
    identities = [
        identity_of(kind, (value + value)[:32])
        for value in candidates
        for kind in ("x25519", "mlkem768x25519")
        if 16 <= len(value) <= 64
    ]
    opened = []
    for (slot, vault, kind, _, parameters, wrapped), tried in itertools.product(rows, parsed):
        if kind == "password":
            continue  # Argon2: below, for the values that are short enough to be typed
        stored = WrappedIdentity(parameters, wrapped)
        for each in {kind, *("session", "device")}:
            try:
                unwrap_identity(stored, tried, SlotBinding(vault, slot, each))
            except AccessDenied:
                continue
            opened.append((kind, tried))
    for slot, vault, kind, _, parameters, wrapped in rows:
        try:
            entrusted_identity(
                WrappedIdentity(parameters, wrapped), identities, SlotBinding(vault, slot, kind)
            )
        except AccessDenied:
            continue
        opened.append((kind, b"entrusted"))
    assert opened == []


async def test_the_secrets_themselves_do_open(world: World) -> None:
    """The search above looks in the right places."""
    vaults = world.site.institution.vaults
    for name, kind in (
        ("session", "session"), ("browser's slot", "device"), ("second session", "session"),
    ):  # fmt: skip
        token = codes.parse_session_token(world.secrets[name])
        assert (await vaults.prove_secret(kind, token)).account == "ada"  # type: ignore[arg-type]
    rows = await world.site.institution.catalog.fetch("SELECT kind FROM slots")
    assert {row[0] for row in rows} <= set(get_args(SlotKind)) - {"escrow", "custody"}


async def test_a_stolen_cookie_is_nothing_after_signing_out(world: World) -> None:
    running = world.site
    async with running.reader() as thief:
        cookie = {"parchemin-session": world.secrets["second session"]}
        thief.client.cookie_jar.update_cookies(cookie)
        assert (await thief.get("/files/")).status == 200
        await thief.send("/sign-out", {})
    async with running.reader() as thief:
        thief.client.cookie_jar.update_cookies(cookie)
        assert (await thief.get("/files/")).status == 303
        assert (await thief.get("/api/v1/account")).status == 401
