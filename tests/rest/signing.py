"""Requests signed by hand (RFC 9421), so that any one thing about them can be wrong."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vault_core.issuing.programs.request_keys import thumbprint

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
COVERED = ("@method", "@target-uri", "content-digest", "content-type")


def pem(key: PrivateKey) -> bytes:
    """The public half, as a file."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def new_key(kind: str = "ed25519") -> PrivateKey:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def digest(data: bytes, name: str = "sha-256") -> str:
    """A Content-Digest field."""
    hashed = hashlib.new(name.replace("-", ""), data).digest()
    return f"{name}=:{base64.b64encode(hashed).decode()}:"


@dataclass(frozen=True)
class Signed:
    """A request about to be signed; `url` is the address that the server knows itself by."""

    key: PrivateKey
    url: str
    method: str = "GET"
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    covered: tuple[str, ...] = COVERED
    told: dict[str, str | int] = field(default_factory=dict)
    """Parameters besides those that every signature has; None of these leaves one out."""
    without: tuple[str, ...] = ()
    """Parameters that are left out."""

    def fields(self) -> dict[str, str]:
        """Every header field of the request."""
        headers = {**self.headers}
        if self.data:
            headers = {"Content-Digest": digest(self.data), "Content-Type": "text/csv", **headers}
        lower = {name.lower(): value for name, value in headers.items()}
        covered = [one for one in self.covered if one.startswith("@") or one in lower]
        parameters = {
            "created": int(time.time()), "keyid": thumbprint(self.key.public_key()),
            "nonce": secrets.token_urlsafe(16), **self.told,
        }  # fmt: skip
        told = "".join(
            f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
            for name, value in parameters.items()
            if name not in self.without
        )
        described = "(" + " ".join(f'"{one}"' for one in covered) + f"){told}"
        lines = [f'"{one}": {self.part(one, lower)}' for one in covered]
        base = "\n".join([*lines, f'"@signature-params": {described}'])
        signature = base64.b64encode(sign(self.key, base.encode())).decode()
        return {
            **headers, "Signature-Input": f"sig1={described}", "Signature": f"sig1=:{signature}:",
        }  # fmt: skip

    def part(self, name: str, headers: dict[str, str]) -> str:
        """The value of one component."""
        rest = self.url.partition("://")[2]
        authority, _, target = rest.partition("/")
        path, _, query = target.partition("?")
        derived = {
            "@method": self.method, "@target-uri": self.url, "@authority": authority,
            "@path": f"/{path}", "@query": f"?{query}",
        }  # fmt: skip
        return derived[name] if name in derived else headers[name]

    def with_headers(self, **named: str) -> Signed:
        more = {name.replace("_", "-"): value for name, value in named.items()}
        return replace(self, headers={**self.headers, **more})


def sign(key: PrivateKey, data: bytes) -> bytes:
    """As RFC 9421 sections 3.3.4 and 3.3.6 have it."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
