"""Whose failed attempts are counted: the client's address, seen through trusted proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: web.BaseRequest, trusted: Sequence[str]) -> str:
    """The nearest address that is no trusted proxy (X-Forwarded-For is read from its end)."""
    current = request.remote or ""
    if not trusted:
        return current
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    networks = [ipaddress.ip_network(text, strict=False) for text in trusted]
    while hops and _is_in(current, networks):
        current = hops.pop().strip() or current
    return current


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks if parsed.version == network.version)
