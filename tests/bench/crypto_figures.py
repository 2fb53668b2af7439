"""Prints what encryption costs on this machine: `python -m tests.bench.crypto_figures`."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from vault_core.crypto import age
from vault_core.crypto.header import parse_header
from vault_core.crypto.keys import Identity, generate_identity, parse_recipient
from vault_core.crypto.sealed import Keyring
from vault_core.crypto.slots import SlotBinding, slot_lookup, unwrap_identity, wrap_identity

MIB = 1024 * 1024
STEP = 16 * (64 * 1024 + 16)
"""Ciphertext of one mebibyte."""


def seconds(run: Callable[[], object], times: int, rounds: int = 5) -> float:
    """Of one run: the median of some rounds."""
    figures = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            run()
        figures.append((time.perf_counter() - start) / times)
    return statistics.median(figures)


def show(what: str, value: float, unit: str) -> None:
    print(f"{what:<44}{value:>10.1f} {unit}")


def show_time(what: str, run: Callable[[], object], times: int) -> None:
    """Time `run`, often enough, and print it in microseconds."""
    show(what, seconds(run, times) * 1e6, "µs")


def encrypt(recipient: Identity, mebibytes: int, piece: bytes) -> None:
    encryptor = age.Encryptor(age.begin([recipient.recipient], os.urandom))
    for _ in range(mebibytes):
        encryptor.update(piece)
    encryptor.finish()


def payload_figures(identity: Identity) -> None:
    size = 64 * MIB
    data = memoryview(age.encrypt(os.urandom(size), [identity.recipient], os.urandom))
    payload = age.Payload(_key(data, identity), len(data) - age.sealed_size(size), size)
    piece, out = os.urandom(MIB), bytearray(MIB)

    def part(span: age.Span) -> memoryview:
        return data[span.offset : span.offset + span.length]

    def decrypt() -> None:
        for at in range(0, size, MIB):
            span = payload.span(at, MIB)
            payload.open_into(part(span), span.first_chunk, out)

    def read() -> None:
        span = payload.span(int.from_bytes(os.urandom(4), "big") % (size - 4096), 4096)
        payload.open(part(span), span.first_chunk)

    def write(_: int = 0) -> None:
        encrypt(identity, 64, piece)

    show("encrypt, 1 MiB pieces", size / seconds(write, 1) / 1e6, "MB/s")
    with ThreadPoolExecutor(2) as pool:
        both = seconds(lambda: list(pool.map(write, range(2))), 1)
    show("encrypt, two threads", 2 * size / both / 1e6, "MB/s")
    show("decrypt, 1 MiB pieces", size / seconds(decrypt, 1) / 1e6, "MB/s")
    show_time("read 4 KiB at a random place", read, 2000)


def _key(data: memoryview, identity: Identity) -> bytes:
    header = parse_header(data)
    nonce = bytes(data[header.size : header.size + 16])
    return age.payload_key(age.unwrap(header, [identity]), nonce)


def key_figures(identity: Identity) -> None:
    file_key, recipient, text = os.urandom(16), identity.recipient, str(identity.recipient)
    stanza, small = recipient.wrap(file_key, os.urandom), os.urandom(4096)
    data = age.encrypt(small, [recipient], os.urandom)
    print(f"\n{identity.kind}")
    show_time("  wrap", lambda: recipient.wrap(file_key, os.urandom), 300)
    show_time("  unwrap", lambda: identity.unwrap([stanza]), 300)
    show_time("  parse the recipient", lambda: parse_recipient(text), 200)
    show_time(
        "  encrypt 4 KiB, whole file", lambda: age.encrypt(small, [recipient], os.urandom), 300
    )
    show_time("  decrypt 4 KiB, whole file", lambda: age.decrypt(data, [identity]), 300)


def slot_figures(identity: Identity) -> None:
    secret, place = os.urandom(20), SlotBinding(bytes(16), bytes(16), "app-password")
    wrapped = wrap_identity(identity, secret, place, os.urandom)
    chosen = SlotBinding(bytes(16), bytes(16), "password")
    slow = wrap_identity(identity, b"word", chosen, os.urandom)
    keys, record = Keyring(identity, bytes(16)), os.urandom(300)
    sealed = keys.seal(b"node", record, os.urandom)
    print("\nslots and metadata")
    show_time("  open a slot by app password", lambda: unwrap_identity(wrapped, secret, place), 300)
    show_time("  open a slot by password", lambda: unwrap_identity(slow, b"word", chosen), 1)
    show_time("  look-up of a secret", lambda: slot_lookup(secret), 2000)
    show_time("  seal a record of 300 bytes", lambda: keys.seal(b"node", record, os.urandom), 5000)
    show_time("  open it", lambda: keys.open(b"node", sealed), 5000)
    show_time("  name index", lambda: keys.name_index(bytes(16), "Diplôme.pdf"), 5000)


if __name__ == "__main__":
    classic = generate_identity("x25519", os.urandom)
    hybrid = generate_identity("mlkem768x25519", os.urandom)
    payload_figures(hybrid)
    key_figures(classic)
    key_figures(hybrid)
    slot_figures(hybrid)
