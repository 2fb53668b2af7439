"""PROPFIND (RFC 4918 section 9.1): of one node, of a folder, or of a bounded tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aiohttp import web

from vault_core.dav import body, xml_in
from vault_core.dav.call import DEPTH_INFINITY, Call
from vault_core.dav.clark import dav
from vault_core.dav.errors import XML_FIELDS, RefusedError
from vault_core.dav.paths import quoted
from vault_core.dav.properties import LIVE, QUOTA, Facts, Live, Render, applies
from vault_core.dav.reply import send_text
from vault_core.dav.xml_out import (
    MULTISTATUS_END,
    MULTISTATUS_START,
    empty_element,
    propstat,
    response,
)
from vault_core.errors import BadRequest, TooLarge
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Lock, Node

_CACHED_BODY: Final = 2048
"""Bytes: a client sends the same few bodies all day, and they name properties, not secrets."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The live properties to give for one kind of node, and those it does not have."""

    found: tuple[Render, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class Question:
    """A PROPFIND body, made ready to be answered for many nodes."""

    folders: Wanted
    documents: Wanted
    dead: tuple[str, ...]
    """Dead properties that are asked for by name."""
    all_dead: bool
    names_only: bool
    quota: bool
    """Whether RFC 4331's properties are asked for."""
    locks: bool


def question(document: bytes) -> Question:
    """Read a body; an empty one asks for all (section 9.1).

    Raises BadRequest if it is no DAV:propfind, and what `xml_in.parse` raises.
    """
    return _cached(document) if len(document) <= _CACHED_BODY else _question(document)


def _question(document: bytes) -> Question:
    if not document:
        return _all(())
    root = xml_in.parse(document)
    if root.name != dav("propfind"):
        raise BadRequest("The body of PROPFIND is a DAV:propfind element.")
    prop, include = root.child("prop"), root.child("include")
    everything, names = root.child("allprop"), root.child("propname")
    if sum(part is not None for part in (prop, everything, names)) != 1:
        raise BadRequest("DAV:propfind holds one of DAV:prop, DAV:allprop and DAV:propname.")
    if prop is not None:
        return _named(tuple(dict.fromkeys([child.name for child in prop.children])))
    if names is not None:
        return _all((), names_only=True)
    return _all(tuple([child.name for child in include.children]) if include else ())


_cached = lru_cache(maxsize=64)(_question)


def _all(included: tuple[str, ...], *, names_only: bool = False) -> Question:
    default = [name for name, live in LIVE.items() if live.in_allprop or names_only]
    extra = [name for name in dict.fromkeys(included) if name in LIVE and name not in default]
    names = tuple(default + extra)
    return Question(
        _wanted(names, folder=True, only_found=True),
        _wanted(names, folder=False, only_found=True),
        dead=(),
        all_dead=True,
        names_only=names_only,
        quota=not QUOTA.isdisjoint(names) and not names_only,
        locks=True,
    )


def _named(names: tuple[str, ...]) -> Question:
    return Question(
        _wanted(names, folder=True),
        _wanted(names, folder=False),
        dead=tuple([name for name in names if name not in LIVE]),
        all_dead=False,
        names_only=False,
        quota=not QUOTA.isdisjoint(names),
        locks=dav("lockdiscovery") in names,
    )


def _wanted(names: tuple[str, ...], *, folder: bool, only_found: bool = False) -> Wanted:
    def has(live: Live) -> bool:
        return live.folders if folder else live.documents

    live = [(name, LIVE[name]) for name in names if name in LIVE]
    found = tuple([part.render for _, part in live if has(part)])
    missing = "".join([empty_element(name) for name, part in live if not has(part)])
    return Wanted(found, "" if only_found else missing)


def entry(asked: Question, href: str, node: Node, facts: Facts) -> str:
    """The DAV:response of one node."""
    if asked.names_only:
        return response(href, propstat(_names_of(node), 200))
    wanted = asked.folders if node.is_folder else asked.documents
    found = [render(node, facts) for render in wanted.found]
    missing = wanted.missing
    kept = node.properties
    if asked.all_dead and kept:
        found += [element for name, element in kept.items() if name not in LIVE]
    for name in asked.dead:
        if (element := kept.get(name)) is not None:
            found.append(element)
        else:
            missing += empty_element(name)
    parts = propstat("".join(found), 200) if found or not missing else ""
    return response(href, parts + propstat(missing, 404) if missing else parts)


def _names_of(node: Node) -> str:
    live = [name for name, live in LIVE.items() if applies(live, node)]
    return "".join([empty_element(name) for name in dict.fromkeys([*live, *node.properties])])


async def propfind(call: Call) -> web.StreamResponse:
    """Answer 207 with an entry a node; streamed, so that memory does not grow with the folder."""
    depth = call.depth(DEPTH_INFINITY)
    asked = question(await body.read(call.request, call.site.limits, xml_in.MAX_BODY))
    node = await call.vault.find(call.path)
    locks = await _Locks.of(call, node if depth != "0" and asked.locks else None, asked.locks)
    facts = Facts(
        now=call.now,
        quota=await call.vault.quota() if asked.quota else None,
        roots=await call.lock_roots((*locks.above, *locks.below)),
    )
    listed = _Listing(call, asked, facts, locks)
    if depth == DEPTH_INFINITY and node.is_folder:
        entries = listed.tree(await _walk(call))
    elif depth == "1" and node.is_folder:
        entries = listed.folder(node, await call.vault.children(node))
    else:
        entries = iter([listed.one(call.path, node)])
    parts = _framed(entries)
    return await send_text(call.request, 207, XML_FIELDS, parts)


async def _walk(call: Call) -> list[tuple[Path, Node]]:
    limit = call.site.limits.max_nodes
    try:
        return await call.vault.walk(call.path, limit)
    except TooLarge:
        raise RefusedError(
            403,
            f"This folder holds more than {limit} nodes; list it with Depth 1.",
            "propfind-finite-depth",
        ) from None


def _framed(entries: Iterable[str]) -> Iterator[str]:
    yield MULTISTATUS_START
    yield from entries
    yield MULTISTATUS_END


@dataclass(frozen=True, slots=True)
class _Locks:
    """The locks on the request's node and below, looked up once for the whole answer."""

    above: tuple[Lock, ...]
    below: tuple[Lock, ...]

    @classmethod
    async def of(cls, call: Call, tree: Node | None, wanted: bool) -> _Locks:
        if not wanted:
            return cls((), ())
        below = await call.vault.locks_under(call.path) if tree and tree.is_folder else []
        return cls(tuple(await call.vault.locks_on(call.path)), tuple(below))

    def on(self, path: Path) -> tuple[Lock, ...]:
        """Those that cover a node below: its own, and infinite ones of folders above it."""
        return tuple(
            [
                lock
                for lock in (*self.above, *self.below)
                if lock.path == path or (lock.infinite and path[: len(lock.path)] == lock.path)
            ]
        )


@dataclass(frozen=True, slots=True)
class _Listing:
    """Entries of many nodes, made one at a time."""

    call: Call
    asked: Question
    facts: Facts
    locks: _Locks

    def one(self, path: Path, node: Node) -> str:
        """The entry of one node."""
        return entry(self.asked, self.call.href(path, node.is_folder), node, self._facts(path))

    def tree(self, nodes: Iterable[tuple[Path, Node]]) -> Iterator[str]:
        """Entries of nodes with their paths."""
        for path, node in nodes:
            yield self.one(path, node)

    def folder(self, folder: Node, children: Iterable[Node]) -> Iterator[str]:
        """Entries of a folder and of what is in it."""
        path = self.call.path
        yield self.one(path, folder)
        base = self.call.href(path, is_folder=True)
        asked, facts, locked = self.asked, self.facts, bool(self.locks.above or self.locks.below)
        for node in children:
            href = base + quoted(node.name) + ("/" if node.is_folder else "")
            if locked:
                facts = self._facts((*path, node.name))
            yield entry(asked, href, node, facts)

    def _facts(self, path: Path) -> Facts:
        locks = self.locks.on(path)
        if not locks:
            return self.facts
        return Facts(self.facts.now, locks, self.facts.quota, self.facts.roots)
