"""An issuer's own PDFs: delivered as they are, recorded and receipted, sealed by nobody here.

Each issuer has one such document type, `ISSUER-pdf`, beside those of its plugin. A row says whom
the document is about, and brings it; it becomes no certificate, so there is nothing to check by
code, to correct or to revoke: what proves it is its issuer's own seal, and the batch's receipt.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from vault_core.api import Column, DocumentType, Issuer, Presentation, Reason, Record, Text
from vault_core.errors import InvalidRecord
from vault_core.form import INE, SUBJECT_COLUMNS, Form, person_key
from vault_core.issuing.reasons import unpacked
from vault_core.plugins import Plugins
from vault_core.samples import people

LARGEST: Final = 5 * 1024 * 1024
"""Bytes of one PDF."""
LONGEST_LINE: Final = 8 * 1024 * 1024
"""Characters of a row that brings one, in base64."""
TITLE: Final = Text("Document de l’émetteur", "Issuer’s own document")
_SUFFIX: Final = "-pdf"
_NO_DATE: Final = dt.date(1970, 1, 1)
_NAME_BYTES: Final = 200
FILE: Final = Column(
    "file", ("Fichier", "Nom du fichier", "Document", "File", "File name", "PDF"),
    Text("Fichier", "File"), sample="diplome-0001.pdf",
)  # fmt: skip
CONTENT: Final = Column(
    "content", ("Contenu", "Content"), Text("Contenu (base64)", "Content (base64)"), required=False
)
FAULT: Final = Column(
    "fault", ("Parchemin fault",), Text("Défaut", "Fault"), required=False
)  # fmt: skip
"""Why a row's document cannot be delivered, as who gathered it found."""
_PERSON: Final = tuple(
    replace(column, required=False) if column is INE else column for column in SUBJECT_COLUMNS
)
COLUMNS: Final = (*_PERSON, FILE, CONTENT, FAULT)


class OwnDocuments:
    """The type of one issuer, as a `vault_core.api.DocumentType`."""

    title = TITLE
    columns: Sequence[Column] = COLUMNS

    def __init__(self, issuer: Issuer) -> None:
        self.id = f"{issuer.id}{_SUFFIX}"
        self.issuer = issuer.id

    def parse(self, row: Mapping[str, str]) -> Record:
        """Whom it is about, its name and its bytes. Raises InvalidRecord with every reason."""
        if row.get("fault"):
            raise InvalidRecord(*_faults(row["fault"]))
        form = Form(row, COLUMNS)
        subject = form.subject()
        name = form.read("file", file_name) or ""
        content = row.get("content", "")
        data = form.read("content", _pdf) or b""
        form.check(
            bool(data) or bool(content),
            Reason(
                f"{CONTENT.title.fr} : le document manque",
                f"{CONTENT.title.en}: the document is missing",
            ),
        )
        form.done()
        hashed = hashlib.sha256(data).hexdigest()
        facts = {"file": name, "sha256": hashed, "content": content}
        return Record(self.id, f"pdf:{hashed}:{person_key(subject)}", subject, facts, _NO_DATE)

    def present(self, record: Record) -> Presentation:
        """Its name; what it says is its issuer's."""
        name = Text(record.facts["file"], record.facts["file"])
        return Presentation(TITLE, name, TITLE, (), record.facts["file"])

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented rows, each with a page of its own."""
        source = random.Random(seed)  # noqa: S311 -- invented
        for number, person in enumerate(people(source, count, 2008)):
            data = f"%PDF-1.4\n% {seed}/{number}\n%%EOF\n".encode()
            yield {
                **person.cells(), "file": f"document-{number}.pdf",
                "content": base64.b64encode(data).decode(),
            }  # fmt: skip

    def template(self) -> str:
        """None: no page is set."""
        return ""


def _faults(text: str) -> tuple[str, ...]:
    """What a drop folder found, or what somebody else wrote there."""
    try:
        return unpacked(json.loads(text))
    except (ValueError, TypeError, IndexError, RecursionError):
        return (text,)


def content_of(record: Record) -> bytes:
    """The document that a record of such a type brings."""
    return base64.b64decode(record.facts["content"])


def with_own_documents(plugins: Plugins) -> Plugins:
    """The same, and for each issuer the type of its own documents."""
    types: dict[str, DocumentType] = dict(plugins.document_types)
    origins = dict(plugins.origins)
    for issuer in plugins.issuers.values():
        own = OwnDocuments(issuer)
        if own.id not in types:
            types[own.id] = own
            origins[own.id] = "parchemin"
    return replace(
        plugins, document_types=MappingProxyType(types), origins=MappingProxyType(origins)
    )


def file_name(text: str) -> str:
    """The name of a PDF in a folder, normalised (NFC). Raises ValueError, saying why not."""
    name = unicodedata.normalize("NFC", text.strip())
    if not name.lower().endswith(".pdf"):
        raise ValueError(
            Reason(
                "n'est pas le nom d'un PDF (il doit finir par .pdf)",
                "is no name of a PDF (it must end in .pdf)",
            )
        )
    if name.startswith(".") or set(name) & set('/\\:*?"<>|') or not name.isprintable():
        raise ValueError(
            Reason(
                "n'est pas un simple nom de fichier : il ne doit mener à aucun dossier",
                "is no plain file name: it may lead to no other folder",
            )
        )
    if len(name.encode()) > _NAME_BYTES:
        raise ValueError(
            Reason(f"est plus long que {_NAME_BYTES} octets", f"is longer than {_NAME_BYTES} bytes")
        )
    return name


def _pdf(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(Reason("n'est pas du base64", "is no base64")) from None
    check_pdf(data)
    return data


def check_pdf(data: bytes) -> None:
    """Raises ValueError, saying why these bytes are not delivered."""
    if len(data) > LARGEST:
        raise ValueError(Reason(f"a plus de {LARGEST} octets", f"has more than {LARGEST} bytes"))
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-1024:]:
        raise ValueError(Reason("n'est pas un PDF entier", "is no whole PDF"))
