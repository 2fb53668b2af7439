"""Sealing a page with an issuer's key, wherever that lies; timed and for long where configured."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography import x509

from vault_core.api import Clock
from vault_core.errors import SealingUnavailable
from vault_core.issuing.pdf.file import PdfFile
from vault_core.issuing.seals.archive import archive_pdf
from vault_core.issuing.seals.authority import TestAuthority
from vault_core.issuing.seals.cms import Sealer
from vault_core.issuing.seals.hsm import Hsm, HsmLabel
from vault_core.issuing.seals.keys import Generation
from vault_core.issuing.seals.pades import read_seal, seal_page

if TYPE_CHECKING:  # their HTTP client is 8 MiB, which only those pay who are timed
    from vault_core.issuing.seals.evidence import Gatherer
    from vault_core.issuing.seals.timestamps import Timestamps


class Sealing:
    """Seals pages, for any thread: PAdES B-B, B-T with `stamp`, B-LTA with `long_term` too.

    `known` are certificates above those of seals and timestamps, roots among them.
    """

    def __init__(
        self,
        hsm: Hsm | None = None,
        stamp: Timestamps | None = None,
        long_term: Clock | None = None,
        known: Sequence[x509.Certificate] = (),
    ) -> None:
        self.hsm = hsm
        self._stamp = stamp
        self.known = tuple(known)
        self._clock = long_term
        self._authority: TestAuthority | None = None
        self._gatherer = self._gathering(long_term) if long_term else None
        self._lock = threading.Lock()
        self._sealers: dict[x509.Certificate, Sealer] = {}

    def _gathering(self, clock: Clock) -> Gatherer:
        from vault_core.issuing.seals.evidence import Gatherer

        return Gatherer(self._own_list, clock)

    @property
    def long_term(self) -> bool:
        """Whether seals carry what proves them when their authorities are gone."""
        return self._gatherer is not None

    def know(self, authority: TestAuthority) -> None:
        """The institution's own authority, which publishes its revocations nowhere else."""
        self._authority = authority

    def close(self) -> None:
        """Close what was opened."""
        if self._stamp is not None:
            self._stamp.close()
        if self._gatherer is not None:
            self._gatherer.close()

    def sealed(self, page: PdfFile, keys: Generation, now: dt.datetime, reason: str) -> bytes:
        """`page` with its seal. Raises SealingUnavailable if an HSM or an authority is silent."""
        pdf = seal_page(page, self._sealer(keys), now, reason)
        if self._gatherer is None or self._stamp is None:
            return pdf
        token = read_seal(pdf).token
        inside = token.certificates if token else ()
        timing = [x509.load_der_x509_certificate(one) for one in inside]
        own = [self._authority.certificate] if self._authority else []
        known = [*self.known, *own]
        evidence = self._gatherer.evidence([*keys.seal_chain, *timing], known)
        return archive_pdf(pdf, evidence, self._stamp)

    def _sealer(self, keys: Generation) -> Sealer:
        with self._lock:
            found = self._sealers.get(keys.seal_chain[0])
            if found is None:
                found = replace(self._opened(keys), stamp=self._stamp)
                self._sealers[keys.seal_chain[0]] = found
            return found

    def _opened(self, keys: Generation) -> Sealer:
        if not isinstance(keys.seal_key, HsmLabel):
            return Sealer.with_key(keys.seal_key, keys.seal_chain)
        if self.hsm is None:
            raise SealingUnavailable(
                f"The seal key “{keys.seal_key.label}” lies in an HSM, and none is configured: "
                "see [hsm] in the settings."
            )
        return self.hsm.sealer(keys.seal_key.label, keys.seal_chain)

    def _own_list(self, certificate: x509.Certificate) -> bytes | None:
        authority, clock = self._authority, self._clock
        if authority is None or clock is None:
            return None
        if certificate.issuer != authority.certificate.subject:
            return None
        return authority.revocations(dt.datetime.fromtimestamp(int(clock()), dt.UTC))


IN_MEMORY = Sealing()
"""Seals with keys in memory, without timestamps."""
