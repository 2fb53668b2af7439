"""Seal keys in an HSM, through PKCS#11: the key never leaves it, the seal is the same.

Needs the extra `hsm` (python-pkcs11), which is loaded only where an HSM is configured.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from vault_core.errors import InvalidRequest, SealingUnavailable, SettingsError
from vault_core.issuing.seals.cms import Sealer, Sign


@dataclass(frozen=True, slots=True)
class HsmLabel:
    """Names a P-256 key in the institution's HSM."""

    label: str


class Hsm:
    """One token of an HSM: the vendor's PKCS#11 library, token label, PIN. For any thread.

    Its session is opened with the first use and kept, and opened anew after a failure.
    """

    def __init__(self, library: str, token: str, pin: str) -> None:
        self._library, self._token, self._pin = library, token, pin
        self._lock = threading.Lock()
        self._session: Any = None

    def public_key(self, label: str) -> ec.EllipticCurvePublicKey:
        """The public half of a key. Raises SealingUnavailable, InvalidRequest if it is no P-256."""
        from pkcs11.util.ec import encode_ec_public_key

        with self._lock:
            found = self._found(label, private=False)
            try:
                data = encode_ec_public_key(found)
            except self._errors() as error:
                raise self._silent(error) from error
        key = load_der_public_key(data)
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise InvalidRequest(f"The HSM's key “{label}” is not on the curve P-256.")
        return key

    def make_key(self, label: str) -> None:
        """Make a P-256 key pair of that name, which cannot be taken out.

        Raises InvalidRequest if there is one, SealingUnavailable.
        """
        import pkcs11
        from pkcs11.util.ec import encode_named_curve_parameters

        with self._lock:
            session = self._opened(writing=True)
            try:
                if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
                    raise InvalidRequest(f"The HSM has something named “{label}” already.")
                curve = encode_named_curve_parameters("secp256r1")
                parameters = session.create_domain_parameters(
                    pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
                )
                parameters.generate_keypair(store=True, label=label)
            except self._errors() as error:
                raise self._silent(error) from error
            finally:
                session.close()

    def signing(self, label: str) -> Sign:
        """Signing with a key. Raises SealingUnavailable if it is not there; so does signing."""
        import pkcs11

        with self._lock:
            self._found(label, private=True)
        kept: dict[int, Any] = {}

        def sign(data: bytes) -> bytes:
            # CKM_ECDSA signs a digest and gives r and s; few HSMs hash for ECDSA themselves.
            digest = hashlib.sha256(data).digest()
            with self._lock:
                session = id(self._opened())
                key = kept.get(session) or self._found(label, private=True)
                kept.clear()
                kept[session] = key
                try:
                    raw: bytes = key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
                except self._errors() as error:
                    raise self._silent(error) from error
            half = len(raw) // 2
            r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
            return encode_dss_signature(r, s)

        return sign

    def sealer(self, label: str, chain: tuple[x509.Certificate, ...]) -> Sealer:
        """A sealer that signs in the HSM. Raises SealingUnavailable if the key is not there."""
        return Sealer(self.signing(label), chain)

    def _found(self, label: str, *, private: bool) -> Any:
        import pkcs11

        kind = pkcs11.ObjectClass.PRIVATE_KEY if private else pkcs11.ObjectClass.PUBLIC_KEY
        session = self._opened()
        try:
            return session.get_key(object_class=kind, label=label)
        except pkcs11.NoSuchKey as error:
            raise SealingUnavailable(
                f"The HSM's token “{self._token}” has no key “{label}”."
            ) from error
        except self._errors() as error:
            raise self._silent(error) from error

    def _opened(self, *, writing: bool = False) -> Any:
        """The session that is kept, or a new one that may write."""
        if self._session is not None and not writing:
            return self._session
        try:
            import pkcs11
        except ImportError:
            raise SettingsError(
                "hsm.library needs python-pkcs11: pip install 'parchemin[hsm]'."
            ) from None
        try:
            token = pkcs11.lib(self._library).get_token(token_label=self._token)
            try:
                session = token.open(writing, user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # a process signs in once for all its sessions
                session = token.open(writing)
        except self._errors() as error:
            raise self._silent(error) from error
        if not writing:
            self._session = session
        return session

    def _errors(self) -> tuple[type[Exception], ...]:
        import pkcs11

        return (pkcs11.PKCS11Error, pkcs11.MultipleObjectsReturned, RuntimeError, OSError)

    def _silent(self, error: Exception) -> SealingUnavailable:
        self._session = None
        said = type(error).__name__ if not str(error) else f"{type(error).__name__}: {error}"
        return SealingUnavailable(
            f"The HSM does not answer as it should ({said}): check it, and [hsm] in the settings."
        )
