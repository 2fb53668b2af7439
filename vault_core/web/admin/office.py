"""What the pages of the console work with, and who may come to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from vault_core.api import BlobStore
from vault_core.errors import Forbidden, ProofNeeded, Suspended
from vault_core.issuing.certificates.lifecycle import Certificates
from vault_core.issuing.certificates.register import Register
from vault_core.issuing.deliveries.batches import Batches
from vault_core.issuing.deliveries.previewing import Previews
from vault_core.issuing.deliveries.receipts import Receipts
from vault_core.issuing.deliveries.reviewing import Reviews
from vault_core.issuing.programs.request_keys import RequestKeys
from vault_core.issuing.programs.tokens import IssuerTokens
from vault_core.notifying.post import Post
from vault_core.notifying.webhooks import Webhooks
from vault_core.roles import Granted, open_to
from vault_core.signin.record import ActsRecord
from vault_core.signin.roles import Roles
from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId
from vault_core.vault.persons.administering import Administration
from vault_core.web import asking
from vault_core.web.confirming import is_fresh
from vault_core.web.serving import Answering, public
from vault_core.web.visit import Site, Visit

OPERATOR: Final[tuple[Granted, ...]] = ("operator",)
ADMINISTRATOR: Final[tuple[Granted, ...]] = ("administrator",)
BATCHES: Final[tuple[Granted, ...]] = ("operator", "administrator")
JOURNALS: Final[tuple[Granted, ...]] = ("auditor", "administrator")
EVERYBODY: Final[tuple[Granted, ...]] = ("operator", "administrator", "auditor")
SECTIONS: Final[tuple[tuple[str, str, tuple[Granted, ...]], ...]] = (
    ("overview", "/admin/", EVERYBODY),
    ("deliver", "/admin/deliver", OPERATOR),
    ("batches", "/admin/batches", BATCHES),
    ("reviews", "/admin/reviews", OPERATOR),
    ("certificates", "/admin/certificates", OPERATOR),
    ("persons", "/admin/persons", ADMINISTRATOR),
    ("issuers", "/admin/issuers", ADMINISTRATOR),
    ("storage", "/admin/storage", ADMINISTRATOR),
    ("webhooks", "/admin/webhooks", ADMINISTRATOR),
    ("health", "/admin/health", ADMINISTRATOR),
    ("journal", "/admin/journal", JOURNALS),
)
"""Parts of the console, where they begin, and which roles have them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One look of the doctor at the installation. `verdict` is good, warning or bad."""

    about: str
    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Office:
    """What all pages of the console share; none of it opens a vault."""

    site: Site
    catalog: Catalog
    blobs: BlobStore
    roles: Roles
    record: ActsRecord
    administration: Administration
    batches: Batches
    previews: Previews
    reviews: Reviews
    receipts: Receipts
    certificates: Certificates
    register: Register
    tokens: IssuerTokens
    keys: RequestKeys
    webhooks: Webhooks
    post: Post
    examine: Callable[[], Awaitable[list[Finding]]]
    """Have the doctor look; takes a second or more."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A request by somebody of the institution's staff."""

    office: Office
    visit: Visit
    granted: frozenset[str]

    @property
    def actor(self) -> str:
        """Who acts, as the record of acts names them: the id of their account."""
        return self.visit.vault.id.hex()

    async def note(self, verb: str, person: VaultId | None = None, **detail: object) -> None:
        """Record an act that happened."""
        act = self.office.roles.act(self.actor, verb, person, **detail)
        await self.office.roles.record(act)

    def page(self, template: str, here: str, **context: Any) -> web.Response:
        """A page of the console; `here` names its section."""
        offered = [(name, where) for name, where, who in SECTIONS if self.granted & set(who)]
        return self.visit.page(
            f"admin/{template}", section="admin", part=here, sections=offered,
            granted=self.granted, **context,
        )  # fmt: skip


Handler = Callable[[Duty], Awaitable[web.StreamResponse]]


def staff(office: Office, handler: Handler, who: tuple[Granted, ...]) -> Answering:
    """A handler for whoever has one of these roles now."""

    async def check(visit: Visit) -> web.StreamResponse:
        if visit.is_suspended:
            raise Suspended
        granted = await office.roles.of(visit.vault.id)
        if not granted & set(who):
            raise Forbidden(visit.t("admin.no-role"))
        return await handler(Duty(office, visit, granted))

    return open_to(*who)(public(office.site, check))


def sure(handler: Handler, question: str) -> Handler:
    """The handler, once who asks has said that they mean it; `question` is a key of a sentence.

    Pages with scripts ask in a dialog, and send `sure` with the form; others are asked here.
    """

    async def ask_and_handle(duty: Duty) -> web.StreamResponse:
        context = await asking.asked(duty.visit, question)
        if context is None:
            return await handler(duty)
        back = duty.visit.request.headers.get("Referer", "")
        return duty.page("sure.html", "", back=_own_path(duty, back), **context)

    return ask_and_handle


def _own_path(duty: Duty, address: str) -> str:
    """The address if it is a page of the console, else its beginning."""
    path = address.removeprefix(duty.visit.server_url)
    return path if path.startswith("/admin/") else "/admin/"


def fresh(handler: Handler) -> Handler:
    """The handler, for whoever proved who they are a short while ago. Raises ProofNeeded."""

    async def check_and_handle(duty: Duty) -> web.StreamResponse:
        if not await is_fresh(duty.visit):
            raise ProofNeeded
        return await handler(duty)

    return check_and_handle
