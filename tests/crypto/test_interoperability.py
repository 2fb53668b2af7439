"""Both ways against other implementations of age: pyrage, Debian's age, npm's age-encryption."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from base64 import b64decode
from pathlib import Path

import pyrage
import pytest

from tests.crypto.age_files import CHUNK, CLASSIC, HYBRID, text_of
from tests.requirements import need, need_node_modules
from vault_core.crypto import age, armor
from vault_core.crypto.keys import Identity, generate_identity, parse_identity, parse_recipient
from vault_core.crypto.scrypt import ScryptIdentity
from vault_core.crypto.slots import SlotBinding, entrust_identity

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 77]
KINDS = [CLASSIC, HYBRID]
OF_AGE_1_3 = Path(__file__).with_name("age_1_3.json")
NPM = Path(__file__).parents[1] / "conformance" / "age-encryption"


def run(*command: str, stdin: bytes = b"") -> bytes:
    result = subprocess.run(command, input=stdin, capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@functools.cache
def driver() -> tuple[str, str]:
    folder = need_node_modules(NPM)
    return need("node", "nodejs"), str(folder / "driver.mjs")


@pytest.mark.parametrize("size", SIZES)
def test_pyrage(size: int) -> None:
    text = text_of(size)
    theirs = pyrage.x25519.Identity.from_str(str(CLASSIC))
    assert str(theirs.to_public()) == str(CLASSIC.recipient)
    assert pyrage.decrypt(age.encrypt(text, [CLASSIC.recipient], os.urandom), [theirs]) == text
    assert age.decrypt(pyrage.encrypt(text, [theirs.to_public()]), [CLASSIC]) == text


def test_pyrage_generated_identity() -> None:
    theirs = pyrage.x25519.Identity.generate()
    identity = parse_identity(str(theirs))
    assert str(identity) == str(theirs)
    assert str(identity.recipient) == str(theirs.to_public())


def test_pyrage_armor_and_several_recipients() -> None:
    recipients = [pyrage.x25519.Identity.generate().to_public() for _ in range(3)]
    ours = pyrage.x25519.Recipient.from_str(str(CLASSIC.recipient))
    armored = pyrage.encrypt(b"text", [*recipients, ours], armored=True)
    data = armor.decode(armored.decode())
    assert age.decrypt(data, [CLASSIC]) == b"text"
    assert armor.encode(data) == armored.decode()


def test_pyrage_passphrase() -> None:
    data = pyrage.passphrase.encrypt(b"text", "a pass phrase")
    assert age.decrypt(data, [ScryptIdentity(b"a pass phrase", max_work_factor=22)]) == b"text"


@functools.cache
def kinds_of_age() -> list[Identity]:
    """What the installed age knows: the hybrid recipient since 1.3."""
    told = subprocess.run([need("age"), "--version"], capture_output=True, text=True).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    return KINDS if version >= (1, 3) else [CLASSIC]


@pytest.mark.client
@pytest.mark.parametrize("size", SIZES)
def test_debian_age(size: int, tmp_path: Path) -> None:
    program, text, key = need("age"), text_of(size), tmp_path / "key"
    for identity in kinds_of_age():
        key.write_text(f"# a comment\n{identity}\n")
        ours = age.encrypt(text, [identity.recipient], os.urandom)
        assert run(program, "-d", "-i", str(key), stdin=ours) == text
        armored = armor.encode(ours).encode()
        assert run(program, "-d", "-i", str(key), stdin=armored) == text
        theirs = run(program, "-r", str(identity.recipient), stdin=text)
        assert age.decrypt(theirs, [identity]) == text
        theirs_armored = run(program, "-a", "-r", str(identity.recipient), stdin=text)
        assert age.decrypt(armor.decode(theirs_armored.decode()), [identity]) == text


@pytest.mark.client
def test_debian_age_generated_identities(tmp_path: Path) -> None:
    for identity in kinds_of_age():
        flags = ["-pq"] if identity is HYBRID else []
        secret = run(need("age-keygen", "age"), *flags).decode().split("\n")[-2]
        key = tmp_path / identity.kind
        key.write_text(secret)
        public = run(need("age-keygen", "age"), "-y", str(key)).decode().strip()
        assert str(parse_identity(secret)) == secret
        assert str(parse_identity(secret).recipient) == str(parse_recipient(public)) == public


@pytest.mark.parametrize(
    ("name", "identity"),
    [("CLASSIC", CLASSIC), ("HYBRID", HYBRID), ("TAGGED and CLASSIC", CLASSIC)],
)
def test_files_of_age_1_3(name: str, identity: Identity) -> None:
    """Also one with a stanza for a key in hardware, which is nobody's here and passed over."""
    data = b64decode(json.loads(OF_AGE_1_3.read_text())[name])
    assert (b"-> p256tag " in data) is ("TAGGED" in name)
    assert age.decrypt(data, [identity]) == b"written by age 1.3.2\n"


@pytest.mark.client
def test_debian_age_opens_an_escrowed_identity(tmp_path: Path) -> None:
    """The institution's offline way in: a slot, decrypted, is an identity file of stock age."""
    program = need("age")
    institution = generate_identity("x25519", os.urandom)
    place = SlotBinding(os.urandom(16), os.urandom(16), "escrow")
    slot = entrust_identity(CLASSIC, institution.recipient, place, os.urandom)
    key, opened = tmp_path / "institution", tmp_path / "opened"
    key.write_text(f"{institution}\n")
    opened.write_bytes(run(program, "-d", "-i", str(key), stdin=slot.wrapped))
    blob = age.encrypt(b"a certificate", [CLASSIC.recipient], os.urandom)
    assert run(program, "-d", "-i", str(opened), stdin=blob) == b"a certificate"


@pytest.mark.client
@pytest.mark.parametrize("identity", KINDS, ids=lambda identity: identity.kind)
@pytest.mark.parametrize("size", [0, CHUNK, 2 * CHUNK + 9])
def test_npm(identity: Identity, size: int) -> None:
    text = text_of(size)
    ours = age.encrypt(text, [identity.recipient], os.urandom)
    assert run(*driver(), "decrypt", str(identity), stdin=ours) == text
    theirs = run(*driver(), "encrypt", str(identity.recipient), stdin=text)
    assert age.decrypt(theirs, [identity]) == text


@pytest.mark.client
@pytest.mark.parametrize("kind", ["hybrid", "x25519"])
def test_npm_generated_identity(kind: str) -> None:
    secret, public = run(*driver(), "generate", kind).decode().split()
    identity = parse_identity(secret)
    assert str(identity) == secret
    assert str(identity.recipient) == str(parse_recipient(public)) == public


@pytest.mark.client
def test_npm_several_hybrid_recipients() -> None:
    others = [generate_identity("mlkem768x25519", os.urandom) for _ in range(2)]
    recipients = [str(identity.recipient) for identity in (*others, HYBRID)]
    theirs = run(*driver(), "encrypt", *recipients, stdin=b"text")
    for identity in (*others, HYBRID):
        assert age.decrypt(theirs, [identity]) == b"text"
    ours = age.encrypt(b"text", [parse_recipient(text) for text in recipients], os.urandom)
    for identity in (*others, HYBRID):
        assert run(*driver(), "decrypt", str(identity), stdin=ours) == b"text"


@pytest.mark.client
def test_npm_passphrase() -> None:
    theirs = run(*driver(), "encrypt-passphrase", "a pass phrase", "12", stdin=b"text")
    assert age.decrypt(theirs, [ScryptIdentity(b"a pass phrase")]) == b"text"
