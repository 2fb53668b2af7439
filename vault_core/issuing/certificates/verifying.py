"""Checking certificates for whoever asks: by code, by file, by scanned 2D-Doc; never by name."""

from __future__ import annotations

import asyncio
import datetime as dt
import zlib
from dataclasses import replace
from typing import Final

from vault_core.api import Clock
from vault_core.errors import CertificateRefused, VerificationFailed
from vault_core.issuing.certificates.codes import Code, code_keys, read_code
from vault_core.issuing.certificates.making import certificate_key
from vault_core.issuing.certificates.register import Register
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.checking.answer import Answer, answer_of, twoddoc_answer
from vault_core.issuing.checking.disclosed import Disclosed, verify_disclosed
from vault_core.issuing.checking.trust import Trust
from vault_core.issuing.checking.verification import (
    ATTACHMENT,
    check_same_person,
    verify_credential,
    verify_pdf,
)
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.dating import dated
from vault_core.issuing.seals.pades import read_seal
from vault_core.issuing.symbols.twoddoc import TwoDDoc
from vault_core.store import certificates, sound
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow, Way
from vault_core.vault.keys.throttle import Throttle

LARGEST = 8 * 1024 * 1024
"""Bytes of a file that is verified online: a certificate has a hundredth of it."""
_ENDED: Final = {"revoked": Fault.REVOKED, "replaced": Fault.REPLACED}
LARGEST_CREDENTIAL = 1024 * 1024
AT_ONCE = 2
"""Files that are looked at together: more would take the processor from everybody else."""


def check_file(data: bytes, trust: Trust, now: dt.datetime) -> Answer:
    """The answer for a sealed PDF, a credential, or the text of a 2D-Doc. Pure and total."""
    if data[:2] == b"DC":
        return twoddoc_answer(data.decode("latin-1").rstrip("\r\n"), trust)
    if data.lstrip()[:1] == b"{":
        return answer_of(lambda: verify_credential(data, trust, now), lambda: data, trust)
    answer = answer_of(lambda: verify_pdf(data, trust, now), lambda: _attached(data), trust)
    if answer.claims is None:
        return answer
    return replace(answer, dated=dated(read_seal(data), trust.stamp_roots))


def is_disclosure(data: bytes) -> bool:
    """Whether it is an SD-JWT, which shows chosen facts of a certificate."""
    return data.lstrip()[:2] == b"ey" and b"~" in data


def check_disclosure(data: bytes, trust: Trust, now: dt.datetime) -> Disclosed | Answer:
    """What an SD-JWT proves, or the answer why it proves nothing. Pure and total."""
    try:
        return verify_disclosed(data.decode("latin-1").strip(), trust, now)
    except CertificateRefused as error:
        return Answer("refused", error)


def _attached(data: bytes) -> bytes | None:
    return read_seal(data).pdf.attachments().get(ATTACHMENT)


class Verifier:
    """Answers checks, slows guessers, and lets each owner know that somebody checked."""

    def __init__(
        self,
        catalog: Catalog,
        register: Register,
        trusting: Trusting,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._register = register
        self._trusting = trusting
        self.throttle = throttle
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def check_code(self, text: str, address: str = "") -> Answer:
        """The answer for a verification code. Raises TooManyAttempts.

        A typing error is not counted as a guess: its check character gives it away.
        """
        attempt = await self.throttle.begin("code", address)
        try:
            code = read_code(text)
        except CertificateRefused as error:
            return Answer("refused", error)
        row = await self._find(code)
        if row is None:
            await self.throttle.failed(attempt)
            return Answer("refused", refused(Fault.CODE_UNKNOWN))
        return await self._answer_row(row, code)

    async def _find(self, code: Code) -> CertificateRow | None:
        index = code_keys(code, self._register.pepper).index
        return await certificates.by_code(self._catalog, index)

    async def _answer_row(self, row: CertificateRow, code: Code) -> Answer:
        trust, now = await self._trusting.trust(), self._now()
        try:
            credential = _opened(row, code, self._register.pepper)
        except CertificateRefused as error:
            return Answer("refused", error)
        answer = check_file(credential, trust, now)
        return await self._told(answer, "code")

    async def check_data(self, data: bytes, address: str = "") -> Answer:
        """The answer for a file. Raises TooManyAttempts after too many that were no certificates.

        A 2D-Doc names its verification code, so that its certificate's status can be told.
        """
        attempt = await self.throttle.begin("file", address)
        trust = await self._trusting.trust()
        async with self._turns:
            answer = await asyncio.to_thread(check_file, data, trust, self._now())
        if answer.verdict == "refused":
            await self.throttle.failed(attempt)
        if answer.twoddoc is not None:
            return await self._followed(answer, answer.twoddoc)
        return await self._told(answer, "file")

    async def check_disclosure(self, data: bytes, address: str = "") -> Disclosed | Answer:
        """The answer for a file that is an SD-JWT. Raises TooManyAttempts, as `check_data`."""
        attempt = await self.throttle.begin("file", address)
        trust = await self._trusting.trust()
        async with self._turns:
            found = await asyncio.to_thread(check_disclosure, data, trust, self._now())
        if isinstance(found, Answer):
            await self.throttle.failed(attempt)
            return found
        row = await certificates.by_id(self._catalog, certificate_key(found.certificate))
        if row is not None:
            at = int(self._clock() * 1000)
            await self._catalog.commit(certificates.check, row.id, row.vault, "file", at)
        return found

    async def _followed(self, answer: Answer, document: TwoDDoc) -> Answer:
        """The answer for the certificate that a 2D-Doc was printed on, if it is one of ours."""
        row = code = None
        try:
            code = read_code(document.fields.get("BC", ""))
            row = await self._find(code)
        except CertificateRefused:
            pass
        if row is None or code is None:
            return answer
        found = await self._answer_row(row, code)
        if found.claims is not None:
            try:
                check_same_person(document, found.claims.subject)
            except CertificateRefused as error:
                return Answer("refused", error)
        return replace(found, twoddoc=document)

    async def _told(self, answer: Answer, way: Way) -> Answer:
        """The answer with what the catalog knows besides; its owner sees that it was checked."""
        if answer.claims is None:
            return answer
        key = certificate_key(answer.claims.binding.certificate)
        row = await certificates.by_id(self._catalog, key)
        if row is None:
            return answer
        at = int(self._clock() * 1000)
        await self._catalog.commit(certificates.check, row.id, row.vault, way, at)
        if row.ended_at is None:
            return answer
        if answer.verdict == "valid" and row.state != "valid":  # its place in the list was altered
            answer = replace(answer, verdict=row.state, fault=refused(_ENDED[row.state]))
        ended = sound.moment(row.ended_at)
        return replace(answer, ended_at=ended, reason=row.reason or "")

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock(), dt.UTC)


def _opened(row: CertificateRow, code: Code, pepper: bytes) -> bytes:
    """The credential that a row seals under the code. Raises CertificateRefused."""
    inflater = zlib.decompressobj()
    try:
        return inflater.decompress(code_keys(code, pepper).open(row.sealed), LARGEST_CREDENTIAL)
    except (zlib.error, VerificationFailed) as error:
        raise refused(Fault.CODE_RECORD) from error
