"""What a signed request must carry (RFC 9421), and whether its signature holds. No I/O, no clock.

The library builds the signature base and checks the signature; which parts have to be covered, for
how long a signature is good and how content is compared with its digest is decided here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import http_sf
from cryptography.exceptions import InvalidSignature as WrongSignature
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    MappingKeyResolver,
    algorithms,
)

from vault_core.api import Buffer
from vault_core.errors import SignatureRefused
from vault_core.issuing.programs.request_keys import Algorithm, PublicKey

WINDOW: Final = 300
"""Seconds for which a signature is good."""
SKEW: Final = 60
"""Seconds that the signer's clock may be ahead of ours."""
LARGEST: Final = 4096
"""Characters of the fields Signature and Signature-Input."""
SHORTEST_NONCE, LONGEST_NONCE = 16, 128
_ALGORITHMS: Final = {
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
}
_DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MALFORMED: Final = (
    "The signature cannot be read: send one, in Signature-Input and Signature as RFC 9421 has them."
)
_DIGEST: Final = "Send Content-Digest with sha-256 or sha-512, as RFC 9530 has it."
_ALTERED: Final = "The content is not what its Content-Digest says: nothing of it was kept."


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it is signed. `url` is absolute: the address that its sender used."""

    method: str
    url: str
    headers: Mapping[str, str]
    has_content: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signature says of itself; none of it is proven. Times in seconds."""

    key: str
    nonce: str
    created: int
    expires: int | None
    covered: frozenset[str]
    """Names of what is signed as it is; parts signed in another form do not count."""

    @property
    def forgotten_at(self) -> int:
        """When this signature can be told from an old one by its time alone."""
        return self.created + WINDOW + SKEW


def claim(message: Message) -> Claim:
    """Raises SignatureRefused for what is no signature, or does not say what it must."""
    fields = [_field(message, name) for name in ("signature-input", "signature")]
    if not all(fields) or sum(map(len, fields)) > LARGEST:
        raise SignatureRefused(_MALFORMED)
    described = _dictionary(fields[0])
    if len(described) != 1:
        raise SignatureRefused(_MALFORMED)
    [(components, told)] = described.values()
    if not isinstance(components, list):
        raise SignatureRefused(_MALFORMED)
    key, nonce, created, expires = (
        told.get(name) for name in ("keyid", "nonce", "created", "expires")
    )
    if not (isinstance(key, str) and type(created) is int and isinstance(nonce, str)):
        raise SignatureRefused("A signature says keyid, created and nonce.")
    if not SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE:
        raise SignatureRefused(
            f"A nonce has {SHORTEST_NONCE} to {LONGEST_NONCE} characters, drawn at random."
        )
    if expires is not None and type(expires) is not int:
        raise SignatureRefused(_MALFORMED)
    plain = frozenset(name for name, form in components if isinstance(name, str) and not form)
    return Claim(key, nonce, created, expires, plain)


def require(message: Message, found: Claim, fields: Collection[str], now: float) -> None:
    """Raises SignatureRefused if it leaves out what counts here, or is not of now.

    `fields` are names of header fields that the operation looks at.
    """
    missing = [name for name in _needed(message, found, fields) if name not in found.covered]
    if missing:
        raise SignatureRefused(f"The signature must cover {' and '.join(map(repr, missing))}.")
    late = now > (found.created + WINDOW if found.expires is None else found.expires)
    if late or not now - WINDOW <= found.created <= now + SKEW:
        here = dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="seconds")
        raise SignatureRefused(
            f"A signature is good for {WINDOW} seconds, and this one is not of now: it is {here}."
        )


def _needed(message: Message, found: Claim, fields: Collection[str]) -> list[str]:
    needed = ["@method"]
    if "@target-uri" not in found.covered:
        needed += ["@authority", "@path"]
        if "?" in message.url:
            needed.append("@query")
    present = {name.lower() for name in message.headers}
    if message.has_content:
        needed += ["content-digest", "content-type"]
    elif "content-digest" in present:
        needed.append("content-digest")
    looked_at = sorted({name.lower() for name in fields} & present)
    return needed + [name for name in looked_at if name not in needed]


def prove(message: Message, found: Claim, key: PublicKey, algorithm: Algorithm) -> None:
    """Raises SignatureRefused unless who holds the key's private half signed this message."""
    verifier = _Verifier(
        signature_algorithm=_ALGORITHMS[algorithm],
        key_resolver=MappingKeyResolver(public_keys={found.key: key}, private_keys={}),
    )
    try:
        verifier.verify(message, max_age=None)
    except (HTTPMessageSignaturesException, WrongSignature):
        raise SignatureRefused("The signature does not fit this request and this key.") from None


class _Verifier(HTTPMessageVerifier):
    """The library's, which asks the system's clock; time is `require`'s to judge."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Judged before."""


class Digest:
    """Compares content, as it arrives, with a Content-Digest field."""

    def __init__(self, field: str) -> None:
        """Raises SignatureRefused if the field names no digest that is known here."""
        self._wanted: dict[str, bytes] = {}
        for name, (value, _) in _dictionary(field, _DIGEST).items():
            if name in _DIGESTS:
                if not isinstance(value, bytes):
                    raise SignatureRefused(_DIGEST)
                self._wanted[name] = value
        if not self._wanted:
            raise SignatureRefused(_DIGEST)
        self._seen = {name: _DIGESTS[name]() for name in self._wanted}

    def add(self, piece: Buffer) -> None:
        """More of the content."""
        for hashed in self._seen.values():
            hashed.update(piece)

    def check(self) -> None:
        """All of it has come. Raises SignatureRefused if it is something else."""
        for name, wanted in self._wanted.items():
            if not hmac.compare_digest(self._seen[name].digest(), wanted):
                raise SignatureRefused(_ALTERED)


def _field(message: Message, wanted: str) -> str:
    """All its lines as one (RFC 9110 section 5.3), as the library reads them."""
    return ", ".join(value for name, value in message.headers.items() if name.lower() == wanted)


def _dictionary(field: str, refusal: str = _MALFORMED) -> dict[str, Any]:
    """RFC 9651 section 3.2. Raises SignatureRefused, also for a name that comes twice."""

    def twice(_key: str, context: str) -> None:
        if context == "dictionary":
            raise ValueError

    try:
        found = http_sf.parse(field.encode("ascii"), tltype="dictionary", on_duplicate_key=twice)
    except (ValueError, TypeError):
        raise SignatureRefused(refusal) from None
    assert isinstance(found, dict)
    return found
