"""What `parchemin doctor` finds of certificates that will not be valid for much longer."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from vault_core.api import Reason
from vault_core.cli.examination.findings import Finding, Verdict
from vault_core.settings import Settings

PATIENCE = 5.0
RENEW = Reason("renouvelez-le au serveur mandataire", "renew it at the proxy")
SOON = dt.timedelta(days=21)
"""Less is a warning: renewing by hand, or asking an authority, takes days."""


def _tls_certificate(data: Path, settings: Settings) -> Finding:
    """Whether browsers will go on to trust `server.public_url`."""
    about, url = "TLS certificate", urlsplit(settings.server.public_url)
    if url.scheme != "https" or url.hostname is None:
        told = Reason(
            "public_url ne nomme aucune adresse https:// à examiner",
            "public_url names no https:// address to look at",
        )
        return Finding(about, "good", told)
    try:
        ends = _valid_until(url.hostname, url.port or 443)
    except ssl.SSLCertVerificationError as error:
        told = Reason(
            f"les navigateurs refusent {url.hostname} : {error.verify_message} ; renouvelez-le",
            f"browsers do not trust {url.hostname}: {error.verify_message}; renew it",
        )
        return Finding(about, "bad", told)
    except OSError as error:
        kind = type(error).__name__
        told = Reason(
            f"{url.netloc} ne répond pas d'ici ({kind}) : interrogez-le d'ailleurs",
            f"{url.netloc} cannot be asked from here ({kind}): ask from elsewhere",
        )
        return Finding(about, "warning", told)
    return Finding(about, *_verdict(ends, url.hostname, RENEW))


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
        told = Reason("aucun émetteur n'a encore rien scellé", "no issuer has sealed anything yet")
        return Finding(about, "good", told)
    first = min(ends, key=lambda issuer: ends[issuer])
    new, own = f"parchemin issuer import-key {first}", f"parchemin issuer rotate-keys {first}"
    mend = Reason(f"{new}, ou {own}", f"{new}, or {own}")
    return Finding(about, *_verdict(ends[first], first, mend))


async def _ask_register(data: Path, settings: Settings) -> dict[str, dt.datetime]:
    """When the certificates that each issuer uses end, the first of its chain to do so."""
    from vault_core.app.opening import open_institution

    async with open_institution(data, settings) as institution:
        return {
            desk.issuer.id: min(one.not_valid_after_utc for one in desk.generation.seal_chain)
            for desk in await institution.register.desks()
        }


def _verdict(ends: dt.datetime, whose: str, mend: Reason) -> tuple[Verdict, str]:
    left, day = ends - dt.datetime.now(dt.UTC), f"{ends:%Y-%m-%d}"
    if left < dt.timedelta():
        return "bad", Reason(
            f"celui de {whose} a expiré le {day} : {mend.fr}",
            f"the one of {whose} ended on {day}: {mend}",
        )
    if left < SOON:
        return "warning", Reason(
            f"celui de {whose} expire le {day}, dans {left.days} jours : {mend.fr}",
            f"the one of {whose} ends on {day}, in {left.days} days: {mend}",
        )
    return "good", Reason(
        f"celui de {whose} est valable jusqu'au {day}", f"the one of {whose} is valid until {day}"
    )


LOOKS = (_tls_certificate, _seal_certificates)
