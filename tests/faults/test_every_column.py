"""One flipped bit in any column of a used institution: told in a sentence, or no harm at all.

PARCHEMIN_FLIPS sets how many bits of each column are flipped, one at a time, and PARCHEMIN_SEED
which; of each table every third column is taken, with PARCHEMIN_SHARE=1 all (ten minutes).
Whatever is altered of others than bob, all that ada is shown is true, and bob sees all of his as
before; a list keeps its other rows; and nothing in the program breaks: every failure is an error of
ours, in a sentence. Persons and staff are asked at their pages, and programs by WebDAV and the API.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from tests.browser.stage import EVERY_PLUGIN, staged
from tests.faults import programs
from tests.faults.columns import Column, Value, columns, flip, rows
from tests.faults.damage import piece
from tests.faults.programs import Keys, Told
from tests.store.institution_day import NOBODY, OWNER, STAFF
from tests.web.site import PASSWORD, SETTINGS, Reader, Site, listening
from vault_core.app.opening import open_institution
from vault_core.errors import ParcheminError
from vault_core.scopes import SCOPES
from vault_core.settings import load_settings
from vault_core.vault.keys import keyslots
from vault_core.vault.links.link import DAY
from vault_core.vault.nodes.names import Path as NodePath
from vault_core.vault.vault import Vault

pytestmark = [pytest.mark.fault, pytest.mark.one_machine]
SEED = int(os.environ.get("PARCHEMIN_SEED", "1"))
FLIPS = int(os.environ.get("PARCHEMIN_FLIPS", "1"))
SHARE = int(os.environ.get("PARCHEMIN_SHARE", "3"))
"""One of so many columns of each table is taken, which one by the seed."""
TABLES = sorted({column.table for column in columns()})
EMPTY = frozenset({
    "events", "letters", "link_uses", "links", "notices", "once", "outbox", "provisioned",
    "recoveries", "replies", "request_keys", "request_nonces", "trusted", "upload_parts", "uploads",
})  # fmt: skip
"""Tables that hold nothing in the used institution; who fills one takes it off this list."""
EVERYBODYS = {
    "settings": "the institution's own facts: with another format it is not opened at all",
}
"""Tables whose damage may be everybody's matter, and why."""

KEYS = frozenset({"factors", "persons", "roles", "slots", "vaults"})
"""Tables without which somebody does not come in: damage there may shut their owner out."""
NODES = frozenset({"blobs", "deliveries", "nodes", "versions"})
"""Tables of nodes: damage there may take what they are about (`test_flipped_bits.py`: no more)."""
SINGLE = frozenset({
    "/details/Scolarité", "/files{diploma}", "/prove{diploma}", "/verify/{revoked}",
    "/verify/{valid}", "{batch}", "{held}", "{review}",
})  # fmt: skip
"""Pages about one thing, which are refused where that is damaged; all others are lists."""

Documents = dict[NodePath, bytes]


@dataclass
class Used:
    """The institution before anything is altered."""

    data: Path
    bob: bytes
    addresses: dict[str, list[str]]
    """What each reader looks at."""
    keys: dict[str, Keys]
    """What each person's programs come in with."""
    lists: frozenset[str]
    """Those of the addresses that list many things."""
    documents: dict[str, Documents] = field(default_factory=dict)
    """What each person has."""
    told: Told = field(default_factory=Told)


@dataclass
class Seen:
    """What there is to see of an institution: documents, sentences, and what broke."""

    documents: dict[str, Documents] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    broken: list[str] = field(default_factory=list)


@asynccontextmanager
async def served(data: Path) -> AsyncIterator[Site]:
    settings = load_settings(data, {**SETTINGS, **EVERY_PLUGIN})
    async with open_institution(data, settings) as institution, listening(institution) as url:
        yield Site(institution, url)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Used:
    return asyncio.run(_used(tmp_path_factory.mktemp("used") / "data"))


async def _used(data: Path) -> Used:
    async with staged(data) as stage:
        running = stage.running
        keys = await _more(running)
        bob = await running.institution.persons.find("bob")
        words = {"diploma": stage.diploma, **stage.console, **stage.codes}
        readers = {"": NOBODY, "ada": OWNER, "chief": STAFF}
    addresses = {
        name: [quote(address.format(**words), safe="/?=&") for address in listed]
        for name, listed in readers.items()
    }
    listed = {
        quote(address.format(**words), safe="/?=&")
        for address in (*NOBODY, *OWNER, *STAFF)
        if address not in SINGLE
    }
    made = Used(data, bob.id, addresses, keys, frozenset(listed))
    made.documents = (await look(made, data, wanted={})).documents
    assert all(made.documents[name] for name in ("ada", "bob"))
    shutil.copytree(data, data.parent / "sound")
    sound = await look(made, data.parent / "sound")
    assert not sound.broken
    made.told = sound.told
    assert all(made.told.written[name] for name in ("ada", "bob"))
    assert [*programs.lost(Told(dict.fromkeys(sound.told.lists, 200)), sound.told)] == []
    return made


async def _more(running: Site) -> dict[str, Keys]:
    """What the stage has no scene for; what programs come in with."""
    institution = running.institution
    ada = await institution.persons.find("ada")
    vault = await institution.vaults.open_password("ada", PASSWORD)
    await vault.write(("Budget.csv",), piece(b"another"))
    await vault.write(("Large.bin",), piece(os.urandom(200_000)))
    await vault.set_properties(("Photos",), {"{x}a": '<a xmlns="x"/>'})
    await vault.lock(
        ("CV.pdf",), token="urn:uuid:1", shared=False, infinite=False, owner="me", seconds=100_000
    )  # fmt: skip
    await institution.contacts.set(ada.id, "ada@example.org", "fr")
    await institution.feeds.make(ada.id)
    await institution.webhooks.add("https://example.org/hook", "chief")
    await institution.issuer_tokens.make("examens", "bureau", 30, "chief")
    await institution.provisioning.add_provisioner("directory")
    second = await institution.persons.find("zoe")
    await institution.administration.close(second.id, 30, "chief")
    async with running.reader("ada") as reader:
        assert (await reader.get("/files/")).status == 200
    return {name: await _keys(running, name) for name in ("ada", "bob", "chief")}


async def _keys(running: Site, name: str) -> Keys:
    vault = await running.institution.vaults.open_password(name, PASSWORD)
    _, app_password = await keyslots.add_app_password(vault, "client")
    _, token = await keyslots.add_token(vault, "program", SCOPES, vault.actor().at + 30 * DAY)
    return Keys(app_password, token)


async def look(used: Used, data: Path, wanted: dict[str, list[NodePath]] | None = None) -> Seen:
    """Open, check, list and read all, as persons, staff and their programs do.

    `wanted` are the documents that a client of each person reads: by default all, and a few of
    bob's; without any, no program asks.
    """
    if wanted is None:
        wanted = {
            name: [*found][: 99 if name == "ada" else 3] for name, found in used.documents.items()
        }
    seen = Seen()
    with _breaking(seen):
        try:
            async with served(data) as running:
                await _everything(used, running, seen)
                if wanted:
                    seen.told = await programs.ask(running.url, used.keys, wanted)
                    seen.broken += seen.told.broken
        except ParcheminError as error:
            seen.refusals.append(str(error))
        except Exception as error:  # noqa: BLE001 -- what the test is about
            seen.broken.append(f"open: {error!r}")
    return seen


async def _everything(used: Used, running: Site, seen: Seen) -> None:
    for name in ("ada", "bob"):
        seen.documents[name] = {}
        try:
            vault = await running.institution.vaults.open_password(name, PASSWORD)
            await vault.refresh()
            await _read(vault, seen, seen.documents[name])
        except ParcheminError as error:
            seen.refusals.append(str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("%s", name)
            seen.broken.append(f"{name}: {error!r}")
    for name, addresses in used.addresses.items():
        await _pages(running, name, addresses, seen)
    try:
        report = await running.institution.maintenance.check()
        seen.problems += [problem.kind for problem in report.problems]
    except ParcheminError as error:
        seen.refusals.append(str(error))


async def _read(vault: Vault, seen: Seen, documents: Documents) -> None:
    for path, node in await vault.walk((), 1000):
        if node.is_folder:
            continue
        try:
            documents[path] = b"".join([bytes(part) async for part in vault.read(node)])
        except ParcheminError as error:
            seen.refusals.append(str(error))


async def _pages(running: Site, name: str, addresses: list[str], seen: Seen) -> None:
    async with running.reader() as reader:
        if name:
            answer = await reader.post("/sign-in", {"username": name, "password": PASSWORD})
            if answer.status != 303:
                seen.refusals.append(f"sign-in: {answer.status}")
                return
        for address in addresses:
            await _page(reader, name, address, seen)


async def _page(reader: Reader, name: str, address: str, seen: Seen) -> None:
    answer = await reader.get(address, Accept="text/html")
    seen.pages[f"{name} {address}"] = answer.status
    if answer.status >= 400:
        seen.refusals.append(f"{address}: {answer.status}")
    if answer.status == 500 and b"<html" not in answer.body:
        seen.broken.append(f"{address}: no sentence")


@contextmanager
def _breaking(seen: Seen) -> Iterator[None]:
    """Note every traceback that is logged of anything but an error of ours."""

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if error is not None and not isinstance(error, ParcheminError):
                seen.broken.append(f"{record.getMessage()}: {error!r} {_where(error)}")

    noting = Noting()
    logging.getLogger().addHandler(noting)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(noting)


def _where(error: BaseException) -> str:
    place = error.__traceback__
    told = []
    while place is not None:
        code = place.tb_frame.f_code
        told.append(f"{Path(code.co_filename).name}:{place.tb_lineno}")
        place = place.tb_next
    return " ".join(told[-5:])


@pytest.mark.parametrize("table", TABLES)
async def test_a_flipped_bit_of_every_column(used: Used, table: str, tmp_path: Path) -> None:
    print(f"PARCHEMIN_SEED={SEED}")
    random = Random(f"{SEED}{table}")
    faults, filled = [], False
    listed = [column for column in columns() if column.table == table]
    for position, column in enumerate(listed):
        chosen = _chosen(used, column, random)
        filled = filled or bool(chosen)
        if position % SHARE != SEED % SHARE % len(listed):
            continue
        for key in chosen:
            faults += await _judged(used, column, key, random, tmp_path / "altered")
    assert filled is (table not in EMPTY)
    assert not faults, "\n".join(faults)


def _chosen(used: Used, column: Column, random: Random) -> list[tuple[Value, ...]]:
    found = rows(used.data, column, used.bob)
    return random.sample(found, min(FLIPS, len(found)))


async def _judged(
    used: Used, column: Column, key: tuple[Value, ...], random: Random, data: Path
) -> list[str]:
    """What is wrong with the outcome of this one flip."""
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(used.data, data)
    done = flip(data, column, key, random)
    seen = await look(used, data)
    faults = [f"broken: {told}" for told in seen.broken]
    true = set(used.documents["ada"].values())
    for path, content in seen.documents.get("ada", {}).items():
        if content != used.documents["ada"].get(path) and content not in true:
            faults.append(f"false: {path}")
    if column.table not in EVERYBODYS and seen.documents.get("bob") != used.documents["bob"]:
        faults.append(f"bob is harmed: {seen.refusals[:3]}")
    faults += _lost(used, seen, column.table)
    return [f"{done}: {fault}" for fault in faults]


def _lost(used: Used, seen: Seen, table: str) -> Iterator[str]:
    """What somebody does not get any more whom the altered row is not about."""
    shut_out = ("ada", "chief") if table in KEYS else ()
    if table in EVERYBODYS:
        return
    for told in programs.lost(used.told, seen.told):
        if not told.startswith(shut_out):
            yield f"lost to programs: {told}"
    for page, status in seen.pages.items():
        if status >= 400 and page.split(" ", 1)[1] in used.lists and not page.startswith(shut_out):
            yield f"lost page: {page}: {status}"
    if not seen.told.written.get("bob") or seen.told.documents["bob"] != used.told.documents["bob"]:
        yield "bob's client is harmed"
    read, before = seen.told.documents["ada"], used.told.documents["ada"]
    if any(read[path] != before[path] for path in read) or (
        table not in KEYS | NODES and (read != before or not seen.told.written["ada"])
    ):
        yield f"ada's client is harmed: {before.keys() - read.keys()}"
