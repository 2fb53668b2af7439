"""Requests that the parser lets through, and that proxies may read otherwise than we do.

What two programs on the way take for different requests is how requests are smuggled (RFC 9112
section 11.2): such a one is refused, or is the last of its connection.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from aiohttp import hdrs, web
from yarl import URL

from vault_core.dav.errors import XML_FIELDS, error_body
from vault_core.dav.reply import Reply

_AUTHORITY: Final = re.compile(r"[^/?#]*")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(:[0-9]*)?")
_VERSIONS: Final = frozenset({(1, 0), (1, 1)})


def plain(message: Any) -> Any:
    """A request's head as it is to be answered, from what aiohttp's parser made of it.

    The target is in origin form: some clients and proxies send scheme and authority too, which
    RFC 9112 section 3.2.2 has servers take; which server was meant, the Host field says. A request
    that offers another protocol, or has chunks in HTTP/1.0 (section 6.1), is the last one.
    """
    if not message.path.startswith("/"):
        _, separator, rest = message.path.partition("://")
        if separator:
            path = _AUTHORITY.sub("", rest, count=1)
            path = path if path.startswith("/") else f"/{path}"
            message = message._replace(path=path, url=_url(path))
    if message.upgrade or (message.chunked and message.version < (1, 1)):
        message = message._replace(should_close=True)
    return message


def _url(path: str) -> URL:
    """As aiohttp's parser makes it: two slashes at the beginning are no authority."""
    path, _, fragment = path.partition("#")
    path, _, query = path.partition("?")
    return URL.build(path=path, query_string=query, fragment=fragment, encoded=True)


def refused(request: web.BaseRequest) -> Reply | None:
    """The answer to what nobody should send; None for nearly everything."""
    headers = request.headers
    if request.version not in _VERSIONS:
        return _refusal(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
    coding = headers.get(hdrs.TRANSFER_ENCODING)
    if coding is not None and coding.strip().lower() != "chunked":
        return _refusal(501, "The only transfer coding here is chunked.")
    expected = headers.get(hdrs.EXPECT)
    if expected is not None and expected.strip().lower() != "100-continue":
        return _refusal(417, "The only expectation here is 100-continue.")
    if not _is_host(headers.get(hdrs.HOST, "")):
        return _refusal(400, "The Host field is no name and port of a server.")
    return None


def _refusal(status: int, sentence: str) -> Reply:
    return Reply(status, XML_FIELDS, error_body(sentence), close=True)


@lru_cache(256)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None
