"""A whole institution with every plugin, listening, into which issuers' files are delivered."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from aiohttp import ClientSession

from tests import stores
from tests.serving import basic
from tests.web.site import listening
from vault_core.api import DocumentType
from vault_core.app.institution import Institution
from vault_core.app.opening import create_institution, open_institution
from vault_core.issuing.certificates.lifecycle import Standing
from vault_core.issuing.checking.verification import ATTACHMENT
from vault_core.issuing.credentials.identity import CertificateId
from vault_core.issuing.deliveries.delivering import Summary
from vault_core.issuing.seals.pades import read_seal
from vault_core.plugins import load_plugins
from vault_core.settings import load_settings
from vault_core.vault.keys import keyslots
from vault_core.vault.persons.person import Facts
from vault_core.vault.vault import Vault

PLUGINS = ("local", "bac", "jdc", "assr", "b2i", "pix")
TYPES = sorted(load_plugins(PLUGINS).document_types)
URL = "https://coffre.example"
SETTINGS = {
    "PARCHEMIN_PLUGINS__ENABLED": ",".join(PLUGINS),
    "PARCHEMIN_VAULT__RECIPIENT": "x25519",
    "PARCHEMIN_SERVER__PUBLIC_URL": URL,
    "PARCHEMIN_ISSUING__PROCESSES": "1",
    "PARCHEMIN_THROTTLE__RECOVER_SECONDS": "3600",  # however long a test takes
}
Row = dict[str, str]
_HREF = re.compile(r"<(?:D:)?href>([^<]+\.pdf)</", re.IGNORECASE)
_CODE = re.compile(rb"/verify/([0-9A-Z-]{16})")


@dataclass(frozen=True)
class Holder:
    """Somebody whom sample rows are about, and how their vault opens."""

    username: str
    activation: str
    token: str


@dataclass(frozen=True)
class House:
    """The running institution."""

    institution: Institution
    url: str

    def type(self, type_id: str) -> DocumentType:
        return self.institution.plugins.document_type(type_id)

    def row(self, type_id: str, number: int = 0, seed: int = 7) -> Row:
        """One row of the type's own samples."""
        return dict(list(self.type(type_id).sample(number + 1, seed))[number])

    async def holder(self, type_id: str, row: Row, username: str = "ada") -> Holder:
        """A person whom the row is about."""
        subject = self.type(type_id).parse(row).subject
        given = " ".join(subject.given_names)
        facts = Facts(given, subject.family_name, subject.birth_date, subject.ine)
        added = await self.institution.persons.add(username, facts)
        assert added.activation_code
        vault = await self.institution.vaults.open_by_code(
            "activation", username, added.activation_code
        )
        _, token = await keyslots.add_app_password(vault, "test")
        return Holder(username, added.activation_code, token)

    async def deliver(self, type_id: str, *rows: Mapping[str, str]) -> Summary:
        """The rows, as a file that an issuer sends."""
        columns = self.type(type_id).columns
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow([column.names[0] for column in columns])
        writer.writerows([[row.get(column.id, "") for column in columns] for row in rows])
        source = io.BytesIO(text.getvalue().encode())
        return await self.institution.deliveries.deliver(type_id, source)

    async def open(self, holder: Holder) -> Vault:
        """The holder's vault, with what was delivered."""
        return await self.institution.vaults.open_app_password(holder.username, holder.token)

    async def fetch(self, holder: Holder) -> dict[str, bytes]:
        """Every PDF of the vault, over WebDAV, by its path."""
        signed = {"Authorization": basic(holder.username, holder.token)}
        async with ClientSession(self.url, headers=signed) as client:
            deep = {"Depth": "infinity"}
            async with client.request("PROPFIND", "/dav/", headers=deep) as answer:
                assert answer.status == 207
                paths = _HREF.findall(await answer.text())
            found = {}
            for path in paths:
                async with client.get(path) as answer:
                    assert answer.status == 200
                    found[unquote(path).removeprefix("/dav/")] = await answer.read()
            return found

    async def fetch_one(self, holder: Holder) -> bytes:
        """The only PDF of the vault."""
        [data] = (await self.fetch(holder)).values()
        return data

    async def standings(self) -> list[Standing]:
        """What the institution knows of its certificates, oldest first."""
        return [one async for one in self.institution.certificates.everything()]

    async def newest(self) -> CertificateId:
        """The certificate that was issued last."""
        return (await self.standings())[-1].id


def credential(pdf: bytes) -> bytes:
    """The credential inside."""
    return read_seal(pdf).pdf.attachments()[ATTACHMENT]


def code(pdf: bytes) -> str:
    """The verification code of a certificate: the QR code's address ends with it."""
    found = _CODE.search(credential(pdf))
    assert found
    return found[1].decode()


@asynccontextmanager
async def house(data: Path, **env: str) -> AsyncIterator[House]:
    """An institution in `data`; `env` are further settings. Made where there is none."""
    settings = load_settings(data, stores.environment(data, {**SETTINGS, **env}))
    if not (data / "institution.key").exists():
        await create_institution(data, settings)
    async with open_institution(data, settings) as institution, listening(institution) as url:
        yield House(institution, url)
