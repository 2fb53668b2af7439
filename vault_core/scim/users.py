"""The User resource (RFC 7643 section 4.1) and what it says of a person."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from vault_core.errors import BadRequest
from vault_core.scim.errors import ScimError
from vault_core.signin.provisioning import Account, Wanted
from vault_core.store import sound
from vault_core.vault.persons.person import Facts, username

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
PERSON: Final = "urn:parchemin:params:scim:schemas:extension:2.0:Person"
_LONGEST: Final = 200


def resource(account: Account, base: str) -> dict[str, Any]:
    """A person as a User; nothing of their vault."""
    person, facts = account.person, account.person.facts
    created = sound.moment(person.created_at)
    body: dict[str, Any] = {
        "schemas": [USER, PERSON],
        "id": person.id.hex(),
        "userName": person.username,
        "active": account.active,
    }
    name = {"givenName": facts.given_name, "familyName": facts.family_name}
    if any(name.values()):
        body["name"] = {key: value for key, value in name.items() if value}
    if account.external:
        body["externalId"] = account.external
    more = {"ine": facts.ine} if facts.ine else {}
    if facts.birth_date is not None:
        more["birthDate"] = f"{facts.birth_date.isoformat()}T00:00:00Z"
    body |= {PERSON: more} if more else {"schemas": [USER]}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    body["meta"] = {
        "resourceType": "User", "location": f"{base}/Users/{person.id.hex()}",
        "created": created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "version": f'W/"{digest}"',
    }  # fmt: skip
    return body


def wanted(body: Mapping[str, Any], before: Account | None = None) -> Wanted:
    """What a User says an account is to be. Raises BadRequest, ScimError.

    Attribute names are compared without case (RFC 7643 section 2.1); those that are not known,
    passwords among them, are ignored.
    """
    found = folded(body)
    name = found.get("name") or {}
    more = found.get(PERSON.casefold()) or {}
    if not isinstance(name, Mapping) or not isinstance(more, Mapping):
        raise BadRequest("name and extensions are objects.")
    name, more = folded(name), folded(more)
    if not found.get("username"):
        raise BadRequest("userName is missing.")
    active = found.get("active", True)
    if isinstance(active, str) and active.casefold() in ("true", "false"):
        active = active.casefold() == "true"  # as some directories write it
    if not isinstance(active, bool):
        raise BadRequest("active is true or false.")
    also = before.person.facts.also if before is not None else ()
    facts = Facts(
        _text(name, "givenname"), _text(name, "familyname"), _date(_text(more, "birthdate")),
        _text(more, "ine"), also,
    )  # fmt: skip
    return Wanted(username(_text(found, "username")), facts, active, _text(found, "externalid"))


def folded(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members by name without case. Raises ScimError if two are one."""
    found = {str(key).casefold(): value for key, value in body.items()}
    if len(found) != len(body):
        raise ScimError("invalidSyntax", "An attribute is there twice.")
    return found


def is_storable(text: str) -> bool:
    """Whether databases take it: JSON can hold NUL, and halves of characters."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadRequest(f"{name} is a text of {_LONGEST} characters at most.")
    if not is_storable(value):
        raise BadRequest(f"{name} has characters that no database keeps.")
    return value.strip()


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise BadRequest("birthDate is a date such as 2007-03-14.") from None
