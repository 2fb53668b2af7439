"""`parchemin demo`: an institution to look at, with three students and real deliveries."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Listen

SHOWN = ("username", "password", "activation_code", "app_password")
_KEPT = "Ctrl+C ends it; it stays in its folder."
_THROWN_AWAY = "Ctrl+C ends it and throws everything away; with --data DIR it is kept."


def demo(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Keep the demonstration there; otherwise it is thrown away."),
    ] = None,
    listen: Listen = None,
    once: Annotated[bool, typer.Option("--once", help="Prepare and print, do not serve.")] = False,
    as_json: AsJson = False,
) -> None:
    """Serve an invented institution.

    Three students, deliveries into their vaults, and their credentials, printed.
    """
    from vault_core.cli.demonstration.institution import prepare
    from vault_core.cli.institution.serving import announce, with_options
    from vault_core.cli.running import settings_of

    kept = data is not None
    with ExitStack() as stack:
        if data is None and once:
            data = Path(tempfile.mkdtemp(prefix="parchemin-demo-"))
        elif data is None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parchemin-demo-")))
        if not once:
            _must_be_free(with_options(settings_of(data), listen, None).server.listen)
        facts = prepare(data, listen)
        settings = with_options(settings_of(data), listen, None)
        facts |= {"data": str(data), "address": f"http://{settings.server.listen}"}
        show(facts, as_json)
        if once:
            return
        if not as_json:
            output.say(f"{_KEPT if kept else _THROWN_AWAY}\n")
        from vault_core.serving.workers import serve as serve_institution

        serve_institution(data, settings, announce)


def _must_be_free(address: str) -> None:
    """Raises SettingsError if nobody can listen there: told before anything is made."""
    from vault_core.serving.listening import listen

    listen(address).close()


def show(facts: dict[str, Any], as_json: bool) -> None:
    """Who there is and how to come in."""
    if as_json:
        output.show_json(facts)
        return
    person = facts["persons"][0]
    dav = f"{facts['address']}/dav/"
    lines = [
        f"A demonstration institution is in {facts['data']}. Everybody in it is invented.",
        "",
        *(_line(one) for one in facts["persons"]),
        "",
        "Delivered: " + ", ".join(f"{n} × {t}" for t, n in facts["delivered"].items()),
        "",
        f"Pages:  {facts['address']}/ with a username and a password, or an activation code",
        f"WebDAV: {dav} with a username and an app password, for example:",
        f"  curl -u {person['username']}:{person['app_password']} {dav}",
        "",
    ]
    for line in lines:
        output.say(line)


def _line(person: dict[str, Any]) -> str:
    known = (f"{key.replace('_', ' ')} {person[key]}" for key in SHOWN if person.get(key))
    return "  " + " · ".join(known)
