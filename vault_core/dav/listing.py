"""GET on a folder: a plain page for people who open the address in a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import hdrs, web

from vault_core.api import Language, Text
from vault_core.dav.call import Call
from vault_core.dav.paths import quoted
from vault_core.dav.reply import Reply, send_text
from vault_core.dav.xml_out import escape
from vault_core.http.times import iso_date
from vault_core.vault.nodes.node import Node

_FIELDS: Final = (
    b"Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    b"Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'\r\nCache-Control: private, no-store\r\n"
    b"Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n"
    b"Vary: Accept-Language\r\n"
)
_TITLE: Final = Text("Dossier", "Folder")
_EMPTY: Final = Text("Ce dossier est vide.", "This folder is empty.")
_UP: Final = Text("Dossier parent", "Parent folder")
_NAME: Final = Text("Nom", "Name")
_SIZE: Final = Text("Taille (octets)", "Size (bytes)")
_MODIFIED: Final = Text("Modifié (UTC)", "Modified (UTC)")


async def listing(call: Call, folder: Node) -> web.StreamResponse:
    """A table of names, sizes and times, without style or script; streamed."""
    if call.request.method == "HEAD":
        return Reply(200, _FIELDS, length=-1)
    accepted = call.request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    language: Language = "en" if accepted.strip().lower().startswith("en") else "fr"
    children = await call.vault.children(folder)
    return await send_text(call.request, 200, _FIELDS, _page(call, children, language))


def _page(call: Call, children: Iterable[Node], language: Language) -> Iterator[str]:
    title = f"{_TITLE[language]} /{escape('/'.join(call.path))}"
    yield (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head>\n<body><h1>{title}</h1>\n"
    )
    if call.path:
        yield f'<p><a href="{call.href(call.path[:-1], is_folder=True)}">{_UP[language]}</a></p>\n'
    rows = _rows(call.href(call.path, is_folder=True), children)
    first = next(rows, None)
    if first is None:
        yield f"<p>{_EMPTY[language]}</p>\n"
    else:
        heads = "".join(
            [f'<th scope="col">{head[language]}</th>' for head in (_NAME, _SIZE, _MODIFIED)]
        )
        yield f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{first}"
        yield from rows
        yield "</tbody></table>\n"
    yield "</body></html>\n"


def _rows(base: str, children: Iterable[Node]) -> Iterator[str]:
    for node in children:
        slash = "/" if node.is_folder else ""
        modified = iso_date(node.modified_at)
        yield (
            f'<tr><td><a href="{base}{quoted(node.name)}{slash}">{escape(node.name)}{slash}</a>'
            f"</td><td>{'' if node.is_folder else node.size}</td>"
            f'<td><time datetime="{modified}">{modified[:10]} {modified[11:16]}</time></td></tr>\n'
        )
