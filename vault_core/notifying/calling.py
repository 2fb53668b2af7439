"""Calling addresses that somebody typed: public ones only, unless the settings allow a network.

A name is looked up once, every address it has is checked, and the connection goes to what was
checked: a name that changes its mind in between leads nowhere else. No redirect is followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from vault_core.api import Reason
from vault_core.errors import CallFailed, CallRefused

SECONDS: Final = 15.0
LONGEST: Final = 2000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED: Final = tuple(
    ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")
)
"""Whose last four bytes are an IPv4 address."""
_ONLY_HTTPS: Final = Reason(
    "Un webhook doit être en https, hors de webhooks.allowed_networks.",
    "A webhook must be https, outside of webhooks.allowed_networks.",
)


def check_address(url: str, allowed: Sequence[str]) -> None:
    """Raises CallRefused unless the address may be called, as far as it says itself."""
    parts = _parsed(url)
    if parts.user or parts.password or parts.fragment:
        raise CallRefused(
            Reason(
                "L'adresse d'un webhook n'a ni utilisateur, ni mot de passe, ni fragment.",
                "The address of a webhook has no user, password or fragment.",
            )
        )
    if parts.scheme == "http" and not allowed:
        raise CallRefused(_ONLY_HTTPS)
    try:
        literal = ipaddress.ip_address(parts.raw_host or "")
    except ValueError:
        return
    check_ip(str(literal), allowed, plain=parts.scheme == "http")


def _parsed(url: str) -> URL:
    """The address as the connection will read it: what a host is depends on who reads it.

    `https://①②⑦.⓪.⓪.①/` is a name to Python's `urlsplit`, and 127.0.0.1 to whoever connects.
    """
    try:
        parts = URL(url)
        if len(url) <= LONGEST and parts.scheme in ("http", "https") and parts.raw_host:
            return parts
    except ValueError:
        pass
    raise CallRefused(
        Reason(
            "Un webhook est une adresse comme https://exemple.fr/notification.",
            "A webhook is an address such as https://example.org/hook.",
        )
    )


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
    if not all(one.is_global and not one.is_multicast for one in (found, *_inner(found))):
        raise CallRefused(
            Reason(
                "L'adresse mène à un réseau privé : webhooks.allowed_networks peut l'autoriser.",
                "The webhook leads to a private address: webhooks.allowed_networks may allow it.",
            )
        )


def _inner(found: Address) -> Iterator[Address]:
    """The IPv4 address that a gateway takes an IPv6 one to (RFC 3056, RFC 4380, RFC 6052)."""
    if isinstance(found, ipaddress.IPv4Address):
        return
    if found.sixtofour is not None:
        yield found.sixtofour
    if found.teredo is not None:
        yield from found.teredo
    if any(found in network for network in _TRANSLATED):
        yield ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)


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
    target = _parsed(url)
    plain = target.scheme == "http"
    connector = aiohttp.TCPConnector(
        resolver=_Guarded(allowed, plain=plain), use_dns_cache=False, force_close=True
    )
    patience = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=patience, trust_env=False) as client,
            client.post(
                target, data=text.encode(), headers=dict(fields), allow_redirects=False
            ) as answer,
        ):
            if not 200 <= answer.status < 300:
                raise CallFailed(f"It answered {answer.status}.")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise CallFailed(f"It could not be reached: {type(error).__name__}.") from None
