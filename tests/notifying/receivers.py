"""Who receives: a real SMTP server, and a real HTTP server that looks at signatures."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from standardwebhooks.webhooks import Webhook


@dataclass
class Postbox:
    """What an SMTP server took; `answers` are said instead of 250, one after another."""

    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 taken"


@asynccontextmanager
async def smtp_server() -> AsyncIterator[Postbox]:
    """aiosmtpd on a free port."""
    postbox = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop), "127.0.0.1", 0)
    try:
        postbox.port = server.sockets[0].getsockname()[1]
        yield postbox
    finally:
        server.close()


@dataclass
class Listener:
    """A program of the institution; `statuses` are answered instead of 204, one after another."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    calls: list[tuple[dict[str, str], str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append((dict(request.headers), await request.text()))
        if self.statuses:
            status = self.statuses.pop(0)
            return web.Response(status=status, headers={"Location": "/elsewhere"})
        return web.Response(status=204)

    def verified(self, secret: str) -> list[Any]:
        """What the calls say, checked by the independent library. Raises if one is not signed."""
        return [Webhook(secret).verify(text, headers) for headers, text in self.calls]


@asynccontextmanager
async def listener() -> AsyncIterator[Listener]:
    """On a free port of this machine."""
    found = Listener()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        found.url = f"http://{host}:{port}/hook"
        yield found
    finally:
        await runner.cleanup()
