"""What only a vault's owner knows: a password with its second factor, or a printed code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vault_core.crypto.slots import SlotKind
from vault_core.errors import AccessDenied
from vault_core.vault.vaults import Proof
from vault_core.web.second_factor import RECOVERY_LENGTH, check
from vault_core.web.visit import Visit

ACTIVATION_LENGTH: Final = 28
"""Characters of an activation code without its dashes."""
PRINTED: Final[Mapping[int, SlotKind]] = {
    ACTIVATION_LENGTH: "activation", RECOVERY_LENGTH: "recovery",
}  # fmt: skip
RECOVERY: Final[Mapping[int, SlotKind]] = {RECOVERY_LENGTH: "recovery"}


async def proved(
    visit: Visit, account: str, secret: str, code: str, printed: Mapping[int, SlotKind]
) -> Proof:
    """A password (with a code where there is a second factor), or a printed code by its length.

    Raises AccessDenied, TooManyAttempts.
    """
    vaults = visit.site.vaults
    kind = printed.get(len("".join(secret.replace("-", "").split())))
    if kind is not None:
        try:
            return await vaults.prove_code(kind, account, secret, visit.address)
        except AccessDenied:
            pass  # a password may be as long
    proof = await vaults.prove_password(account, secret, visit.address, visit.browser(account))
    if await visit.site.entrance.factors.needed(proof.vault):
        await check(visit, proof, code)
    return proof
