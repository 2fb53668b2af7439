"""PROPPATCH (RFC 4918 section 9.2): all the changes, or none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.dav import body, xml_in
from vault_core.dav.call import Call
from vault_core.dav.clark import dav
from vault_core.dav.errors import XML_FIELDS
from vault_core.dav.properties import (
    CREATION_TIME,
    LAST_MODIFIED,
    LIVE,
    MODIFICATION_TIME,
    SETTABLE,
)
from vault_core.dav.put import write_condition
from vault_core.dav.reply import Reply
from vault_core.dav.xml_out import (
    MULTISTATUS_END,
    MULTISTATUS_START,
    empty_element,
    propstat,
    response,
)
from vault_core.errors import BadRequest, TooLarge
from vault_core.http.times import parse_epoch, parse_http_date

MAX_KEPT: Final = 64 * 1024
"""Characters of dead properties that one node keeps."""

Change = tuple[str, xml_in.Element | None]
"""A property's name, and its new element; None removes it."""
_TIMES: Final = {
    MODIFICATION_TIME: parse_http_date,
    CREATION_TIME: parse_http_date,
    LAST_MODIFIED: parse_epoch,
}


@dataclass(frozen=True, slots=True)
class Update:
    """Changes in document order, the last one of a name counting."""

    dead: dict[str, str | None]
    times: dict[str, int | None]
    """New times by property, milliseconds since the epoch; None: the value is none."""
    protected: frozenset[str]
    names: tuple[str, ...]

    @property
    def refused(self) -> frozenset[str]:
        """Names whose value is none of that property."""
        return frozenset([name for name, value in self.times.items() if value is None])


def update(document: bytes) -> Update:
    """Read a body. Raises BadRequest if it is no DAV:propertyupdate that changes anything."""
    changes = _changes(xml_in.parse(document))
    dead: dict[str, str | None] = {}
    times: dict[str, int | None] = {}
    for name, element in changes:
        if name in _TIMES:
            times[name] = _TIMES[name](element.text) if element else None
        elif name not in LIVE or name in SETTABLE:
            dead[name] = xml_in.serialise(element) if element else None
    names = tuple(dict.fromkeys([name for name, _ in changes]))
    protected = frozenset([name for name in names if name in LIVE and name not in SETTABLE])
    return Update(dead, times, protected, names)


def _changes(root: xml_in.Element) -> list[Change]:
    if root.name != dav("propertyupdate"):
        raise BadRequest("The body of PROPPATCH is a DAV:propertyupdate element.")
    changes: list[Change] = []
    for instruction in root.children:
        setting = instruction.name == dav("set")
        if not setting and instruction.name != dav("remove"):
            continue
        prop = instruction.child("prop")
        if prop is None:
            raise BadRequest("DAV:set and DAV:remove hold a DAV:prop element.")
        changes += [(child.name, child if setting else None) for child in prop.children]
    if not changes:
        raise BadRequest("The DAV:propertyupdate changes nothing.")
    return changes


async def proppatch(call: Call) -> web.StreamResponse:
    """Answer 207: every property 200, or the culprits 403 or 409 and the others 424."""
    condition = await write_condition(call)
    wanted = update(await body.read(call.request, call.site.limits, xml_in.MAX_BODY))
    node = await call.vault.find(call.path)
    if wanted.protected or wanted.refused:
        return _multistatus(call.href(call.path, node.is_folder), _failures(wanted))
    kept = {**node.properties, **wanted.dead}
    if sum([len(element) for element in kept.values() if element]) > MAX_KEPT:
        raise TooLarge(f"The properties of a node may have {MAX_KEPT} characters in all.")
    epoch = wanted.times.get(LAST_MODIFIED)
    await call.vault.set_properties(
        call.path,
        wanted.dead,
        modified_at=wanted.times.get(MODIFICATION_TIME, epoch),
        created_at=wanted.times.get(CREATION_TIME),
        condition=condition,
        tokens=call.tokens,
    )
    done = propstat("".join([empty_element(name) for name in wanted.names]), 200)
    return _multistatus(call.href(call.path, node.is_folder), done)


def _failures(wanted: Update) -> str:
    protected = [name for name in wanted.names if name in wanted.protected]
    refused = [name for name in wanted.names if name in wanted.refused]
    others = [n for n in wanted.names if n not in wanted.protected and n not in wanted.refused]
    groups = (
        (protected, 403, "cannot-modify-protected-property"),
        (refused, 409, ""),
        (others, 424, ""),
    )
    return "".join(
        [
            propstat("".join([empty_element(name) for name in names]), status, condition)
            for names, status, condition in groups
            if names
        ]
    )


def _multistatus(href: str, content: str) -> Reply:
    text = f"{MULTISTATUS_START}{response(href, content)}{MULTISTATUS_END}"
    return Reply(207, XML_FIELDS, text.encode())
