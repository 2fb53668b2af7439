"""The public verification pages: a code typed or scanned, or a file. They work without scripts."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import hdrs, web

from vault_core.api import Clock
from vault_core.errors import BadRequest, CertificateRefused, TooLarge
from vault_core.http.forms import MALFORMED, next_part
from vault_core.issuing.certificates.codes import read_code, written
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.certificates.verifying import LARGEST, Verifier, is_disclosure
from vault_core.issuing.checking.answer import Answer
from vault_core.web import security
from vault_core.web.links import proofs
from vault_core.web.offline.kept import Kept
from vault_core.web.serving import public
from vault_core.web.verdicts import Shown, shown
from vault_core.web.visit import Site, Visit


class VerifyPages:
    """`/verify` and `/verify/CODE`, open to everybody; and the verifier to take away."""

    def __init__(self, site: Site, verifier: Verifier, trusting: Trusting, clock: Clock) -> None:
        self._site = site
        self._verifier = verifier
        self._trusting = trusting
        self._clock = clock
        self._kept = Kept()

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [
            web.get("/verify", public(self._site, self.form)),
            web.post("/verify", public(self._site, self.file)),
            web.get("/verify/{code}", public(self._site, self.code)),
            web.get("/trust/verifier.html", public(self._site, self.offline)),
        ]

    async def form(self, visit: Visit) -> web.StreamResponse:
        """Both forms; a code that was typed goes on to its own address, a link to where it opens.

        Pasted addresses are taken, too: what a QR code holds, and what “Prove it” made.
        """
        typed = visit.query("code").strip()
        if "/open#" in typed:
            return visit.go(f"/open#{quote(typed.rpartition('#')[2][:64], safe='')}")
        if typed:
            return visit.go(f"/verify/{quote(_tidy(typed), safe='')}")
        return self._page(visit)

    async def code(self, visit: Visit) -> web.StreamResponse:
        """The answer for a code. Raises TooManyAttempts."""
        typed = visit.request.match_info["code"][:64]
        answer = await self._verifier.check_code(typed, visit.address)
        return self._answer(visit, answer, typed)

    async def file(self, visit: Visit) -> web.StreamResponse:
        """The answer for a file. Raises BadRequest, TooManyAttempts."""
        visit.check_origin()
        if visit.request.content_type != "multipart/form-data":
            raise BadRequest
        try:
            async with asyncio.timeout(visit.settings.server.body_timeout):
                data = await _sent(visit.request)
        except (*MALFORMED, TimeoutError):
            raise BadRequest from None
        except TooLarge:
            return self._page(visit, 413, problem=visit.t("verify.too-large", limit=LARGEST >> 20))
        if not data:
            problem = visit.t("verify.empty")
            return self._page(visit, status=400, problem=problem)
        if is_disclosure(data):
            return await self._disclosure(visit, data)
        return self._answer(visit, await self._verifier.check_data(data, visit.address))

    async def _disclosure(self, visit: Visit, data: bytes) -> web.StreamResponse:
        """The answer for the SD-JWT of a proof. Raises TooManyAttempts."""
        found = await self._verifier.check_disclosure(data, visit.address)
        if isinstance(found, Answer):
            return self._answer(visit, found)
        return visit.page("proof.html", answer=proofs.shown(visit, found, self._clock()), top="")

    async def offline(self, visit: Visit) -> web.StreamResponse:
        """The offline verifier with the trust of this moment, as a file to keep."""
        del visit
        signed = await self._trusting.snapshot()
        made = await self._kept.page(signed, self._trusting.institution_key)
        headers = {
            hdrs.CONTENT_DISPOSITION: 'attachment; filename="parchemin-verifier.html"',
            hdrs.CACHE_CONTROL: "no-cache",
        }
        return web.Response(body=made, content_type="text/html", charset="utf-8", headers=headers)

    def _answer(self, visit: Visit, answer: Answer, code: str = "") -> web.StreamResponse:
        seen = shown(visit, answer, self._clock())
        # a revoked certificate is found, and its page says so; an unknown code is not
        unknown = answer.claims is None and bool(code)
        return self._page(visit, 404 if unknown else 200, seen, code=code if unknown else "")

    def _page(
        self, visit: Visit, status: int = 200, answer: Shown | None = None, problem: str = "",
        code: str = "",
    ) -> web.StreamResponse:  # fmt: skip
        return visit.page(
            "verify.html", status=status, headers=security.SCANNING,
            answer=answer, problem=problem, code=code, limit=LARGEST >> 20,
        )  # fmt: skip


def _tidy(typed: str) -> str:
    """The code as it is printed; what is none, as it was typed: it is told what is wrong."""
    try:
        return written(read_code(typed))
    except CertificateRefused:
        return typed[:64]


async def _sent(request: web.Request) -> bytes:
    """The form's file. Raises TooLarge, ValueError for what is no such form."""
    reader = await request.multipart()
    while (part := await next_part(reader)) is not None:
        if part.name == "file":
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > LARGEST:
                    raise TooLarge
            return bytes(data)
    return b""
