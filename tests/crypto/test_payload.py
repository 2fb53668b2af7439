"""Payloads: any size, any pieces, any range; and every way to alter one is noticed."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.age_files import CHUNK, CLASSIC, HYBRID, seeded, text_of
from vault_core.crypto import age
from vault_core.crypto.header import parse_header
from vault_core.crypto.keys import Identity
from vault_core.crypto.stream import plain_size, sealed_size
from vault_core.errors import CorruptCiphertext, MalformedAge, NoIdentityMatched

SEALED = CHUNK + 16
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK]
SIZES = st.sampled_from(EDGES) | st.integers(0, 4 * CHUNK)
TEXT = text_of(5 * CHUNK)


@functools.lru_cache(maxsize=64)
def file_of(size: int) -> bytes:
    return age.encrypt(TEXT[:size], [CLASSIC.recipient], seeded(size))


def opened(data: bytes, size: int) -> age.Payload:
    header = parse_header(data)
    start = header.size + 16
    key = age.payload_key(age.unwrap(header, [CLASSIC]), data[header.size : start])
    return age.Payload(key, start, size)


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID], ids=lambda identity: identity.kind)
@pytest.mark.parametrize("size", EDGES)
def test_what_is_encrypted_is_decrypted(identity: Identity, size: int) -> None:
    data = age.encrypt(TEXT[:size], [identity.recipient], os.urandom)
    assert age.decrypt(data, [identity]) == TEXT[:size]
    assert b"".join(age.decrypt_stream([data], [identity])) == TEXT[:size]
    header = parse_header(data)
    assert len(data) == header.size + 16 + sealed_size(size)
    assert plain_size(sealed_size(size)) == size


def test_a_result_is_in_use_while_the_next_one_is_made() -> None:
    encryptor = age.Encryptor(age.begin([CLASSIC.recipient], os.urandom))
    pieces = [b"", encryptor.header]
    for at in range(0, len(TEXT), 2 * CHUNK):
        pieces[-2] = bytes(pieces[-2])  # what `update` is about to overwrite
        pieces.append(encryptor.update(TEXT[at : at + 2 * CHUNK]))
    pieces.append(encryptor.finish())
    assert age.decrypt(b"".join(pieces), [CLASSIC]) == TEXT


@settings(deadline=None)
@given(SIZES, st.lists(st.integers(0, 2 * CHUNK), max_size=8))
def test_pieces_do_not_matter(size: int, cuts: list[int]) -> None:
    encryptor = age.Encryptor(age.begin([CLASSIC.recipient], seeded(size)))
    out, at = bytearray(encryptor.header), 0
    for cut in cuts:
        out += encryptor.update(memoryview(TEXT[:size])[at : at + cut])
        at = min(size, at + cut)
    out += encryptor.update(bytearray(TEXT[at:size]))
    out += encryptor.finish()
    assert bytes(out) == file_of(size)
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(out[at : at + cut])
        at += cut
    pieces.append(out[at:])
    assert b"".join(age.decrypt_stream(pieces, [CLASSIC])) == TEXT[:size]


def test_what_update_gave_is_whole_chunks_held_to_the_last() -> None:
    encryptor = age.Encryptor(age.begin([CLASSIC.recipient], os.urandom))
    assert len(encryptor.update(TEXT[:CHUNK])) == 0
    assert len(encryptor.update(b"")) == 0
    assert len(encryptor.update(b"x")) == SEALED
    assert len(encryptor.finish()) == 17
    with pytest.raises(ValueError):
        encryptor.update(b"x")
    with pytest.raises(ValueError):
        encryptor.finish()


@settings(deadline=None)
@given(SIZES, st.integers(0, 5 * CHUNK), st.integers(0, 5 * CHUNK))
def test_any_range_is_read(size: int, offset: int, length: int) -> None:
    data = file_of(size)
    payload = opened(data, size)
    assert payload.cipher_size == len(data)
    span = payload.span(offset, length)
    assert span.take == len(TEXT[:size][offset : offset + length])
    assert span.length <= span.take + 2 * SEALED
    if span.length == 0:
        assert span.take == 0
        return
    part = data[span.offset : span.offset + span.length]
    assert len(part) == span.length
    plain = payload.open(part, span.first_chunk)
    assert plain[span.skip : span.skip + span.take] == TEXT[:size][offset : offset + length]
    out = bytearray(span.length)
    written = payload.open_into(memoryview(part), span.first_chunk, out)
    assert out[:written] == plain


def test_the_empty_payload_is_one_empty_chunk() -> None:
    payload = opened(file_of(0), 0)
    assert payload.open(file_of(0)[-16:], 0) == b""
    assert payload.open_into(file_of(0)[-16:], 0, bytearray()) == 0
    assert payload.span(0, 10).length == 0


def test_bounds_that_make_no_sense() -> None:
    payload = opened(file_of(CHUNK), CHUNK)
    for offset, length in ((-1, 1), (0, -1)):
        with pytest.raises(ValueError):
            payload.span(offset, length)
    with pytest.raises(ValueError):
        payload.open_into(file_of(CHUNK)[-SEALED:], 0, bytearray(CHUNK - 1))


SIZE = 3 * CHUNK + 100
WHOLE = file_of(SIZE)
START = len(WHOLE) - sealed_size(SIZE)
FULL = file_of(2 * CHUNK)
FULL_START = len(FULL) - 2 * SEALED
CHUNKS = [WHOLE[at : at + SEALED] for at in range(START, len(WHOLE), SEALED)]


def assemble(*chunks: bytes) -> bytes:
    return WHOLE[:START] + b"".join(chunks)


TAMPERED = {
    "first chunk dropped": assemble(*CHUNKS[1:]),
    "middle chunk dropped": assemble(CHUNKS[0], *CHUNKS[2:]),
    "final chunk dropped": assemble(*CHUNKS[:-1]),
    "all but the first dropped": assemble(CHUNKS[0]),
    "every chunk dropped": assemble(),
    "two chunks swapped": assemble(CHUNKS[1], CHUNKS[0], *CHUNKS[2:]),
    "a chunk twice": assemble(CHUNKS[0], *CHUNKS),
    "final chunk twice": assemble(*CHUNKS, CHUNKS[-1]),
    "final chunk first": assemble(CHUNKS[-1], *CHUNKS[:-1]),
    "one byte cut": WHOLE[:-1],
    "tag cut": WHOLE[:-16],
    "cut inside the tag": WHOLE[:START] + CHUNKS[0][:10],
    "one byte added": WHOLE + b"\0",
    "a tag's length added": WHOLE + bytes(16),
    "a chunk's length added": WHOLE + bytes(SEALED),
    "full final chunk dropped": FULL[:-SEALED],
    "a tag's length added to a full one": FULL + bytes(16),
    "a chunk of another file": WHOLE[: START + SEALED] + FULL[FULL_START + SEALED :],
    "payload of another file": WHOLE[:START] + FULL[FULL_START:],
    "nonce altered": WHOLE[: START - 1] + bytes((WHOLE[START - 1] ^ 1,)) + WHOLE[START:],
    **{
        f"byte {at} altered": WHOLE[:at] + bytes((WHOLE[at] ^ 0x80,)) + WHOLE[at + 1 :]
        for at in (START, START + CHUNK, START + SEALED - 1, START + SEALED, len(WHOLE) - 1)
    },
}


def collect(pieces: Iterable[bytes], into: bytearray) -> None:
    for piece in pieces:
        into += piece


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_noticed(name: str) -> None:
    data = TAMPERED[name]
    assert data not in (WHOLE, FULL)
    with pytest.raises(CorruptCiphertext):
        age.decrypt(data, [CLASSIC])
    pieces = age.decrypt_stream([data[:1000], data[1000:]], [CLASSIC])
    given_out = bytearray()
    with pytest.raises(CorruptCiphertext):
        collect(pieces, given_out)
    assert TEXT.startswith(given_out)


@pytest.mark.parametrize("name", TAMPERED)
def test_a_range_of_a_tampered_file_is_refused_or_right(name: str) -> None:
    """Chunks that were not touched still open, in their place; nothing else does."""
    payload, data = opened(WHOLE, SIZE), TAMPERED[name]
    right = 0
    for number in range(4):
        span = payload.span(number * CHUNK, CHUNK)
        part = data[span.offset : span.offset + span.length]
        try:
            assert payload.open(part, number) == TEXT[:SIZE][number * CHUNK :][:CHUNK]
            right += 1
        except CorruptCiphertext:
            assert part != CHUNKS[number]
    assert right < 4 or data[: len(WHOLE)] == WHOLE or name == "nonce altered"


def test_an_empty_final_chunk_is_refused_after_a_full_one() -> None:
    sealer = age.Encryptor(age.begin([CLASSIC.recipient], seeded(9)))
    first = bytes(sealer.update(TEXT[: CHUNK + 1])[:SEALED])
    payload = age.Payload(sealer.payload_key, 0, CHUNK + 1)
    assert payload.open(first, 0) == TEXT[:CHUNK]
    empty = age.Encryptor(age.begin([CLASSIC.recipient], seeded(9)))
    empty._sealer._number = 1
    data = sealer.header + first + empty.finish()
    with pytest.raises(CorruptCiphertext):
        age.decrypt(data, [CLASSIC])
    with pytest.raises(CorruptCiphertext):
        list(age.decrypt_stream([data], [CLASSIC]))


def test_chunks_open_only_whole_and_in_their_place() -> None:
    payload = opened(WHOLE, SIZE)
    assert payload.open(CHUNKS[1], 1) == TEXT[CHUNK : 2 * CHUNK]
    out = bytearray(SIZE)
    for chunk, number in (
        (CHUNKS[1], 0),
        (CHUNKS[1], 2),
        (CHUNKS[1][:-1], 1),
        (CHUNKS[1] + CHUNKS[2][:5], 1),
        (CHUNKS[-1], 2),
        (CHUNKS[-1], 4),
        (CHUNKS[1], -1),
        (b"", 0),
    ):
        with pytest.raises(CorruptCiphertext):
            payload.open(chunk, number)
        with pytest.raises(CorruptCiphertext):
            payload.open_into(chunk, number, out)


def test_a_wrong_size_is_noticed_at_the_end() -> None:
    for size in (SIZE - 1, SIZE + 1, 4 * CHUNK, 3 * CHUNK):
        with pytest.raises(CorruptCiphertext):
            opened(WHOLE, size).open(WHOLE[START:], 0)


@pytest.mark.parametrize("end", [*range(0, START, 7), START - 1])
def test_a_file_cut_before_its_payload_is_malformed(end: int) -> None:
    with pytest.raises(MalformedAge):
        age.decrypt(WHOLE[:end], [CLASSIC])
    with pytest.raises(MalformedAge):
        list(age.decrypt_stream([WHOLE[:end]], [CLASSIC]))


@settings(deadline=None)
@given(st.integers(0, START - 17), st.integers(1, 255))
def test_an_altered_header_never_opens(at: int, flip: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= flip
    with pytest.raises((MalformedAge, CorruptCiphertext, NoIdentityMatched)):
        age.decrypt(data, [CLASSIC])


def test_no_length_is_two_sizes() -> None:
    sizes = {sealed_size(size): size for size in range(0, 3 * CHUNK, 997)}
    for sealed, size in sizes.items():
        assert plain_size(sealed) == size
    for sealed in (0, 1, 15, SEALED + 1, SEALED + 16, 2 * SEALED + 3):
        with pytest.raises(CorruptCiphertext):
            plain_size(sealed)
