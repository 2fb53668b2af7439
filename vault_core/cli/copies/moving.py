"""`parchemin migrate`: to PostgreSQL and back, from the disk to S3 and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.copies.copying import teller
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import settings_of

if TYPE_CHECKING:
    from vault_core.settings import Settings


def migrate(
    data: Data,
    to_catalog: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="PARCHEMIN_TO_CATALOG",
            help="postgresql://… or sqlite:FILE. A password is safer in PARCHEMIN_TO_CATALOG.",
            show_default=False,
        ),
    ] = None,
    to_storage: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A blob store that has its table [storage.NAME]."),
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Freeze the old catalog, copy the rest, and prove it.")
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Stay: let the present catalog be changed again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move catalog or blobs to another engine.

    Copies while the institution is served; interrupted and run again, it goes on. With --finish,
    nothing can be changed from then until the server starts with its new settings. Nothing is
    decrypted.
    """
    import asyncio

    from vault_core.app import copies
    from vault_core.copies.progress import Progress

    settings = settings_of(data)
    if cancel:
        asyncio.run(copies.cancel_move(data, settings))
        output.show_facts({"moving": False}, as_json)
        return
    to = _destination(settings, to_catalog, to_storage)
    shown = Progress(teller())
    moved = asyncio.run(copies.move(data, settings, to, shown, finish=finish))
    facts: dict[str, Any] = {
        "finished": finish, "blobs": moved.blobs, "rows": moved.rows, "left": moved.left,
        "lacking": list(moved.lacking),
    }  # fmt: skip
    if as_json:
        output.show_json(facts)
    else:
        _tell(facts, to, to_catalog, to_storage)
    if moved.lacking:
        raise typer.Exit(1)


def _destination(settings: Settings, catalog: str | None, storage: str | None) -> Settings:
    """The settings that the institution will have. Raises SettingsError."""
    from vault_core.settings.load import override

    to = settings
    if catalog is not None:
        if catalog.startswith("sqlite:"):
            changes = {"url": "", "path": catalog.removeprefix("sqlite:")}
        else:
            changes = {"url": catalog}
        to = override(to, "catalog", changes)
    if storage is not None:
        to = override(to, "storage", {"backend": storage})
    return to


def _tell(facts: dict[str, Any], to: Settings, catalog: str | None, storage: str | None) -> None:
    output.say(f"Copied and compared: {facts['blobs']} blobs; {facts['rows']} rows changed.")
    for key in facts["lacking"]:
        output.complain(f"Blob {key} is missing in the old store.")
    if not facts["finished"]:
        left = f"{facts['left']} rows still differed" if facts["left"] else "Nothing differed"
        output.say(f"{left} at the last look. When it suits you: the same with --finish.")
        return
    output.say("Everything is there, and nothing differs. Nothing can be changed until you")
    output.say("set in parchemin.toml, and start every server again:")
    if catalog is not None and to.catalog.url.get_secret_value():
        output.say('  [catalog]\n  url = "postgresql://…"   # or PARCHEMIN_CATALOG__URL')
    elif catalog is not None:
        output.say(f'  [catalog]\n  path = "{to.catalog.path}"   # and no url')
    if storage is not None:
        output.say(f'  [storage]\n  backend = "{storage}"')
    output.say("Keep the old catalog and blobs until a backup of the new ones was restored.")
