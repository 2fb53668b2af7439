"""Links' keys: the format a second time with bare primitives, and every fault one by one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault_core.crypto import codes, links
from vault_core.crypto.links import LinkBinding
from vault_core.errors import AccessDenied

VAULT, LINK, SECRET = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))


def _hkdf(secret: bytes, salt: bytes | None, info: bytes, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _u32(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@pytest.mark.parametrize("pin", ["", "4711", "é\u0301 long pin"])
def test_a_payload_is_sealed_bit_for_bit_as_documented(pin: str) -> None:
    salt, nonce = bytes(range(100, 116)), bytes(range(12))
    parameters = links.link_parameters(lambda _: salt, pin=bool(pin))
    binding = LinkBinding(VAULT, LINK, "share", parameters)
    key = links.link_key(binding, SECRET, pin)
    if pin:
        argon = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=65536)
        stretched = argon.derive("é\u0301 long pin".encode() if len(pin) > 4 else pin.encode())
        assert key == _hkdf(SECRET + stretched, None, b"parchemin/link-key/1/share")
    else:
        assert key == _hkdf(SECRET, salt, b"parchemin/slot-key/1/link-share")
    sealed = links.seal_payload(key, binding, b"what it opens", lambda _: nonce)
    associated = b"parchemin/link/1" + b"".join(
        map(_u32, (VAULT, LINK, b"share", parameters.encode()))
    )
    expected = ChaCha20Poly1305(key).encrypt(nonce, b"what it opens", associated)
    assert sealed == b"\x01" + nonce + expected
    assert links.open_payload(key, binding, sealed) == b"what it opens"


def test_look_ups_and_visits_are_as_documented() -> None:
    token, key = os.urandom(32), os.urandom(32)
    assert links.link_lookup(SECRET) == _hkdf(SECRET, None, b"parchemin/link-lookup/1", 16)
    assert links.visit_lookup(token) == _hkdf(token, None, b"parchemin/visit-lookup/1", 16)
    wrapped = links.wrap_for_visit(key, LINK, token)
    expected = ChaCha20Poly1305(_hkdf(token, LINK, b"parchemin/visit-key/1"))
    assert wrapped == expected.encrypt(bytes(12), key, LINK)
    assert links.unwrap_for_visit(wrapped, LINK, token) == key
    for other_link, other_token in ((VAULT, token), (LINK, os.urandom(32))):
        with pytest.raises(AccessDenied):
            links.unwrap_for_visit(wrapped, other_link, other_token)


@pytest.mark.parametrize(
    "change",
    [{"vault": LINK}, {"link": VAULT}, {"kind": "proof"}],
)
def test_a_payload_moved_or_relabelled_does_not_open(change: dict[str, object]) -> None:
    binding = LinkBinding(VAULT, LINK, "share", links.link_parameters(os.urandom, pin=False))
    key = links.link_key(binding, SECRET, "")
    sealed = links.seal_payload(key, binding, b"x", os.urandom)
    with pytest.raises(AccessDenied):
        links.open_payload(key, replace(binding, **change), sealed)  # type: ignore[arg-type]


def test_every_changed_byte_is_noticed() -> None:
    binding = LinkBinding(VAULT, LINK, "drop", links.link_parameters(os.urandom, pin=False))
    key = links.link_key(binding, SECRET, "")
    sealed = links.seal_payload(key, binding, b"abc", os.urandom)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(AccessDenied):
            links.open_payload(key, binding, bytes(changed))
    for end in range(len(sealed)):
        with pytest.raises(AccessDenied):
            links.open_payload(key, binding, sealed[:end])


def test_a_link_code_is_six_groups_of_five_and_no_other_code() -> None:
    code = codes.new_link_code(lambda size: bytes(range(size)))
    assert [len(group) for group in code.split("-")] == [5] * 6
    assert codes.parse_link_code(code) == bytes(range(16))
    check = hashlib.sha256(b"parchemin/code/1" + bytes([30]) + bytes(range(16))).digest()
    value = int.from_bytes(check[:4], "big") >> 12
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    assert code[-4:] == "".join(alphabet[value >> shift & 31] for shift in (15, 10, 5, 0))
    with pytest.raises(AccessDenied):
        codes.parse_code(code)
    for other in (codes.new_app_password, codes.new_activation_code, codes.new_recovery_code):
        with pytest.raises(AccessDenied):
            codes.parse_link_code(other(os.urandom))


def test_every_mistyped_character_of_a_link_is_noticed() -> None:
    code = codes.new_link_code(lambda size: bytes(range(7, 7 + size))).replace("-", "")
    for place, letter in enumerate(code):
        wrong = "x" if letter != "x" else "y"
        with pytest.raises(AccessDenied):
            codes.parse_link_code(code[:place] + wrong + code[place + 1 :])
