"""Between URLs and vault paths, decoded once and strictly; and links that may be followed."""

from __future__ import annotations

from urllib.parse import quote

from vault_core.errors import BadRequest
from vault_core.http.segments import decoded
from vault_core.vault.nodes.names import MAX_DEPTH, Path, normalise


def parse_path(raw: str, prefix: str) -> Path:
    """The vault path of a request target such as `/files/a/b?x`, for the prefix `/files`.

    Each segment is percent-decoded exactly once, after splitting. Raises BadRequest for a broken
    escape or what is not UTF-8, and InvalidName where a segment is no name.
    """
    target = raw.partition("?")[0]
    segments = [segment for segment in target[len(prefix) :].split("/") if segment]
    if len(segments) > MAX_DEPTH:
        raise BadRequest(f"Folders can be nested {MAX_DEPTH} deep; the address goes deeper.")
    return tuple(normalise(decoded(segment)) for segment in segments)


def address(prefix: str, path: Path, *, folder: bool = False) -> str:
    """The URL path of a node below `prefix`; a folder's ends with a slash."""
    below = "/".join(quote(name, safe="") for name in path)
    return f"{prefix}/{below}{'/' if folder and below else ''}"


def local(address: str, otherwise: str = "/") -> str:
    """The address if it is a path of this site, so that nobody is sent elsewhere by a link."""
    if not address.startswith("/") or address[1:2] in ("/", "\\"):
        return otherwise
    if len(address) > 4096 or any(ord(c) <= 0x20 or ord(c) > 0x7E or c == "\\" for c in address):
        return otherwise
    return address
