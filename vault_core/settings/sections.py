"""Every setting: its name, its type, its bounds and its default.

Sizes are bytes, times are seconds unless the name says days. Relative paths start at the data
directory. What a running server takes up without a restart is marked `LIVE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from vault_core.settings.directories import Cas, Ldap, Leaving, Oidc, Recovery
from vault_core.settings.notifying import Mail, Webhooks
from vault_core.settings.section import LIVE, Section
from vault_core.settings.values import Listen, Network, Size, Url, Words

GB = 10**9
DAY = 86_400


class Server(Section):
    """How the server is reached, and how much it accepts."""

    listen: Listen = "127.0.0.1:8080"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    public_url: Annotated[Url, LIVE] = ""
    trusted_proxies: Annotated[tuple[Network, ...], Words, LIVE] = ()
    max_document: Annotated[Size, Field(ge=1), LIVE] = 5 * GB
    max_request: Annotated[Size, Field(ge=4096)] = 1024 * 1024
    body_timeout: Annotated[float, Field(gt=0, le=3600)] = 30
    idle_timeout: Annotated[float, Field(gt=0, le=3600)] = 30
    stop_timeout: Annotated[float, Field(ge=0, le=600)] = 30
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 0


class Institution(Section):
    """Who runs this server."""

    name: Annotated[str, Field(min_length=1, max_length=200), LIVE] = "Parchemin"
    languages: Annotated[tuple[Literal["fr", "en"], ...], Words, Field(min_length=1), LIVE] = (
        "fr",
        "en",
    )
    contact: Annotated[str, Field(max_length=200), LIVE] = ""


class VaultRules(Section):
    """What every person's vault is allowed, and what it keeps."""

    quota: Annotated[Size, Field(ge=0), LIVE] = 5 * GB
    trash_days: Annotated[int, Field(ge=0, le=3650), LIVE] = 30
    version_count: Annotated[int, Field(ge=0, le=1000), LIVE] = 10
    version_days: Annotated[int, Field(ge=0, le=3650), LIVE] = 90
    closing_days: Annotated[int, Field(ge=1, le=365), LIVE] = 30
    idle_seconds: Annotated[float, Field(ge=0, le=DAY), LIVE] = 300
    recipient: Literal["mlkem768x25519", "x25519"] = "mlkem768x25519"
    inline_limit: Annotated[Size, Field(ge=0, le=1024 * 1024)] = 64 * 1024


class Storage(BaseModel):
    """Where blobs are kept; each backend has a table of its own, `[storage.<name>]`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, dict[str, Any]] = Field(init=False)

    backend: Annotated[str, Field(min_length=1)] = "local"
    at_once: Annotated[int, Field(ge=1, le=1000)] = 32
    read_back: bool = True
    cache_path: Annotated[str, Field(min_length=1)] = "cache"
    cache_size: Annotated[Size, Field(ge=0)] = 1 * GB
    local: dict[str, Any] = Field(default_factory=lambda: {"path": "blobs"})

    def options(self) -> Mapping[str, Any]:
        """The table of the chosen backend, empty if the file has none; the backend checks it."""
        tables: dict[str, dict[str, Any]] = {"local": self.local, **self.__pydantic_extra__}
        return tables.get(self.backend, {})


class Catalog(Section):
    """Where the catalog is kept."""

    path: Annotated[str, Field(min_length=1)] = "catalog.sqlite3"
    url: SecretStr = SecretStr("")
    connections: Annotated[int, Field(ge=2, le=100)] = 8


class Plugins(Section):
    """Which plugins are loaded; no other one is."""

    enabled: Annotated[tuple[str, ...], Words] = ("local", "bac")


class Issuing(Section):
    """How certificates are made."""

    processes: Annotated[int, Field(ge=0, le=64)] = 0
    letters_recipient: Annotated[str, Field(max_length=4000)] = ""
    review_days: Annotated[int, Field(ge=8, le=3650), LIVE] = 90


class Hsm(Section):
    """Where seal keys lie that never leave their hardware; "" where there is none."""

    library: Annotated[str, Field(max_length=4096)] = ""
    token: Annotated[str, Field(max_length=64)] = ""
    pin: SecretStr = SecretStr("")


class Timestamps(Section):
    """Who says when a seal was made (RFC 3161); nobody while `url` is empty."""

    url: Url = ""
    roots: Annotated[str, Field(max_length=4096)] = ""
    user: Annotated[str, Field(max_length=200)] = ""
    password: SecretStr = SecretStr("")
    long_term: bool = False


class Drop(Section):
    """Folders in which issuers put their files; "" where there are none."""

    path: Annotated[str, Field(max_length=4096)] = ""
    after: Literal["archive", "remove"] = "archive"
    settle_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 5
    wait_seconds: Annotated[float, Field(ge=0, le=DAY)] = 600


class Dav(Section):
    """Limits of WebDAV."""

    depth_limit: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    lock_seconds_max: Annotated[int, Field(ge=60, le=30 * DAY)] = DAY


class Throttle(Section):
    """How guessing is slowed down: failed attempts in a row before further ones have to wait."""

    failures: Annotated[int, Field(ge=1, le=1000), LIVE] = 10
    address_failures: Annotated[int, Field(ge=1, le=100_000), LIVE] = 100
    recover_seconds: Annotated[float, Field(gt=0, le=DAY), LIVE] = 30
    account_failures: Annotated[int, Field(ge=1, le=100_000), LIVE] = 50
    account_recover_seconds: Annotated[float, Field(gt=0, le=30 * DAY), LIVE] = 1800


class SignIn(Section):
    """How people prove who they are."""

    fresh_seconds: Annotated[int, Field(ge=30, le=DAY), LIVE] = 600
    custody: Annotated[Literal["person", "server"], LIVE] = "person"


class Log(Section):
    """What the server says on its standard error."""

    requests: Annotated[bool, LIVE] = False
    level: Annotated[Literal["debug", "info", "warning", "error"], LIVE] = "info"
    format: Literal["text", "json"] = "text"


class Metrics(Section):
    """Who may read /metrics."""

    readers: Annotated[tuple[Network, ...], Words, LIVE] = ("127.0.0.1/32", "::1/128")
    token: Annotated[SecretStr, LIVE] = SecretStr("")


class Tracing(Section):
    """Where traces go; needs the extra `otel`."""

    endpoint: Annotated[Url, Field()] = ""
    ratio: Annotated[float, Field(ge=0, le=1)] = 0.01


class Settings(BaseModel):
    """All of them. Made by `load_settings`, which knows the file and the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: Server = Server()
    institution: Institution = Institution()
    vault: VaultRules = VaultRules()
    storage: Storage = Storage()
    catalog: Catalog = Catalog()
    plugins: Plugins = Plugins()
    issuing: Issuing = Issuing()
    hsm: Hsm = Hsm()
    timestamps: Timestamps = Timestamps()
    drop: Drop = Drop()
    dav: Dav = Dav()
    throttle: Throttle = Throttle()
    sign_in: SignIn = SignIn()
    oidc: Oidc = Oidc()
    cas: Cas = Cas()
    ldap: Ldap = Ldap()
    recovery: Recovery = Recovery()
    mail: Mail = Mail()
    webhooks: Webhooks = Webhooks()
    leaving: Leaving = Leaving()
    log: Log = Log()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
