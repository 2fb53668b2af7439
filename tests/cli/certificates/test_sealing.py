"""Seals with keys in an HSM and with timestamps, from the command line to a verified file."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli import diplomas
from tests.cli.certificates.test_certificates import PASSWORD, fetched, told
from tests.cli.parchemin import COMMAND, parchemin
from tests.issuing.authorities import Authorities, authorities
from tests.issuing.seals.test_timestamps import judged
from tests.issuing.softhsm import make_token
from vault_core.issuing.seals.pades import read_seal


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Authorities]:
    folder = tmp_path / "authorities"
    folder.mkdir()
    with authorities(folder, dt.datetime.now(dt.UTC).replace(microsecond=0)) as made:
        yield made


def configure(data: Path, **sections: dict[str, object]) -> None:
    """Add sections to the institution's settings."""
    with (data / "parchemin.toml").open("a") as file:
        for name, values in sections.items():
            file.write(f"\n[{name}]\n")
            file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def issuer_of(data: Path) -> str:
    [issuer] = {row["issuer"] for row in told("issuer", "list", data=data) if row["type"] == "bac"}
    return str(issuer)


def delivered(data: Path, folder: Path) -> Path:
    """A diploma, delivered and taken out of its owner's vault."""
    [row] = diplomas.rows(1)
    diplomas.add_person(data, "noe", row, PASSWORD)
    parchemin("deliver", "bac", diplomas.write(folder / "results.csv", [row]), data=data)
    return fetched(data, folder)


def test_a_certificate_is_sealed_in_the_hsm_timed_archived_and_verified(
    data: Path, tmp_path: Path, outside: Authorities
) -> None:
    token = make_token()
    (data / "roots.pem").write_bytes(outside.root.public_bytes(Encoding.PEM))
    timed = {"url": f"{outside.url}/tsa", "roots": "roots.pem", "long_term": True}
    configure(data, hsm=token.settings, timestamps=timed)
    issuer, label = issuer_of(data), f"seal-{uuid.uuid4()}"

    asked = parchemin("issuer", "hsm-request", issuer, label, "--make", data=data).stdout
    request = x509.load_pem_x509_csr(asked.encode())
    certificate = outside.certify("Académie d'essai", request.public_key())  # type: ignore[arg-type]
    outside.index(certificate)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    used = told("issuer", "use-hsm", issuer, label, "--certificates", chain, data=data)
    assert used["certificate"] == "CN=Académie d'essai"

    pdf = delivered(data, tmp_path)
    seal = read_seal(pdf.read_bytes())
    assert seal.certificate == certificate
    assert seal.token is not None
    assert len(seal.archived) == 1
    assert told("verify", pdf, data=data)["verdict"] == "valid"
    result = judged(pdf.read_bytes(), outside.root)
    assert result.ades_subindic.name == "OK", result.failure_msg


def test_without_certificates_the_test_authority_certifies_the_hsm_s_key(
    data: Path, tmp_path: Path
) -> None:
    configure(data, hsm=make_token().settings)
    issuer, label = issuer_of(data), f"seal-{uuid.uuid4()}"
    used = told("issuer", "use-hsm", issuer, label, "--make", data=data)
    assert "TEST" in used["certificate"]
    assert told("verify", delivered(data, tmp_path), data=data)["verdict"] == "valid"


def test_a_certificate_of_another_key_is_refused(
    data: Path, tmp_path: Path, outside: Authorities
) -> None:
    configure(data, hsm=make_token().settings)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(outside.unit.public_bytes(Encoding.PEM))
    said = parchemin(
        "issuer", "use-hsm", issuer_of(data), f"seal-{uuid.uuid4()}", "--make",
        "--certificates", chain, data=data, status=2,
    )  # fmt: skip
    assert "for that key" in said.stderr


def test_a_wrong_pin_is_said_and_not_repeated(data: Path, tmp_path: Path) -> None:
    """In a process of its own: one that is signed in already is asked no PIN."""
    configure(data, hsm={**make_token().settings, "pin": "97531"})
    command = [*COMMAND, "issuer", "use-hsm", issuer_of(data), "seal", "--data", str(data)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 2
    assert "HSM" in said.stderr
    assert "97531" not in said.stderr


def test_without_an_hsm_the_command_says_so(data: Path) -> None:
    said = parchemin("issuer", "use-hsm", issuer_of(data), "seal", data=data, status=2)
    assert "[hsm]" in said.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"long_term": True}, "needs timestamps.url"),
        ({"url": "http://127.0.0.1:9/tsa"}, "needs timestamps.roots"),
        ({"url": "http://127.0.0.1:9/tsa", "roots": "none.pem"}, "cannot be read"),
    ],
    ids=["long term without an authority", "no roots", "roots missing"],
)
def test_settings_that_do_not_fit_are_said(
    data: Path, settings: dict[str, object], said: str
) -> None:
    configure(data, timestamps=settings)
    assert said in parchemin("certificate", "list", data=data, status=2).stderr
