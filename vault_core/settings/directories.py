"""Settings of the directories that say who somebody is."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from vault_core.settings.section import LIVE, Section
from vault_core.settings.values import Url


class Oidc(Section):
    """Single sign-on by OpenID Connect; off while `issuer` is empty."""

    issuer: Annotated[str, LIVE] = ""
    client_id: Annotated[str, LIVE] = ""
    client_secret: Annotated[SecretStr, LIVE] = SecretStr("")
    label: Annotated[str, Field(max_length=60), LIVE] = ""
    scopes: Annotated[str, LIVE] = "openid"
    ine_claim: Annotated[str, LIVE] = ""
    acr_values: Annotated[str, LIVE] = ""
    secret_in_form: Annotated[bool, LIVE] = False


class Cas(Section):
    """Single sign-on by CAS 3; off while `url` is empty."""

    url: Annotated[Url, LIVE] = ""
    label: Annotated[str, Field(max_length=60), LIVE] = ""
    subject_attribute: Annotated[str, Field(max_length=100), LIVE] = ""
    ine_attribute: Annotated[str, Field(max_length=100), LIVE] = ""


class Ldap(Section):
    """Signing in with the password of an LDAP directory; off while `url` is empty."""

    url: Annotated[str, Field(max_length=400), LIVE] = ""
    start_tls: Annotated[bool, LIVE] = True
    ca_file: Annotated[str, Field(max_length=4096), LIVE] = ""
    label: Annotated[str, Field(max_length=60), LIVE] = ""
    bind_dn: Annotated[str, Field(max_length=400), LIVE] = ""
    bind_password: Annotated[SecretStr, LIVE] = SecretStr("")
    base: Annotated[str, Field(max_length=400), LIVE] = ""
    user_filter: Annotated[str, Field(max_length=400), LIVE] = "(uid={username})"
    subject_attribute: Annotated[str, Field(min_length=1, max_length=100), LIVE] = "entryUUID"
    ine_attribute: Annotated[str, Field(max_length=100), LIVE] = ""
    timeout: Annotated[float, Field(gt=0, le=120), LIVE] = 10

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, data: Any) -> Any:
        """What the fields must be together; said before one of them is used."""
        if not isinstance(data, dict) or not data.get("url"):
            return data
        parts = urlsplit(str(data["url"]))
        if parts.scheme not in ("ldap", "ldaps") or not parts.hostname:
            raise ValueError("should have a url such as ldaps://ldap.example.fr")
        protected = parts.scheme == "ldaps" or str(data.get("start_tls", True)).lower() != "false"
        if not protected and not _is_here(parts.hostname):
            raise ValueError("should have an ldaps:// url, or start_tls: passwords go over it")
        if "{username}" not in str(data.get("user_filter", "{username}")):
            raise ValueError("should have {username} in its user_filter")
        return data


class Recovery(Section):
    """How somebody who lost every secret is helped back in."""

    escrow_recipient: Annotated[str, Field(max_length=4000), LIVE] = ""
    wait_days: Annotated[int, Field(ge=1, le=90), LIVE] = 7


class Leaving(Section):
    """What becomes of vaults whose owners leave the institution."""

    keep_days: Annotated[int, Field(ge=30, le=3650), LIVE] = 365


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
