"""How an account is protected: password, second factor, passkeys; and closing the vault for good.

What a stolen token must not do alone asks for what only the vault's owner knows, in the body, as
the pages ask for it in a form: the password, with a code where there is a second factor.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field

from vault_core.errors import (
    AccessDenied,
    Conflict,
    Forbidden,
    InvalidRequest,
    NodeNotFound,
    TooManyAttempts,
)
from vault_core.rest.call import Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.settings import Settings
from vault_core.signin.entrance import Entrance
from vault_core.signin.factors import Factor as Held
from vault_core.signin.own_secret import RECOVERY, From, proved
from vault_core.signin.password_rules import LONGEST, SHORTEST, Weakness, weakness
from vault_core.signin.passwords import change
from vault_core.vault.persons import closing

_GUESSED: Final = (Forbidden, TooManyAttempts)
WEAK: Final[dict[Weakness, str]] = {
    "short": f"A password has at least {SHORTEST} characters.",
    "long": f"A password has at most {LONGEST} characters.",
    "simple": "It repeats too few characters: choose a longer sentence.",
    "common": "It is one of those that are guessed first: choose a longer sentence.",
}
"""What is wrong with a password that was chosen."""


class Owner(Input):
    """What only the vault's owner knows."""

    password: Annotated[
        str, Field(max_length=256, description="The present one, or the printed recovery code.")
    ]
    code: Annotated[
        str, Field(max_length=60, description="Of the application, where one is asked for.")
    ] = ""


class NewPassword(Owner):
    """The present password and the new one."""

    new_password: Annotated[
        str, Field(max_length=4096, description="12 to 256 characters, and not easily guessed.")
    ]


class Factor(Output):
    """A passkey, or an application that makes codes."""

    id: Annotated[Id, Field(description="By which it is removed.")]
    kind: Annotated[Literal["passkey", "totp"], Field(description="totp: an application's codes.")]
    label: Annotated[str, Field(description="What its owner calls it.")]
    opens: Annotated[bool, Field(description="Whether it opens the vault by itself.")]
    created_at: Annotated[dt.datetime, Field(description="When it was added.")]
    used_at: Annotated[dt.datetime | None, Field(description="When it was last used.")]


class Factors(Output):
    """All of the account."""

    items: Annotated[list[Factor], Field(description="The oldest first.")]


class CodeSetup(Output):
    """What an application needs to make codes. Nothing is kept until it shows that it does."""

    secret: Annotated[str, Field(description="For the application: base32.")]
    address: Annotated[str, Field(description="The same as `otpauth://…`, for a QR code.")]
    ticket: Annotated[str, Field(description="To be sent back with a code within half an hour.")]


class ConfirmedApplication(Input):
    """A code that shows that the application works."""

    ticket: Annotated[str, Field(max_length=2000, description="Of `setUpCodes`.")]
    code: Annotated[str, Field(max_length=80, description="What the application shows now.")]
    label: Annotated[str, Field(max_length=60, description="To tell it by.")] = ""


class Ending(Owner):
    """That the vault closes for good, by who knows its secret and says its name."""

    username: Annotated[
        str, Field(max_length=64, description="One's own, so that nobody does it by mistake.")
    ]


class Closing(Output):
    """Whether and when the vault closes for good."""

    ends_at: Annotated[
        dt.datetime | None, Field(description="Until then it can be cancelled; null: it stays.")
    ]
    asked_by: Annotated[
        Literal["owner", "institution"] | None, Field(description="Null: nobody asked for it.")
    ]
    days: Annotated[int, Field(description="The waiting time, where it is asked for now.")]


class ProtectionApi:
    """Protection and closing."""

    def __init__(self, entrance: Entrance, settings: Callable[[], Settings]) -> None:
        self._entrance = entrance
        self._settings = settings

    @operation("PUT", "/api/v1/password", needs="account:write", errors=_GUESSED)
    async def change_password(self, call: Call, body: NewPassword) -> None:
        """Change the main password.

        Every session but the one that calls is over; tokens and app passwords stay.
        """
        told = (call.vault.username, self._settings().institution.name)
        fault = await asyncio.to_thread(weakness, body.new_password, told)
        if fault:
            raise InvalidRequest(WEAK[fault], {"newPassword": WEAK[fault]})
        await self._prove(call, body)
        await change(call.vault, body.new_password, keep=call.vault.slot_id)

    @operation("GET", "/api/v1/factors", needs="account:read")
    async def list_factors(self, call: Call) -> Factors:
        """Passkeys, and the application whose codes are asked for."""
        found = await self._entrance.factors.listing(call.vault.id)
        return Factors(items=[_factor(one) for one in found])

    @operation("POST", "/api/v1/factors/{factor}/remove", needs="account:write",
               errors=(*_GUESSED, NodeNotFound))  # fmt: skip
    async def remove_factor(self, call: Call, factor: Id, body: Owner) -> None:
        """Remove a passkey or an application: it opens nothing, and is not asked for, any more.

        The last way into the vault stays.
        """
        wanted, factors = bytes.fromhex(factor), self._entrance.factors
        if wanted not in {row.id for row in await factors.rows(call.vault.id)}:
            raise NodeNotFound("There is no such passkey or application.")
        await self._prove(call, body)
        await factors.remove(call.vault, wanted)

    @operation("POST", "/api/v1/code-application", needs="account:write", errors=_GUESSED)
    async def set_up_codes(self, call: Call, body: Owner) -> CodeSetup:
        """Begin to ask for an application's codes beside the password."""
        await self._prove(call, body)
        found = self._entrance.factors.set_up(call.vault, self._settings().institution.name)
        return CodeSetup(secret=found.secret, address=found.address, ticket=found.ticket)

    @operation("PUT", "/api/v1/code-application", needs="account:write", errors=_GUESSED)
    async def confirm_codes(self, call: Call, body: ConfirmedApplication) -> None:
        """The application showed a right code: from now on it is asked for, in place of another."""
        label = " ".join(body.label.split())
        try:
            await self._entrance.factors.confirm(call.vault, body.ticket, body.code, label)
        except AccessDenied:
            raise Forbidden("The code or its ticket is not right: set it up again.") from None

    @operation("GET", "/api/v1/closing", needs="account:read")
    async def get_closing(self, call: Call) -> Closing:
        """Whether the vault closes for good, and when."""
        return await self._closing(call)

    @operation("POST", "/api/v1/closing", needs="account:write", errors=_GUESSED)
    async def close_vault(self, call: Call, body: Ending) -> Closing:
        """Close the vault for good after the waiting time.

        Until then everything can be read and taken away, and it can be cancelled. Asked again, the
        first time holds.
        """
        if body.username.strip().casefold() != call.vault.username.casefold():
            raise InvalidRequest("Send your own username.", {"username": "not yours"})
        await self._prove(call, body)
        await closing.ask(call.vault, self._settings().vault.closing_days)
        return await self._closing(call)

    @operation("DELETE", "/api/v1/closing", needs="account:write", errors=(Conflict, Forbidden))
    async def keep_vault(self, call: Call) -> None:
        """Leave the vault open after all."""
        await closing.cancel(call.vault)

    async def _closing(self, call: Call) -> Closing:
        found = await closing.asked(call.vault.opened.services.catalog, call.vault.id)
        by: Literal["owner", "institution"] | None = None
        if found is not None:
            by = "owner" if found.asked_by is None else "institution"
        return Closing(
            ends_at=moment(found.ends_at) if found else None, asked_by=by,
            days=self._settings().vault.closing_days,
        )  # fmt: skip

    async def _prove(self, call: Call, owner: Owner) -> None:
        """Raises Forbidden unless the vault's owner sent it, TooManyAttempts."""
        name, client = call.vault.username, From(call.address)
        try:
            proof = await proved(self._entrance, name, owner.password, owner.code, RECOVERY, client)
            if proof.vault != call.vault.id:
                raise AccessDenied
        except AccessDenied:
            raise Forbidden("The password, or the code beside it, is not right.") from None


def _factor(one: Held) -> Factor:
    return Factor(
        id=one.id.hex(), kind="passkey" if one.kind == "passkey" else "totp", label=one.label,
        opens=one.opens, created_at=moment(one.created_at),
        used_at=moment(one.used_at) if one.used_at else None,
    )  # fmt: skip
