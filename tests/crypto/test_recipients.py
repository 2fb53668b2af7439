"""Recipient kinds: what opens, what does not, and stanzas with one fault each."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from tests.crypto.age_files import CLASSIC, FILE_KEY, HYBRID, grease, loose_bits, share
from vault_core.crypto import aead, age
from vault_core.crypto.header import (
    Stanza,
    decode_base64,
    encode_base64,
    encode_header,
    parse_header,
)
from vault_core.crypto.hybrid import HybridIdentity
from vault_core.crypto.keys import Identity, Opener
from vault_core.crypto.scrypt import ScryptIdentity
from vault_core.crypto.x25519 import X25519Identity
from vault_core.errors import CorruptCiphertext, MalformedAge, NoIdentityMatched

KINDS: Sequence[Identity] = (CLASSIC, HYBRID)
BODY = bytes(32)
SALT = encode_base64(bytes(16))
PASSPHRASE = ScryptIdentity(b"word", max_work_factor=10)

_wrapped = HYBRID.recipient.wrap(FILE_KEY, os.urandom)
ENC = decode_base64(_wrapped.arguments[1])
LOW_ORDER = (
    0,
    1,
    2**255 - 20,
    2**255 - 19,
    2**255 - 18,
    2**255,
    int.from_bytes(
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), "little"
    ),
)
"""Every encoding of a point whose multiples by eight are zero, and one with the unused bit set."""

FAULTS: dict[str, tuple[Opener, Stanza]] = {
    "x25519: no share": (CLASSIC, Stanza(("X25519",), BODY)),
    "x25519: one argument more": (CLASSIC, Stanza(("X25519", share(), "more"), BODY)),
    "x25519: share not canonical": (CLASSIC, Stanza(("X25519", loose_bits(share())), BODY)),
    "x25519: share padded": (CLASSIC, Stanza(("X25519", share() + "="), BODY)),
    "x25519: share too short": (CLASSIC, Stanza(("X25519", share(31)), BODY)),
    "x25519: share too long": (CLASSIC, Stanza(("X25519", share(33)), BODY)),
    "x25519: body too short": (CLASSIC, Stanza(("X25519", share()), bytes(31))),
    "x25519: body too long": (CLASSIC, Stanza(("X25519", share()), bytes(33))),
    "hybrid: no key": (HYBRID, Stanza((HYBRID.kind,), BODY)),
    "hybrid: one argument more": (HYBRID, Stanza((*_wrapped.arguments, "more"), BODY)),
    "hybrid: key not canonical": (
        HYBRID,
        Stanza((HYBRID.kind, loose_bits(encode_base64(ENC))), BODY),
    ),
    "hybrid: key too short": (HYBRID, Stanza((HYBRID.kind, encode_base64(ENC[:-1])), BODY)),
    "hybrid: key too long": (HYBRID, Stanza((HYBRID.kind, encode_base64(ENC + b"x")), BODY)),
    "hybrid: an X25519 share": (HYBRID, Stanza((HYBRID.kind, share()), BODY)),
    "hybrid: body too short": (HYBRID, Stanza(_wrapped.arguments, bytes(31))),
    "hybrid: body too long": (HYBRID, Stanza(_wrapped.arguments, bytes(33))),
    "scrypt: no salt": (PASSPHRASE, Stanza(("scrypt", "10"), BODY)),
    "scrypt: no work factor": (PASSPHRASE, Stanza(("scrypt", SALT), BODY)),
    "scrypt: one argument more": (PASSPHRASE, Stanza(("scrypt", SALT, "10", "more"), BODY)),
    "scrypt: salt not canonical": (PASSPHRASE, Stanza(("scrypt", loose_bits(SALT), "10"), BODY)),
    "scrypt: salt too short": (
        PASSPHRASE,
        Stanza(("scrypt", encode_base64(bytes(15)), "10"), BODY),
    ),
    "scrypt: salt too long": (PASSPHRASE, Stanza(("scrypt", encode_base64(bytes(17)), "10"), BODY)),
    "scrypt: body too short": (PASSPHRASE, Stanza(("scrypt", SALT, "10"), bytes(31))),
    "scrypt: body too long": (PASSPHRASE, Stanza(("scrypt", SALT, "10"), bytes(33))),
    **{
        f"scrypt: work factor {text!r}": (PASSPHRASE, Stanza(("scrypt", SALT, text), BODY))
        for text in (
            "0",
            "-1",
            "+9",
            "09",
            "0x9",
            "9a",
            "a9",
            "11",
            "23",
            "99999999999",
            "1e1",
            "٩",
        )
    },
    **{
        f"x25519: low order {point:x}": (
            CLASSIC,
            Stanza(("X25519", encode_base64(point.to_bytes(32, "little"))), BODY),
        )
        for point in LOW_ORDER
    },
    **{
        f"hybrid: low order {point:x}": (
            HYBRID,
            Stanza(
                (HYBRID.kind, encode_base64(ENC[:-32] + point.to_bytes(32, "little"))),
                _wrapped.body,
            ),
        )
        for point in LOW_ORDER
    },
}


def test_table_is_not_empty() -> None:
    assert len(FAULTS) > 40


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_stanza_is_refused(fault: str) -> None:
    opener, stanza = FAULTS[fault]
    with pytest.raises(MalformedAge):
        opener.unwrap([stanza])
    if stanza.kind != "scrypt":
        with pytest.raises(MalformedAge):
            opener.unwrap([grease(b""), stanza])


@pytest.mark.parametrize("identity", KINDS, ids=lambda identity: identity.kind)
def test_a_stanza_opens_with_its_identity_only(identity: Identity) -> None:
    stanza = identity.recipient.wrap(FILE_KEY, os.urandom)
    assert identity.unwrap([stanza]) == FILE_KEY
    assert identity.unwrap([grease(BODY), stanza, grease(BODY)]) == FILE_KEY
    for other in (*KINDS, X25519Identity(bytes(32)), HybridIdentity(bytes(32))):
        if other != identity:
            assert other.unwrap([stanza]) is None


@pytest.mark.parametrize("identity", KINDS, ids=lambda identity: identity.kind)
def test_altered_stanzas_do_not_open(identity: Identity) -> None:
    stanza = identity.recipient.wrap(FILE_KEY, os.urandom)
    sealed = decode_base64(stanza.arguments[1])
    for at in (0, len(sealed) // 2, len(sealed) - 2):
        altered = bytearray(sealed)
        altered[at] ^= 1
        argument = encode_base64(bytes(altered))
        assert identity.unwrap([Stanza((stanza.kind, argument), stanza.body)]) is None
    body = bytes((stanza.body[0] ^ 1,)) + stanza.body[1:]
    assert identity.unwrap([Stanza(stanza.arguments, body)]) is None


@pytest.mark.parametrize("identity", KINDS, ids=lambda identity: identity.kind)
def test_the_kind_is_case_sensitive(identity: Identity) -> None:
    stanza = identity.recipient.wrap(FILE_KEY, os.urandom)
    assert identity.unwrap([Stanza((stanza.kind.swapcase(), *stanza.arguments[1:]), BODY)]) is None


@pytest.mark.parametrize("identity", KINDS, ids=lambda identity: identity.kind)
def test_no_two_wraps_are_alike(identity: Identity) -> None:
    stanzas = {identity.recipient.wrap(FILE_KEY, os.urandom) for _ in range(20)}
    assert len(stanzas) == 20


def test_a_malformed_stanza_is_refused_beside_a_good_one() -> None:
    good = CLASSIC.recipient.wrap(FILE_KEY, os.urandom)
    with pytest.raises(MalformedAge):
        CLASSIC.unwrap([good, Stanza(("X25519",), BODY)])


def test_any_of_several_identities_opens() -> None:
    recipients = [identity.recipient for identity in KINDS]
    data = age.encrypt(b"text", recipients, os.urandom)
    for identity in KINDS:
        assert age.decrypt(data, [X25519Identity(bytes(32)), identity]) == b"text"
    with pytest.raises(NoIdentityMatched):
        age.decrypt(data, [X25519Identity(bytes(32)), HybridIdentity(bytes(32))])
    with pytest.raises(NoIdentityMatched):
        age.decrypt(data, [])


def test_a_header_of_another_file_key_is_refused() -> None:
    stanza = CLASSIC.recipient.wrap(bytes(16), os.urandom)
    header = encode_header(FILE_KEY, [stanza])
    with pytest.raises(CorruptCiphertext):
        age.unwrap(parse_header(header), [CLASSIC])


def passphrase_stanza(word: bytes, factor: int) -> Stanza:
    key = aead.scrypt(word, b"age-encryption.org/v1/scrypt" + bytes(16), factor)
    return Stanza(("scrypt", SALT, str(factor)), aead.seal(key, aead.ZERO_NONCE, FILE_KEY))


def test_a_passphrase_opens_its_file_only() -> None:
    stanza = passphrase_stanza(b"word", 10)
    assert PASSPHRASE.unwrap([stanza]) == FILE_KEY
    assert ScryptIdentity(b"other").unwrap([stanza]) is None
    assert PASSPHRASE.unwrap([grease(BODY)]) is None
    assert "word" not in repr(PASSPHRASE)
    with pytest.raises(MalformedAge):
        PASSPHRASE.unwrap([stanza, grease(BODY)])
