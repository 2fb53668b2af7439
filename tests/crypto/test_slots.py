"""Key slots: they open with their secret, in their place, as they were made, and no other way."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
import time
from typing import get_args

import pytest

from tests.crypto.age_files import CLASSIC, HYBRID, seeded
from vault_core.crypto import age
from vault_core.crypto.keys import Identity
from vault_core.crypto.slots import (
    RFC_9106,
    Cost,
    SlotBinding,
    SlotKind,
    WrappedIdentity,
    entrust_identity,
    entrusted_identity,
    password_secret,
    slot_lookup,
    unwrap_identity,
    wrap_identity,
)
from vault_core.crypto.x25519 import X25519Identity
from vault_core.errors import AccessDenied

ENTRUSTED: tuple[SlotKind, ...] = ("escrow", "custody", "contact", "guardian")
SECRET_KINDS = [kind for kind in get_args(SlotKind) if kind not in ENTRUSTED]
SECRET = bytes(range(20))
LOW = Cost(memory_kib=64, passes=1, lanes=1)
INSTITUTION = X25519Identity(b"\x07" * 32)


def binding(kind: SlotKind = "session") -> SlotBinding:
    return SlotBinding(b"v" * 16, b"s" * 16, kind)


def wrap(kind: SlotKind = "session", identity: Identity = HYBRID) -> WrappedIdentity:
    return wrap_identity(identity, SECRET, binding(kind), os.urandom, LOW)


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID], ids=lambda identity: identity.kind)
@pytest.mark.parametrize("kind", SECRET_KINDS)
def test_the_secret_opens_it(kind: SlotKind, identity: Identity) -> None:
    wrapped = wrap(kind, identity)
    assert unwrap_identity(wrapped, SECRET, binding(kind)) == identity
    assert len(wrapped.wrapped) == 49
    assert wrap(kind, identity) != wrapped
    with pytest.raises(AccessDenied):
        unwrap_identity(wrapped, SECRET[::-1], binding(kind))


def test_many_passwords_at_once_all_come_to_an_end() -> None:
    """With more lanes together than there are cores: OpenSSL alone would wait for ever."""
    place, cost = binding("password"), Cost(memory_kib=1024, passes=1, lanes=4)
    made: list[WrappedIdentity] = []

    def wrap_some() -> None:
        made.extend(wrap_identity(CLASSIC, SECRET, place, os.urandom, cost) for _ in range(5))

    threads = [threading.Thread(target=wrap_some, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert [unwrap_identity(one, SECRET, place) for one in made] == [CLASSIC] * 20


@pytest.mark.parametrize("kind", SECRET_KINDS)
def test_it_opens_in_its_place_only(kind: SlotKind) -> None:
    wrapped, place = wrap(kind), binding(kind)
    others = [
        dataclasses.replace(place, vault=b"w" * 16),
        dataclasses.replace(place, slot=b"t" * 16),
        *(dataclasses.replace(place, kind=other) for other in get_args(SlotKind) if other != kind),
    ]
    for other in others:
        with pytest.raises(AccessDenied):
            unwrap_identity(wrapped, SECRET, other)


@pytest.mark.parametrize("at", range(49))
def test_an_altered_wrap_does_not_open(at: int) -> None:
    wrapped = wrap()
    altered = bytearray(wrapped.wrapped)
    altered[at] ^= 1
    with pytest.raises(AccessDenied):
        unwrap_identity(WrappedIdentity(wrapped.parameters, bytes(altered)), SECRET, binding())


def changed(parameters: str, **members: object) -> str:
    return json.dumps(json.loads(parameters) | members, sort_keys=True, separators=(",", ":"))


PASSWORD = wrap("password")
RANDOM = wrap("session")
PARAMETERS: dict[str, tuple[SlotKind, str]] = {
    "empty": ("session", ""),
    "no JSON": ("session", "{"),
    "no object": ("session", "[]"),
    "deep": ("session", "[" * 400),
    "number of many digits": ("session", '{"v":' + "9" * 480 + "}"),
    "too long": ("session", RANDOM.parameters + " " * 600),
    "not canonical: blank": ("session", RANDOM.parameters.replace(":", ": ")),
    "not canonical: blank after": ("session", RANDOM.parameters + " "),
    "not canonical: order": (
        "session",
        json.dumps(dict(reversed(json.loads(RANDOM.parameters).items())), separators=(",", ":")),
    ),
    "not canonical: twice": ("session", RANDOM.parameters.replace("{", '{"v":1,')),
    "not canonical: escape": ("session", RANDOM.parameters.replace("kdf", "k\\u0064f")),
    "a member more": ("session", changed(RANDOM.parameters, more=1)),
    "another version": ("session", changed(RANDOM.parameters, v=2)),
    "version true": ("session", changed(RANDOM.parameters, v=True)),
    "another derivation": ("session", changed(RANDOM.parameters, kdf="none")),
    "a password's derivation": ("session", PASSWORD.parameters),
    "a random secret's derivation": ("password", RANDOM.parameters),
    "salt missing": ("session", '{"kdf":"hkdf-sha256","v":1}'),
    "salt of another type": ("session", changed(RANDOM.parameters, salt=7)),
    "salt not hexadecimal": ("session", changed(RANDOM.parameters, salt="x" * 32)),
    "salt in capitals": ("session", changed(RANDOM.parameters, salt="AB" * 16)),
    "salt too short": ("session", changed(RANDOM.parameters, salt="00" * 15)),
    "salt too long": ("session", changed(RANDOM.parameters, salt="00" * 17)),
    "another salt": ("session", changed(RANDOM.parameters, salt="00" * 16)),
    "100 GiB": ("password", changed(PASSWORD.parameters, memory_kib=100 * 2**20)),
    "one KiB above the bound": ("password", changed(PASSWORD.parameters, memory_kib=2**18 + 1)),
    "too little memory": ("password", changed(PASSWORD.parameters, memory_kib=7)),
    "memory negative": ("password", changed(PASSWORD.parameters, memory_kib=-64)),
    "memory a float": ("password", changed(PASSWORD.parameters, memory_kib=64.0)),
    "memory infinite": ("password", changed(PASSWORD.parameters, memory_kib=float("inf"))),
    "memory a string": ("password", changed(PASSWORD.parameters, memory_kib="64")),
    "a million passes": ("password", changed(PASSWORD.parameters, passes=10**6)),
    "no pass": ("password", changed(PASSWORD.parameters, passes=0)),
    "a thousand lanes": ("password", changed(PASSWORD.parameters, lanes=1000)),
    "no lane": ("password", changed(PASSWORD.parameters, lanes=0)),
    "lanes true": ("password", changed(PASSWORD.parameters, lanes=True)),
    "one pass more": ("password", changed(PASSWORD.parameters, passes=2)),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_altered_parameters_are_refused_cheaply(name: str) -> None:
    kind, parameters = PARAMETERS[name]
    wrapped = PASSWORD if kind == "password" else RANDOM
    assert parameters != wrapped.parameters
    before = time.process_time()
    with pytest.raises(AccessDenied):
        unwrap_identity(WrappedIdentity(parameters, wrapped.wrapped), SECRET, binding(kind))
    assert time.process_time() - before < 1, "processor time, however busy the machine is"


def test_a_password_costs_what_rfc_9106_recommends() -> None:
    wrapped = wrap_identity(CLASSIC, b"correct horse", binding("password"), seeded(1))
    stored = json.loads(wrapped.parameters)
    assert (stored["memory_kib"], stored["passes"], stored["lanes"]) == (65536, 3, 4)
    assert len(bytes.fromhex(stored["salt"])) == 16
    assert unwrap_identity(wrapped, b"correct horse", binding("password")) == CLASSIC
    assert RFC_9106.allowed


def test_what_cannot_be_wrapped() -> None:
    for kind in ENTRUSTED:
        with pytest.raises(ValueError):
            wrap(kind)
    with pytest.raises(ValueError):
        wrap_identity(CLASSIC, bytes(15), binding("session"), os.urandom)
    with pytest.raises(ValueError):
        wrap_identity(CLASSIC, SECRET, binding("password"), os.urandom, Cost(memory_kib=2**20))


def test_a_password_is_one_whatever_keyboard_wrote_it() -> None:
    assert password_secret("e\u0301t\u00e9") == password_secret("\u00e9te\u0301")
    assert password_secret("Ete") != password_secret("ete")
    with pytest.raises(AccessDenied):
        password_secret("\ud800")


def test_look_ups_are_of_the_secret_alone() -> None:
    assert slot_lookup(SECRET) == slot_lookup(SECRET)
    assert len({slot_lookup(bytes((n,)) * 20) for n in range(200)}) == 200
    assert len(slot_lookup(SECRET)) == 16


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID], ids=lambda identity: identity.kind)
@pytest.mark.parametrize("kind", ENTRUSTED)
def test_an_entrusted_identity_comes_back(kind: SlotKind, identity: Identity) -> None:
    place = binding(kind)
    wrapped = entrust_identity(identity, INSTITUTION.recipient, place, os.urandom)
    assert entrusted_identity(wrapped, [INSTITUTION], place) == identity
    assert str(identity).encode() in age.decrypt(wrapped.wrapped, [INSTITUTION])
    others = [
        dataclasses.replace(place, vault=b"w" * 16),
        dataclasses.replace(place, slot=b"t" * 16),
        dataclasses.replace(place, kind="custody" if kind == "escrow" else "escrow"),
        dataclasses.replace(place, kind="session"),
    ]
    for other in others:
        with pytest.raises(AccessDenied):
            entrusted_identity(wrapped, [INSTITUTION], other)
    with pytest.raises(AccessDenied):
        entrusted_identity(wrapped, [X25519Identity(bytes(32))], place)
    with pytest.raises(AccessDenied):
        unwrap_identity(wrapped, SECRET, place)
    damaged = WrappedIdentity(wrapped.parameters, wrapped.wrapped[:-1])
    with pytest.raises(AccessDenied):
        entrusted_identity(damaged, [INSTITUTION], place)
    with pytest.raises(ValueError):
        entrust_identity(identity, INSTITUTION.recipient, binding("session"), os.urandom)


@pytest.mark.parametrize(
    "text", ["", "\n", "AGE-SECRET-KEY-1", "é", f"{CLASSIC}", f"{CLASSIC}\n\n"]
)
def test_an_entrusted_file_of_anything_else_is_refused(text: str) -> None:
    place = binding("escrow")
    made = entrust_identity(CLASSIC, INSTITUTION.recipient, place, os.urandom)
    head = age.decrypt(made.wrapped, [INSTITUTION]).split(b"AGE-")[0]
    data = age.encrypt(head + text.encode(), [INSTITUTION.recipient], os.urandom)
    with pytest.raises(AccessDenied):
        entrusted_identity(WrappedIdentity(made.parameters, data), [INSTITUTION], place)
