"""Where something new is put: folders made where they are missing, a name that is free."""

from __future__ import annotations

from vault_core.errors import NodeExists, NodeNotFound
from vault_core.vault.nodes.names import Path, numbered
from vault_core.vault.vault import Vault


async def folders(vault: Vault, top: Path, names: Path) -> Path:
    """The folder `names` below `top`, made where it is missing."""
    place = top
    for name in names:
        place = (*place, name)
        if not await is_taken(vault, place):
            try:
                await vault.make_folder(place)
            except NodeExists:  # another document of the same folder came at the same moment
                continue
    return place


async def free_name(vault: Vault, folder: Path, name: str) -> str:
    """The name, or the first of `name (2)`, `name (3)`, … that nothing in the folder has."""
    free, number = name, 2
    while await is_taken(vault, (*folder, free)):
        free, number = numbered(name, number), number + 1
    return free


async def is_taken(vault: Vault, path: Path) -> bool:
    """Whether something lies there."""
    try:
        await vault.find(path)
    except NodeNotFound:
        return False
    return True
