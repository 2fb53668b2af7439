"""Selective disclosure: what is chosen is proved, what is not cannot be learnt, faults are told."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.issuing.world import (
    DAY,
    DIPLOMA,
    NOW,
    RECORD,
    SUBJECT,
    URL,
    World,
    certificate,
    make_world,
    world,
)
from vault_core.api import Fact, Text
from vault_core.errors import CertificateRefused
from vault_core.issuing.checking.disclosed import verify_disclosed
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.credential import Issuance
from vault_core.issuing.credentials.selective import (
    Disclosure,
    choose,
    decode,
    disclosures_of,
    encode,
)
from vault_core.issuing.credentials.status import State
from vault_core.issuing.seals.pades import read_seal

WRITABLE = st.characters(exclude_categories=["Cs"])
"""Every character but half of a surrogate pair."""
ALL = {
    "given_names", "family_name", "birth_date", "birth_place", "birth_country", "gender",
    "awarded_on", "result_mention", "result_average",
}  # fmt: skip


@cache
def whole() -> str:
    """The selective credential inside a real certificate."""
    return attached(world().issue().pdf)


def attached(pdf: bytes) -> str:
    """What is attached to a sealed PDF."""
    return read_seal(pdf).pdf.attachments()[selective.ATTACHMENT].decode()


def refusal(text: str, now: dt.datetime = NOW, **states: Any) -> str:
    """The fault for which it is refused."""
    with pytest.raises(CertificateRefused) as refused:
        verify_disclosed(text, world().trust(**states), now)
    return refused.value.fault


def test_everything_can_be_disclosed() -> None:
    found = verify_disclosed(whole(), world().trust(), NOW)
    assert {each.name for each in disclosures_of(whole())} == ALL
    assert found.verdict == "valid"
    assert found.claims["family_name"] == SUBJECT.family_name
    assert found.claims["given_names"] == list(SUBJECT.given_names)
    assert found.claims["birth_date"] == "2008-07-03"
    assert {result.id for result in found.results} == {"mention", "average"}
    assert found.title.fr == "Baccalauréat général"
    assert found.certificate.startswith("urn:uuid:")


def test_what_is_left_out_is_in_no_byte_of_what_is_handed_on() -> None:
    shown = choose(whole(), {"given_names", "family_name", "awarded_on"})
    found = verify_disclosed(shown, world().trust(), NOW)
    assert set(found.claims) == {"given_names", "family_name", "awarded_on"}
    assert found.results == ()
    opened = "".join(_texts(shown))
    assert SUBJECT.family_name in opened
    for secret in ("Brest", "2008-07-03", "14,6", "Moyenne", "Mention", '"F"'):
        assert secret not in opened, secret
        assert secret in "".join(_texts(whole())), secret


def _texts(text: str) -> list[str]:
    jwt, *rest = text.split("~")
    parts = [*jwt.split(".")[:2], *(part for part in rest if part)]
    return [decode(part).decode() for part in parts]


def test_a_hash_cannot_be_guessed_from_the_claim() -> None:
    payload = json.loads(decode(whole().split(".")[1]))
    for name, value in (("birth_place", "Brest"), ("gender", "F")):
        for guess in ([name, value], ["", name, value]):
            text = encode(json.dumps(guess, separators=(",", ":")).encode())
            assert encode(hashlib.sha256(text.encode()).digest()) not in payload["_sd"]
    salts = {json.loads(decode(each.text))[0] for each in disclosures_of(whole())}
    assert len(salts) == len(ALL)
    assert {len(decode(salt)) for salt in salts} == {16}


def test_the_number_of_hashes_tells_nothing_of_the_number_of_claims() -> None:
    fewer = replace(RECORD, subject=replace(SUBJECT, birth_place=""))
    other = attached(world().issue(fewer).pdf)
    counts = {len(json.loads(decode(text.split(".")[1]))["_sd"]) for text in (whole(), other)}
    assert all(count % 8 == 0 for count in counts)


@given(st.text(WRITABLE), st.text(WRITABLE, min_size=1), st.text(WRITABLE))
def test_disclosures_are_canonical_json_of_what_is_said(fr: str, en: str, family: str) -> None:
    """Each is written at once, and as RFC 8785 writes what it says."""
    fact = Fact("x", Text(fr, en), Text(en, fr))
    record = replace(RECORD, subject=replace(SUBJECT, family_name=family))
    issuance = Issuance(
        record, replace(DIPLOMA, facts=(fact,)), world().issuer, certificate().binding, URL,
        f"{URL}/verify/X", world().place, NOW,
    )  # fmt: skip
    keys = world().keys.current
    text = selective.selective_credential(
        issuance, keys.credential_key, keys.credential_key_id, os.urandom
    )
    disclosures = disclosures_of(text)
    for each in disclosures:
        assert decode(each.text) == rfc8785.dumps(json.loads(decode(each.text)))
    values = {each.name: each.value for each in disclosures}
    assert values["result_x"] == {"title": {"fr": fr, "en": en}, "value": {"fr": en, "en": fr}}
    assert values.get("family_name", "") == family


def test_an_independent_implementation_reads_it() -> None:
    """PyPI's `sd-jwt`, the reference implementation of the specification's authors."""
    jwcrypto = pytest.importorskip("jwcrypto.jwk")
    verifier = pytest.importorskip("sd_jwt.verifier")
    public = world().keys.current.credential_key.public_key()
    key = jwcrypto.JWK.from_pyca(public)
    for names in (ALL, {"family_name"}, set()):
        shown = choose(whole(), names)
        checked = verifier.SDJWTVerifier(shown, lambda issuer, header: key)
        payload = checked.get_verified_payload()
        assert payload["iss"] == world().url
        assert names <= set(payload)
        assert not (ALL - names) & set(payload)
    assert payload["vct"] == f"{URL}/types/bac"


@pytest.mark.parametrize("state", ["revoked", "replaced", "suspended"])
def test_what_was_ended_is_genuine_and_not_valid(state: State) -> None:
    found = verify_disclosed(whole(), world().trust({world().place.index: state}), NOW)
    assert found.verdict == state
    assert found.fault is not None
    assert found.claims["family_name"] == SUBJECT.family_name


def test_an_expired_one_says_so_and_one_from_the_future_is_refused() -> None:
    record = replace(RECORD, valid_until=(NOW + DAY).date())
    text = attached(world().issue(record).pdf)
    assert verify_disclosed(text, world().trust(), NOW).verdict == "valid"
    assert verify_disclosed(text, world().trust(), NOW + 3 * DAY).verdict == "expired"
    with pytest.raises(CertificateRefused) as refused:
        verify_disclosed(text, world().trust(), NOW - 3 * DAY)
    assert refused.value.fault == "not_yet"


def test_a_strangers_key_and_a_strangers_claim_to_be_the_issuer() -> None:
    stranger = make_world("education")
    forged = attached(stranger.issue().pdf)
    assert refusal(forged) == "credential_altered"
    elsewhere: World = make_world("elsewhere")
    assert refusal(attached(elsewhere.issue().pdf)) == "foreign_issuer"


def _altered(change: Callable[[dict[str, Any]], object]) -> str:
    jwt, _, rest = whole().partition("~")
    header, payload, signature = jwt.split(".")
    found = json.loads(decode(payload))
    change(found)
    return f"{header}.{encode(json.dumps(found).encode())}.{signature}~{rest}"


def _resigned(header: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    """What the issuer itself would sign, with one fault."""
    jwt, _, rest = whole().partition("~")
    parts = jwt.split(".")
    heading, payload = json.loads(decode(parts[0])) | header, json.loads(decode(parts[1]))
    change(payload)
    signed = f"{encode(json.dumps(heading).encode())}.{encode(json.dumps(payload).encode())}"
    key: Ed25519PrivateKey = world().keys.current.credential_key
    return f"{signed}.{encode(key.sign(signed.encode()))}~{rest}"


def _swap(text: str, name: str, value: Any) -> str:
    jwt, *parts = text.split("~")
    return "~".join((jwt, *(_with(part, name, value) for part in parts[:-1]), ""))


def _with(part: str, name: str, value: Any) -> str:
    salt, found, _ = json.loads(decode(part))
    return encode(json.dumps([salt, name, value]).encode()) if found == name else part


FAULTS: dict[str, tuple[Callable[[], str], str]] = {
    "another grade": (lambda: _swap(whole(), "result_mention", "x"), "credential_altered"),
    "another name": (lambda: _swap(whole(), "family_name", "Autre"), "credential_altered"),
    "a disclosure of another person": (
        lambda: whole().partition("~")[0] + "~" + attached(world().issue().pdf).partition("~")[2],
        "credential_altered",
    ),
    "a disclosure twice": (
        lambda: whole() + whole().split("~")[1] + "~", "credential_form",
    ),
    "a hash taken out": (lambda: _altered(lambda p: p["_sd"].pop()), "credential_altered"),
    "another title": (
        lambda: _altered(lambda p: p.update(name={"fr": "x", "en": "x"})), "credential_altered",
    ),
    "no algorithm": (lambda: _resigned({"alg": "none"}, lambda p: None), "proof_form"),
    "a symmetric algorithm": (lambda: _resigned({"alg": "HS256"}, lambda p: None), "proof_form"),
    "critical extensions": (lambda: _resigned({"crit": ["x"]}, lambda p: None), "proof_form"),
    "another type": (lambda: _resigned({"typ": "JWT"}, lambda p: None), "proof_form"),
    "an unknown key": (
        lambda: _resigned({"kid": f"{URL}/issuers/education#key-9"}, lambda p: None),
        "foreign_issuer",
    ),
    "another hash": (lambda: _resigned({}, lambda p: p.update(_sd_alg="md5")), "credential_form"),
    "hashes that stand twice": (
        lambda: _resigned({}, lambda p: p["_sd"].append(p["_sd"][0])), "credential_form",
    ),
    "a moment in words": (lambda: _resigned({}, lambda p: p.update(iat="x")), "credential_form"),
    "signed before the key": (lambda: _resigned({}, lambda p: p.update(iat=1)), "key_period"),
    "cut": (lambda: whole()[:-10], "credential_form"),
    "a key binding": (lambda: whole() + "a.b.c", "credential_form"),
    "nothing": (lambda: "", "credential_form"),
    "dots": (lambda: "..~", "credential_form"),
    "no text": (lambda: "é" * 20, "credential_form"),
    "endless": (lambda: "a" * 300_000, "credential_form"),
    "too many disclosures": (lambda: whole() + "WyJhIiwiYiIsMV0~" * 300, "credential_form"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_refused_for_what_it_is(name: str) -> None:
    make, fault = FAULTS[name]
    assert refusal(make()) == fault


@pytest.mark.parametrize("text", ["", "a", "_w", "_x", "-_-_", "YWI=", "YW I", "YWJ\n", "+/+/"])
def test_base64_is_read_in_one_spelling_only(text: str) -> None:
    assert all(encode(data) == text for data in _decoded(text))


def _decoded(text: str) -> list[bytes]:
    try:
        return [decode(text)]
    except CertificateRefused:
        return []


def test_a_disclosure_with_a_reserved_name_is_refused() -> None:
    for name in ("_sd", "..."):
        part = encode(json.dumps(["salt", name, 1]).encode())
        with pytest.raises(CertificateRefused):
            disclosures_of(f"x~{part}~")
    assert Disclosure("YQ", "a", 1).digest
