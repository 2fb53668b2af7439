"""Between the request's URL and the path in the vault: decoded once, strictly."""

from __future__ import annotations

import re
from urllib.parse import quote

from vault_core.errors import BadRequest
from vault_core.http.segments import decoded
from vault_core.vault.nodes.names import MAX_DEPTH, Path, normalise

_PLAIN_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._()~-]{1,255})+/?").fullmatch
"""Nothing in it to decode, and no name that `normalise` would change or refuse."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._~ -]+").fullmatch


def parse(raw: str, prefix: str) -> Path:
    """The vault path that a request target names.

    `raw` is the target as it came in (origin form, or absolute form as proxies send it), undecoded
    bytes as surrogates. `prefix` is where the vault is mounted, without a final slash. Repeated
    and final slashes are ignored, a query too. Each segment is percent-decoded exactly once, after
    splitting, so an encoded slash is a character of a name, which no name may hold.
    Raises BadRequest if the target is not under the prefix, has a fragment, a broken escape or is
    not UTF-8, and InvalidName where a segment is no name (RFC 3986's dot segments are none).
    """
    if raw.startswith(prefix) and _PLAIN_PATH(raw, len(prefix)):
        return _bounded(raw[len(prefix) :].strip("/").split("/"))
    target = origin_form(raw)
    if not target.startswith(prefix) or target[len(prefix) : len(prefix) + 1] not in ("", "/"):
        raise BadRequest("The address is outside of the vault.")
    segments = _bounded([segment for segment in target[len(prefix) :].split("/") if segment])
    return tuple([normalise(decoded(segment)) for segment in segments])


def _bounded(segments: list[str]) -> tuple[str, ...]:
    if len(segments) > MAX_DEPTH:
        raise BadRequest(f"Folders can be nested {MAX_DEPTH} deep; the address goes deeper.")
    return tuple(segments)


def origin_form(raw: str) -> str:
    """The target's path, without scheme, authority and query (RFC 9112 section 3.2).

    Raises BadRequest for a fragment, which no client may send.
    """
    if "#" in raw:
        raise BadRequest("The address has a fragment ('#'); encode it as %23 if the name has one.")
    if not raw.startswith("/"):
        _, _, rest = raw.partition("://")
        slash = rest.find("/")
        raw = rest[slash:] if slash >= 0 else "/"
    question = raw.find("?")
    return raw if question < 0 else raw[:question]


def quoted(name: str) -> str:
    """One name as a URL segment; the result needs no escaping in XML or HTML."""
    if _PLAIN_NAME(name):
        return name.replace(" ", "%20")
    return quote(name, safe="~")


def href(path: Path, is_folder: bool, prefix: str) -> str:
    """The absolute path of a node's URL; a folder's ends with a slash (RFC 4918 section 5.2)."""
    if not path:
        return prefix + "/"
    return f"{prefix}/{'/'.join([quoted(name) for name in path])}{'/' if is_folder else ''}"
