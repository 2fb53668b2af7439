"""`parchemin doctor` finds what is wrong, and says what to do."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.cli.parchemin import facts, parchemin
from tests.storage_backends.servers import free_ports
from vault_core.cli.examination import rounds
from vault_core.store.rounds import Ended, Place, Rounds


def found(data: Path, status: int = 0) -> dict[str, Any]:
    return {one["about"]: one for one in facts("doctor", data=data, status=status)}


def test_a_sound_institution(data: Path, tmp_path: Path) -> None:
    about = found(data)
    for name in ("catalog", "blob store", "disk", "institution's key", "clock", "workers"):
        assert about[name]["verdict"] in ("good", "warning"), about[name]
    assert about["catalog"]["verdict"] == about["institution's key"]["verdict"] == "good"
    assert "parchemin backup" in about["backups"]["sentence"]
    parchemin("backup", "--to", tmp_path / "kept", data=data)
    assert found(data)["backups"]["verdict"] == "good"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    about = found(tmp_path / "mistyped", status=1)
    assert f"parchemin init --data {tmp_path / 'mistyped'}" in about["data"]["sentence"]
    assert not list(tmp_path.iterdir())


def _open_key(data: Path) -> None:
    (data / "institution.key").chmod(0o644)


def _lose_key(data: Path) -> None:
    (data / "institution.key").unlink()


def _break_catalog(data: Path) -> None:
    (data / "catalog.sqlite3").write_bytes(b"no database at all" * 1000)


def _no_database(data: Path) -> None:
    with (data / "parchemin.toml").open("a") as file:
        file.write('\n[catalog]\nurl = "postgresql://user:secret-word@127.0.0.1:9/none"\n')


FAULTS = {
    "institution's key": (_open_key, "chmod 600"),
    "institution's key ": (_lose_key, "put it back"),
    "catalog": (_break_catalog, "not a database"),
    "catalog ": (_no_database, "cannot be reached"),
}


# Elsewhere there is no such file, and where the database is comes from variables, which win.
_ONE_MACHINE = pytest.mark.one_machine


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=_ONE_MACHINE if c.strip() == "catalog" else ()) for c in FAULTS],
)
def test_a_fault_is_found_and_the_others_are_still_looked_at(data: Path, case: str) -> None:
    harm: Callable[[Path], None]
    harm, told = FAULTS[case]
    harm(data)
    about = found(data, status=1)
    one = about[case.strip()]
    assert one["verdict"] == "bad"
    assert told in one["sentence"], one
    assert about["workers"]["verdict"] == "good"
    assert "secret-word" not in str(about)


def _certificate(folder: Path, days: int) -> Path:
    """A certificate of 127.0.0.1 with its key, which ends in so many days; as one PEM file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@contextmanager
def _tls_server(certificate: Path) -> Iterator[int]:
    """The port of a server that shows the certificate and says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(60)


CERTIFICATES = {
    "valid": (200, True, "good", "is valid until"),
    "ends soon": (10, True, "warning", "in 10 days: renew it"),
    "ended": (-1, True, "bad", "certificate has expired"),
    "nobody's": (200, False, "bad", "browsers do not trust 127.0.0.1"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_the_certificate_that_browsers_see(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    days, trusted, verdict, told = CERTIFICATES[case]
    certificate = _certificate(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with _tls_server(certificate) as port:
        with (data / "parchemin.toml").open("a") as file:
            file.write(f'\n[server]\npublic_url = "https://127.0.0.1:{port}"\n')
        one = found(data, status=int(verdict == "bad"))["TLS certificate"]
    assert (one["verdict"], told in one["sentence"]) == (verdict, True), one


def test_a_server_that_cannot_be_asked_is_a_warning(data: Path) -> None:
    (port,) = free_ports(1)
    with (data / "parchemin.toml").open("a") as file:
        file.write(f'\n[server]\npublic_url = "https://127.0.0.1:{port}"\n')
    one = found(data)["TLS certificate"]
    assert (one["verdict"], "ConnectionRefusedError" in one["sentence"]) == ("warning", True), one


def test_the_certificates_that_issuers_seal_with(data: Path) -> None:
    about = found(data)["seal certificates"]
    assert "no issuer has sealed" in about["sentence"]
    parchemin("issuer", "rotate-keys", "examens", data=data)
    about = found(data)["seal certificates"]
    assert (about["verdict"], "examens" in about["sentence"]) == ("good", True), about


DAY_MS = 86_400_000
NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1000)
KNOWN = {
    "never": (Rounds(), "warning", "nothing was ever"),
    "the first under way": (Rounds(Place(NOW_MS)), "warning", "one is under way"),
    "sound": (Rounds(None, Ended(NOW_MS - DAY_MS, NOW_MS, 0)), "good", "all was sound"),
    "long ago": (Rounds(None, Ended(NOW_MS - 99 * DAY_MS, NOW_MS, 0)), "warning", "do it again"),
    "with problems": (Rounds(None, Ended(NOW_MS - DAY_MS, NOW_MS, 3)), "bad", "3 problems"),
    "problems in the one under way": (
        Rounds(Place(NOW_MS, 1, "", 2, 2), Ended(NOW_MS - DAY_MS, NOW_MS, 0)),
        "bad",
        "has found 2 problems",
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_what_is_known_of_checks(case: str) -> None:
    known, verdict, told = KNOWN[case]
    finding = rounds.verdict(known, NOW)
    assert finding.verdict == verdict
    assert re.search(told, finding.sentence), finding


def test_a_check_is_remembered(data: Path) -> None:
    assert found(data)["checks"]["verdict"] == "warning"
    done = facts("check", "--for", "2h", data=data)
    assert (done["checked"]["vaults"], done["problems"], done["stopped"]) == (1, [], None)
    assert found(data)["checks"]["verdict"] == "good"
    assert "looked at everything" in parchemin("check", "--for", "2h", data=data).stdout


def test_a_check_that_stops_says_where(data: Path) -> None:
    stopped = facts("check", "--for", "0s", data=data)["stopped"]
    assert (stopped["stage"], stopped["percent"]) == ("blobs", 0)
    told = parchemin("check", "--for", "0s", data=data).stdout
    assert "0 % of the way through the unnamed blobs" in told
    assert (
        "'soon' is no duration" in parchemin("check", "--for", "soon", data=data, status=2).stderr
    )


def test_everything_is_said_in_french_too(data: Path) -> None:
    told = list(found(data).values())
    assert len(told) > 15
    assert {one["fr"]["about"] for one in told} > {"horloge", "sauvegardes"}
    # an address alone, or a path, may read the same in both languages
    alike = {one["about"] for one in told if one["fr"]["sentence"] == one["sentence"]}
    assert alike <= {"public_url"}
