"""What this server can do (RFC 7643 sections 5 to 7)."""

from __future__ import annotations

from typing import Any, Final

from vault_core.scim.users import PERSON, USER

PAGE: Final = 100
"""Accounts on one page where nobody says how many."""
MOST: Final = 200
"""Accounts on one page at most."""
_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
_TYPE: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


def config(base: str) -> dict[str, Any]:
    """ServiceProviderConfig."""
    return {
        "schemas": [_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "pagination": {
            "cursor": True, "index": True, "defaultPaginationMethod": "index",
            "defaultPageSize": PAGE, "maxPageSize": MOST,
        },
        "etag": {"supported": True},
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token",
            "description": "Made with 'parchemin provisioner add'.",
        }],
        "meta": _meta("ServiceProviderConfig", f"{base}/ServiceProviderConfig"),
    }  # fmt: skip


def resource_types(base: str) -> list[dict[str, Any]]:
    """There is one: User."""
    return [{
        "schemas": [_TYPE], "id": "User", "name": "User", "endpoint": "/Users",
        "description": "Who has a vault", "schema": USER,
        "schemaExtensions": [{"schema": PERSON, "required": False}],
        "meta": _meta("ResourceType", f"{base}/ResourceTypes/User"),
    }]  # fmt: skip


def schemas(base: str) -> list[dict[str, Any]]:
    """The attributes that are kept."""
    name = _attribute("name", "complex", "Names")
    name["subAttributes"] = [
        _attribute("givenName", "string", "Given name"),
        _attribute("familyName", "string", "Family name"),
    ]
    user = [
        _attribute("userName", "string", "Who signs in here", required=True, uniqueness="server"),
        name,
        _attribute("active", "boolean", "Whether they belong to the institution"),
    ]
    person = [
        _attribute("ine", "string", "National student number", uniqueness="server"),
        _attribute("birthDate", "dateTime", "Birth date; the time of day is ignored"),
    ]
    return [
        _schema(USER, "User", "An account", user, base),
        _schema(PERSON, "Person", "What certificates are matched by", person, base),
    ]


def _schema(
    urn: str, name: str, description: str, attributes: list[dict[str, Any]], base: str
) -> dict[str, Any]:
    return {
        "schemas": [_SCHEMA], "id": urn, "name": name, "description": description,
        "attributes": attributes, "meta": _meta("Schema", f"{base}/Schemas/{urn}"),
    }  # fmt: skip


def _attribute(
    name: str, kind: str, description: str, *, required: bool = False, uniqueness: str = "none"
) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "multiValued": False, "description": description,
        "required": required, "caseExact": False, "mutability": "readWrite",
        "returned": "default", "uniqueness": uniqueness,
    }  # fmt: skip


def _meta(kind: str, location: str) -> dict[str, Any]:
    return {"resourceType": kind, "location": location}
