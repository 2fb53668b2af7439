"""Timestamps from a time-stamping authority, over HTTP (RFC 3161, section 3.4).

A token is checked against the authority's roots before it is used.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from cryptography import x509

from vault_core.api import Random
from vault_core.errors import SealingUnavailable, VerificationFailed
from vault_core.issuing.seals.der import BOOLEAN, INTEGER, OCTETS, SEQUENCE, Reader, tlv
from vault_core.issuing.seals.timestamp_token import TimestampToken, check_token, read_token

TRIES = 3
PAUSE = 1.0
"""Seconds before the second try; twice as long before the third."""
TIMEOUT = 15.0
LARGEST = 64 * 1024
_SPARE = 256
"""Bytes beyond the longest token seen, for serial numbers and signatures vary in length."""
_VERSION_1 = bytes.fromhex("020101")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_GRANTED = (0, 1)


@dataclass(frozen=True, slots=True)
class Account:
    """A time-stamping authority: its address, its roots, and how to say who asks."""

    url: str
    roots: tuple[x509.Certificate, ...]
    user: str = ""
    password: str = ""


class Timestamps:
    """A `Stamp`: asks an authority for tokens, from any thread."""

    def __init__(
        self, account: Account, random: Random, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._random = random
        self._sleep = sleep
        self._longest = 0
        self._lock = threading.Lock()
        signed_in = (account.user, account.password) if account.user else None
        self._http = httpx.Client(auth=signed_in, timeout=TIMEOUT)

    @property
    def room(self) -> int:
        """Bytes to leave for a token; the first time, a token is asked for to know."""
        if not self._longest:
            self(b"how long is a token?")
        return self._longest + _SPARE

    def __call__(self, data: bytes) -> bytes:
        """A token over the SHA-256 of `data`. Raises SealingUnavailable, after three tries."""
        problem: Exception | None = None
        for attempt in range(TRIES):
            if attempt:
                self._sleep(PAUSE * attempt)
            try:
                token = self._asked(data)
            except (httpx.HTTPError, ValueError, VerificationFailed) as error:
                problem = error
                continue
            with self._lock:
                self._longest = max(self._longest, len(token.data))
            return token.data
        raise SealingUnavailable(
            f"The time-stamping authority gives no timestamp ({_said(problem)}): check it, and "
            "[timestamps] in the settings, then try again."
        ) from problem

    def close(self) -> None:
        """Close the connections to the authority."""
        self._http.close()

    def _asked(self, data: bytes) -> TimestampToken:
        nonce = int.from_bytes(self._random(8), "big") >> 1
        token = _granted(self._posted(_request(data, nonce)))
        if not token.is_of(data) or token.nonce != nonce:
            raise ValueError("it answered another question")
        check_token(token, self._account.roots)
        return token

    def _posted(self, request: bytes) -> bytes:
        kind = {"Content-Type": "application/timestamp-query"}
        with self._http.stream("POST", self._account.url, content=request, headers=kind) as answer:
            answer.raise_for_status()
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise ValueError("its answer is longer than a timestamp")
            return body


def _request(data: bytes, nonce: int) -> bytes:
    """A TimeStampReq that asks for the certificates too (section 2.4.1)."""
    imprint = tlv(SEQUENCE, _SHA256 + tlv(OCTETS, hashlib.sha256(data).digest()))
    number = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    wanted = tlv(INTEGER, number) + tlv(BOOLEAN, b"\xff")
    return tlv(SEQUENCE, _VERSION_1 + imprint + wanted)


def _granted(answer: bytes) -> TimestampToken:
    """The token of a TimeStampResp (section 2.4.2). Raises ValueError, VerificationFailed."""
    response = Reader(Reader(answer).one(SEQUENCE))
    status = int.from_bytes(Reader(response.one(SEQUENCE)).one(INTEGER), "big")
    if status not in _GRANTED:
        raise ValueError(f"it refused, with status {status}")
    return read_token(tlv(SEQUENCE, response.one(SEQUENCE)))


def _said(problem: Exception | None) -> str:
    """What went wrong, without the address: it may hold a password."""
    if isinstance(problem, httpx.HTTPStatusError):
        return f"it answered {problem.response.status_code}"
    if isinstance(problem, httpx.HTTPError):
        return "it cannot be reached"
    if isinstance(problem, VerificationFailed):
        return "its answer is no timestamp"
    return str(problem)
