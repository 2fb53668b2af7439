"""Status lists: what became of each certificate, published so that asking betrays nothing.

W3C Bitstring Status List 1.0. An issuer's certificates share lists of 131,072 places; whoever
checks one fetches them all. Each place has a bit in `revocation` (revoked or replaced), a bit in
`suspension`, and two bits in `message` that say which of the four states it is.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.issuing.credentials.proofs import Document, add_proof
from vault_core.issuing.faults import Fault, refused

State = Literal["valid", "revoked", "replaced", "suspended"]
Purpose = Literal["revocation", "suspension", "message"]

LENGTH = 131_072
"""Places of one list: the least that the specification allows (section 6.1, herd privacy)."""
STATES: tuple[State, ...] = ("valid", "revoked", "replaced", "suspended")
"""By their value in the `message` list."""
PURPOSES: tuple[Purpose, ...] = ("revocation", "suspension", "message")
_MOST_ENTRIES = 8 * 1024 * 1024
_BITS: Mapping[str, int] = {"revocation": 1, "suspension": 1, "message": 2}
_VALUE: Mapping[tuple[str, str], int] = {
    ("revocation", "revoked"): 1,
    ("revocation", "replaced"): 1,
    ("suspension", "suspended"): 1,
    **{("message", state): value for value, state in enumerate(STATES)},
}


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """Where a certificate's status stands: the base URL of its lists, and its index in them.

    Indices are handed out at random, so that neighbours in a list say nothing of each other.
    """

    lists_url: str
    index: int

    def entry(self) -> Document:
        """The `credentialStatus`: it names the revocation list, which every verifier knows."""
        url = list_url(self.lists_url, "revocation")
        return {
            "id": f"{url}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(self.index),
            "statusListCredential": url,
        }


def list_url(lists_url: str, purpose: Purpose) -> str:
    """Address of one of the three lists."""
    return f"{lists_url}/{purpose}"


def read_place(entry: Any) -> StatusPlace:
    """The place that a `credentialStatus` names. Raises VerificationFailed if it names none."""
    status = entry if isinstance(entry, dict) else {}
    index, url = str(status.get("statusListIndex")), str(status.get("statusListCredential"))
    suffix = "/revocation"
    if status.get("type") != "BitstringStatusListEntry" or not url.endswith(suffix):
        raise refused(Fault.NO_STATUS)
    if not (index.isascii() and index.isdigit() and len(index) <= 9):
        raise refused(Fault.NO_STATUS)
    return StatusPlace(url.removesuffix(suffix), int(index))


def encoded_list(states: Mapping[int, State], purpose: Purpose) -> str:
    """The `encodedList` of a list: bits from the left, gzip, base64url, multibase letter 'u'.

    `states` has the places that are not valid. Raises IndexError for a place past LENGTH.
    """
    width = _BITS[purpose]
    bits = bytearray(LENGTH * width // 8)
    for index, state in states.items():
        value = _VALUE.get((purpose, state), 0)
        position = index * width
        bits[position // 8] |= value << (8 - width - position % 8)
    packed = gzip.compress(bytes(bits), 6, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def status_credential(
    lists_url: str,
    purpose: Purpose,
    states: Mapping[int, State],
    issuer_url: str,
    now: dt.datetime,
    lifetime: dt.timedelta,
) -> Document:
    """The list as a credential, without its proof; it is out of date after `lifetime`."""
    url = list_url(lists_url, purpose)
    subject: Document = {
        "id": f"{url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": encoded_list(states, purpose),
        "ttl": int(lifetime.total_seconds() * 1000),
    }
    if purpose == "message":
        messages = [{"status": hex(at), "message": state} for at, state in enumerate(STATES)]
        subject |= {"statusSize": 2, "statusMessage": messages}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_url,
        "validFrom": f"{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "validUntil": f"{(now + lifetime).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "credentialSubject": subject,
    }


def signed_lists(
    lists_url: str,
    states: Mapping[int, State],
    issuer_url: str,
    key: Ed25519PrivateKey,
    key_id: str,
    now: dt.datetime,
    lifetime: dt.timedelta = dt.timedelta(hours=24),
) -> dict[str, Document]:
    """The three lists, each signed, by their address."""
    lists = {}
    for purpose in PURPOSES:
        document = status_credential(lists_url, purpose, states, issuer_url, now, lifetime)
        created = document["validFrom"]
        lists[document["id"]] = add_proof(document, key, f"{issuer_url}#{key_id}", created)
    return lists


def state_at(lists: Mapping[str, Document], place: StatusPlace) -> State:
    """The state of a place in lists whose proofs were checked.

    A verifier that has only the revocation list learns less: "revoked" also stands for replaced.
    Raises VerificationFailed if that list is missing too, unreadable or too short.
    """
    messages = lists.get(list_url(place.lists_url, "message"))
    if messages is not None:
        return STATES[_value(messages, "message", place.index)]
    for purpose, state in (("revocation", STATES[1]), ("suspension", STATES[3])):
        document = lists.get(f"{place.lists_url}/{purpose}")
        if document is None and purpose == "revocation":
            raise refused(Fault.NO_STATUS)
        if document is not None and _value(document, purpose, place.index):
            return state
    return "valid"


def _value(document: Document, purpose: str, index: int) -> int:
    found = document.get("credentialSubject")
    subject = found if isinstance(found, dict) else {}
    if subject.get("statusPurpose") != purpose:
        raise refused(Fault.NO_STATUS)
    bits, width = _decoded(str(subject.get("encodedList"))), _BITS[purpose]
    position = index * width
    if len(bits) * 8 < LENGTH * width or position // 8 >= len(bits):
        raise refused(Fault.NO_STATUS)
    return bits[position // 8] >> (8 - width - position % 8) & (1 << width) - 1


def _decoded(encoded: str) -> bytes:
    """The bits of an `encodedList`, up to 8 million of them. Raises VerificationFailed."""
    text = encoded[1:]
    decoder = zlib.decompressobj(31)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        bits = decoder.decompress(packed, _MOST_ENTRIES // 8)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise refused(Fault.NO_STATUS) from error
    if not encoded.startswith("u") or not decoder.eof or decoder.unused_data:
        raise refused(Fault.NO_STATUS)
    return bits
