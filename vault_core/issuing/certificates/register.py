"""The register of issuers: their keys, made on first use, and where their certificates stand.

Keys leave memory only sealed under the institution's key. Until an institution brings its own
certification authority, seals are certified by a test authority, and every page says so.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.api import Clock, Issuer, Random, Text
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import Conflict, CorruptCiphertext, InvalidRequest
from vault_core.issuing.certificates.about import About, open_about
from vault_core.issuing.pages.rendering import NO_TEXT, TWODDOC_NOTICE
from vault_core.issuing.seals.authority import TEST_NAME, TWODDOC_TEST_AUTHORITY, TestAuthority
from vault_core.issuing.seals.hsm import HsmLabel
from vault_core.issuing.seals.keys import Certify, Generation, IssuerKeys
from vault_core.issuing.seals.own_certificates import OwnCertificate
from vault_core.plugins import Plugins
from vault_core.store import issuer_keys
from vault_core.store.catalog import Catalog
from vault_core.store.issuer_keys import IssuerKeysRow

log = logging.getLogger(__name__)
TEST_NOTICE = Text(
    "Démonstration, sans valeur légale",
    "Demonstration, without legal value",
)
_AUTHORITY = "test-authority"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """What issuing in an issuer's name takes. `public_url` has no slash at its end."""

    issuer: Issuer
    keys: IssuerKeys
    urls: tuple[str, ...]

    @property
    def public_url(self) -> str:
        """The present one."""
        return self.urls[-1]

    @property
    def generation(self) -> Generation:
        """The keys in use."""
        return self.keys.current

    @property
    def seals_for_tests(self) -> bool:
        """Whether the seal is certified by the test authority."""
        return TEST_NAME in self.generation.seal_chain[0].issuer.rfc4514_string()

    @property
    def notice(self) -> Text:
        """What the page has to say of its seal."""
        if self.seals_for_tests:
            return TEST_NOTICE
        test = self.generation.twoddoc.authority == TWODDOC_TEST_AUTHORITY
        return TWODDOC_NOTICE if test else NO_TEXT


class Register:
    """Finds, makes and rotates the keys of issuers.

    `public_url` is the server's address as configured, or ""; `local_url` what stands in for it
    until one is. An address that certificates name is kept for ever.
    """

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        plugins: Plugins,
        public_url: str,
        local_url: str,
        clock: Clock,
        random: Random,
    ) -> None:
        self._catalog = catalog
        self._institution = institution
        self._plugins = plugins
        self.public_url = public_url
        self.local_url = local_url
        self._clock = clock
        self._random = random
        self._loaded: dict[str, tuple[IssuerKeysRow, Desk]] = {}

    @property
    def pepper(self) -> bytes:
        """The institution's secret in verification codes: 32 bytes."""
        return self._institution.mac(b"verification-code", b"")

    @property
    def institution_key(self) -> Ed25519PrivateKey:
        """What signs trust snapshots; the same as long as the institution's key is."""
        return Ed25519PrivateKey.from_private_bytes(self._institution.mac(b"trust-snapshot", b""))

    async def desk(self, issuer: Issuer) -> Desk:
        """The issuer's keys, made now if this is their first use."""
        for _ in range(_ATTEMPTS):
            row = await issuer_keys.of_issuer(self._catalog, issuer.id)
            url = self.public_url or (row.urls[-1] if row else self.local_url)
            try:
                if row is None:
                    await self._save(None, await self._first_keys(issuer), (url,))
                elif row.urls[-1] != url:
                    urls = (*(old for old in row.urls if old != url), url)
                    await self._save(row, self._load(issuer, row).keys, urls)
                else:
                    return self._load(issuer, row)
            except Conflict:  # another process was faster: take what it stored
                continue
        raise Conflict

    async def desks(self) -> list[Desk]:
        """All issuers that ever issued and that a loaded plugin still knows; changes nothing.

        One whose keys are damaged is left out and reported: it keeps no other one back.
        """
        found = []
        for name in await issuer_keys.known(self._catalog):
            try:
                desk = await self.known(name)
            except CorruptCiphertext:
                log.error("the keys of issuer %s are damaged: restore a backup", name)
                continue
            found += [desk] if desk is not None else []
        return found

    def about(self, certificate: bytes, sealed: bytes) -> About:
        """What a row seals of its certificate. Raises CorruptCiphertext."""
        return open_about(self._institution, certificate, sealed)

    async def known(self, name: str) -> Desk | None:
        """The issuer of that id, as `desks` has it. Raises CorruptCiphertext."""
        issuer = self._plugins.issuers.get(name)
        row = await issuer_keys.of_issuer(self._catalog, name)
        return self._load(issuer, row) if issuer is not None and row is not None else None

    async def rotate(self, issuer_id: str) -> Desk:
        """New keys from now on; the old ones stay, for what they signed stays valid.

        Raises NodeNotFound if there is no such issuer, InvalidRequest if it seals with the
        institution's own certificate, which only its authority can renew.
        """
        issuer = self._plugins.issuer(issuer_id)
        if not (await self.desk(issuer)).seals_for_tests:
            raise InvalidRequest(
                f"“{issuer_id}” seals with the institution's own certificate: have a new one made, "
                "then use import-key or use-hsm, which renew the other keys too."
            )
        certify = await self._certify(issuer)
        return await self._renew(issuer, lambda keys, now: keys.rotate(now, certify))

    async def take_own(self, issuer_id: str, own: OwnCertificate) -> Desk:
        """Seal with the institution's own key from now on; the old ones stay.

        Raises NodeNotFound if there is no such issuer, InvalidRequest if it has that already.
        """
        issuer = self._plugins.issuer(issuer_id)
        return await self._renew(issuer, lambda keys, now: keys.take(now, own.key, own.chain))

    async def take_hsm(
        self,
        issuer_id: str,
        label: str,
        key: ec.EllipticCurvePublicKey,
        chain: tuple[x509.Certificate, ...] = (),
    ) -> Desk:
        """Seal with a key of the HSM from now on, whose public half is `key`.

        Without a chain, the test authority certifies it. Raises as `take_own` does.
        """
        issuer = self._plugins.issuer(issuer_id)
        certified = chain or (await self._certify(issuer))(key)
        return await self._renew(
            issuer, lambda keys, now: keys.take(now, HsmLabel(label), certified)
        )

    async def _renew(
        self, issuer: Issuer, renewed: Callable[[IssuerKeys, dt.datetime], IssuerKeys]
    ) -> Desk:
        desk = await self.desk(issuer)
        row = await issuer_keys.of_issuer(self._catalog, issuer.id)
        await self._save(row, renewed(desk.keys, self._now()), desk.urls)
        return await self.desk(issuer)

    def _load(self, issuer: Issuer, row: IssuerKeysRow) -> Desk:
        held = self._loaded.get(issuer.id)
        if held is None or held[0] != row:
            keys = IssuerKeys.load(issuer.id, row.sealed, self._institution.open)
            held = self._loaded[issuer.id] = row, Desk(issuer, keys, row.urls)
        return held[1]

    async def _save(
        self, before: IssuerKeysRow | None, keys: IssuerKeys, urls: tuple[str, ...]
    ) -> None:
        def seal(context: bytes, plaintext: bytes) -> bytes:
            return self._institution.seal(context, plaintext, self._random)

        row = IssuerKeysRow(keys.issuer, keys.dump(seal), urls)
        await self._catalog.commit(issuer_keys.save, row, before)

    async def _first_keys(self, issuer: Issuer) -> IssuerKeys:
        certify = await self._certify(issuer)
        return IssuerKeys.create(issuer.id, self._now(), certify, TWODDOC_TEST_AUTHORITY)

    async def _certify(self, issuer: Issuer) -> Certify:
        authority, now = await self.authority(), self._now()

        def certify(key: ec.EllipticCurvePublicKey) -> tuple[x509.Certificate, ...]:
            return (authority.issue(issuer.name.fr, issuer.country, key, now, self._random),)

        return certify

    async def authority(self) -> TestAuthority:
        """What certifies the seals; made on first use."""
        name = _AUTHORITY.encode()
        sealed = await issuer_keys.stored_secret(self._catalog, _AUTHORITY)
        if sealed is None:
            fresh = TestAuthority.create(self._now(), self._random)
            sealed = await self._catalog.commit(
                issuer_keys.secret,
                _AUTHORITY,
                self._institution.seal(name, fresh.dump(), self._random),
            )
        return TestAuthority.load(self._institution.open(name, sealed))

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(int(self._clock()), dt.UTC)
