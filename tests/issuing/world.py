"""One institution with one issuer, and what it certifies: real keys, real pages, real seals."""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from vault_core.api import Fact, Issuer, Presentation, Record, Subject, Text
from vault_core.issuing.certificates.certificate import Certificate, Order, Typesetter, issue
from vault_core.issuing.checking.trust import Trust, trusted_issuer
from vault_core.issuing.credentials.credential import issuer_url
from vault_core.issuing.credentials.status import State, StatusPlace, signed_lists
from vault_core.issuing.pages.rendering import Renderer
from vault_core.issuing.seals.authority import TWODDOC_TEST_AUTHORITY, TestAuthority
from vault_core.issuing.seals.keys import IssuerKeys

NOW = dt.datetime(2026, 7, 10, 9, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
URL = "https://coffre.example"
SUBJECT = Subject(
    "123456789AB", "Le Goff", ("Chloé", "Zoé"), dt.date(2008, 7, 3), "Brest", "F", "", "FR"
)
RECORD = Record("bac", "2026-juin-123456789AB", SUBJECT, {"mention": "bien"}, dt.date(2026, 7, 5))
DIPLOMA = Presentation(
    Text("Baccalauréat général", "General baccalauréat"),
    Text("Session de juin 2026", "Session of June 2026"),
    Text("Le diplôme est conféré.", "The degree is conferred."),
    (
        Fact("mention", Text("Mention", "Honours"), Text("Bien", "With honours")),
        Fact("average", Text("Moyenne", "Average"), Text("14,6 / 20", "14.6 / 20"), private=True),
    ),
    "Baccalauréat 2026.pdf",
    framework=Text("CEC niveau 4", "EQF level 4"),
    twoddoc={"B9": "FR", "BA": "2", "BD": "4", "BF": "7EA", "BG": "BA"}
    | {"BH": "", "BI": "Bien", "BJ": "Général"},
)
RENDERER = Renderer()


@dataclass(frozen=True, slots=True)
class World:
    """An issuer with its keys, the authority that certified them, and how to certify more."""

    authority: TestAuthority
    issuer: Issuer
    keys: IssuerKeys

    @property
    def url(self) -> str:
        return issuer_url(URL, self.issuer.id)

    @property
    def place(self) -> StatusPlace:
        return StatusPlace(f"{URL}/status/{self.issuer.id}/1", 4711)

    def certify(self, public: ec.EllipticCurvePublicKey) -> tuple[x509.Certificate, ...]:
        return (self.authority.issue(self.issuer.name.fr, "FR", public, NOW - DAY, os.urandom),)

    def issue(
        self,
        record: Record = RECORD,
        presentation: Presentation = DIPLOMA,
        now: dt.datetime = NOW,
        typesetter: Typesetter = RENDERER,
    ) -> Certificate:
        order = Order(record, presentation, self.issuer, URL, self.place)
        return issue(order, self.keys.current, typesetter, now, os.urandom)

    def trust(
        self, states: Mapping[int, State] | None = None, keys: IssuerKeys | None = None
    ) -> Trust:
        current = self.keys.current
        lists = signed_lists(
            self.place.lists_url,
            states or {},
            self.url,
            current.credential_key,
            current.credential_key_id,
            NOW,
        )
        known = trusted_issuer(self.issuer, self.url, keys or self.keys)
        return Trust("Académie de test", NOW, (known,), lists)


def make_world(issuer_id: str = "education", name: str = "Académie de Rennes") -> World:
    """A new issuer, with keys in use since the day before NOW."""
    authority = TestAuthority.create(NOW - DAY, os.urandom)
    issuer = Issuer(issuer_id, Text(name, name), "Éducation")

    def certify(public: ec.EllipticCurvePublicKey) -> tuple[x509.Certificate, ...]:
        return (authority.issue(name, "FR", public, NOW - DAY, os.urandom),)

    keys = IssuerKeys.create(issuer_id, NOW - DAY, certify, TWODDOC_TEST_AUTHORITY)
    return World(authority, issuer, keys)


def certified(trust: Trust) -> Trust:
    """The same trust, as if an authority that is none for tests had certified every seal."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "AC des sceaux")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .sign(key, hashes.SHA256())
    )
    value = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    issuers = [
        replace(
            issuer,
            keys=tuple(
                replace(key, value=value) if key.kind == "seal" else key for key in issuer.keys
            ),
        )
        for issuer in trust.issuers
    ]
    return replace(trust, issuers=tuple(issuers))


@cache
def world() -> World:
    """The issuer that the tests of a process share."""
    return make_world()


@cache
def certificate() -> Certificate:
    """A diploma of that issuer."""
    return world().issue()


@cache
def other_certificate() -> Certificate:
    """Another person's diploma of that issuer."""
    subject = replace(SUBJECT, family_name="Dûpont", given_names=("Marcel",), gender="M")
    return world().issue(replace(RECORD, key="other", subject=subject))
