"""Activation letters: opened with the office's identity, printed or handed to a mailer."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.keys import parse_identity
from vault_core.errors import AccessDenied, BadRequest, CryptoError, MalformedAge
from vault_core.issuing.certificates.register import Register
from vault_core.spreadsheets import inert
from vault_core.store import letters
from vault_core.store.batches import batch_id
from vault_core.store.catalog import Catalog

TEMPLATE = Path(str(files("vault_core.issuing.deliveries") / "templates" / "letters.typ"))
COLUMNS = ("class", "family_name", "given_names", "birth_date", "username", "code")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says."""

    class_: str
    family_name: str
    given_names: str
    birth_date: str
    username: str
    code: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters that wait to be printed."""

    _catalog: Catalog
    _register: Register
    _random: Random

    async def opened(self, identity: str, batch: str | None = None) -> list[Letter]:
        """All that wait (of one batch) by class and name.

        Raises BadRequest for what is no age identity, AccessDenied if it opens none of them.
        """
        try:
            key = parse_identity(identity.strip())
        except MalformedAge:
            raise BadRequest("That is no age identity (AGE-SECRET-KEY-…).") from None
        found = []
        async for row in letters.waiting(self._catalog, batch_id(batch) if batch else None):
            try:
                said = json.loads(age.decrypt(row.sealed, [key]))
            except CryptoError:
                raise AccessDenied("Letters were sealed to another key than this one.") from None
            found.append(Letter(*(said[name] for name in COLUMNS)))
        return sorted(
            found, key=lambda letter: (letter.class_, letter.family_name, letter.username)
        )

    async def discard(self, batch: str | None = None) -> int:
        """Forget those that were printed (of one batch); how many."""
        return await self._catalog.commit(letters.discard, batch_id(batch) if batch else None)

    def sign(self, data: bytes) -> str:
        """The institution's signature of an export, for whoever mails it: base64 of Ed25519."""
        key = self._register.institution_key
        return base64.b64encode(key.sign(b"parchemin/letters/1\0" + data)).decode()


def as_csv(found: Sequence[Letter]) -> bytes:
    """One row a letter; a cell that a spreadsheet would take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for letter in found:
        cells = (
            letter.class_, letter.family_name, letter.given_names, letter.birth_date,
            letter.username, letter.code,
        )  # fmt: skip
        writer.writerow([inert(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def as_pdf(found: Sequence[Letter], institution: str, address: str) -> bytes:
    """One page a letter; takes a processor some milliseconds each: run it in a thread."""
    import typst

    said = {
        "institution": institution,
        "address": address,
        "letters": [
            {
                "class": letter.class_, "family_name": letter.family_name,
                "given_names": letter.given_names, "username": letter.username,
                "code": letter.code,
            }
            for letter in found
        ],
    }  # fmt: skip
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts)
    compiled = compiler.compile(format="pdf", sys_inputs={"letters": json.dumps(said)})
    assert isinstance(compiled, bytes)
    return compiled
