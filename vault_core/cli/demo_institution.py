"""What `parchemin demo` sets up, by the same services and files as everybody uses."""

from __future__ import annotations

import csv
import io
import json
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault_core.cli.running import inside
from vault_core.cli.serving import create
from vault_core.errors import PluginError
from vault_core.vault import keyslots
from vault_core.vault.persons import Facts

if TYPE_CHECKING:
    from vault_core.api import DocumentType, Subject
    from vault_core.app import Institution

STUDENTS = 3
SEED = 2025
FIRST_TYPE = "bac"
"""The document type whose samples say who the students are."""
CREDENTIALS = "demo-credentials.json"
NAME = "Lycée de démonstration"


def prepare(data: Path) -> dict[str, Any]:
    """Set the demonstration up in `data`, or find it there; who is in it and what they have."""
    kept = data / CREDENTIALS
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    create(data, NAME)
    facts = inside(data, _people_and_deliveries)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    return facts


async def _people_and_deliveries(institution: Institution) -> dict[str, Any]:
    types = institution.plugins.document_types
    if not types:
        raise PluginError("no installed plugin delivers documents: install parchemin-bac first")
    first = types[FIRST_TYPE if FIRST_TYPE in types else min(types)]
    identities = list(first.sample(STUDENTS, SEED))
    persons = [
        await _person(institution, first.parse(row).subject, with_password=number > 0)
        for number, row in enumerate(reversed(identities))
    ]
    delivered = {}
    for type_id, document_type in sorted(types.items()):
        file = io.BytesIO(table(document_type, identities))
        summary = await institution.deliveries.deliver(type_id, file)
        delivered[type_id] = summary.counts["delivered"]
    for person in persons:
        await _app_password(institution, person)
    return {"persons": persons[::-1], "delivered": delivered}


async def _person(
    institution: Institution, subject: Subject, with_password: bool
) -> dict[str, Any]:
    facts = Facts(
        " ".join(subject.given_names), subject.family_name, subject.birth_date, subject.ine
    )
    password = secrets.token_urlsafe(12) if with_password else None
    new = await institution.persons.add(_username(subject), facts, password)
    return {
        "username": new.person.username,
        "password": password,
        "activation_code": new.activation_code,
    }


async def _app_password(institution: Institution, person: dict[str, Any]) -> None:
    name, vaults = person["username"], institution.vaults
    if person["password"] is not None:
        vault = await vaults.open_password(name, person["password"])
    else:
        vault = await vaults.open_by_code("activation", name, person["activation_code"])
    _, person["app_password"] = await keyslots.add_app_password(vault, "demonstration")


def table(document_type: DocumentType, identities: Sequence[Mapping[str, str]]) -> bytes:
    """A file as an issuer would export it: the type's sample rows, about these people."""
    rows = list(document_type.sample(len(identities), SEED))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in document_type.columns])
    for row, identity in zip(rows, identities, strict=True):
        cells = {**row, **{key: identity[key] for key in row.keys() & identity.keys() & SUBJECT}}
        writer.writerow([cells.get(column.id, "") for column in document_type.columns])
    return text.getvalue().encode()


SUBJECT = {"ine", "family_name", "given_names", "birth_date", "birth_place", "gender"}


def _username(subject: Subject) -> str:
    name = f"{subject.given_names[0]}.{subject.family_name}"
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isascii() and letter not in " '")
