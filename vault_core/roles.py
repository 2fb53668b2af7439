"""Roles, and the statement that every route makes: who may call it.

A route without a statement is a mistake that tests/security/test_roles.py finds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar, get_args

Granted = Literal["operator", "administrator", "auditor"]
"""What an institution grants to a person: operators deliver for issuers, administrators look after
accounts, auditors read the record of acts, all of them at /admin/. None of them reads a vault."""
Role = Literal["public", "person", "device", "operator", "administrator", "auditor", "provisioner"]
"""`public` is everybody, `person` whoever is signed in, `device` an app password or token of a
person, `provisioner` a directory's token for accounts."""

GRANTED: Final[tuple[Granted, ...]] = get_args(Granted)
F = TypeVar("F", bound=Callable[..., Any])
_ATTRIBUTE: Final = "parchemin_roles"


def open_to(*roles: Role) -> Callable[[F], F]:
    """State on a route's handler which roles may call it."""

    def state(handler: F) -> F:
        setattr(handler, _ATTRIBUTE, frozenset(roles))
        return handler

    return state


def roles_of(handler: object) -> frozenset[Role] | None:
    """What was stated; None if nothing was."""
    found: frozenset[Role] | None = getattr(handler, _ATTRIBUTE, None)
    return found
