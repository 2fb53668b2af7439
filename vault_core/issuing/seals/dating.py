"""By whom a seal was dated: an authority that the verifier knows, or one that it does not.

A timestamp that cannot be traced to a known root takes nothing away from a seal, whose key is
judged by itself; it just proves no time, and whoever verifies is told so.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.pades import Seal
from vault_core.issuing.seals.timestamp_token import authority_of, check_token


@dataclass(frozen=True, slots=True)
class Dated:
    """When a seal was timestamped, what the authority calls itself, and whether it is known."""

    at: dt.datetime
    authority: str
    is_known: bool


def dated(seal: Seal, roots: Sequence[x509.Certificate]) -> Dated | None:
    """The timestamp on a seal, held against the roots of authorities; None where there is none."""
    if seal.token is None:
        return None
    try:
        check_token(seal.token, roots)
    except ValueError:
        is_known = False
    else:
        is_known = True
    return Dated(seal.token.stamped_at, authority_of(seal.token), is_known)


def written_roots(roots: Sequence[x509.Certificate]) -> list[str]:
    """Roots as a trust snapshot has them: DER in base64."""
    return [base64.b64encode(root.public_bytes(Encoding.DER)).decode("ascii") for root in roots]


def read_roots(texts: Sequence[str]) -> tuple[x509.Certificate, ...]:
    """The roots of a snapshot. Raises VerificationFailed for what is no certificate."""
    try:
        return tuple(x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts)
    except (ValueError, TypeError) as error:
        raise refused(Fault.SNAPSHOT_FORM) from error
