"""Authorities beside the institution, for tests: real ones, made by OpenSSL behind a tiny server.

A root certifies seals and a time-stamping unit, answers OCSP, publishes a CRL and stamps times:
`openssl ts` and `openssl ocsp` do the work, one process a request.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from tests.requirements import need

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
"""The real time: an authority stamps no other one."""
_SHA256 = hashes.SHA256()
_TSA = """
[tsa]
default_tsa = unit
[unit]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
certs = $dir/root.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authorities:
    """A root, what it certified, and the server that answers for it at `url`."""

    def __init__(self, folder: Path, now: dt.datetime) -> None:
        self.folder = folder
        self.now = now
        self.url = ""
        self.requests: list[str] = []
        self.refusing = False
        self.revoked: list[int] = []
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("Test root", self.key.public_key(), root=True)
        self._openssl = need("openssl")

    def prepare(self) -> None:
        """Certify the time-stamping unit, once the address is known."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.unit = self.certify("Test time-stamping unit", key.public_key(), timing=True)
        (self.folder / "tsa.pem").write_bytes(self.unit.public_bytes(Encoding.PEM))
        (self.folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        self._keep("tsa.key", key)
        self._keep("root.key", self.key)
        (self.folder / "serial").write_text("01\n")
        (self.folder / "tsa.conf").write_text(_TSA.format(folder=self.folder))

    def certify(
        self, name: str, key: ec.EllipticCurvePublicKey, *, timing: bool = False
    ) -> x509.Certificate:
        """A certificate of the root, whose status its server tells."""
        return self._certificate(name, key, timing=timing)

    def _keep(self, name: str, key: ec.EllipticCurvePrivateKey) -> None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / name).write_bytes(pem)

    def _certificate(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        *,
        root: bool = False,
        timing: bool = False,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = subject if root else self.root.subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - dt.timedelta(days=365))
            .not_valid_after(self.now + dt.timedelta(days=3650))
            .add_extension(x509.BasicConstraints(root, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
            .add_extension(_usage(root), True)
        )
        if timing:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, True)
            point = x509.DistributionPoint([_at(f"{self.url}/crl")], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
        elif not root:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, _at(f"{self.url}/ocsp")
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
        return builder.sign(self.key, _SHA256)

    def crl(self) -> bytes:
        """The root's list of what it revoked."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(self.now - dt.timedelta(hours=1))
            .next_update(self.now + dt.timedelta(days=30))
            .add_extension(x509.CRLNumber(1), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
        )
        return builder.sign(self.key, _SHA256).public_bytes(Encoding.DER)

    def stamped(self, query: bytes) -> bytes:
        """The answer to a time-stamp request."""
        (self.folder / "query.tsq").write_bytes(query)
        self._run("ts", "-reply", "-config", "tsa.conf", "-queryfile", "query.tsq",
                  "-out", "answer.tsr")  # fmt: skip
        return (self.folder / "answer.tsr").read_bytes()

    def status(self, request: bytes) -> bytes:
        """The answer to an OCSP request."""
        (self.folder / "request.ocsp").write_bytes(request)
        self._run("ocsp", "-index", "index.txt", "-rsigner", "root.pem", "-rkey", "root.key",
                  "-CA", "root.pem", "-reqin", "request.ocsp", "-respout", "answer.ocsp",
                  "-ndays", "30", "-no_nonce")  # fmt: skip
        return (self.folder / "answer.ocsp").read_bytes()

    def index(self, certificate: x509.Certificate, *, revoked: bool = False) -> None:
        """Let OCSP know a certificate."""
        until = certificate.not_valid_after_utc.strftime("%y%m%d%H%M%SZ")
        when = self.now.strftime("%y%m%d%H%M%SZ") if revoked else ""
        serial = f"{certificate.serial_number:X}"
        serial = serial if len(serial) % 2 == 0 else f"0{serial}"
        line = "\t".join(("R" if revoked else "V", until, when, serial, "unknown", "/CN=seal"))
        (self.folder / "index.txt").write_text(f"{line}\n")
        (self.folder / "index.txt.attr").write_text("unique_subject = no\n")

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [self._openssl, *arguments], cwd=self.folder, check=True, capture_output=True,
            timeout=60,
        )  # fmt: skip


def _usage(root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=not root, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=root, crl_sign=root,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _at(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url)


@contextmanager
def authorities(folder: Path, now: dt.datetime) -> Iterator[Authorities]:
    """The authorities, listening."""
    made = Authorities(folder, now)
    lock = threading.Lock()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(made.crl())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                if made.refusing:
                    self._answer(b"", 503)
                elif self.path == "/tsa":
                    self._answer(made.stamped(body))
                else:
                    self._answer(made.status(body))

        def _answer(self, body: bytes, status: int = 200) -> None:
            made.requests.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    made.url = f"http://127.0.0.1:{server.server_port}"
    made.prepare()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
