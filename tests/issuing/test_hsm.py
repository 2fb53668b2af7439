"""Seals made in an HSM: SoftHSM through PKCS#11."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from tests.issuing.test_pades import PLAIN, REASON, validate
from tests.issuing.world import NOW, world
from tests.requirements import missing, need
from vault_core.errors import CryptoError
from vault_core.issuing.hsm import HsmKey
from vault_core.issuing.pades import read_seal, seal_pdf

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL, TOKEN, PIN = "seal", "parchemin", "1234"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A token with one P-256 key; the public key, as SubjectPublicKeyInfo."""
    if not LIBRARY.exists():
        missing("libsofthsm2.so is not installed: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = [need("softhsm2-util", "softhsm2"), "--init-token", "--free"]
    command += ["--label", TOKEN, "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(command, check=True, capture_output=True)
    with pkcs11.lib(str(LIBRARY)).get_token(token_label=TOKEN).open(True, user_pin=PIN) as session:
        curve = encode_named_curve_parameters("secp256r1")
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
        )
        public, _ = parameters.generate_keypair(store=True, label=LABEL)
        return encode_ec_public_key(public)


def test_a_seal_made_in_the_hsm_is_as_valid_as_another(token: bytes) -> None:
    public = load_der_public_key(token)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    chain = world().certify(public)
    sealer = HsmKey(str(LIBRARY), TOKEN, LABEL, PIN).sealer(chain)
    for _ in range(3):
        sealed = seal_pdf(PLAIN, sealer, NOW, REASON)
        assert read_seal(sealed).certificate == chain[0]
        assert validate(sealed).bottom_line


@pytest.mark.parametrize(
    "key",
    [
        HsmKey(str(LIBRARY), "other", LABEL, PIN),
        HsmKey(str(LIBRARY), TOKEN, "other", PIN),
        HsmKey(str(LIBRARY), TOKEN, LABEL, "9999"),
    ],
    ids=["token", "label", "pin"],
)
def test_a_wrong_token_label_or_pin_is_said(token: bytes, key: HsmKey) -> None:
    with pytest.raises(CryptoError, match="HSM"):
        key.sealer(())
