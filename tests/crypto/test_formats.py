"""The stored formats, written a second time from docs/format-crypto.md with bare primitives.

What is stored must be readable for ever: a change here is a new version, not a new test.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.crypto.age_files import CLASSIC, HYBRID, seeded
from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.keys import Identity
from vault_core.crypto.sealed import Keyring, SealingKeys, ServerKeyring
from vault_core.crypto.slots import (
    Cost,
    SlotBinding,
    SlotKind,
    entrust_identity,
    new_activation_code,
    new_app_password,
    new_recovery_code,
    slot_lookup,
    wrap_identity,
)

VAULT, SLOT, SECRET = b"v" * 16, b"s" * 16, bytes(range(20))
KIND_BYTES = {"x25519": b"\x01", "mlkem768x25519": b"\x02"}


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def slot_data(kind: str, parameters: str) -> bytes:
    fields = [VAULT, SLOT, kind.encode(), parameters.encode()]
    data = b"parchemin/slot/1"
    for field in fields:
        data += len(field).to_bytes(4, "big") + field
    return data


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID], ids=lambda identity: identity.kind)
@pytest.mark.parametrize("kind", ["app-password", "session", "activation", "recovery", "passkey"])
def test_slot_of_a_random_secret(kind: SlotKind, identity: Identity) -> None:
    made = wrap_identity(identity, SECRET, SlotBinding(VAULT, SLOT, kind), seeded(1))
    salt = seeded(1)(16)
    assert made.parameters == f'{{"kdf":"hkdf-sha256","salt":"{salt.hex()}","v":1}}'
    key = hkdf(SECRET, salt, b"parchemin/slot-key/1/" + kind.encode())
    data = slot_data(kind, made.parameters)
    plain = ChaCha20Poly1305(key).decrypt(bytes(12), made.wrapped, data)
    assert plain == KIND_BYTES[identity.kind] + identity.secret


def test_slot_of_a_password() -> None:
    binding = SlotBinding(VAULT, SLOT, "password")
    made = wrap_identity(CLASSIC, b"word", binding, seeded(2), Cost(64, 2, 1))
    salt = seeded(2)(16)
    assert made.parameters == (
        f'{{"kdf":"argon2id","lanes":1,"memory_kib":64,"passes":2,"salt":"{salt.hex()}","v":1}}'
    )
    key = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=64).derive(b"word")
    data = slot_data("password", made.parameters)
    plain = ChaCha20Poly1305(key).decrypt(bytes(12), made.wrapped, data)
    assert plain == b"\x01" + CLASSIC.secret


@pytest.mark.parametrize("kind", ["escrow", "custody"])
def test_slot_of_an_entrusted_identity(kind: SlotKind) -> None:
    binding = SlotBinding(VAULT, SLOT, kind)
    made = entrust_identity(HYBRID, CLASSIC.recipient, binding, seeded(3))
    assert json.loads(made.parameters) == {
        "kdf": "age",
        "recipient": hashlib.sha256(str(CLASSIC.recipient).encode()).hexdigest(),
        "v": 1,
    }
    assert age.decrypt(made.wrapped, [CLASSIC]).decode() == (
        f"# parchemin {kind} 1\n# vault: {VAULT.hex()}\n# slot: {SLOT.hex()}\n{HYBRID}\n"
    )


def test_look_up() -> None:
    assert slot_lookup(SECRET) == hkdf(SECRET, b"", b"parchemin/slot-lookup/1", 16)


KEYS: dict[str, tuple[SealingKeys, bytes, bytes, bytes]] = {
    "server": (ServerKeyring(b"k" * 32), b"k" * 32, b"", b"parchemin/server/"),
    **{
        identity.kind: (
            Keyring(identity, VAULT),
            identity.secret,
            VAULT,
            f"parchemin/vault/{identity.kind}/".encode(),
        )
        for identity in (CLASSIC, HYBRID)
    },
}


@pytest.mark.parametrize("owner", KEYS)
def test_sealed_record_index_and_mac(owner: str) -> None:
    keys, secret, salt, label = KEYS[owner]
    sealed = keys.seal(b"node" + SLOT, b"text", seeded(4))
    nonce = seeded(4)(12)
    assert sealed[:13] == b"\x01" + nonce
    cipher = ChaCha20Poly1305(hkdf(secret, salt, label + b"seal/1"))
    assert cipher.decrypt(nonce, sealed[13:], b"\x01node" + SLOT) == b"text"
    index = hmac.digest(
        hkdf(secret, salt, label + b"name-index/1"), SLOT + "été".encode(), "sha256"
    )
    assert keys.name_index(SLOT, "été") == index[:16]
    mac_key = hkdf(secret, salt, label + b"mac/1")
    assert keys.mac(b"ctx", b"data") == hmac.digest(mac_key, b"\0\0\0\x03ctxdata", "sha256")


@pytest.mark.parametrize(
    ("new", "size", "length", "checks"),
    [
        (new_app_password, 20, 32, 0),
        (new_activation_code, 16, 28, 2),
        (new_recovery_code, 20, 36, 4),
    ],
)
def test_code(new: Callable[[Random], str], size: int, length: int, checks: int) -> None:
    secret = seeded(5)(size)
    bits = "".join(f"{byte:08b}" for byte in secret)
    bits += "0" * (-len(bits) % 5)
    check = hashlib.sha256(b"parchemin/code/1" + bytes([length]) + secret).digest()
    bits += "".join(f"{byte:08b}" for byte in check)[: 5 * checks]
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    code = "".join(alphabet[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))
    assert len(code) == length
    assert new(seeded(5)).replace("-", "") == code
