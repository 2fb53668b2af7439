"""Running a piece of work inside an opened institution."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.settings import Settings

T = TypeVar("T")


def settings_of(data: Path) -> Settings:
    """The settings of the institution in that directory. Raises SettingsError."""
    from vault_core.settings import load_settings

    return load_settings(data, os.environ)


def inside(
    data: Path,
    work: Callable[[Institution], Awaitable[T]],
    settings: Settings | None = None,
) -> T:
    """What `work` gives for the institution in `data`, which is closed again afterwards.

    `settings` where they are not those of the file and the environment alone.
    """
    import asyncio

    from vault_core.app.opening import open_institution

    async def run() -> T:
        async with open_institution(data, settings or settings_of(data)) as institution:
            return await work(institution)

    return asyncio.run(run())
