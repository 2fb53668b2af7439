"""One call of an operation: who calls, what was sent, and what goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel

from vault_core.api import Buffer
from vault_core.errors import AccessDenied, BadRequest, TooLarge, WrongMediaType
from vault_core.http.pace import Pace
from vault_core.scopes import Scope
from vault_core.vault.vault import Vault

if TYPE_CHECKING:
    from vault_core.rest.signatures import Digest

M = TypeVar("M", bound=BaseModel | None)
BODY: Final = 1024 * 1024
"""Bytes of a JSON body; contents of documents are streamed and bounded elsewhere."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[M]):
    """A model to send, with what HTTP says beside it. `etag` is without quotes."""

    value: M
    status: int | None = None
    etag: str = ""
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: Callable[[web.StreamResponse], None] | None = None
    """What is done to the response besides, for example its cookies."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in."""

    request: web.Request
    address: str
    """The client's network address, which failed attempts are counted by."""
    seconds: float
    """How long a body may make no progress (`http.pace`)."""
    opened: Vault | None = None
    scopes: frozenset[Scope] | None = None
    """What the token is for; None: a session, which may do all that its person may."""
    issuer: str | None = None
    """Whose program calls, by a token or a key of an issuer; then no vault is open."""
    digest: Digest | None = None
    """What the content is compared with, once all of it has come."""

    @property
    def caller(self) -> str:
        """A name for who calls, in keys and records: an account's, or an issuer's program."""
        return f"issuer {self.issuer}" if self.issuer is not None else self.vault.username

    @property
    def vault(self) -> Vault:
        """The caller's vault, as it is now. Raises AccessDenied where nobody is signed in."""
        if self.opened is None:
            raise AccessDenied
        return self.opened

    async def content(self) -> AsyncIterator[Buffer]:
        """The body as it arrives: to be used only when it has ended.

        Raises BadRequest if it stalls or is not framed as HTTP asks; at its end SignatureRefused
        if it is not what was signed.
        """
        content, pace = self.request.content, Pace(self.seconds)
        try:
            while not content.at_eof():
                piece = await pace.next(content.readany)
                if piece:
                    if self.digest is not None:
                        self.digest.add(piece)
                    yield piece
        except TimeoutError:
            raise BadRequest("The content came too slowly; send it again.") from None
        except web.RequestPayloadError:
            raise BadRequest("The content is not framed as HTTP asks for.") from None
        if self.digest is not None:
            self.digest.check()

    async def data(self, limit: int = BODY) -> bytes:
        """The whole body. Raises TooLarge beyond `limit` bytes, and what `content` raises."""
        too_large = TooLarge(f"The body of this request may have {limit} bytes.")
        if (self.request.content_length or 0) > limit:
            raise too_large
        found = bytearray()
        async for piece in self.content():
            found += piece
            if len(found) > limit:
                raise too_large
        return bytes(found)

    def refuse_encoded(self) -> None:
        """Raises WrongMediaType for a Content-Encoding: it would be stored as it is."""
        encoding = self.request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
        if encoding not in ("identity", ""):
            raise WrongMediaType("Send the content without Content-Encoding.")
