"""Connecting a device: app passwords, and how each system is told about the vault."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aiohttp import web

from vault_core.errors import BadRequest, NodeNotFound
from vault_core.issuing.symbols.barcodes import qr
from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.web.visit import Visit

SYSTEMS: Final[Mapping[str, int]] = {
    "windows": 4, "macos": 3, "gnome": 3, "kde": 2, "ios": 3, "android": 3, "rclone": 1, "davfs": 2,
}  # fmt: skip
"""What can be connected, and in how many steps its catalogue tells it."""
_SHELL: Final[Mapping[str, str]] = {
    "windows": "net use * {url} /user:{username} *",
    "gnome": "gio mount {scheme}://{user}@{host}/dav/",
    "kde": "dolphin web{scheme}://{user}@{host}/dav/",
    "rclone": "rclone config create parchemin webdav url={url} vendor=other user={username} "
    "pass={token} --obscure\nrclone ls parchemin:",
    "davfs": "sudo mount -t davfs -o uid=$USER {url} /mnt\n{username}\n{token}",
}
LABEL_LENGTH: Final = 60


def commands(visit: Visit, token: str) -> dict[str, str]:
    """A command for each system that has one, ready to be pasted."""
    server, username = visit.server_url, visit.vault.username
    scheme, _, host = server.partition("://")
    values = {
        "url": f"{server}/dav/",
        "host": host,
        "scheme": "davs" if scheme == "https" else "dav",
        "username": username,
        "user": quote(username, safe=""),
        "token": token or visit.t("devices.token"),
    }
    return {system: command.format(**values) for system, command in _SHELL.items()}


async def _show(visit: Visit, *, token: str = "", label: str = "") -> web.StreamResponse:
    found = await keyslots.listing(visit.vault)
    return visit.page(
        "devices.html", section="devices", token_shown=token, label=label, qr=_qr(token),
        url=f"{visit.server_url}/dav/", systems=SYSTEMS, commands=commands(visit, token),
        devices=[slot for slot in reversed(found) if slot.kind == "app-password"],
        plain_http=not visit.server_url.startswith("https://"),
    )  # fmt: skip


def _qr(token: str) -> str:
    """A picture of the token for a phone's camera, as the address of an image; "" for none."""
    if not token:
        return ""
    return f"data:image/png;base64,{base64.b64encode(qr(token).png).decode()}"


async def page(visit: Visit) -> web.StreamResponse:
    """What is connected, and how to connect more."""
    return await _show(visit)


async def add(visit: Visit) -> web.StreamResponse:
    """A new app password, in this one answer and never again."""
    fields = await visit.form()
    label = " ".join(fields.get("label", "").split())[:LABEL_LENGTH]
    if not label:
        raise BadRequest
    _, token = await keyslots.add_app_password(visit.vault, label)
    return await _show(visit, token=token, label=label)


async def revoke(visit: Visit) -> web.StreamResponse:
    """An app password opens nothing any more."""
    fields = await visit.form()
    await revoke_slot(visit.vault, fields.get("slot", ""), "app-password")
    return visit.go("/account/devices?done=revoked")


async def revoke_slot(vault: Vault, text: str, kind: str) -> None:
    """Revoke a slot if it is of that kind, so that no form revokes more than it shows."""
    try:
        wanted = SlotId(bytes.fromhex(text))
    except ValueError:
        raise NodeNotFound from None
    await keyslots.revoke_of(vault, wanted, frozenset({kind}))
