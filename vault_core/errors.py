"""Every error that Parchemin raises on purpose, and the HTTP status each one means.

A message says what, which, and what to do; never a key, a password or content.
Untrusted bytes raise only these. `status` is the one table from errors to HTTP:
the WebDAV, API and page layers all read it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ParcheminError(Exception):
    """The base of all of them. `str(error)` is one sentence fit for the person who asked."""

    status: ClassVar[int] = 500
    retry_after: int | None = None
    """Seconds after which the same request may well succeed; None where waiting helps nobody."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").splitlines()[0])


class CryptoError(ParcheminError):
    """The ciphertext, key or header cannot be used."""


class MalformedAge(CryptoError):
    """The bytes are not an age file exactly as the C2SP specification writes one."""


class NoIdentityMatched(CryptoError):
    """No stanza of the header opens with this key."""


class CorruptCiphertext(CryptoError):
    """The stored ciphertext was altered or cut: it does not authenticate."""


class AccessDenied(ParcheminError):
    """The credential opens nothing here."""

    status = 401


class SignatureRefused(AccessDenied):
    """The request's signature lets nobody in."""


class Suspended(ParcheminError):
    """This account is suspended: ask the institution that runs this server; nothing is lost."""

    status = 403


class ProofNeeded(ParcheminError):
    """Prove again that it is you, at /account/confirm, then retry: this opens or undoes much."""

    status = 403


class FactorNeeded(ParcheminError):
    """The password is right, and a second factor is asked for: send its code as well."""

    status = 403


class TooManyAttempts(ParcheminError):
    """Too many failed attempts: wait, then try again."""

    status = 429

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NodeNotFound(ParcheminError):
    """There is no such document or folder."""

    status = 404


class ParentNotFound(ParcheminError):
    """The folder that should hold it does not exist: make it first (RFC 4918 section 9.7.1)."""

    status = 409


class NodeExists(ParcheminError):
    """Something of that name exists already."""

    status = 405


class NotAFolder(ParcheminError):
    """A document cannot hold others."""

    status = 409


class IsAFolder(ParcheminError):
    """A folder has no content to read or replace."""

    status = 405


class InvalidName(ParcheminError):
    """The name cannot be used for a document or folder."""

    status = 400


class Forbidden(ParcheminError):
    """That is not allowed."""

    status = 403


class IssuedContent(Forbidden):
    """An issued document cannot be altered; copy it, and change the copy."""


class PreconditionFailed(ParcheminError):
    """A stated condition does not hold; nothing was changed."""

    status = 412


class Locked(ParcheminError):
    """It is locked by another client (RFC 4918 section 11.3)."""

    status = 423


class Conflict(ParcheminError):
    """Somebody else changed it at the same moment: read it again, then retry."""

    status = 409


class QuotaExceeded(ParcheminError):
    """The vault is full: delete documents or empty the trash, then try again."""

    status = 507


class TooLarge(ParcheminError):
    """The request is larger than this server accepts."""

    status = 413


class BadRequest(ParcheminError):
    """The request cannot be understood."""

    status = 400


class InvalidRequest(BadRequest):
    """Something in the request has a value that is not allowed."""

    def __init__(self, message: str = "", faults: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or {}
        """What is wrong, by the member or parameter that it is wrong with."""


class WrongMediaType(ParcheminError):
    """The content is of a kind that is not taken here."""

    status = 415


class UploadTaken(Conflict):
    """Another request goes on with this upload: ask where it stands, then go on from there."""

    retry_after = None


class OffsetMismatch(Conflict):
    """The upload stands elsewhere: ask where, then go on from there."""

    retry_after = None


class ChecksumMismatch(ParcheminError):
    """What arrived is not what its checksum says: nothing of it was kept, so send it again."""

    status = 460


class KeyReused(ParcheminError):
    """This Idempotency-Key came with another request before: use a new one."""

    status = 422


class LinkNotFound(ParcheminError):
    """There is no such link: check that it was copied whole."""

    status = 404


class LinkClosed(ParcheminError):
    """This link opens nothing any more: ask whoever sent it for a new one."""

    status = 410


class LinkExpired(LinkClosed):
    """This link has expired: ask whoever sent it for a new one."""


class LinkRevoked(LinkClosed):
    """Its owner closed this link."""


class LinkUsedUp(LinkClosed):
    """This link was used as often as its owner allowed."""


class LinkPaused(LinkClosed):
    """This link opens nothing for now: ask whoever sent it."""

    status = 403


class VisitOver(ParcheminError):
    """This visit is over: open the link again."""

    status = 403


class PinNeeded(ParcheminError):
    """This link asks for a PIN: whoever sent it knows it."""

    status = 403


class PinWrong(ParcheminError):
    """That is not this link's PIN: compare it with what you were told."""

    status = 403


class BoxFull(ParcheminError):
    """This drop box has no room for that: tell whoever sent you the link."""

    status = 507


class ShareChanging(Conflict):
    """This was just changed by its owner, and is shown anew within seconds: reload the page."""


class StoreError(ParcheminError):
    """The storage failed; nothing was acknowledged, so try again."""

    status = 503
    retry_after: int | None = 5


class BlobNotFound(StoreError):
    """The stored content is missing."""

    status = 500
    retry_after = None


class BlobExists(StoreError):
    """A blob is written once; one of this id is there already."""


class StoreFull(StoreError):
    """The server's disk is full; nothing was stored. Tell the administrator."""

    status = 507
    retry_after = None


class InvalidBackup(ParcheminError):
    """The backup is incomplete or was altered: use another one."""

    status = 422


class CallFailed(ParcheminError):
    """The webhook could not be called; it is tried again later."""

    status = 502


class CallRefused(BadRequest):
    """That address is not called: a webhook is https at a public address."""


class MailFailed(ParcheminError):
    """The mail server did not take the mail; it is tried again later."""

    status = 502


class MailRefused(MailFailed):
    """The mail server refuses this mail for good."""


class PluginError(ParcheminError):
    """A plugin cannot be loaded or did not keep to its hooks."""


class SettingsError(ParcheminError):
    """A setting has a value that is not allowed."""


class PersonNotFound(ParcheminError):
    """There is no such person."""

    status = 404


class PersonExists(ParcheminError):
    """A person of that username, or with that INE, exists already."""

    status = 409


class InvalidRecord(ParcheminError):
    """A record does not hold what its document type asks for."""

    status = 422

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class SealingUnavailable(ParcheminError):
    """What seals or times certificates does not answer: nothing was issued, so try again."""

    status = 503
    retry_after: int | None = 30


class InvalidInput(ParcheminError):
    """The input file cannot be read; `reason` says why, in both languages if it is a `Reason`."""

    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VerificationFailed(ParcheminError):
    """The certificate does not prove what it claims."""

    status = 422


class CertificateRefused(VerificationFailed):
    """The certificate has a fault that is known by name, and said in every language.

    `fault` is the name, `details` what its sentence mentions: see `vault_core.issuing.faults`.
    """

    def __init__(self, fault: str, message: str, details: Mapping[str, str]) -> None:
        super().__init__(message)
        self.fault = fault
        self.details = details
