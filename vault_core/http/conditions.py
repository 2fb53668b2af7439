"""Conditional requests (RFC 9110 section 13): entity tags and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs

from vault_core.errors import BadRequest, PreconditionFailed
from vault_core.http.times import parse_http_date
from vault_core.vault.nodes.node import ANY, Node, Precondition

_ENTITY_TAG = re.compile(r'[ \t]*((?:W/)?"[^"\x00-\x20\x7f]*")[ \t]*(?:,|$)')
_FAILED: Final = "It is not as the request expects it (If-Match or a date); read it again."
_UNCHANGED: Final = "It is there as the request did not want it (If-None-Match)."


def entity_tags(text: str) -> frozenset[str] | None:
    """The tags of a list as written, quotes and `W/` included; None is `*`.

    Raises BadRequest for anything else.
    """
    if text.strip() == "*":
        return None
    tags: list[str] = []
    position = 0
    while position < len(text):
        match = _ENTITY_TAG.match(text, position)
        if match is None:
            raise BadRequest("If-Match and If-None-Match hold quoted entity tags, or '*'.")
        tags.append(match.group(1))
        position = match.end()
    if not tags:
        raise BadRequest("If-Match and If-None-Match cannot be empty.")
    return frozenset(tags)


def precondition(headers: Mapping[str, str], node: Node | None) -> Precondition:
    """What a change must find at its commit, from the fields and the target as it is now.

    If-Match compares strongly, If-None-Match weakly (sections 13.1.1 and 13.1.2); the date of
    If-Unmodified-Since is compared now, and the content it was true of is then required.
    Raises PreconditionFailed if it does not hold already, BadRequest for malformed lists.
    """
    match = headers.get(hdrs.IF_MATCH)
    none_match = headers.get(hdrs.IF_NONE_MATCH)
    since = headers.get(hdrs.IF_UNMODIFIED_SINCE)
    if match is None and none_match is None and since is None:
        return ANY
    must_exist: bool | None = None
    etags = not_etags = None
    if match is not None:
        tags = entity_tags(match)
        must_exist = True
        etags = None if tags is None else frozenset([t[1:-1] for t in tags if t[0] == '"'])
    elif since is not None and node is not None and not node.is_folder:
        _check_unmodified(node, since)
        etags = frozenset([node.etag])
    if none_match is not None:
        tags = entity_tags(none_match)
        if tags is None:
            if must_exist:
                raise PreconditionFailed(_UNCHANGED)
            must_exist = False
        else:
            not_etags = frozenset([tag.removeprefix("W/")[1:-1] for tag in tags])
    found = Precondition(must_exist, etags, not_etags)
    if not found.holds(node):
        raise PreconditionFailed(_FAILED if none_match is None else _UNCHANGED)
    return found


def check_read(headers: Mapping[str, str], node: Node) -> bool:
    """Whether GET or HEAD sends the document: False is 304 (section 13.2.2).

    Raises PreconditionFailed, and BadRequest for malformed lists.
    """
    match = headers.get(hdrs.IF_MATCH)
    if match is not None:
        tags = entity_tags(match)
        if tags is not None and f'"{node.etag}"' not in tags:
            raise PreconditionFailed(_FAILED)
    else:
        unmodified = headers.get(hdrs.IF_UNMODIFIED_SINCE)
        if unmodified is not None:
            _check_unmodified(node, unmodified)
    none_match = headers.get(hdrs.IF_NONE_MATCH)
    if none_match is not None:
        tags = entity_tags(none_match)
        return tags is not None and not tags & {f'"{node.etag}"', f'W/"{node.etag}"'}
    since = headers.get(hdrs.IF_MODIFIED_SINCE)
    date = None if since is None else parse_http_date(since)
    return date is None or node.modified_at // 1000 * 1000 > date


def range_applies(headers: Mapping[str, str], node: Node) -> bool:
    """Whether If-Range lets the Range be used: same strong tag, or same date (section 13.1.5)."""
    condition = headers.get(hdrs.IF_RANGE)
    if condition is None:
        return True
    condition = condition.strip()
    if condition[:1] == '"' or condition[:2] == "W/":
        return condition == f'"{node.etag}"'
    return parse_http_date(condition) == node.modified_at // 1000 * 1000


def _check_unmodified(node: Node, since: str) -> None:
    date = parse_http_date(since)
    if date is not None and node.modified_at // 1000 * 1000 > date:
        raise PreconditionFailed(_FAILED)


def conditional(headers: Mapping[str, str]) -> bool:
    """Whether any field makes a change conditional."""
    return (
        hdrs.IF_MATCH in headers
        or hdrs.IF_NONE_MATCH in headers
        or hdrs.IF_UNMODIFIED_SINCE in headers
    )
