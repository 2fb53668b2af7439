"""C2SP's test vectors for age, one fault each: every one ends as its author says."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.requirements import need, need_node_modules
from vault_core.crypto import age, armor
from vault_core.crypto.header import Header, encode_header, parse_header
from vault_core.crypto.keys import Opener, parse_identity
from vault_core.crypto.scrypt import ScryptIdentity
from vault_core.crypto.stream import Sealer, payload_key
from vault_core.errors import CorruptCiphertext, CryptoError, MalformedAge, NoIdentityMatched

NPM = Path(__file__).parents[1] / "conformance" / "age-vectors"
COUNT = 143
"""Vectors in the locked version of the package."""
OUTCOMES = {
    "success", "no match", "HMAC failure", "header failure", "payload failure", "armor failure",
}  # fmt: skip
OTHERWISE = {"armor_empty": "armor failure"}
"""Vectors that end elsewhere here, but refused as well: armor without a line is none, for it
cannot hold a header. All others end as expected: every feature of the set is supported."""
LESS_RELEASED = {
    "armor_garbage_encoded": 0,
    "stream_no_final_full": 0,
    "stream_no_final_two_chunks_full": 65_536,
    "stream_trailing_garbage_long": 0,
    "stream_trailing_garbage_short": 0,
    "stream_two_final_chunks": 0,
    "stream_two_final_chunks_full": 0,
    "stream_two_final_chunks_second": 65_536,
}
"""Bytes released of payloads whose fault lies at the end. The reference releases one chunk more:
it tries a full chunk both as the final one and as another; here its place decides which it is."""
PIECES = (1 << 30, 65_536, 4_099)
"""Bytes in which a file is streamed."""

pytestmark = pytest.mark.client


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector; keys may come twice."""

    words: tuple[tuple[str, str], ...]
    data: bytes

    def all(self, key: str) -> list[str]:
        """The values of the key."""
        return [value for name, value in self.words if name == key]

    def one(self, key: str) -> str:
        """The only value of the key, or nothing."""
        (value,) = self.all(key) or [""]
        return value

    @property
    def openers(self) -> list[Opener]:
        """What it is to be opened with."""
        passphrases = [ScryptIdentity(word.encode()) for word in self.all("passphrase")]
        return [*map(parse_identity, self.all("identity")), *passphrases]


class Ended(NamedTuple):
    """How a vector ended, and the plaintext that was released before."""

    outcome: str
    released: bytes = b""


@functools.cache
def vectors() -> dict[str, Vector]:
    command = [need("node", "nodejs"), str(need_node_modules(NPM) / "vectors.mjs")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = dict(line.split(" ") for line in told.splitlines())
    return {name: _parse(b64decode(data)) for name, data in found.items()}


def _parse(raw: bytes) -> Vector:
    head, _, data = raw.partition(b"\n\n")
    words = [line.partition(": ") for line in head.decode().split("\n")]
    vector = Vector(tuple((key, value) for key, _, value in words), data)
    compressed = vector.one("compressed")
    assert compressed in ("", "zlib")
    return Vector(vector.words, zlib.decompress(data)) if compressed else vector


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def opened(vector: Vector, size: int) -> Ended:
    """Open it step by step, in pieces of `size`; only errors of ours are an end."""
    data = vector.data
    try:
        data = armor.decode(data.decode("latin-1")) if vector.one("armored") else data
    except MalformedAge:
        return Ended("armor failure")
    try:
        age.unwrap(parse_header(data), vector.openers)
    except MalformedAge:
        return Ended("header failure")
    except NoIdentityMatched:
        return Ended("no match")
    except CorruptCiphertext:
        return Ended("HMAC failure")
    released = bytearray()
    try:
        for piece in age.decrypt_stream(pieces(data, size), vector.openers):
            released += piece
    except MalformedAge:  # before the payload: its nonce
        return Ended("header failure", bytes(released))
    except CorruptCiphertext:
        return Ended("payload failure", bytes(released))
    return Ended("success", bytes(released))


def test_the_set_is_whole() -> None:
    assert len(vectors()) == COUNT
    assert {vector.one("expect") for vector in vectors().values()} == OUTCOMES
    assert vectors().keys() >= OTHERWISE.keys() | LESS_RELEASED.keys()


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_vector_ends_as_it_says(outcome: str, size: int) -> None:
    chosen = _that_expect(outcome)
    for name, vector in chosen.items():
        ended = opened(vector, size)
        assert ended.outcome == OTHERWISE.get(name, outcome), (name, vector.one("comment"))
        if name in LESS_RELEASED:
            assert len(ended.released) == LESS_RELEASED[name], name
        elif payload := vector.one("payload"):
            assert hashlib.sha256(ended.released).hexdigest() == payload, name
        else:
            assert not ended.released, name


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_read_whole_it_ends_the_same(outcome: str) -> None:
    """`decrypt` gives the plaintext, or one of our errors and nothing."""
    for name, vector in _that_expect(outcome).items():
        try:
            data = vector.data
            data = armor.decode(data.decode("latin-1")) if vector.one("armored") else data
            text = age.decrypt(data, vector.openers)
        except CryptoError:
            assert outcome != "success", name
        else:
            assert outcome == "success", name
            assert hashlib.sha256(text).hexdigest() == vector.one("payload"), name


def test_what_is_read_is_written_the_same() -> None:
    """The headers and payloads of all that opens, and the armor but for the white space around."""
    for name, vector in _that_expect("success").items():
        data = vector.data
        if vector.one("armored"):
            data = armor.decode(vector.data.decode())
            assert armor.encode(data).split() == vector.data.decode().split(), name
        header = parse_header(data)
        file_key = bytes.fromhex(vector.one("file key"))
        assert encode_header(file_key, header.stanzas) == data[: header.size], name
        assert _sealed_again(data, header, file_key, vector) == data[header.size + 16 :], name


def _sealed_again(data: bytes, header: Header, file_key: bytes, vector: Vector) -> bytes:
    sealer = Sealer(payload_key(file_key, data[header.size : header.size + 16]))
    return bytes(sealer.update(age.decrypt(data, vector.openers))) + sealer.finish()


def _that_expect(outcome: str) -> dict[str, Vector]:
    chosen = {name: vector for name, vector in vectors().items() if vector.one("expect") == outcome}
    assert chosen, f"there are vectors that expect {outcome}"
    return chosen
