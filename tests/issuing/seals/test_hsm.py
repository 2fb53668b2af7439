"""Seals made in an HSM: SoftHSM through PKCS#11."""

from __future__ import annotations

import uuid

import pytest
from cryptography import x509

from tests.issuing.seals.test_pades import PLAIN, REASON, validate
from tests.issuing.softhsm import Token, make_token
from tests.issuing.world import NOW, world
from vault_core.errors import InvalidRequest, SealingUnavailable
from vault_core.issuing.pdf.file import open_pdf
from vault_core.issuing.seals.hsm import Hsm, HsmLabel
from vault_core.issuing.seals.keys import IssuerKeys
from vault_core.issuing.seals.pades import read_seal, seal_pdf
from vault_core.issuing.seals.sealing import Sealing
from vault_core.issuing.seals.signing_request import signing_request


@pytest.fixture(scope="module")
def token() -> Token:
    return make_token()


@pytest.fixture(scope="module")
def hsm(token: Token) -> Hsm:
    return Hsm(token.library, token.label, token.pin)


@pytest.fixture(scope="module")
def label(hsm: Hsm) -> str:
    """A key in it."""
    name = f"seal-{uuid.uuid4()}"
    hsm.make_key(name)
    return name


def test_a_seal_made_in_the_hsm_is_as_valid_as_another(hsm: Hsm, label: str) -> None:
    chain = world().certify(hsm.public_key(label))
    sealer = hsm.sealer(label, chain)
    for _ in range(3):
        sealed = seal_pdf(PLAIN, sealer, NOW, REASON)
        assert read_seal(sealed).certificate == chain[0]
        assert validate(sealed).bottom_line


def test_an_issuer_s_keys_name_the_key_and_never_hold_it(hsm: Hsm, label: str) -> None:
    chain = world().certify(hsm.public_key(label))
    keys = world().keys.take(NOW, HsmLabel(label), chain)
    stored = keys.dump(lambda _, text: text)
    assert label.encode() in stored
    again = IssuerKeys.load(keys.issuer, stored, lambda _, text: text)
    sealed = Sealing(hsm).sealed(open_pdf(PLAIN), again.current, NOW, REASON)
    assert read_seal(sealed).certificate == chain[0]
    with pytest.raises(SealingUnavailable, match="none is configured"):
        Sealing().sealed(open_pdf(PLAIN), again.current, NOW, REASON)


def test_a_request_for_a_certificate_is_signed_by_the_key(hsm: Hsm, label: str) -> None:
    pem = signing_request("Académie de Rennes", "FR", hsm.public_key(label), hsm.signing(label))
    request = x509.load_pem_x509_csr(pem.encode())
    assert request.is_signature_valid
    assert request.public_key() == hsm.public_key(label)
    assert request.subject.rfc4514_string() == "CN=Académie de Rennes,O=Académie de Rennes,C=FR"


def test_a_key_is_not_made_twice(hsm: Hsm, label: str) -> None:
    with pytest.raises(InvalidRequest, match="already"):
        hsm.make_key(label)


def test_a_session_that_broke_is_opened_again(hsm: Hsm, label: str) -> None:
    sign = hsm.signing(label)
    sign(b"before")
    hsm._session.close()
    with pytest.raises(SealingUnavailable, match="HSM"):
        sign(b"the session is gone")
    assert sign(b"after")


@pytest.mark.parametrize("wrong", ["library", "token", "label"])
def test_a_wrong_library_token_or_label_is_said(token: Token, label: str, wrong: str) -> None:
    given = {**token.settings, "label": label, wrong: "/nowhere.so" if wrong == "library" else "9"}
    other = Hsm(given["library"], given["token"], given["pin"])
    with pytest.raises(SealingUnavailable, match="HSM") as caught:
        other.signing(given["label"])
    assert token.pin not in str(caught.value)
