"""Evidence that certificates were good: the certificates above them, and OCSP or CRLs.

Asked for at the addresses that certificates name (RFC 5280, sections 4.2.1.13 and 4.2.2.1), each
answer checked before it is used, and kept as long as it says it is fresh.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from vault_core.errors import SealingUnavailable
from vault_core.issuing.seals.archive import Evidence
from vault_core.issuing.seals.timestamp_token import issued

LARGEST = 8 * 1024 * 1024
TIMEOUT = 15.0
FRESH = dt.timedelta(hours=1)
"""How long an answer is used again that does not say how long it is fresh."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one certificate's issuer said, in DER."""

    crl: bytes
    ocsp: bytes
    certificates: tuple[bytes, ...]
    until: dt.datetime


class Gatherer:
    """Gathers evidence, for any thread. `own` gives the CRL of an authority that is ours."""

    def __init__(self, own: Callable[[x509.Certificate], bytes | None], clock: Callable[[], float]):
        self._own = own
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[bytes, _Answer] = {}
        self._http = httpx.Client(timeout=TIMEOUT, follow_redirects=True)

    def close(self) -> None:
        """Close the connections to authorities."""
        self._http.close()

    def evidence(
        self, certificates: Iterable[x509.Certificate], known: Sequence[x509.Certificate]
    ) -> Evidence:
        """All that proves `certificates`; issuers are looked for among them and `known`.

        Raises SealingUnavailable if one was revoked, or that cannot be told.
        """
        given = list(dict.fromkeys(certificates))
        pool = [*given, *known]
        kept: dict[bytes, None] = {}
        crls: dict[bytes, None] = {}
        ocsps: dict[bytes, None] = {}
        while given:
            certificate = given.pop()
            kept[certificate.public_bytes(Encoding.DER)] = None
            issuer = _issuer(certificate, pool)
            if issuer is None:
                raise SealingUnavailable(
                    f"The issuer of “{certificate.subject.rfc4514_string()}” is not known: put its "
                    "certificate into the file that timestamps.roots names."
                )
            if issuer == certificate:
                continue
            if issuer.public_bytes(Encoding.DER) not in kept:
                given.append(issuer)
            answer = self._answer(certificate, issuer)
            crls |= {answer.crl: None} if answer.crl else {}
            ocsps |= {answer.ocsp: None} if answer.ocsp else {}
            kept |= dict.fromkeys(answer.certificates)
        return Evidence(tuple(kept), tuple(crls), tuple(ocsps))

    def _answer(self, certificate: x509.Certificate, issuer: x509.Certificate) -> _Answer:
        key = certificate.fingerprint(hashes.SHA256())
        now = dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        with self._lock:
            found = self._answers.get(key)
            if found is None or found.until <= now:
                found = self._answers[key] = self._ask(certificate, issuer, now)
            return found

    def _ask(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime
    ) -> _Answer:
        problems = []
        if (own := self._own(certificate)) is not None:
            return _from_crl(own, certificate, issuer, now)
        for url in _ocsp_urls(certificate):
            try:
                return _from_ocsp(self._post(url, _request(certificate, issuer)), certificate,
                                  issuer, now)  # fmt: skip
            except (httpx.HTTPError, ValueError) as error:
                problems.append(str(error))
        for url in _crl_urls(certificate):
            try:
                return _from_crl(self._get(url), certificate, issuer, now)
            except (httpx.HTTPError, ValueError) as error:
                problems.append(str(error))
        raise SealingUnavailable(
            f"Whether the certificate of “{certificate.subject.rfc4514_string()}” is good cannot "
            f"be told ({'; '.join(problems) or 'it names neither OCSP nor a CRL'}): without that, "
            "nothing can be sealed for the long term."
        )

    def _post(self, url: str, body: bytes) -> bytes:
        kind = {"Content-Type": "application/ocsp-request"}
        return self._read(self._http.build_request("POST", url, content=body, headers=kind))

    def _get(self, url: str) -> bytes:
        return self._read(self._http.build_request("GET", url))

    def _read(self, request: httpx.Request) -> bytes:
        answer = self._http.send(request, stream=True)
        try:
            answer.raise_for_status()
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise ValueError("the answer is too long")
            return body
        finally:
            answer.close()


def _request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303 -- RFC 5019 asks for it: an identifier, no signature
    return builder.build().public_bytes(Encoding.DER)


def _from_ocsp(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime
) -> _Answer:
    """Raises ValueError unless the response says that the certificate is good."""
    response = ocsp.load_der_ocsp_response(data)
    if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"its OCSP responder says {response.response_status.name}")
    if response.serial_number != certificate.serial_number:
        raise ValueError("its OCSP responder answers for another certificate")
    _check(response.tbs_response_bytes, response.signature, response.signature_hash_algorithm,
           [issuer, *(one for one in response.certificates if issued(one, issuer))])  # fmt: skip
    if response.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        raise SealingUnavailable(
            f"The certificate of “{certificate.subject.rfc4514_string()}” was revoked by its "
            "authority: bring another one."
        )
    if response.certificate_status != ocsp.OCSPCertStatus.GOOD:
        raise ValueError("its OCSP responder does not know it")
    signers = tuple(one.public_bytes(Encoding.DER) for one in response.certificates)
    return _Answer(b"", data, signers, _until(response.next_update_utc, now))


def _from_crl(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime
) -> _Answer:
    """Raises ValueError unless the list is the issuer's, fresh, and without the certificate."""
    pem = data.startswith(b"-----BEGIN")
    crl = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
    public = issuer.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or not (
        crl.is_signature_valid(public)
    ):
        raise ValueError("its CRL is not its issuer's")
    if crl.next_update_utc is not None and crl.next_update_utc < now:
        raise ValueError("its CRL is out of date")
    if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise SealingUnavailable(
            f"The certificate of “{certificate.subject.rfc4514_string()}” was revoked by its "
            "authority: bring another one."
        )
    return _Answer(crl.public_bytes(Encoding.DER), b"", (), _until(crl.next_update_utc, now))


def _check(
    signed: bytes,
    signature: bytes,
    algorithm: hashes.HashAlgorithm | None,
    signers: Sequence[x509.Certificate],
) -> None:
    """Raises ValueError unless one of the signers signed."""
    for signer in signers:
        key = signer.public_key()
        if algorithm is None:
            break
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, signed, ec.ECDSA(algorithm))
                return
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, signed, padding.PKCS1v15(), algorithm)
                return
        except (InvalidSignature, UnsupportedAlgorithm):
            continue
    raise ValueError("its OCSP response is signed by nobody who may")


def _issuer(
    certificate: x509.Certificate, pool: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    for one in pool:
        if issued(certificate, one):
            return one
    return None


def _ocsp_urls(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return []
    return [
        one.access_location.value
        for one in access.value
        if one.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
        and one.access_location.value.startswith("http")
    ]


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_oid(
            ExtensionOID.CRL_DISTRIBUTION_POINTS
        ).value
    except x509.ExtensionNotFound:
        return []
    if not isinstance(points, x509.CRLDistributionPoints):
        return []
    return [
        name.value
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith("http")
    ]


def _until(stated: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    return stated if stated is not None and stated > now else now + FRESH
