"""Debian's slapd, started for one test: a directory with TLS and a reader's account."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.requirements import missing, need
from tests.storage_backends.servers import free_ports

try:
    import bonsai
except ImportError:
    bonsai = None

BASE = "dc=lycee,dc=example"
PEOPLE = f"ou=people,{BASE}"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "only reads"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "a secret of the tests only"
MODULES = Path("/usr/lib/ldap")
CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath {modules}
moduleload back_mdb
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
TLSCACertificateFile {folder}/server.pem
security simple_bind={strength}
disallow bind_anon
database mdb
suffix "{base}"
rootdn "{root}"
rootpw "{root_password}"
directory {folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
"""


@dataclass
class Slapd:
    """A running directory."""

    port: int
    tls_port: int
    ca_file: Path

    @property
    def settings(self) -> dict[str, Any]:
        """Of `[ldap]`: by StartTLS."""
        return {
            "url": f"ldap://127.0.0.1:{self.port}", "start_tls": True, "ca_file": str(self.ca_file),
            "bind_dn": READER, "bind_password": READER_PASSWORD, "base": PEOPLE,
            "ine_attribute": "employeeNumber",
        }  # fmt: skip

    def add(self, uid: str, password: str, ine: str = "", under: str = PEOPLE) -> None:
        """Somebody."""
        with self._root() as connection:
            entry = bonsai.LDAPEntry(f"uid={uid},{under}")
            entry["objectClass"] = ["inetOrgPerson"]
            entry["uid"], entry["cn"], entry["sn"] = uid, "Ada Durand", "Durand"
            entry["givenName"] = "Ada"
            entry["userPassword"] = password
            if ine:
                entry["employeeNumber"] = ine
            connection.add(entry)

    def set_password(self, uid: str, password: str) -> None:
        """They change their password there."""
        with self._root() as connection:
            entry = bonsai.LDAPEntry(f"uid={uid},{PEOPLE}")
            entry.change_attribute("userPassword", bonsai.LDAPModOp.REPLACE, password)
            entry.connection = connection
            entry.modify()

    def rename(self, uid: str, new: str) -> None:
        """Another username, and another DN."""
        with self._root() as connection:
            [entry] = connection.search(f"uid={uid},{PEOPLE}", bonsai.LDAPSearchScope.BASE)
            entry.rename(f"uid={new},{PEOPLE}")

    def remove(self, uid: str) -> None:
        """They have left."""
        with self._root() as connection:
            connection.delete(f"uid={uid},{PEOPLE}")

    def _root(self) -> Any:
        client = bonsai.LDAPClient(f"ldaps://127.0.0.1:{self.tls_port}")
        client.set_ca_cert(str(self.ca_file))
        client.set_cert_policy("demand")
        client.set_credentials("SIMPLE", user=ROOT, password=ROOT_PASSWORD)
        return client.connect()


def certificate(folder: Path) -> Path:
    """A certificate for this machine's loopback address, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(made.public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return folder / "server.pem"


@asynccontextmanager
async def slapd(folder: Path, strength: int = 128) -> AsyncIterator[Slapd]:
    """A directory whose files lie in `folder`; it takes no password on a line without TLS."""
    program = need("slapd")
    if bonsai is None:
        missing(
            "bonsai is not installed: apt-get install libldap-dev libsasl2-dev, then install again"
        )
    (folder / "db").mkdir(parents=True)
    ca_file = certificate(folder)
    conf = folder / "slapd.conf"
    conf.write_text(CONFIGURATION.format(
        folder=folder, modules=MODULES, base=BASE, root=ROOT, root_password=ROOT_PASSWORD,
        reader=READER, strength=strength,
    ))  # fmt: skip
    port, tls_port = free_ports(2)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "-f", str(conf), "-d", "0",
            "-h", f"ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}",
            stdout=log, stderr=log,
        )  # fmt: skip
    found = Slapd(port, tls_port, ca_file)
    try:
        await _answers(found)
        yield found
    finally:
        process.kill()
        await process.wait()


async def _answers(found: Slapd) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                connection = await asyncio.to_thread(found._root)
                break
            except bonsai.errors.ConnectionError:
                await asyncio.sleep(0.1)
    with connection:
        for dn, kind, values in (
            (BASE, "domain", {"dc": "lycee"}),
            (PEOPLE, "organizationalUnit", {"ou": "people"}),
            (READER, "person", {"cn": "reader", "sn": "r", "userPassword": READER_PASSWORD}),
        ):
            entry = bonsai.LDAPEntry(dn)
            entry["objectClass"] = [kind]
            for name, value in values.items():
                entry[name] = value
            connection.add(entry)
