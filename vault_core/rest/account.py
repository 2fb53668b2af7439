"""The account: who one is here, how full the vault is, and what opens it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from pydantic import Field

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, BadRequest, Forbidden, NodeNotFound
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.scopes import Scope
from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.vault.nodes.node import Slot
from vault_core.vault.overview import overview
from vault_core.vault.persons.register import Persons

DAY: Final = 86_400_000
_RECOVERY_BYTES: Final = 20
Label = Annotated[
    str, Field(min_length=1, max_length=60, pattern=r"\S", description="To tell it from others.")
]


class Storage(Output):
    """Bytes of documents, earlier versions and trash, and how many may be."""

    used: Annotated[int, Field(description="Bytes that count against the limit.")]
    limit: Annotated[int, Field(description="Bytes that the institution allows.")]
    available: Annotated[int, Field(description="Bytes that are left.")]
    kinds: Annotated[
        dict[str, int],
        Field(
            description="Bytes of the present documents by kind: certificate, pdf, image, text,"
            " audio, video, other; the rest of `used` is earlier versions and trash."
        ),
    ]


class Account(Output):
    """Who calls, and how full the vault is."""

    username: Annotated[str, Field(description="By which one signs in.")]
    given_name: Annotated[str, Field(description="As the institution has it.")]
    family_name: Annotated[str, Field(description="As the institution has it.")]
    storage: Annotated[Storage, Field(description="How full the vault is.")]
    key_kind: Annotated[str, Field(description="Algorithm of the vault's key.")]
    created_at: Annotated[dt.datetime, Field(description="When the vault was made.")]
    credential: Annotated[Id, Field(description="The session or token of this call.")]
    scopes: Annotated[
        list[Scope] | None, Field(description="Of the token; null for a session, which has all.")
    ]


class Credential(Output):
    """One secret that opens the vault: a session, a device, a program, a printed code."""

    id: Annotated[Id, Field(description="By which it is revoked, and named in the journal.")]
    kind: Annotated[str, Field(description="password, app-password, session, token, recovery, …")]
    label: Annotated[str, Field(description="What its owner calls it.")]
    scopes: Annotated[list[Scope] | None, Field(description="Of a token.")]
    created_at: Annotated[dt.datetime, Field(description="When it was made.")]
    expires_at: Annotated[dt.datetime | None, Field(description="Null: when it is revoked.")]
    revocable: Annotated[bool, Field(description="Whether `revokeCredential` takes it.")]


class Credentials(Output):
    """All that opens the vault, oldest first."""

    items: Annotated[list[Credential], Field(description="The oldest first.")]


class NewAppPassword(Input):
    """What the app password is for."""

    label: Label


class NewToken(Input):
    """What the token is for, and how long."""

    label: Label
    scopes: Annotated[
        list[Scope], Field(min_length=1, max_length=32, description="What it may do.")
    ]
    days: Annotated[int, Field(ge=1, le=366, description="Until it expires.")] = 90


class Secret(Output):
    """A credential that was just made. The secret is shown this once."""

    credential: Annotated[Credential, Field(description="What it is, without the secret.")]
    secret: Annotated[str, Field(description="Shown this once: keep it safe.")]


class RecoveryCode(Output):
    """A code to print; it opens the vault once it was confirmed."""

    code: Annotated[str, Field(description="Shown this once: print it.")]


class ConfirmedCode(Input):
    """A code that was printed."""

    code: Annotated[
        str, Field(min_length=20, max_length=80, description="The whole code, copied from paper.")
    ]


class AccountApi:
    """Account, devices and tokens."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    @operation("GET", "/api/v1/account", needs="account:read")
    async def account(self, call: Call) -> Account:
        """Who one is, and how full the vault is."""
        vault = call.vault
        person, quota = await self._persons.find(vault.username), await vault.quota()
        sizes = dict((await overview(vault)).sizes)
        return Account(
            username=person.username,
            given_name=person.facts.given_name,
            family_name=person.facts.family_name,
            storage=Storage(
                used=quota.used, limit=quota.limit, available=quota.available, kinds=sizes
            ),
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

    @operation("POST", "/api/v1/recovery-code", needs="session")
    async def draw_recovery_code(self, call: Call) -> RecoveryCode:
        """Draw a recovery code.

        It opens nothing yet, and is kept nowhere: print it, then confirm it.
        """
        return RecoveryCode(code=codes.new_recovery_code(call.vault.opened.services.random))

    @operation("PUT", "/api/v1/recovery-code", needs="session")
    async def confirm_recovery_code(self, call: Call, body: ConfirmedCode) -> None:
        """Let a printed code open the vault, in place of the one before."""
        try:
            secret = codes.parse_code(body.code)
        except AccessDenied as error:
            raise BadRequest(str(error)) from None
        if len(secret) < _RECOVERY_BYTES:
            raise BadRequest("That is no recovery code: draw one, and send it as it was printed.")
        await keyslots.replace_kind(call.vault, "recovery", secret)


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
