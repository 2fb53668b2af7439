"""Secrets in: from standard input, a prompt or a file, never from an argument that others list."""

from __future__ import annotations

import sys
import warnings
from getpass import GetPassWarning
from pathlib import Path
from typing import TYPE_CHECKING

from vault_core.errors import AccessDenied, BadRequest

if TYPE_CHECKING:
    from vault_core.crypto.slots import SlotKind
    from vault_core.vault.vault import Vault
    from vault_core.vault.vaults import Vaults


def ask(what: str, from_stdin: bool, *, confirm: bool = False) -> str:
    """One secret: the next line of standard input, or typed unseen. Raises BadRequest if empty."""
    if from_stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
    else:
        import typer

        try:
            with warnings.catch_warnings():  # without a terminal, a line comes that nothing echoes
                warnings.simplefilter("ignore", GetPassWarning)
                secret = typer.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
        except typer.Abort:  # nobody is there to type
            secret = ""
    if not secret:
        raise BadRequest(f"{what}: nothing was given.")
    return secret


def identity_in(file: Path) -> str:
    """The identity in an age identity file."""
    lines = [line.strip() for line in file.read_text("utf-8", "replace").splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


async def unlock(vaults: Vaults, username: str, secret: str) -> Vault:
    """Open a vault by its owner's password or by a printed code. Raises AccessDenied.

    App passwords open WebDAV only, so they are refused here.
    """
    from vault_core.crypto.codes import parse_code

    try:
        parse_code(secret)
    except AccessDenied:
        kinds: tuple[SlotKind, ...] = ()
    else:
        kinds = ("activation", "recovery")
    for kind in kinds:
        try:
            return await vaults.open_by_code(kind, username, secret)
        except AccessDenied:
            continue
    try:
        return await vaults.open_password(username, secret)
    except AccessDenied:
        raise AccessDenied(
            f"That is neither a password nor a printed code of {username}."
        ) from None
