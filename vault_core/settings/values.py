"""Kinds of value that a settings file writes as people do: `5 GB`, `host:port`, `bac, jdc`."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"(\d{1,15}(?:[.,]\d{1,15})?)\s*(?:([KMGT]i?)?(?:B|o|octets?))?", re.I)
"""French units are octets: `5 Go`, `1,5 Go`."""
_MOST = 10**18
"""Bytes: what a catalog's column counts, and what a disk may hold."""
_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):(\d{1,5})")


def _size(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise ValueError("should be a size such as 5 GB, 500 MiB or 1048576")
    return int(float(match[1].replace(",", ".")) * _UNITS[f"{(match[2] or '').upper()}B"])


def _listen(value: str) -> str:
    match = _LISTEN.fullmatch(value)
    if match is None or int(match[2]) > 65_535:
        raise ValueError("should be HOST:PORT such as 127.0.0.1:8080 or [::]:8080")
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        raise ValueError("should be empty or an address such as https://coffre.example.fr")
    return value.rstrip("/")


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError(
            "should be an address or network such as 127.0.0.1 or 10.0.0.0/8"
        ) from None


def _words(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


Size = Annotated[int, BeforeValidator(_size), Field(le=_MOST)]
"""Bytes, written `5 GB` or `5 Go` (powers of 1000), `512 MiB` (powers of 1024) or as a number."""
Listen = Annotated[str, AfterValidator(_listen)]
"""`HOST:PORT`; an IPv6 address in brackets; port 0 takes a free one."""
Url = Annotated[str, AfterValidator(_url)]
"""An http(s) address without a final slash, or nothing."""
Network = Annotated[str, AfterValidator(_network)]
"""An IP network; an address is a network of one."""
Words = BeforeValidator(_words)
"""A list that an environment variable writes with commas."""
