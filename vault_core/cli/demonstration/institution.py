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

from vault_core.cli.institution.serving import with_options
from vault_core.cli.institution.setting_up import create
from vault_core.cli.running import inside
from vault_core.errors import InvalidRecord, PluginError
from vault_core.vault.keys import keyslots
from vault_core.vault.persons.person import Facts

if TYPE_CHECKING:
    from vault_core.api import DocumentType, Subject
    from vault_core.app.institution import Institution

SEED = 2025
STUDENTS = ("bac", "b2i-lycee", "bac")
"""Whose samples say who the students are: the B2i ended before today's pupils could pass it."""
SHOWN = ("dnb", "assr1", "assr2", "bac", "b2i-lycee", "jdc", "pix")
"""What one person can well have; other types are delivered only where none of these is loaded."""
SUBJECT = {"ine", "family_name", "given_names", "birth_date", "birth_place", "gender"}
"""Columns that say whom a row is about."""
CREDENTIALS = "demo-credentials.json"
NAME = "Lycée de démonstration"


def prepare(data: Path, listen: str | None = None) -> dict[str, Any]:
    """Set the demonstration up in `data`, or find it there; who is in it and what they have.

    `listen` is where it will be served: its certificates say so.
    """
    kept = data / CREDENTIALS
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    settings = with_options(create(data, NAME), listen, None)
    facts = inside(data, _people_and_deliveries, settings)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    return facts


async def _people_and_deliveries(institution: Institution) -> dict[str, Any]:
    types = institution.plugins.document_types
    if not types:
        raise PluginError("no installed plugin delivers documents: install parchemin-bac first")
    people = _people(types)
    persons = [
        await _person(institution, subject, with_password=number < len(people) - 1)
        for number, (_, subject) in enumerate(people)
    ]
    delivered = {}
    for type_id in [shown for shown in SHOWN if shown in types] or sorted(types):
        file = io.BytesIO(table(types[type_id], [identity for identity, _ in people]))
        summary = await institution.deliveries.deliver(type_id, file)
        delivered[type_id] = summary.counts["delivered"]
    for person in persons:
        await _app_password(institution, person)
    return {"persons": persons, "delivered": delivered}


def _people(types: Mapping[str, DocumentType]) -> list[tuple[Mapping[str, str], Subject]]:
    """Sample rows about the students, and whom they are about; all of them different."""
    people = []
    for number, wanted in enumerate(STUDENTS):
        source = types[wanted if wanted in types else min(types)]
        row = list(source.sample(number + 1, SEED))[number]
        people.append((row, source.parse(row).subject))
    return people


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
    """A file as an issuer would export it: the type's sample rows, about these people.

    Whom the type's own rules refuse, because they were born too late for it, is left out.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in document_type.columns])
    for row, identity in zip(document_type.sample(len(identities), SEED), identities, strict=True):
        about = {key: identity[key] for key in row.keys() & identity.keys() & SUBJECT}
        try:
            document_type.parse({**row, **about})
        except InvalidRecord:
            continue
        writer.writerow([{**row, **about}.get(column.id, "") for column in document_type.columns])
    return text.getvalue().encode()


def _username(subject: Subject) -> str:
    name = f"{subject.given_names[0]}.{subject.family_name}".replace("œ", "oe").replace("Œ", "oe")
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isascii() and letter not in " '")
