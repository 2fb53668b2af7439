"""Trust as one signed file, for checking certificates without the server and after it is gone.

The file is JSON with the institution's Data Integrity proof; a verifier pins that one key.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.api import Text
from vault_core.errors import VerificationFailed
from vault_core.issuing.checking.trust import Trust, TrustedIssuer, TrustedKey
from vault_core.issuing.credentials.multibase import did_key, from_did_key
from vault_core.issuing.credentials.proofs import Document, add_proof, canonical, check_proof
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.dating import read_roots, written_roots

TYPE = "ParcheminTrustSnapshot"
LARGEST = 64 * 1024 * 1024
_VERSION = 1


def write_snapshot(trust: Trust, key: Ed25519PrivateKey) -> bytes:
    """The trust as a signed document; `key` is the institution's."""
    document = {
        "type": TYPE,
        "version": _VERSION,
        "institution": trust.institution,
        "madeAt": trust.made_at.isoformat(),
        "issuers": [_issuer_object(issuer) for issuer in trust.issuers],
        "statusLists": dict(trust.lists),
    }
    if trust.stamp_roots:
        document["timestampRoots"] = written_roots(trust.stamp_roots)
    method = did_key(key.public_key())
    return canonical(add_proof(document, key, method, trust.made_at.isoformat()))


def read_snapshot(data: bytes, institution_key: str) -> Trust:
    """The trust in a snapshot signed by `institution_key` (a did:key verification method).

    Raises VerificationFailed if it is signed by anybody else, or was altered.
    """
    if len(data) > LARGEST:
        raise refused(Fault.SNAPSHOT_FORM)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise refused(Fault.SNAPSHOT_FORM) from error
    if not isinstance(document, dict) or document.get("type") != TYPE:
        raise refused(Fault.SNAPSHOT_FORM)
    try:
        method = check_proof(document, from_did_key)
    except VerificationFailed as error:
        raise refused(Fault.SNAPSHOT_FORGED) from error
    if method != institution_key or document.get("version") != _VERSION:
        raise refused(Fault.SNAPSHOT_FORGED)
    return _trust(document)


def signer_of(data: bytes) -> str:
    """Who says to have signed a snapshot; nothing is checked. Raises VerificationFailed."""
    try:
        return str(json.loads(data)["proof"]["verificationMethod"])
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise refused(Fault.SNAPSHOT_FORM) from error


def _issuer_object(issuer: TrustedIssuer) -> Document:
    return {
        "id": issuer.id,
        "name": {"fr": issuer.name.fr, "en": issuer.name.en},
        "url": issuer.url,
        "country": issuer.country,
        "keys": [
            {
                "kind": key.kind,
                "name": key.name,
                "value": key.value,
                "since": key.since.isoformat(),
                "until": key.until.isoformat() if key.until else None,
            }
            for key in issuer.keys
        ],
    }


def _trust(document: Mapping[str, Any]) -> Trust:
    return Trust(
        document["institution"],
        dt.datetime.fromisoformat(document["madeAt"]),
        tuple(_trusted(item) for item in document["issuers"]),
        document["statusLists"],
        read_roots(document.get("timestampRoots", ())),
    )


def _trusted(item: Mapping[str, Any]) -> TrustedIssuer:
    name = Text(item["name"]["fr"], item["name"]["en"])
    keys = tuple(
        TrustedKey(
            key["kind"],
            key["name"],
            key["value"],
            dt.datetime.fromisoformat(key["since"]),
            dt.datetime.fromisoformat(key["until"]) if key["until"] else None,
        )
        for key in item["keys"]
    )
    return TrustedIssuer(item["id"], name, item["url"], item["country"], keys)
