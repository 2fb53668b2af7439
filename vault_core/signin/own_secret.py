"""What only a vault's owner knows: a password with its second factor, or a printed code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vault_core.crypto.slots import SlotKind, parse_code
from vault_core.errors import AccessDenied
from vault_core.signin.entrance import Entrance
from vault_core.vault.vaults import Proof

ACTIVATION_LENGTH: Final = 28
"""Characters of an activation code without its dashes."""
RECOVERY_LENGTH: Final = 36
"""Characters of a recovery code without its dashes."""
PRINTED: Final[Mapping[int, SlotKind]] = {
    ACTIVATION_LENGTH: "activation", RECOVERY_LENGTH: "recovery",
}  # fmt: skip
RECOVERY: Final[Mapping[int, SlotKind]] = {RECOVERY_LENGTH: "recovery"}


@dataclass(frozen=True, slots=True)
class From:
    """Where a secret comes from: attempts are counted by it."""

    address: str
    """The client's network address."""
    browser: str = ""
    """A name for a browser in which the account came in before; "" for any other client."""


async def proved(
    entrance: Entrance, account: str, secret: str, code: str, printed: Mapping[int, SlotKind],
    client: From,
) -> Proof:  # fmt: skip
    """A password (with a code where there is a second factor), or a printed code by its length.

    Raises AccessDenied, TooManyAttempts.
    """
    kind = _printed(secret, printed)
    if kind is not None:
        try:
            return await entrance.vaults.prove_code(kind, account, secret, client.address)
        except AccessDenied:
            pass  # a password may look like one
    proof = await entrance.vaults.prove_password(account, secret, client.address, client.browser)
    if await entrance.factors.needed(proof.vault):
        await check_code(entrance, proof, code, client)
    return proof


def _printed(secret: str, printed: Mapping[int, SlotKind]) -> SlotKind | None:
    """The kind of code that it is by its length and check digits; None for a password."""
    try:
        parse_code(secret)
    except AccessDenied:
        return None
    return printed.get(len("".join(secret.replace("-", "").split())))


async def check_code(entrance: Entrance, proof: Proof, code: str, client: From) -> None:
    """Raises AccessDenied, TooManyAttempts unless the code is this person's and new.

    It is one of their application, or their recovery code.
    """
    typed = "".join(code.split())
    if len(typed.replace("-", "")) == RECOVERY_LENGTH:
        other = await entrance.vaults.prove_code("recovery", proof.account, typed, client.address)
        if other.vault != proof.vault:
            raise AccessDenied
        return
    await entrance.factors.check(proof.vault, proof.account, typed)
