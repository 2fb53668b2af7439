"""What the register keeps readable of a certificate for itself: its type, last day, and place.

It is sealed under the institution's key, and bound to the certificate's id: the columns beside it
are plain, and a disk may alter them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from vault_core.api import Random, Record
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import CorruptCiphertext
from vault_core.issuing.credentials.identity import last_moment
from vault_core.store.certificates import CertificateKey

_NONE = "-"


@dataclass(frozen=True, slots=True)
class About:
    """`expires_at` is the end of its last valid day; None for what does not expire.

    `place` is the number of its status list and its index there; None of certificates that were
    issued before it was kept.
    """

    type: str
    expires_at: dt.datetime | None
    place: tuple[int, int] | None


def seal_about(
    institution: ServerKeyring,
    certificate: CertificateKey,
    record: Record,
    place: tuple[int, int],
    random: Random,
) -> bytes:
    """`TYPE YYYY-MM-DD LIST/INDEX`, with a dash where there is no last day."""
    until = record.valid_until
    number, index = place
    text = f"{record.type_id} {until.isoformat() if until else _NONE} {number}/{index}"
    return institution.seal(b"certificate" + certificate, text.encode(), random)


def open_about(institution: ServerKeyring, certificate: bytes, sealed: bytes) -> About:
    """The inverse; of older rows too, without the place or a dash. Raises CorruptCiphertext."""
    text = institution.open(b"certificate" + certificate, sealed).decode()
    kind, until, where, *_ = *text.split(" "), "", ""
    try:
        number, _, index = where.partition("/")
        return About(
            kind,
            last_moment(dt.date.fromisoformat(until)) if until not in ("", _NONE) else None,
            (int(number), int(index)) if where else None,
        )
    except ValueError:
        raise CorruptCiphertext from None
