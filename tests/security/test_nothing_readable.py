"""Stolen disks, and a seized server, after a delivery into a vault that nobody opened.

Every stored byte, and the server's memory, is searched for what must not be there; then every key
that the server holds is tried on every lock.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import datetime as dt
import hashlib
import io
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import Account, Server, command, opened, prepare, running
from tests.security.memory import found_in_memory
from tests.security.wire import request, send
from vault_core.crypto import aead, age, codes
from vault_core.crypto.header import parse_header
from vault_core.crypto.keys import Identity, identity_of
from vault_core.crypto.sealed import Keyring, ServerKeyring
from vault_core.crypto.slots import SlotBinding, WrappedIdentity, unwrap_identity
from vault_core.crypto.stream import Payload, plain_size
from vault_core.errors import ParcheminError
from vault_core.vault.persons.person import Facts

pytestmark = pytest.mark.one_machine  # a stolen directory; test_seized_storage is about both stores

FAMILY, GIVEN, PLACE, INE = "Quetzalvermeersch", "Ygrittanie", "Zwiebrückenheim", "098765432ZK"
FOLDER, FILE, TEXT = "Kxdossier privé", "Kxbulletin de paie.txt", "Kxcontenu confidentiel"
VALUE, OWNER = "Kxvaleur morte", "Kxpropriétaire du verrou"


@dataclass
class Scene:
    """A server, one vault that was never opened, one that was, and what must not be found."""

    server: Server
    code: str
    """The activation code of the vault that was never opened."""
    ada: Account
    delivered: bytes
    """The PDF that lies in it."""
    stored: dict[str, bytes]
    """Every file of the data directory and the log, as they are after the server stopped."""
    in_memory: set[bytes]
    """Of what belongs to the closed vault, what was found in the server's memory."""
    ada_in_memory: set[bytes]
    """The same of the vault that is open."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stolen")
    data = folder / "data"
    (ada,) = prepare(data, "ada")
    code = asyncio.run(_add_the_person(data))
    with running(data) as server:
        _write_as(ada, server)
        _deliver(folder, data)
        refused = send(
            server.port,
            request(
                "PROPFIND",
                "/dav/",
                {"Authorization": Account(ada.id, "kim", ada.token).authorization, "Depth": "0"},
            ),
        )
        assert refused.statuses == [401]
        _write_as(ada, server)
        shutil.copytree(data, folder / "copy")
        pdf = asyncio.run(_read_what_was_delivered(folder / "copy", code))
        shutil.rmtree(folder / "copy")
        sought = needles([FAMILY, GIVEN, PLACE, INE]) | parts_of(pdf)
        held = found_in_memory(server.pid, sought) - _of_any_server(folder / "other", sought)
        open_held = found_in_memory(server.pid, [FILE.encode()])
        server.kill()
        yield Scene(server, code, ada, pdf, _everything_in(folder), held, open_held)


def _of_any_server(data: Path, sought: set[bytes]) -> set[bytes]:
    """What is also in the memory of a server that has nothing to do with it: our own constants."""
    (bob,) = prepare(data, "bob")
    with running(data) as server:
        _write_as(bob, server)
        found = found_in_memory(server.pid, sought)
        server.kill()
    assert not found & needles([FAMILY, GIVEN, PLACE, INE])
    return found


async def _add_the_person(data: Path) -> str:
    facts = Facts(GIVEN, FAMILY, dt.date(2008, 2, 29), INE)
    async with opened(data) as institution:
        new = await institution.persons.add("kim", facts)
    assert new.activation_code is not None
    return new.activation_code


def _deliver(folder: Path, data: Path) -> None:
    """As an exam office does: a file, and one command in a process of its own."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["INE", "Nom", "Prénoms", "Date de naissance", "Lieu de naissance", "Série",
                     "Spécialité", "Session", "Académie", "Moyenne",
                     "Date du jury"])  # fmt: skip
    writer.writerow([INE, FAMILY, GIVEN, "29/02/2008", PLACE, "Générale", "Maths / NSI", "2026",
                     "Rennes", "14,25", "07/07/2026"])  # fmt: skip
    file = folder / "resultats.csv"
    file.write_text(text.getvalue())
    result = command(data, "deliver", "bac", str(file))
    file.unlink()
    assert result.returncode == 0, result.stderr
    assert "1 delivered" in result.stdout, result.stdout


def _write_as(ada: Account, server: Server) -> None:
    """Names, content, properties and lock owners that can be recognised."""
    fields = {"Authorization": ada.authorization}
    folder = "/dav/" + "".join(f"%{byte:02x}" for byte in FOLDER.encode())
    file = f"{folder}/" + "".join(f"%{byte:02x}" for byte in FILE.encode())
    patch = (
        '<propertyupdate xmlns="DAV:"><set><prop>'
        f'<x xmlns="urn:k">{VALUE}</x></prop></set></propertyupdate>'
    )
    lock = (
        '<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype>'
        f"<owner>{OWNER}</owner></lockinfo>"
    )
    steps = [
        ("MKCOL", folder, b"", {}),
        ("PUT", file, (TEXT * 3).encode(), {}),
        ("PUT", f"{file}-long", (TEXT * 20_000).encode(), {}),
        ("PROPPATCH", file, patch.encode(), {}),
        ("LOCK", f"{folder}/empty", lock.encode(), {"Timeout": "Second-600"}),
    ]
    for method, target, body, more in steps:
        heard = send(server.port, request(method, target, {**fields, **more}, body))
        assert heard.statuses, (method, heard)
        assert heard.statuses[0] in (200, 201, 204, 207, 405), (method, heard.data[:500])


async def _read_what_was_delivered(data: Path, code: str) -> bytes:
    async with opened(data) as institution:
        vault = await institution.vaults.open_by_code("activation", "kim", code)
        await vault.refresh()
        documents = [node for _, node in await vault.walk((), 100) if not node.is_folder]
        assert [node.media_type for node in documents] == ["application/pdf"]
        return b"".join([bytes(piece) async for piece in vault.read(documents[0])])


def _everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def needles(texts: Iterable[str]) -> set[bytes]:
    """The texts in every coding that a database, a PDF or a log might give them."""
    found: set[bytes] = set()
    for text in texts:
        for form in {text, text.upper(), text.lower(), text.replace(" ", "%20")}:
            for coding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
                found.add(form.encode(coding))
        plain = text.encode()
        found |= {plain.hex().encode(), plain.hex().upper().encode(), plain[::-1]}
        # In base64 a text looks different at each of three places; the ends depend on neighbours.
        found |= {base64.b64encode(bytes(n) + plain)[4:-4] for n in range(3)}
        found.add("".join(f"%{byte:02x}" for byte in plain).encode())
    return {needle for needle in found if len(needle) >= 6}


def parts_of(pdf: bytes) -> set[bytes]:
    """Pieces from all over it, but none that every PDF has."""
    found = {pdf[at : at + 24] for at in range(500, len(pdf) - 500, 977)}
    return {part for part in found if len(set(part)) > 12}


def test_no_stored_byte_tells_anything(scene: Scene) -> None:
    texts = [FAMILY, GIVEN, PLACE, INE, FOLDER, FILE, TEXT, VALUE, OWNER, "Diplôme", "Attestation"]
    texts += ["Kxdossier", "Kxbulletin", "Kxcontenu", "Kxvaleur", "Kxpropri"]
    assert len(scene.stored) > 3
    for name, data in scene.stored.items():
        for needle in needles(texts):
            assert needle not in data, (name, needle)


def test_no_part_of_the_pdf_is_stored(scene: Scene) -> None:
    pdf = scene.delivered
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 10_000
    for name, data in scene.stored.items():
        for part in parts_of(pdf) | {b"%PDF-1", b"endstream"}:
            assert part not in data, (name, part)


def test_the_servers_memory_has_nothing_of_a_vault_that_was_never_opened(scene: Scene) -> None:
    assert scene.in_memory == set()


def test_the_search_would_find_it(scene: Scene) -> None:
    """The open vault's names are in memory, and what is stored in plain is found."""
    assert scene.ada_in_memory
    assert any(b"ada" in data for data in scene.stored.values())


def _candidates(scene: Scene) -> set[bytes]:
    """Every key the server holds, what follows from it, and every value that could be one."""
    key = bytes.fromhex(scene.stored["data/institution.key"].split()[1].decode())
    found = {key, key.hex().encode(), hashlib.sha256(key).digest()}
    for label in (b"seal", b"name-index", b"mac", b"slot", b"custody", b"vault"):
        for info in (label, b"parchemin/server/" + label + b"/1"):
            found.add(aead.hkdf_sha256(key, b"", info))
    keyring = ServerKeyring(key)
    for username in (b"ada", b"kim"):
        found |= {keyring.mac(b"person", username), keyring.mac(b"slot", username)}
    return found | {value for value in _values(scene) if len(value) in (16, 20, 32, 64)}


def _values(scene: Scene) -> Iterator[bytes]:
    with _catalog(scene) as catalog:
        for (table,) in catalog.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in catalog.execute(f"SELECT * FROM {table} LIMIT 200"):
                yield from (value for value in row if isinstance(value, bytes))


def _catalog(scene: Scene) -> sqlite3.Connection:
    """The catalog as it was stolen."""
    place = scene.server.data.with_name("stolen")
    place.mkdir(exist_ok=True)
    for name, data in scene.stored.items():
        if "catalog" in name:
            (place / Path(name).name).write_bytes(data)
    return sqlite3.connect(place / "catalog.sqlite3")


def _identities(candidates: Iterable[bytes]) -> list[Identity]:
    found = []
    for secret in candidates:
        for kind in ("x25519", "mlkem768x25519"):
            try:
                found.append(identity_of(kind, secret))
            except (ParcheminError, ValueError):
                continue
    return found


def test_no_key_that_the_server_holds_opens_a_slot(scene: Scene) -> None:
    with _catalog(scene) as catalog:
        slots = catalog.execute("SELECT vault, id, kind, parameters, wrapped FROM slots").fetchall()
    candidates = _candidates(scene)
    assert {kind for _, _, kind, _, _ in slots} == {"activation", "app-password"}
    for vault, slot, kind, parameters, wrapped in slots:
        binding = SlotBinding(vault, slot, kind)
        for secret in candidates:
            with pytest.raises(ParcheminError):
                unwrap_identity(WrappedIdentity(parameters, wrapped), secret, binding)
    assert _opened_by_the_right_secret(slots, codes.parse_code(scene.code)) == 1


def _opened_by_the_right_secret(slots: Iterable[tuple[bytes, ...]], secret: bytes) -> int:
    count = 0
    for vault, slot, kind, parameters, wrapped in slots:
        try:
            unwrap_identity(
                WrappedIdentity(str(parameters), wrapped),
                secret,
                SlotBinding(vault, slot, str(kind)),  # type: ignore[arg-type]
            )
        except ParcheminError:
            continue
        count += 1
    return count


def test_no_key_that_the_server_holds_opens_a_blob_or_an_envelope(scene: Scene) -> None:
    with _catalog(scene) as catalog:
        files = [row[0] for row in catalog.execute("SELECT data FROM blobs WHERE data NOT NULL")]
        files += [
            row[0]
            for row in catalog.execute("SELECT envelope FROM deliveries WHERE envelope NOT NULL")
        ]
    files += [data for name, data in scene.stored.items() if "/blobs/" in name]
    candidates = _candidates(scene)
    identities = _identities(candidates)
    assert len(files) >= 4
    assert len(identities) > 10
    for file in files:
        header = parse_header(file)
        with pytest.raises(ParcheminError):
            age.unwrap(header, identities)
        start = header.size + 16
        for key in (key for key in candidates if len(key) == 32):
            with pytest.raises(ParcheminError):
                Payload(key, start, plain_size(len(file) - start)).open(file[start:], 0)


def test_no_key_that_the_server_holds_opens_a_sealed_record(scene: Scene) -> None:
    with _catalog(scene) as catalog:
        nodes = catalog.execute("SELECT vault, id, sealed FROM nodes").fetchall()
        institution = bytes.fromhex(scene.stored["data/institution.key"].split()[1].decode())
    assert nodes
    identities = _identities(_candidates(scene))
    for vault, node, sealed in nodes:
        for keyring in [ServerKeyring(institution), *(Keyring(i, vault) for i in identities)]:
            with pytest.raises(ParcheminError):
                keyring.open(b"node" + node, sealed)
