"""How persons and the institution's programs are told that something happened."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from vault_core.settings.section import LIVE, Section
from vault_core.settings.values import Network, Words


class Mail(Section):
    """The mail server that takes notices; off while `host` or `sender` is empty."""

    host: Annotated[str, Field(max_length=255), LIVE] = ""
    port: Annotated[int, Field(ge=1, le=65_535), LIVE] = 587
    tls: Annotated[Literal["starttls", "tls", "none"], LIVE] = "starttls"
    username: Annotated[str, Field(max_length=255), LIVE] = ""
    password: Annotated[SecretStr, LIVE] = SecretStr("")
    sender: Annotated[str, Field(max_length=255, pattern=r"^(\S+@\S+)?$"), LIVE] = ""
    gather_seconds: Annotated[int, Field(ge=0, le=86_400), LIVE] = 300
    again_hours: Annotated[int, Field(ge=0, le=24 * 31), LIVE] = 24


class Webhooks(Section):
    """Where webhooks may be."""

    allowed_networks: Annotated[tuple[Network, ...], Words, LIVE] = ()
