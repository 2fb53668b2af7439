"""Whose failed attempts are counted: the client's address, seen through trusted proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: web.BaseRequest, trusted: Sequence[str]) -> str:
    """The nearest address that is no trusted proxy (X-Forwarded-For is read from its end).

    Some proxies (HAProxy) add a line of their own below those that the client sent: all lines are
    one list (RFC 9110 section 5.3), whose end alone was written by somebody who is trusted.
    """
    current = request.remote or ""
    if not trusted:
        return current
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    networks = [ipaddress.ip_network(text, strict=False) for text in trusted]
    while hops and _is_in(current, networks):
        current = _without_port(hops.pop().strip()) or current
    return current


def _without_port(hop: str) -> str:
    """`192.0.2.1:5123` and `[2001:db8::1]:5123`, as some proxies write them, without the port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped  # of a socket that takes both versions
    return any(parsed in network for network in networks if parsed.version == network.version)
