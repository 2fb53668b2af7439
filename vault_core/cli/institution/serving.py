"""`parchemin serve`: the institution's server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import Data, Listen
from vault_core.cli.running import settings_of

if TYPE_CHECKING:
    from vault_core.settings import Settings


def serve(
    data: Data,
    listen: Listen = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Instead of the setting server.workers.")
    ] = None,
) -> None:
    """Serve the vaults.

    Stops at SIGTERM or Ctrl-C, after finishing the requests in progress.
    """
    from vault_core.serving.workers import serve as serve_institution

    settings = with_options(settings_of(data), listen, workers)
    serve_institution(data, settings, announce)


def with_options(settings: Settings, listen: str | None, workers: int | None) -> Settings:
    """The settings with what the command line says instead. Raises SettingsError."""
    from vault_core.settings.load import override

    changes = {"listen": listen, "workers": workers}
    return override(settings, "server", {k: v for k, v in changes.items() if v is not None})


def announce(address: str) -> None:
    """Say that the server answers now; on standard error, beside the log."""
    output.complain(f"Parchemin serves {address}/ (WebDAV: {address}/dav/)")
