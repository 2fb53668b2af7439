"""The If header (RFC 4918 section 10.4): its whole grammar, and its evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vault_core.errors import BadRequest

MAX_RESOURCES: Final = 32
"""Resources one header may tag; each costs a look-up."""

_TOKEN = re.compile(
    r"\s*(?:(?P<coded><[^<>\s]+>)|(?P<open>\()|(?P<close>\))|(?P<negation>Not\b)"
    r'|\[\s*(?P<etag>(?:W/)?"[^"\x00-\x20\x7f]*")\s*\])',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: a state token, or an entity tag as written, perhaps negated."""

    negated: bool
    token: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ConditionList:
    """Conditions that must all hold of one resource; None is the request's own."""

    resource: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ResourceState:
    """What conditions are compared with: the entity tag as sent ("" for none) and lock tokens."""

    etag: str
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class IfHeader:
    """A parsed header: it holds if any of its lists does."""

    lists: tuple[ConditionList, ...]

    @property
    def tokens(self) -> frozenset[str]:
        """Every state token in it; to be named is to be submitted (section 10.4.1)."""
        return frozenset(
            [part.token for entry in self.lists for part in entry.conditions if part.token]
        )

    @property
    def resources(self) -> frozenset[str | None]:
        """Those whose state `holds` must be given."""
        return frozenset([entry.resource for entry in self.lists])

    @property
    def etags_of_request(self) -> bool:
        """Whether a condition compares the entity tag of the request's own resource."""
        return any(
            part.etag for entry in self.lists if entry.resource is None for part in entry.conditions
        )

    def holds(self, states: Mapping[str | None, ResourceState]) -> bool:
        """Whether one of the lists holds; `states` has every one of `resources`."""
        return any(
            all(_matches(part, states[entry.resource]) for part in entry.conditions)
            for entry in self.lists
        )


def _matches(condition: Condition, state: ResourceState) -> bool:
    """Section 10.4.4: a token in scope, or the same strong entity tag; DAV:no-lock never is."""
    if condition.token:
        return (condition.token in state.tokens) != condition.negated
    return (bool(state.etag) and condition.etag == state.etag) != condition.negated


def parse(text: str) -> IfHeader:
    """Raises BadRequest if the text does not follow the grammar of section 10.4.2."""
    lists: list[ConditionList] = []
    resource: str | None = None
    tagged = False
    pending = False  # a tag whose first list has not come
    scanner = _Scanner(text)
    while (kind := scanner.next()) is not None:
        if kind == "coded" and (tagged or not lists) and not pending:
            resource, tagged, pending = scanner.value[1:-1], True, True
        elif kind == "open":
            lists.append(ConditionList(resource, _conditions(scanner)))
            pending = False
        else:
            raise _malformed()
    if not lists or pending:
        raise _malformed()
    header = IfHeader(tuple(lists))
    if len(header.resources) > MAX_RESOURCES:
        raise BadRequest(f"The If header may name {MAX_RESOURCES} resources.")
    return header


def _conditions(scanner: _Scanner) -> tuple[Condition, ...]:
    found: list[Condition] = []
    negated = False
    while (kind := scanner.next()) != "close":
        if kind == "negation" and not negated:
            negated = True
            continue
        if kind == "coded":
            found.append(Condition(negated, token=scanner.value[1:-1]))
        elif kind == "etag":
            found.append(Condition(negated, etag=scanner.value))
        else:
            raise _malformed()
        negated = False
    if not found or negated:
        raise _malformed()
    return tuple(found)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._position = 0
        self.value = ""

    def next(self) -> str | None:
        """The kind of the next token, its text in `value`; None at the end."""
        if self._position == len(self._text):
            return None
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup is None:
            raise _malformed()
        self._position = match.end()
        self.value = match.group(match.lastgroup)
        return match.lastgroup


def _malformed() -> BadRequest:
    return BadRequest("The If header does not follow RFC 4918 section 10.4.")
