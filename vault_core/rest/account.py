"""The account: who one is here, how full the vault is, and what opens it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from pydantic import Field

from vault_core.errors import Forbidden, NodeNotFound
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.scopes import Scope
from vault_core.store.ids import SlotId
from vault_core.vault import keyslots
from vault_core.vault.node import Slot
from vault_core.vault.persons import Persons

DAY: Final = 86_400_000
Label = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class Storage(Output):
    """Bytes of documents, earlier versions and trash, and how many may be."""

    used: int
    limit: int
    available: int


class Account(Output):
    """Who calls, and how full the vault is."""

    username: str
    given_name: str
    family_name: str
    storage: Storage
    key_kind: Annotated[str, Field(description="Algorithm of the vault's key.")]
    created_at: dt.datetime
    credential: Annotated[Id, Field(description="The session or token of this call.")]
    scopes: Annotated[
        list[Scope] | None, Field(description="Of the token; null for a session, which has all.")
    ]


class Credential(Output):
    """One secret that opens the vault: a session, a device, a program, a printed code."""

    id: Id
    kind: Annotated[str, Field(description="password, app-password, session, token, recovery, …")]
    label: str
    scopes: Annotated[list[Scope] | None, Field(description="Of a token.")]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revocable: Annotated[bool, Field(description="Whether `revokeCredential` takes it.")]


class Credentials(Output):
    """All that opens the vault, oldest first."""

    items: list[Credential]


class NewAppPassword(Input):
    """What the app password is for."""

    label: Label


class NewToken(Input):
    """What the token is for, and how long."""

    label: Label
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=32)]
    days: Annotated[int, Field(ge=1, le=366, description="Until it expires.")] = 90


class Secret(Output):
    """A credential that was just made. The secret is shown this once."""

    credential: Credential
    secret: str


class AccountApi:
    """Account, devices and tokens."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    @operation("GET", "/api/v1/account", needs="account:read")
    async def account(self, call: Call) -> Account:
        """Who one is, and how full the vault is."""
        vault = call.vault
        person, quota = await self._persons.find(vault.username), await vault.quota()
        return Account(
            username=person.username,
            given_name=person.facts.given_name,
            family_name=person.facts.family_name,
            storage=Storage(used=quota.used, limit=quota.limit, available=quota.available),
            key_kind=vault.opened.identity.kind,
            created_at=moment(person.created_at),
            credential=vault.slot_id.hex(),
            scopes=None if call.scopes is None else sorted(call.scopes),
        )

    @operation("GET", "/api/v1/credentials", needs="account:read")
    async def list_credentials(self, call: Call) -> Credentials:
        """What opens the vault.

        Sessions, app passwords, tokens and printed codes; never their secrets.
        """
        found = await keyslots.listing(call.vault)
        return Credentials(items=[credential(slot) for slot in found])

    @operation("DELETE", "/api/v1/credentials/{credential}", needs="account:write",
               errors=(Forbidden, NodeNotFound))  # fmt: skip
    async def revoke_credential(self, call: Call, credential: Id) -> None:
        """Revoke a session, an app password or a token.

        What it opened is closed at its next request. Passwords and printed codes are replaced, not
        revoked.
        """
        slot = SlotId(bytes.fromhex(credential))
        await keyslots.revoke_of(call.vault, slot, keyslots.REVOCABLE)

    @operation("POST", "/api/v1/app-passwords", needs="session", status=201, once=True)
    async def create_app_password(self, call: Call, body: NewAppPassword) -> Answer[Secret]:
        """Make an app password for one WebDAV client.

        It opens the whole vault at `/dav/`, and nothing else.
        """
        slot, secret = await keyslots.add_app_password(call.vault, _tidy(body.label))
        return _made(slot, secret)

    @operation("POST", "/api/v1/tokens", needs="session", status=201, once=True)
    async def create_token(self, call: Call, body: NewToken) -> Answer[Secret]:
        """Make a token for one program.

        It calls this API, as far as its scopes go, until it expires or is revoked; it does not
        open `/dav/`.
        """
        expires = call.vault.actor().at + body.days * DAY
        made = await keyslots.add_token(call.vault, _tidy(body.label), body.scopes, expires)
        return _made(*made)


def _tidy(label: str) -> str:
    return " ".join(label.split())


def _made(slot: Slot, secret: str) -> Answer[Secret]:
    return Answer(
        Secret(credential=credential(slot), secret=secret),
        location=f"/api/v1/credentials/{slot.id.hex()}",
    )


def credential(slot: Slot) -> Credential:
    """A key slot, for its owner."""
    return Credential(
        id=slot.id.hex(),
        kind=slot.kind,
        label=slot.label,
        scopes=list(slot.scopes) if slot.kind == "token" else None,
        created_at=moment(slot.created_at),
        expires_at=moment(slot.expires_at) if slot.expires_at else None,
        revocable=slot.kind in keyslots.REVOCABLE,
    )
