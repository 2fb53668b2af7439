"""Coming in by program: a password, a printed code or a passkey begins a session.

The session's secret is a cookie, as in a browser, and opens what a session opens. It is no bearer
token: one is made from it, with the scopes that the program needs (docs/adr/0062).
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field

from vault_core.crypto.slots import SlotKind
from vault_core.errors import (
    AccessDenied,
    Conflict,
    FactorNeeded,
    Forbidden,
    InvalidRequest,
    Suspended,
    TooManyAttempts,
)
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.protection import WEAK
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.settings import Settings
from vault_core.signin.entering import Entered, by_printed_code, enter
from vault_core.signin.entrance import Entrance
from vault_core.signin.own_secret import From, check_code
from vault_core.signin.passkeys import Asked
from vault_core.signin.password_rules import weakness
from vault_core.signin.sessions import HOURS, Way
from vault_core.store.ids import SlotId
from vault_core.vault.keys.entrusting import Trustees
from vault_core.vault.vault import Vault

_REFUSED: Final = (Forbidden, FactorNeeded, Suspended, TooManyAttempts)
_CREDENTIAL: Final = (
    "A `PublicKeyCredential` as `toJSON()` gives it (WebAuthn level 3, section 5.1), without the"
    " PRF output."
)
_PRF: Final = (
    "`prf.results.first` of the client extension results, in base64url. Without it the passkey says"
    " who it is, and does not open the vault."
)
Username = Annotated[str, Field(max_length=64, description="As the institution gave it.")]
Label = Annotated[str, Field(max_length=60, description="In its owner's list; may be empty.")]
Ticket = Annotated[str, Field(max_length=8192, description="Of the options that were asked for.")]


@dataclass(frozen=True, slots=True)
class Doorstep:
    """What pages and API have in common about browsers that are not let in yet."""

    session: Callable[[web.BaseRequest], Awaitable[Vault | None]]
    """The vault that the request's cookie opens."""
    same_site: Callable[[web.BaseRequest], None]
    """Raises Forbidden if a browser says that another site sent the request."""
    browser: Callable[[web.BaseRequest, str], str]
    """A name for the browser if that account came in by it before, else ""."""
    hand_over: Callable[[web.BaseRequest, web.StreamResponse, Entered], None]
    """Set the cookies of a session."""
    server_url: Callable[[web.BaseRequest], str]
    """`https://host`, without a final slash: what passkeys are bound to."""


class SignIn(Input):
    """What only the vault's owner knows."""

    username: Username
    password: Annotated[str, Field(max_length=256, description="The main password.")]
    code: Annotated[
        str, Field(max_length=60, description="The second factor: a code, or the recovery code.")
    ] = ""
    label: Label = ""


class PrintedCode(Input):
    """A printed code, and the main password from now on."""

    username: Username
    code: Annotated[
        str, Field(max_length=80, description="As it is printed; case and dashes do not count.")
    ]
    new_password: Annotated[
        str, Field(max_length=4096, description="12 to 256 characters, and not easily guessed.")
    ]
    label: Label = ""


class Session(Output):
    """A session that began. Its secret is in the cookie of the answer."""

    credential: Annotated[Id, Field(description="By which `revokeCredential` ends it.")]
    username: Annotated[str, Field(description="Whose vault it opens.")]
    expires_at: Annotated[dt.datetime, Field(description="Then one signs in again.")]
    newly_entrusted: Annotated[
        bool,
        Field(description="Who else can open the vault has changed: show `/account/entrusted`."),
    ]


class PasskeyOptions(Output):
    """What an authenticator is asked. Good for five minutes, and once."""

    options: Annotated[
        dict[str, Any],
        Field(description="`publicKey` of `navigator.credentials`; binary members in base64url."),
    ]
    ticket: Annotated[str, Field(description="To be sent back with the answer.")]


class PasskeyAnswer(Input):
    """What an authenticator answered."""

    ticket: Ticket
    credential: Annotated[dict[str, Any], Field(description=_CREDENTIAL)]
    prf: Annotated[str, Field(max_length=64, description=_PRF)] = ""
    label: Label = ""


class NewPasskey(Output):
    """A passkey that is kept from now on."""

    opens: Annotated[bool, Field(description="Whether it opens the vault by itself.")]


class EnteringApi:
    """Coming in."""

    def __init__(
        self, entrance: Entrance, trustees: Callable[[], Trustees], doorstep: Doorstep,
        settings: Callable[[], Settings],
    ) -> None:  # fmt: skip
        self._entrance = entrance
        self._trustees = trustees
        self._doorstep = doorstep
        self._settings = settings

    @operation("POST", "/api/v1/sessions", needs="public", status=201, errors=_REFUSED)
    async def sign_in(self, call: Call, body: SignIn) -> Answer[Session]:
        """Sign in with the main password.

        Where a second factor is asked for, a right password without `code` is answered with
        FactorNeeded. The session that the request's cookie had is over. Guesses count together
        with those on the sign-in page.
        """
        self._doorstep.same_site(call.request)
        name = body.username.strip()
        client = From(call.address, self._doorstep.browser(call.request, name))
        vaults, wrong = self._entrance.vaults, "These do not open a vault: check them."
        try:
            proof = await vaults.prove_password(name, body.password, client.address, client.browser)
            if await self._entrance.factors.needed(proof.vault):
                if not body.code.strip():
                    raise FactorNeeded
                await check_code(self._entrance, proof, body.code, client)
            vault = await vaults.enter(proof)
        except AccessDenied:
            raise Forbidden(wrong) from None
        return await self._begin(call, vault, body.label, Way("password"))

    @operation("POST", "/api/v1/activations", needs="public", status=201, errors=_REFUSED)
    async def activate(self, call: Call, body: PrintedCode) -> Answer[Session]:
        """Come in for the first time, by the printed activation code.

        The code is used up. Then let the vault have a recovery code: `drawRecoveryCode`, print it,
        `confirmRecoveryCode`.
        """
        vault = await self._printed(call, "activation", body)
        return await self._begin(call, vault, body.label, Way("code"))

    @operation("POST", "/api/v1/recoveries", needs="public", status=201, errors=_REFUSED)
    async def recover(self, call: Call, body: PrintedCode) -> Answer[Session]:
        """Come back by the printed recovery code, and choose a password.

        The code stays good. Every other session is over, and no application's codes are asked for
        until they are set up again.
        """
        vault = await self._printed(call, "recovery", body)
        return await self._begin(call, vault, body.label, Way("code"))

    async def _printed(self, call: Call, kind: SlotKind, body: PrintedCode) -> Vault:
        self._doorstep.same_site(call.request)
        name = body.username.strip()
        about = (name, self._settings().institution.name)
        if fault := await asyncio.to_thread(weakness, body.new_password, about):
            raise InvalidRequest(WEAK[fault], {"newPassword": WEAK[fault]})
        try:
            return await by_printed_code(
                self._entrance, kind, name, body.code, body.new_password, call.address
            )
        except AccessDenied:
            raise Forbidden("This code opens no vault of that name: check both.") from None

    @operation("POST", "/api/v1/sessions/passkey-options", needs="public", errors=(Forbidden,))
    async def ask_for_passkey(self, call: Call) -> PasskeyOptions:
        """What a passkey is asked to sign in. Nobody is named, so nothing is told about anybody."""
        self._doorstep.same_site(call.request)
        asked = self._entrance.passkeys.ask(self._doorstep.server_url(call.request))
        return _options(asked)

    @operation("POST", "/api/v1/sessions/passkey", needs="public", status=201, errors=_REFUSED)
    async def sign_in_with_passkey(self, call: Call, body: PasskeyAnswer) -> Answer[Session]:
        """Sign in with a passkey that opens the vault."""
        self._doorstep.same_site(call.request)
        url = self._doorstep.server_url(call.request)
        try:
            touched = await self._entrance.passkeys.touched(_answered(body), url)
            if touched.proof is None:
                raise Forbidden("This passkey does not open the vault: sign in otherwise.")
            vault = await self._entrance.vaults.enter(touched.proof)
        except AccessDenied:
            raise Forbidden("This passkey is not known here, or its answer came late.") from None
        return await self._begin(call, vault, body.label, Way("passkey"))

    @operation("POST", "/api/v1/passkeys/options", needs="session")
    async def ask_for_new_passkey(self, call: Call) -> PasskeyOptions:
        """What an authenticator is asked to make a passkey."""
        name = self._settings().institution.name
        url = self._doorstep.server_url(call.request)
        return _options(await self._entrance.passkeys.ask_new(call.vault, url, name))

    @operation("POST", "/api/v1/passkeys", needs="session", status=201, errors=(Conflict,))
    async def add_passkey(self, call: Call, body: PasskeyAnswer) -> NewPasskey:
        """Keep a passkey that an authenticator made for `askForNewPasskey`.

        `listFactors` shows it, `removeFactor` removes it.
        """
        url = self._doorstep.server_url(call.request)
        try:
            opens = await self._entrance.passkeys.add(call.vault, _answered(body), url)
        except AccessDenied:
            raise Forbidden("The ticket is used up or late: ask for options again.") from None
        return NewPasskey(opens=opens)

    async def _begin(self, call: Call, vault: Vault, label: str, way: Way) -> Answer[Session]:
        before = await self._doorstep.session(call.request)
        name = " ".join(label.split())
        entered = await enter(self._entrance, self._trustees(), vault, name, way, before)
        session = await self._entrance.vaults.open_session(entered.token)

        def cookies(response: web.StreamResponse) -> None:
            self._doorstep.hand_over(call.request, response, entered)

        return Answer(_told(session, entered), finish=cookies)


def _told(session: Vault, entered: Entered) -> Session:
    return Session(
        credential=SlotId(session.slot_id).hex(), username=session.username,
        expires_at=moment(session.actor().at + HOURS * 3_600_000),
        newly_entrusted=entered.newly_entrusted,
    )  # fmt: skip


def _options(asked: Asked) -> PasskeyOptions:
    return PasskeyOptions(options=asked.options, ticket=asked.ticket)


def _answered(body: PasskeyAnswer) -> dict[str, Any]:
    return {
        "ticket": body.ticket, "credential": body.credential, "prf": body.prf, "label": body.label,
    }  # fmt: skip
