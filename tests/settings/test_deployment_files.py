"""The files of config/ for other programs are accepted by those programs."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.requirements import need

CONFIG = Path(__file__).parents[2] / "config"
MODULES = "/usr/lib/apache2/modules"
"""Where Debian keeps Apache's."""


def accepted(*command: str) -> None:
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = (CONFIG / "systemd" / "parchemin.service").read_text()
    copy = tmp_path / "parchemin.service"
    copy.write_text(unit.replace("/opt/parchemin/bin/parchemin serve", "/bin/true"))
    assert "/bin/true" in copy.read_text()
    accepted(need("systemd-analyze", "systemd"), "verify", "--man=no", str(copy))


def test_caddy_accepts_its_file() -> None:
    file = CONFIG / "caddy" / "Caddyfile"
    accepted(need("caddy"), "validate", "--adapter", "caddyfile", "--config", str(file))


def test_caddy_accepts_what_its_file_says_of_several_nodes(tmp_path: Path) -> None:
    lines = (CONFIG / "caddy" / "Caddyfile").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "#   reverse_proxy" in line)
    end = next(n for n, line in enumerate(lines) if n > start and line.endswith("#   }"))
    several = [line.replace("#   ", "", 1) for line in lines[start : end + 1]]
    one = next(n for n, line in enumerate(lines) if line.startswith("\treverse_proxy"))
    after = next(n for n, line in enumerate(lines) if n > one and line == "\t}") + 1
    file = tmp_path / "Caddyfile"
    file.write_text("\n".join([*lines[:start], *several, *lines[after:], ""]))
    assert file.read_text().count("reverse_proxy") == 1
    accepted(need("caddy"), "validate", "--adapter", "caddyfile", "--config", str(file))


@pytest.mark.parametrize("name", ["haproxy.cfg", "cluster.cfg"])
def test_haproxy_accepts_its_files(name: str, tmp_path: Path) -> None:
    certificate = tmp_path / "coffre.pem"
    certificate.write_bytes(certificate_and_key("coffre.example.fr"))
    text = (CONFIG / "haproxy" / name).read_text()
    copy = tmp_path / "haproxy.cfg"
    copy.write_text(text.replace("/etc/haproxy/coffre.pem", str(certificate)))
    accepted(need("haproxy"), "-c", "-f", str(copy))


def test_apache_accepts_its_file(tmp_path: Path) -> None:
    pem = tmp_path / "coffre.pem"
    pem.write_bytes(certificate_and_key("coffre.example.fr"))
    text = (CONFIG / "apache" / "parchemin.conf").read_text()
    modules = ("mpm_event", "alias", "authz_core", "headers", "proxy", "proxy_http", "ssl")
    loaded = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules]
    own = [f"ServerRoot {tmp_path}", f"ErrorLog {tmp_path}/log", "ServerName coffre.example.fr"]
    copy = tmp_path / "apache2.conf"
    for place in ("/etc/ssl/coffre.pem", "/etc/ssl/private/coffre.key"):
        assert place in text
        text = text.replace(place, str(pem))
    copy.write_text("\n".join([*own, *loaded, text]))
    accepted(need("apache2"), "-t", "-f", str(copy))


def certificate_and_key(host: str) -> bytes:
    """PEM of a self-signed certificate of one day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem) + private
