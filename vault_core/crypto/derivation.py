"""How a secret becomes the key of a slot: the parameters stored with it, strict and bounded.

Parameters are canonical JSON (RFC 8785; they hold only ASCII strings and integers, which
`json` writes the same way). They are authenticated by the wrap, but only after a key was
derived by them: so nothing here believes a stored cost beyond its bound.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from vault_core.crypto import aead
from vault_core.errors import AccessDenied

SALT_SIZE: Final = 16
MIN_SECRET_SIZE: Final = 16
"""Shorter random secrets could be guessed, as HKDF is fast."""

_ARGON2ID: Final = "argon2id"
_HKDF: Final = "hkdf-sha256"
_AGE: Final = "age"
_INFO: Final = b"parchemin/slot-key/1/"
_MAX_PARAMETERS: Final = 512


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a password costs: Argon2id's memory (KiB), passes and lanes."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    @property
    def allowed(self) -> bool:
        """Whether the server will spend it: a quarter GiB and about two seconds at most."""
        return (
            1 <= self.lanes <= 16
            and 1 <= self.passes <= 10
            and 8 * self.lanes <= self.memory_kib <= 256 * 1024
        )


RFC_9106: Final = Cost()
"""The second recommended option of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes."""


def canonical(members: dict[str, str | int]) -> str:
    """The canonical JSON of a flat object."""
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def argon2id_parameters(salt: bytes, cost: Cost) -> str:
    """The parameters of a password's slot. Raises ValueError for a cost that is not allowed."""
    if not cost.allowed:
        raise ValueError("that cost of a password is not allowed")
    return canonical(
        {
            "kdf": _ARGON2ID,
            "lanes": cost.lanes,
            "memory_kib": cost.memory_kib,
            "passes": cost.passes,
            "salt": salt.hex(),
            "v": 1,
        }
    )


def hkdf_parameters(salt: bytes) -> str:
    """The parameters of a random secret's slot."""
    return canonical({"kdf": _HKDF, "salt": salt.hex(), "v": 1})


def age_parameters(recipient_hash: bytes) -> str:
    """The parameters of a slot that is an age file: the hash of its recipient."""
    return canonical({"kdf": _AGE, "recipient": recipient_hash.hex(), "v": 1})


def derive(parameters: str, secret: bytes, kind: str) -> bytes:
    """The 32-byte key that wraps the identity.

    A password takes tenths of a second: run it in a thread. Raises AccessDenied if the stored
    parameters are damaged, of another kind of slot, or ask for more than is allowed.
    """
    members = _parse(parameters)
    salt = _salt(members)
    if kind != "password":
        if parameters != hkdf_parameters(salt):
            raise _damaged()
        return aead.hkdf_sha256(secret, salt, _INFO + kind.encode())
    cost = Cost(
        _integer(members, "memory_kib"), _integer(members, "passes"), _integer(members, "lanes")
    )
    if not cost.allowed or parameters != argon2id_parameters(salt, cost):
        raise _damaged()
    return aead.argon2id(secret, salt, cost.memory_kib, cost.passes, cost.lanes)


def _parse(parameters: str) -> dict[str, object]:
    """The members of a flat object; whether it is canonical is checked by writing it again."""
    try:
        members = json.loads(parameters) if len(parameters) <= _MAX_PARAMETERS else None
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise _damaged()
    return members


def _salt(members: dict[str, object]) -> bytes:
    text = members.get("salt")
    try:
        salt = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        salt = b""
    if len(salt) != SALT_SIZE:
        raise _damaged()
    return salt


def _integer(members: dict[str, object], name: str) -> int:
    value = members.get(name)
    if type(value) is not int:
        raise _damaged()
    return value


def _damaged() -> AccessDenied:
    return AccessDenied("The key slot's stored parameters are damaged: sign in another way.")
