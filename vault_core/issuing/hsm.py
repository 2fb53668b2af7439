"""Seal keys in an HSM, through PKCS#11: the key never leaves it, the seal is the same.

Needs the extra `hsm` (python-pkcs11), which is loaded only where an HSM is configured.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from vault_core.errors import CryptoError
from vault_core.issuing.cms import Sealer, Sign


@dataclass(frozen=True, slots=True)
class HsmKey:
    """Where a P-256 seal key lies: the vendor's PKCS#11 library, token label, key label, PIN."""

    library: str
    token: str
    label: str
    pin: str

    def sealer(self, chain: tuple[x509.Certificate, ...]) -> Sealer:
        """A sealer that signs in the HSM, over one session that threads share in turn.

        Raises CryptoError if library, token, PIN or key is wrong; signing raises it if the HSM
        fails.
        """
        import pkcs11

        try:
            session = (
                pkcs11.lib(self.library).get_token(token_label=self.token).open(user_pin=self.pin)
            )
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.label)
        except pkcs11.PKCS11Error as error:
            raise CryptoError(
                f"The HSM does not give the key “{self.label}”: {error!r}."
            ) from error
        return Sealer(_signing(pkcs11, key), chain)


def _signing(pkcs11: Any, key: Any) -> Sign:
    lock = threading.Lock()

    def sign(data: bytes) -> bytes:
        # CKM_ECDSA signs a digest and gives r and s; few HSMs hash for ECDSA themselves.
        digest = hashlib.sha256(data).digest()
        try:
            with lock:
                raw: bytes = key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
        except pkcs11.PKCS11Error as error:
            raise CryptoError(f"The HSM did not sign: {error!r}.") from error
        half = len(raw) // 2
        r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        return encode_dss_signature(r, s)

    return sign
