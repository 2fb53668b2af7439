"""What `parchemin doctor` finds of certificates that will not be valid for much longer."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from vault_core.cli.findings import Finding, Verdict
from vault_core.settings import Settings

PATIENCE = 5.0
SOON = dt.timedelta(days=21)
"""Less is a warning: renewing by hand, or asking an authority, takes days."""


def _tls_certificate(data: Path, settings: Settings) -> Finding:
    """Whether browsers will go on to trust `server.public_url`."""
    about, url = "TLS certificate", urlsplit(settings.server.public_url)
    if url.scheme != "https" or url.hostname is None:
        return Finding(about, "good", "public_url names no https:// address to look at")
    try:
        ends = _valid_until(url.hostname, url.port or 443)
    except ssl.SSLCertVerificationError as error:
        told = f"browsers do not trust {url.hostname}: {error.verify_message}; renew it"
        return Finding(about, "bad", told)
    except OSError as error:
        told = (
            f"{url.netloc} cannot be asked from here ({type(error).__name__}): ask from elsewhere"
        )
        return Finding(about, "warning", told)
    return Finding(about, *_verdict(ends, f"of {url.hostname}", "renew it at the proxy"))


def _valid_until(host: str, port: int) -> dt.datetime:
    """The end of the certificate that a server shows. Raises OSError, of which ssl's are."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert() or {}
        return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), dt.UTC)


def _seal_certificates(data: Path, settings: Settings) -> Finding:
    """Whether what issuers seal from now on will be believed: the first to end decides."""
    about = "seal certificates"
    ends = asyncio.run(_ask_register(data, settings))
    if not ends:
        return Finding(about, "good", "no issuer has sealed anything yet")
    first = min(ends, key=lambda issuer: ends[issuer])
    mend = f"parchemin issuer import-key {first}, or parchemin issuer rotate-keys {first}"
    return Finding(about, *_verdict(ends[first], f"of {first}", mend))


async def _ask_register(data: Path, settings: Settings) -> dict[str, dt.datetime]:
    """When the certificates that each issuer uses end, the first of its chain to do so."""
    from vault_core.app import open_institution

    async with open_institution(data, settings) as institution:
        return {
            desk.issuer.id: min(one.not_valid_after_utc for one in desk.generation.seal_chain)
            for desk in await institution.register.desks()
        }


def _verdict(ends: dt.datetime, whose: str, mend: str) -> tuple[Verdict, str]:
    left, day = ends - dt.datetime.now(dt.UTC), f"{ends:%Y-%m-%d}"
    if left < dt.timedelta():
        return "bad", f"the one {whose} ended on {day}: {mend}"
    if left < SOON:
        return "warning", f"the one {whose} ends on {day}, in {left.days} days: {mend}"
    return "good", f"the one {whose} is valid until {day}"


LOOKS = (_tls_certificate, _seal_certificates)
