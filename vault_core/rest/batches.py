"""Deliveries: files pushed by issuers' programs, what becomes of them, and the review queue."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from aiohttp import hdrs, web
from pydantic import Field, StringConstraints

from vault_core.api import Random
from vault_core.errors import (
    BadRequest,
    Forbidden,
    InvalidInput,
    NodeNotFound,
    PersonNotFound,
    PluginError,
    TooLarge,
    TooManyAttempts,
)
from vault_core.issuing.deliveries.batches import Batch, Batches
from vault_core.issuing.deliveries.receipts import Receipts
from vault_core.issuing.deliveries.reviewing import Review, Reviews
from vault_core.issuing.input.spool import SealedSpool
from vault_core.plugins import Plugins
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.signin.roles import Roles

LARGEST = 5 * 10**9
"""Bytes of one input."""
UNFINISHED = 200
"""Batches that may wait at once."""
ReviewId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}-[0-9]{1,12}$")]
_TAKEN = ("text/csv", "application/x-ndjson", "application/json")


class BatchFacts(Output):
    """A batch. `state` is held, open, paused, cancelled or done; it ends in the last two.

    In a list it may be damaged: then what is stored of it was altered, and only its id is known.
    """

    id: Annotated[Id, Field(description="By which it is followed.")]
    issuer: Annotated[str, Field(description="The issuer's id.")]
    type: Annotated[str, Field(description="The document type's id.")]
    name: Annotated[str, Field(description="The file's name.")]
    state: Annotated[str, Field(description="held, open, paused, cancelled, done or damaged.")]
    read: Annotated[bool, Field(description="Whether all of its input was taken in.")]
    rows: Annotated[int, Field(description="How many it has, as far as it was read.")]
    delivered: Annotated[int, Field(description="Rows that became certificates.")]
    corrected: Annotated[int, Field(description="Rows that replaced a certificate.")]
    already: Annotated[int, Field(description="Rows that were delivered before.")]
    review: Annotated[int, Field(description="Rows that wait for a person's decision.")]
    refused: Annotated[int, Field(description="Rows that were refused; `listFaults` says why.")]
    opened: Annotated[int, Field(description="Vaults that were made for it.")]
    sha256: Annotated[str, Field(description="Of the file, in hexadecimal.")]
    earlier: Annotated[str, Field(description="The batch that delivered the same file before.")]
    warnings: Annotated[list[str], Field(description="What its sender should look at.")]
    created_at: Annotated[dt.datetime, Field(description="When it was pushed.")]
    ended_at: Annotated[dt.datetime | None, Field(description="When it was done or cancelled.")]


class BatchList(Output):
    """Batches, the newest first."""

    items: Annotated[list[BatchFacts], Field(description="The newest first.")]


class Fault(Output):
    """A row that was refused, and every reason."""

    line: Annotated[int, Field(description="The row's line in the file.")]
    reasons: Annotated[list[str], Field(description="Every reason, each one sentence.")]


class Faults(Output):
    """Rows of a batch that were refused, at most 1,000."""

    items: Annotated[list[Fault], Field(description="In the order of the file.")]


class Push(Input):
    """What is pushed."""

    type: Annotated[str, Field(max_length=64, description="A document type, as `bac`.")]
    name: Annotated[str, Field(max_length=200, description="The file's name, to recognise it.")] = (
        "api"
    )
    held: Annotated[bool, Field(description="Deliver nothing until the batch is resumed.")] = False


class ReviewFacts(Output):
    """A row, and whom it may be about, field by field."""

    id: Annotated[str, Field(description="By which it is decided.")]
    batch: Annotated[Id, Field(description="The batch that the row came in.")]
    line: Annotated[int, Field(description="The row's line in the file.")]
    verdict: Annotated[
        Literal["doubtful", "unknown", "damaged"],
        Field(
            description="Several may be meant, or nobody known is; a damaged one can be refused."
        ),
    ]
    reasons: Annotated[list[str], Field(description="Why no machine decided.")]
    since: Annotated[
        dt.datetime,
        Field(description="When it began to wait; it is forgotten after `issuing.review_days`."),
    ]
    record: Annotated[dict[str, str], Field(description="What the row says.")]
    candidates: Annotated[
        list[dict[str, Any]], Field(description="Persons it may be about, and where they differ.")
    ]


class ReviewList(Output):
    """Rows that wait for a decision, at most 200."""

    items: Annotated[list[ReviewFacts], Field(description="The oldest first.")]


class Decision(Input):
    """Whom a row is about; absent: somebody new."""

    username: Annotated[str, Field(max_length=64, description="Empty: somebody new.")] = ""


class BatchApi:
    """Deliveries of issuers."""

    def __init__(
        self,
        batches: Batches,
        reviews: Reviews,
        receipts: Receipts,
        plugins: Plugins,
        random: Random,
        roles: Roles,
    ) -> None:
        self._batches = batches
        self._reviews = reviews
        self._receipts = receipts
        self._plugins = plugins
        self._random = random
        self._roles = roles

    @operation("POST", "/api/v1/batches", needs="deliveries:write", roles=("operator",),
               issuers=True, status=202, takes=_TAKEN,
               headers=(hdrs.CONTENT_TYPE, "Idempotency-Key"),
               errors=(InvalidInput, PluginError, TooLarge, TooManyAttempts))  # fmt: skip
    async def push_batch(self, call: Call, query: Push) -> Answer[BatchFacts]:
        """Push a file, or one record.

        CSV, JSON Lines, or one JSON object. It is answered once every row is stored durably and
        sealed; delivering goes on by itself. With an `Idempotency-Key` (of up to 200 characters)
        the same request makes one batch however often it is sent.
        """
        call.refuse_encoded()
        if query.type not in self._plugins.document_types:
            raise InvalidInput(f"There is no document type “{query.type}”.")
        if call.issuer not in (None, self._plugins.issuer_of(query.type).id):
            raise Forbidden("This token is another issuer's than this document type.")
        request = call.request.headers.get("Idempotency-Key", "")[:200]
        if request:
            found = await self._batches.requested(
                self._plugins.issuer_of(query.type).id, f"{call.caller}\0{request}"
            )
            if found is not None and found.read:
                return _answer(found)
        if await self._batches.unfinished() >= UNFINISHED:
            raise TooManyAttempts("Too many batches wait: send this one later.", retry_after=30)
        with SealedSpool(self._random) as spool:
            async for piece in call.content():
                spool.add(piece)
                if spool.size > LARGEST:
                    raise TooLarge(f"One batch may have {LARGEST} bytes.")
            batch = await self._batches.submit(
                query.type, spool.seal(), query.name, "api", held=query.held,
                request=f"{call.caller}\0{request}" if request else "",
            )  # fmt: skip
        await self._note(call, "batch-take", batch=batch.id, rows=batch.rows)
        return _answer(batch)

    async def _note(self, call: Call, verb: str, **detail: object) -> None:
        """Every act of staff and of issuers' programs stands in the institution's record."""
        actor = call.caller if call.issuer is not None else call.vault.id.hex()
        await self._roles.record(self._roles.act(actor, verb, None, **detail))

    @operation("GET", "/api/v1/batches", needs="deliveries:read", roles=("operator",), issuers=True)
    async def list_batches(self, call: Call) -> BatchList:
        """The newest 200 batches; of its issuer, for an issuer's program."""
        found = await self._batches.newest(issuer=call.issuer)
        return BatchList(items=[_facts(batch) for batch in found])

    @operation("GET", "/api/v1/batches/{batch}", needs="deliveries:read", roles=("operator",),
               issuers=True, errors=(NodeNotFound,))  # fmt: skip
    async def batch(self, call: Call, batch: Id) -> BatchFacts:
        """One batch, as it is now."""
        return _facts(await self._mine(call, batch))

    async def _mine(self, call: Call, batch: str) -> Batch:
        """Raises NodeNotFound for a batch of another issuer than the caller's."""
        found = await self._batches.find(batch)
        if call.issuer not in (None, found.issuer):
            raise NodeNotFound(f"There is no batch {batch}.")
        return found

    @operation("POST", "/api/v1/batches/{batch}/{move}", needs="deliveries:write",
               roles=("operator",), issuers=True, errors=(NodeNotFound, BadRequest))  # fmt: skip
    async def move_batch(
        self, call: Call, batch: Id, move: Literal["pause", "resume", "cancel"]
    ) -> BatchFacts:
        """Pause a batch, resume it, or cancel it for good.

        What was delivered stays delivered.
        """
        await self._mine(call, batch)
        act = {
            "pause": self._batches.pause,
            "resume": self._batches.resume,
            "cancel": self._batches.cancel,
        }[move]
        moved = await act(batch)
        await self._note(call, f"batch-{move}", batch=batch)
        return _facts(moved)

    @operation("GET", "/api/v1/batches/{batch}/faults", needs="deliveries:read",
               roles=("operator",), issuers=True, errors=(NodeNotFound,))  # fmt: skip
    async def batch_faults(self, call: Call, batch: Id) -> Faults:
        """Which rows were refused, and why."""
        await self._mine(call, batch)
        items: list[Fault] = []
        async for line, reasons in self._batches.faults(batch):
            items.append(Fault(line=line, reasons=list(reasons)))
            if len(items) == 1000:
                break
        return Faults(items=items)

    @operation("GET", "/api/v1/batches/{batch}/receipt", needs="deliveries:read",
               roles=("operator",), issuers=True, errors=(NodeNotFound, BadRequest),
               gives=("application/x-ndjson",))  # fmt: skip
    async def batch_receipt(self, call: Call, batch: Id) -> web.StreamResponse:
        """The signed receipt of a batch that has ended, as JSON Lines.

        `parchemin receipt verify` checks it.
        """
        await self._mine(call, batch)
        lines = self._receipts.of_batch(batch)
        first = await anext(lines)  # raises before anything is sent
        answer = web.StreamResponse(
            headers={hdrs.CONTENT_TYPE: "application/x-ndjson", hdrs.CACHE_CONTROL: "no-store"}
        )
        await answer.prepare(call.request)
        await answer.write(f"{first}\n".encode())
        async for line in lines:
            await answer.write(f"{line}\n".encode())
        await answer.write_eof()
        return answer

    @operation("GET", "/api/v1/reviews", needs="deliveries:read", roles=("operator",))
    async def list_reviews(self, call: Call) -> ReviewList:
        """Rows about somebody doubtful or unknown, that wait for a decision."""
        del call
        items: list[ReviewFacts] = []
        async for review in self._reviews.waiting():
            items.append(_review(review))
            if len(items) == 200:
                break
        return ReviewList(items=items)

    @operation("POST", "/api/v1/reviews/{review}/accept", needs="deliveries:write",
               roles=("operator",), status=204,
               errors=(NodeNotFound, PersonNotFound, BadRequest))  # fmt: skip
    async def accept_review(self, call: Call, review: ReviewId, body: Decision) -> None:
        """Deliver the row to that person, or to somebody new."""
        by = call.vault.id.hex()
        if body.username:
            await self._reviews.accept(review, body.username, by)
            await self._note(call, "review-accept", review=review)
        else:
            await self._reviews.welcome(review, by)
            await self._note(call, "review-new", review=review)

    @operation("POST", "/api/v1/reviews/{review}/refuse", needs="deliveries:write",
               roles=("operator",), status=204, errors=(NodeNotFound,))  # fmt: skip
    async def refuse_review(self, call: Call, review: ReviewId) -> None:
        """Deliver the row to nobody."""
        await self._reviews.refuse(review, call.vault.id.hex())
        await self._note(call, "review-refuse", review=review)


def _answer(batch: Batch) -> Answer[BatchFacts]:
    return Answer(_facts(batch), location=f"/api/v1/batches/{batch.id}")


def _facts(batch: Batch) -> BatchFacts:
    return BatchFacts(
        id=batch.id, issuer=batch.issuer, type=batch.type, name=batch.name, state=batch.state,
        read=batch.read, rows=batch.rows, **batch.counts, sha256=batch.sha256,
        earlier=batch.earlier, warnings=list(batch.warnings), created_at=batch.created_at,
        ended_at=batch.ended_at,
    )  # fmt: skip


def _review(review: Review) -> ReviewFacts:
    return ReviewFacts(
        id=review.id, batch=review.batch, line=review.line,
        verdict=review.verdict,
        reasons=list(review.reasons), since=moment(review.since), record=dict(review.record),
        candidates=[dict(one) for one in review.candidates],
    )  # fmt: skip
