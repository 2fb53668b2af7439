"""Calling addresses that somebody typed: public ones only, unless the settings allow a network.

A name is looked up once, every address it has is checked, and the connection goes to what was
checked: a name that changes its mind in between leads nowhere else. No redirect is followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from vault_core.api import Reason
from vault_core.errors import CallFailed, CallRefused

SECONDS: Final = 15.0
LONGEST: Final = 2000
_ONLY_HTTPS: Final = Reason(
    "Un webhook doit être en https, hors de webhooks.allowed_networks.",
    "A webhook must be https, outside of webhooks.allowed_networks.",
)


def check_address(url: str, allowed: Sequence[str]) -> None:
    """Raises CallRefused unless the address may be called, as far as it says itself."""
    parts = urlsplit(url)
    if len(url) > LONGEST or parts.scheme not in ("http", "https") or not parts.hostname:
        raise CallRefused(
            Reason(
                "Un webhook est une adresse comme https://exemple.fr/notification.",
                "A webhook is an address such as https://example.org/hook.",
            )
        )
    if parts.username or parts.password or parts.fragment:
        raise CallRefused(
            Reason(
                "L'adresse d'un webhook n'a ni utilisateur, ni mot de passe, ni fragment.",
                "The address of a webhook has no user, password or fragment.",
            )
        )
    if parts.scheme == "http" and not allowed:
        raise CallRefused(_ONLY_HTTPS)
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return
    check_ip(str(literal), allowed, plain=parts.scheme == "http")


def check_ip(address: str, allowed: Sequence[str], *, plain: bool) -> None:
    """Raises CallRefused for a private address outside of the allowed networks.

    `plain` http is for allowed networks only.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    if any(found in ipaddress.ip_network(network) for network in allowed):
        return
    if plain:
        raise CallRefused(_ONLY_HTTPS)
    if not found.is_global or found.is_multicast:
        raise CallRefused(
            Reason(
                "L'adresse mène à un réseau privé : webhooks.allowed_networks peut l'autoriser.",
                "The webhook leads to a private address: webhooks.allowed_networks may allow it.",
            )
        )


class _Guarded(AbstractResolver):
    """Looks a name up, and refuses it if any of its addresses may not be called."""

    def __init__(self, allowed: Sequence[str], *, plain: bool) -> None:
        self._allowed = allowed
        self._plain = plain

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        results: list[ResolveResult] = []
        for kind, _, proto, _, place in found:
            check_ip(str(place[0]), self._allowed, plain=self._plain)
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(place[0]),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""


async def call(url: str, text: str, fields: Mapping[str, str], allowed: Sequence[str]) -> None:
    """POST, and take any 2xx for an answer. Raises CallRefused, CallFailed."""
    check_address(url, allowed)
    plain = urlsplit(url).scheme == "http"
    connector = aiohttp.TCPConnector(
        resolver=_Guarded(allowed, plain=plain), use_dns_cache=False, force_close=True
    )
    patience = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=patience, trust_env=False) as client,
            client.post(
                url, data=text.encode(), headers=dict(fields), allow_redirects=False
            ) as answer,
        ):
            if not 200 <= answer.status < 300:
                raise CallFailed(f"It answered {answer.status}.")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise CallFailed(f"It could not be reached: {type(error).__name__}.") from None
