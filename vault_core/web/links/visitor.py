"""Links for whoever was sent one: open it, look at what it shows, put documents in.

The secret arrives by POST, from a script that read it in the fragment or from a field it was pasted
into; then a cookie for this one link holds the visit's token. Nothing here opens a vault.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from aiohttp import BodyPartReader, hdrs, web

from vault_core.api import Buffer
from vault_core.errors import (
    BadRequest,
    BoxFull,
    InvalidName,
    IsAFolder,
    LinkNotFound,
    NodeNotFound,
    ParcheminError,
    PinNeeded,
    PinWrong,
    TooLarge,
    VisitOver,
)
from vault_core.http import zips
from vault_core.http.forms import MALFORMED
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.checking.disclosed import Disclosed, verify_disclosed
from vault_core.issuing.checking.disclosed_json import as_json
from vault_core.vault.links.dropping import Receipt, Sender, deposit, read_box
from vault_core.vault.links.showing import is_there, proof_text, share_of
from vault_core.vault.links.visiting import Visited, Visits
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web import formats
from vault_core.web.archives import send_entries
from vault_core.web.links.proofs import shown
from vault_core.web.links.seen import Seen, below
from vault_core.web.sending import send_document
from vault_core.web.serving import public
from vault_core.web.uploads import next_part, part_content, word
from vault_core.web.visit import Site, Visit

COOKIE: Final = "parchemin-visit"
_FIELDS: Final = {"sender": 1000, "note": 10_000}
"""Bytes read of the words that come with a deposit."""
_PRIVATE: Final = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""No other site learns the address, which has no secret; with `no-referrer`, browsers would send
forms with `Origin: null`, which does not tell our own from another site's."""
Handler = Callable[[Visit, Visited], Awaitable[web.StreamResponse]]


class VisitorPages:
    """`/open` and `/l/…`, for everybody who holds a link."""

    def __init__(self, site: Site, visits: Visits, trusting: Trusting) -> None:
        self._site = site
        self._visits = visits
        self._trusting = trusting

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        top = "/l/{link:[0-9a-f]{32}}"
        return [
            web.get("/open", public(self._site, self.enter)),
            web.post("/open", public(self._site, self.open)),
            web.get(f"{top}/{{path:(browse(/.*)?)?}}", self._visited(self.page)),
            web.get(f"{top}/view{{path:(/.*)?}}", self._visited(self.view)),
            web.get(f"{top}/download{{path:(/.*)?}}", self._visited(self.download)),
            web.get(f"{top}/zip{{path:(/.*)?}}", self._visited(self.zip)),
            web.post(f"{top}/deposit", self._visited(self.deposit)),
            web.get(f"{top}/proof.json", self._visited(self.proof_json)),
            web.get(f"{top}/proof.sd-jwt", self._visited(self.proof_sd_jwt)),
        ]

    async def enter(self, visit: Visit) -> web.StreamResponse:
        """The field that a link is pasted into; a script fills it from the fragment."""
        return _entrance(visit)

    async def open(self, visit: Visit) -> web.StreamResponse:
        """Begin a visit. Raises LinkClosed, TooManyAttempts."""
        fields = await visit.form(entering=True)
        text, pin = fields.get("link", "").strip(), fields.get("pin", "").strip()
        try:
            token, row = await self._visits.open(text, pin, visit.address)
        except LinkNotFound as error:
            return _entrance(visit, status=404, problem=visit.t(f"error.{type(error).__name__}"))
        except PinNeeded:
            return _entrance(visit, link=text, asks=True)
        except PinWrong:
            return _entrance(
                visit, status=403, link=text, asks=True, problem=visit.t("error.PinWrong")
            )
        answer = visit.go(f"/l/{row.id.hex()}/")
        answer.set_cookie(
            cookie_name(secure=visit.secure), token, path=f"/l/{row.id.hex()}/",
            secure=visit.secure, httponly=True, samesite="Strict",
        )  # fmt: skip
        answer.headers.update(_PRIVATE)
        return answer

    def _visited(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler for whoever has this link open. Everybody else is told the same."""

        async def answer(visit: Visit) -> web.StreamResponse:
            token = visit.request.cookies.get(cookie_name(secure=visit.secure), "")
            visited = await self._visits.visited(token)
            if visited.row.id.hex() != visit.request.match_info["link"]:
                raise VisitOver
            given = await handler(visit, visited)
            if not given.prepared:
                given.headers.update(_PRIVATE)
            return given

        return public(self._site, answer)

    async def page(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """What the link shows."""
        if visited.kind == "drop":
            return self._box(visit, visited)
        if visited.kind == "proof":
            found = await self._proof(visited)
            seen = shown(visit, found, self._visits.services.clock())
            return visit.page("proof.html", answer=seen, top=_top(visit))
        share, live = share_of(visited), await self._visits.live(visited)
        path = visit.path(f"{_top(visit)}browse")
        node = share.find(path)
        if node.id not in live:
            raise NodeNotFound
        inside = share.children(path) if node.is_folder else [node]
        return visit.page(
            "shared.html", top=_top(visit), path=path, node=node, name=share.top.name,
            crumbs=[(share.find(path[:depth]).name, path[:depth]) for depth in range(len(path))],
            items=[
                Seen(each, (*path, each.name) if node.is_folder else path)
                for each in sorted(inside, key=lambda one: (not one.is_folder, one.name.casefold()))
                if each.id in live
            ],
            until=visited.row.expires_at, left=_left(visited),
        )  # fmt: skip

    async def view(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """A document, shown by the browser where that can do no harm."""
        return await self._document(visit, visited, "view", inline=True)

    async def download(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """A document, to be saved."""
        return await self._document(visit, visited, "download", inline=False)

    async def _document(
        self, visit: Visit, visited: Visited, verb: str, *, inline: bool
    ) -> web.StreamResponse:
        node = share_of(visited).find(visit.path(f"{_top(visit)}{verb}"))
        if node.is_folder:
            raise IsAFolder
        await self._take(visit, visited, node)
        return await send_document(
            visit, node, inline=inline, read=self._visits.read, more=_PRIVATE
        )

    async def _take(self, visit: Visit, visited: Visited, node: Node) -> None:
        if visit.request.method == "HEAD":
            await self._visits.require_live(visited, node)
        else:
            await self._visits.take(visited, node)

    async def zip(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """A folder as one archive, which counts as one download."""
        share, path = share_of(visited), visit.path(f"{_top(visit)}zip")
        top = share.find(path)
        if not top.is_folder:
            raise NodeNotFound
        live = await self._visits.live(visited)
        await self._take(visit, visited, top)
        entries = [
            self._member(at[len(path) :], node)
            for at, node in below(share, path)
            if is_there(node, live)
        ]
        return await send_entries(visit, entries, f"{top.name}.zip")

    def _member(self, path: Path, node: Node) -> zips.Entry:
        name = "/".join(path)
        if node.is_folder:
            return zips.Entry(f"{name}/", 0, node.modified_at, None)

        def read() -> AsyncIterator[Buffer]:
            return self._visits.read(node)

        return zips.Entry(name, node.size, node.modified_at, read)

    async def _proof(self, visited: Visited) -> Disclosed:
        trust = await self._trusting.trust()
        now = dt.datetime.fromtimestamp(self._visits.services.clock(), dt.UTC)
        return await asyncio.to_thread(verify_disclosed, proof_text(visited), trust, now)

    async def proof_json(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """The answer for programs."""
        del visit
        return web.json_response(as_json(await self._proof(visited)))

    async def proof_sd_jwt(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """What the issuer signed and the owner chose, to be verified without this server."""
        del visit
        headers = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="proof.sd-jwt"'}
        text = proof_text(visited)
        return web.Response(text=text, content_type="application/dc+sd-jwt", headers=headers)

    def _box(
        self, visit: Visit, visited: Visited, *, status: int = 200, problem: str = "",
        receipts: tuple[Receipt, ...] = (),
    ) -> web.Response:  # fmt: skip
        row = visited.row
        return visit.page(
            "deposit.html", status=status, top=_top(visit), box=read_box(visited.payload),
            left=_left(visited), problem=problem, receipts=receipts, until=row.expires_at,
            room=max(0, (row.most_bytes or 0) - row.bytes),
        )  # fmt: skip

    async def deposit(self, visit: Visit, visited: Visited) -> web.StreamResponse:
        """Take documents in, as they come; what was taken in before an error stays."""
        visit.check_origin()
        if visited.kind != "drop":
            raise NodeNotFound
        if visit.request.content_type != "multipart/form-data":
            raise BadRequest
        receipts: list[Receipt] = []
        status, problem = 200, ""
        try:
            await self._deposits(visit, visited, receipts)
        except (*MALFORMED, TimeoutError):
            raise BadRequest from None
        except (TooLarge, BoxFull, InvalidName) as error:
            status, problem = error.status, _why(visit, visited, error)
        token = visit.request.cookies.get(cookie_name(secure=visit.secure), "")
        if not receipts and not problem:
            status, problem = 400, visit.t("deposit.none")
        now = await self._visits.visited(token) if receipts else visited
        return self._box(visit, now, status=status, problem=problem, receipts=tuple(receipts))

    async def _deposits(self, visit: Visit, visited: Visited, receipts: list[Receipt]) -> None:
        """Take each document in; `receipts` has those that were, when one is refused."""
        reader = await visit.request.multipart()
        words: dict[str, str] = {}
        while (part := await next_part(visit, reader)) is not None:
            if part.name in _FIELDS:
                words[part.name] = await _words(visit, part, _FIELDS[part.name])
            elif part.filename:
                name = part.filename.replace("\\", "/").rpartition("/")[2]
                sender = Sender(words.get("sender", ""), words.get("note", ""))
                content = part_content(visit, part)
                receipts.append(
                    await deposit(self._visits.services, visited, name, content, sender)
                )


def _why(visit: Visit, visited: Visited, error: ParcheminError) -> str:
    """Why a document was not taken in, in the reader's language."""
    if isinstance(error, TooLarge):
        limit = formats.size(read_box(visited.payload).limit, visit.language)
        return visit.t("deposit.too-large", limit=limit)
    return visit.t(f"error.{type(error).__name__}")


async def _words(visit: Visit, part: BodyPartReader, most: int) -> str:
    text = (await word(visit, part, most + 1)).strip()
    if len(text.encode()) > most:
        raise TooLarge
    return "".join(letter for letter in text if letter == "\n" or letter.isprintable())


def cookie_name(*, secure: bool) -> str:
    """`__Secure-` keeps neighbouring plain-http hosts from planting one."""
    return f"__Secure-{COOKIE}" if secure else COOKIE


def _entrance(
    visit: Visit, *, status: int = 200, link: str = "", asks: bool = False, problem: str = ""
) -> web.Response:
    return visit.page("open.html", status=status, link=link, asks=asks, problem=problem)


def _top(visit: Visit) -> str:
    return f"/l/{visit.request.match_info['link']}/"


def _left(visited: Visited) -> int | None:
    most = visited.row.most
    return None if most is None else max(0, most - visited.row.used)
