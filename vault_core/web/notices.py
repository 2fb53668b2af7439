"""Being told that something arrived: one's address and one's feed; and the links in mails."""

from __future__ import annotations

import contextlib

from aiohttp import web

from vault_core.errors import BadRequest, NodeNotFound
from vault_core.notifying.contacts import Contacts
from vault_core.notifying.feeds import Feeds
from vault_core.notifying.post import Post
from vault_core.web.confirming import fresh
from vault_core.web.serving import Answering, member, public
from vault_core.web.visit import Handler, Site, Visit

HERE = "/account/notices"
_TOKEN = "{token:[0-9a-f]{64}}"  # noqa: S105 -- a pattern


class NoticePages:
    """`/account/notices`, `/mail/…` and `/feed/…`."""

    def __init__(self, site: Site, contacts: Contacts, feeds: Feeds, post: Post) -> None:
        self._site = site
        self._contacts = contacts
        self._feeds = feeds
        self._post = post

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        own: tuple[tuple[str, str, Handler], ...] = (
            ("GET", HERE, self.page),
            ("POST", f"{HERE}/address", fresh(self.set)),
            ("POST", f"{HERE}/stop", self.stop),
            ("POST", f"{HERE}/resume", self.resume),
            ("POST", f"{HERE}/forget", self.forget),
            ("POST", f"{HERE}/feed", fresh(self.make_feed)),
            ("POST", f"{HERE}/feed/end", self.end_feed),
        )
        anybody: tuple[tuple[str, str, Handler], ...] = (
            ("GET", f"/mail/confirm/{_TOKEN}", self.ask),
            ("POST", f"/mail/confirm/{_TOKEN}", self.confirm),
            ("GET", f"/mail/stop/{_TOKEN}", self.ask_stop),
            ("POST", f"/mail/stop/{_TOKEN}", self.stop_by_link),
            ("GET", "/feed/{token:[0-9a-f]{40}}.atom", self.feed),
        )
        return [
            *(_route(method, path, member(self._site, one)) for method, path, one in own),
            *(_route(method, path, public(self._site, one)) for method, path, one in anybody),
        ]

    async def page(self, visit: Visit) -> web.StreamResponse:
        """What there is, and the forms."""
        return await self._show(visit)

    async def _show(
        self, visit: Visit, *, problem: str = "", typed: str = "", feed: str = ""
    ) -> web.StreamResponse:
        return visit.page(
            "notices.html", status=422 if problem else 200, section="account", problem=problem,
            typed=typed, contact=await self._contacts.of(visit.vault.id),
            sends_mail=self._post.sends_mail, has_feed=await self._feeds.exists(visit.vault.id),
            feed_shown=f"{visit.server_url}/feed/{feed}.atom" if feed else "",
        )  # fmt: skip

    async def set(self, visit: Visit) -> web.StreamResponse:
        """Take an address, and ask there whether it is theirs."""
        fields, vault = await visit.form(), visit.vault
        typed = fields.get("address", "")
        try:
            await self._contacts.set(vault.id, typed, visit.language)
        except BadRequest:
            return await self._show(visit, problem=visit.t("notices.no-address"), typed=typed)
        await self._post.ask(vault.id, vault.username)
        return visit.go(f"{HERE}?done=asked")

    async def stop(self, visit: Visit) -> web.StreamResponse:
        """No mail for now."""
        await visit.form()
        await self._contacts.stop(visit.vault.id, True)
        return visit.go(f"{HERE}?done=no-mail")

    async def resume(self, visit: Visit) -> web.StreamResponse:
        """Mail again."""
        await visit.form()
        await self._contacts.stop(visit.vault.id, False)
        return visit.go(f"{HERE}?done=mail")

    async def forget(self, visit: Visit) -> web.StreamResponse:
        """The address is not kept any more."""
        await visit.form()
        await self._contacts.forget(visit.vault.id)
        return visit.go(f"{HERE}?done=no-mail")

    async def make_feed(self, visit: Visit) -> web.StreamResponse:
        """A new feed's address, in this one answer."""
        await visit.form()
        return await self._show(visit, feed=await self._feeds.make(visit.vault.id))

    async def end_feed(self, visit: Visit) -> web.StreamResponse:
        """No feed."""
        await visit.form()
        await self._feeds.end(visit.vault.id)
        return visit.go(f"{HERE}?done=revoked")

    async def ask(self, visit: Visit) -> web.StreamResponse:
        """The button: programs that look into mails follow links, and confirm nothing by it."""
        await self._contacts.confirms(_token(visit))
        return visit.page("mail_link.html", what="confirm", is_over=False)

    async def confirm(self, visit: Visit) -> web.StreamResponse:
        """Mail goes there from now on."""
        await self._contacts.confirm(_token(visit))
        return visit.page("mail_link.html", what="confirm", is_over=True)

    async def ask_stop(self, visit: Visit) -> web.StreamResponse:
        """The button that ends mail."""
        self._contacts.stops(_token(visit))
        return visit.page("mail_link.html", what="stop", is_over=False)

    async def stop_by_link(self, visit: Visit) -> web.StreamResponse:
        """No mail any more: from the page, or in one click of a mail program (RFC 8058)."""
        person = self._contacts.stops(_token(visit))
        with contextlib.suppress(NodeNotFound):  # no address any more: nothing is sent either
            await self._contacts.stop(person, True)
        return visit.page("mail_link.html", what="stop", is_over=True)

    async def feed(self, visit: Visit) -> web.StreamResponse:
        """Issuers and counts, for whoever has the address."""
        text = await self._feeds.read(
            _token(visit), visit.language, visit.settings.institution.name, visit.server_url
        )
        headers = {"Cache-Control": "private, max-age=300"}
        return web.Response(
            text=text, content_type="application/atom+xml", charset="utf-8", headers=headers
        )


def _token(visit: Visit) -> str:
    return visit.request.match_info["token"]


def _route(method: str, path: str, answering: Answering) -> web.RouteDef:
    return web.get(path, answering) if method == "GET" else web.route(method, path, answering)
