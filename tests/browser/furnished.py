"""A vault with something of everything: folders, documents of each kind, certificates, trash."""

from __future__ import annotations

import contextlib
import io
import struct
import wave
import zlib
from collections.abc import AsyncIterator

from tests.web.site import PASSWORD, Site
from vault_core.cli.demonstration.institution import SEED, table
from vault_core.errors import NodeExists
from vault_core.vault.persons.person import Facts
from vault_core.vault.vault import Vault

LETTER = """# Lettre de motivation

Madame, Monsieur,

Je souhaite rejoindre votre BTS Conception des produits industriels à la rentrée. J'ai aimé, en
terminale, mener un projet de bout en bout : le cahier des charges, les essais, et le moment où
la pièce sort enfin de l'imprimante.

Ada Durand
"""


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def picture(width: int = 480, height: int = 320) -> bytes:
    """A PNG of a sea under an evening sky."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            if y > height * 0.62:
                wave_light = 18 if (x // 7 + y * 3) % 11 < 3 else 0
                rows += bytes((34 + wave_light, 72 + wave_light, 104 + wave_light))
            else:
                part = y / (height * 0.62)
                sun = (x - width * 0.68) ** 2 + (y - height * 0.46) ** 2 < 900
                sky = (int(96 + 140 * part), int(120 + 60 * part), int(168 - 40 * part))
                rows += bytes((255, 226, 160) if sun else sky)
    return _png(width, height, bytes(rows))


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def sound(seconds: float = 2.0) -> bytes:
    """A WAV of a quiet tone."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(128 + (n * 37 % 16) for n in range(int(8000 * seconds))))
    return made.getvalue()


async def furnish(running: Site, username: str = "ada", *, opened: bool = True) -> Vault:
    """Add the person, certificates on their way to them, and documents of their own.

    `opened`: the certificate was read already, and its copy is `CV.pdf`.
    """
    institution = running.institution
    bac = institution.plugins.document_types["bac"]
    row = next(iter(bac.sample(1, SEED)))
    subject = bac.parse(row).subject
    facts = Facts(
        " ".join(subject.given_names), subject.family_name, subject.birth_date, subject.ine
    )
    await institution.persons.add(username, facts, PASSWORD)
    await institution.deliveries.deliver("bac", io.BytesIO(table(bac, [row])))
    vault = await institution.vaults.open_password(username, PASSWORD)
    await vault.refresh()
    (certificate,) = [
        node for _, node in await vault.walk((), 1000) if node.media_type == "application/pdf"
    ]
    pdf = b"%PDF-1.7"
    if opened:
        pdf = b"".join([bytes(piece) async for piece in vault.read(certificate)])
    for folder in (("Scolarité",), ("Scolarité", "Vide"), ("Photos",), ("Logement",)):
        await vault.make_folder(folder)
    documents: dict[tuple[str, ...], bytes] = {
        ("CV.pdf",): pdf,
        ("Lettre de motivation.md",): LETTER.encode(),
        ("Relevé d'identité bancaire.txt",): b"FR76 ...",
        ("Budget.csv",): b"poste;euros\nloyer;420\n",
        ("Entretien.wav",): sound(),
        ("Photos", "Rade de Brest.png"): picture(),
        ("Scolarité", "Bulletin du premier trimestre.txt"): b"x" * 48_211,
        ("Scolarité", "Bulletin du second trimestre.txt"): b"x" * 51_300,
        ("Brouillon.txt",): b"x",
    }
    for path, data in documents.items():
        await vault.write(path, _once(data))
    await vault.write(("Lettre de motivation.md",), _once(LETTER.encode() + b"\nPS : merci.\n"))
    await vault.delete(("Brouillon.txt",))
    return vault


async def filled(running: Site, paths: list[str], username: str = "ada") -> Vault:
    """Put small documents, and folders (their names end with a slash), into a vault."""
    vault = await running.institution.vaults.open_password(username, PASSWORD)
    await vault.refresh()
    for path in paths:
        names = tuple(path.rstrip("/").split("/"))
        if path.endswith("/"):
            await vault.make_folder(names)
        else:
            await vault.write(names, _once(path.encode()))
    return vault


async def put(running: Site, documents: dict[str, bytes], username: str = "ada") -> None:
    """Put documents into a vault, in the folders that their paths name."""
    vault = await running.institution.vaults.open_password(username, PASSWORD)
    await vault.refresh()
    for path, data in documents.items():
        names = tuple(path.split("/"))
        for depth in range(1, len(names)):
            with contextlib.suppress(NodeExists):
                await vault.make_folder(names[:depth])
        await vault.write(names, _once(data))
