"""The sentences of the pages, in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, str]] = {
    # -- frame ------------------------------------------------------------------------------
    "frame.skip": "Skip to content",
    "frame.nav": "Main navigation",
    "frame.sign-out": "Sign out",
    "frame.promise": "The server opens a vault only for the person who asks.",
    "nav.files": "Documents",
    "nav.certificates": "Certificates",
    "nav.devices": "Devices",
    "nav.account": "Account",
    "copy.button": "Copy",
    "copy.done": "Copied",
    "print.button": "Print",
    "cancel": "Cancel",
    "back.account": "Back to the account",
    "back.files": "Back to documents",
    # -- landing ----------------------------------------------------------------------------
    "landing.title": "Your diplomas, yours, for life.",
    "landing.lead": "{institution} keeps an encrypted vault for you. Your diplomas and "
    "certificates arrive in it by themselves, and you add whatever you like.",
    "landing.first": "First visit?",
    "landing.certificates": "Certified at the source",
    "landing.certificates.text": "Baccalauréat, JDC, ASSR, B2i, Pix: delivered by whoever awards "
    "them, under their seal. Nobody can change a byte of them.",
    "landing.private": "Under lock and key",
    "landing.private.text": "Neither disks nor backups nor the database reveal what a document "
    "holds or is called. The key comes from your password.",
    "landing.everywhere": "With you everywhere",
    "landing.everywhere.text": "In the browser, or as a network folder on your computer and your "
    "phone. And all of it can be exported, in open formats.",
    # -- entering ---------------------------------------------------------------------------
    "sign-in.title": "Sign in",
    "sign-in.username": "Username",
    "sign-in.password": "Password",
    "sign-in.button": "Open my vault",
    "sign-in.forgotten": "Forgot your password?",
    "sign-in.refused": "This username and password open no vault. Check both, then try again.",
    "activation.title": "First visit",
    "activation.lead": "Take the printed activation code you were given, and choose your password.",
    "activation.code": "Activation code",
    "activation.button": "Activate my vault",
    "activation.refused": "This code does not go with this username, or was used already. "
    "Compare it with the original.",
    "recovery.title": "Forgotten password",
    "recovery.lead": "Your recovery code opens the vault. Then choose a new password; every open "
    "session will be closed.",
    "recovery.code": "Recovery code",
    "recovery.button": "Change the password",
    "recovery.refused": "This recovery code does not go with this username. Compare it with the "
    "original.",
    "code.hint": "Capitals, spaces and dashes do not matter.",
    "code.back": "I have a password already",
    "password.title": "Change the password",
    "password.lead": "Other open sessions will be closed. App passwords stay valid.",
    "password.present": "Present password",
    "password.new": "New password",
    "password.again": "The same, once more",
    "password.hint": "At least 12 characters: a sentence does very well. Nobody can reset it for "
    "you.",
    "password.button": "Save",
    "password.short": "The password must have at least {count} characters.",
    "password.simple": "This password is too easy to guess, or too long.",
    "password.differs": "The two passwords are not the same.",
    "password.wrong": "The present password is not the right one.",
    "recovery-code.title": "Your recovery code",
    "recovery-code.lead": "If you forget your password, this code is the only way to open the "
    "vault again. Copy it on paper or print it, and keep it at home.",
    "recovery-code.replaces": "It will replace your present code, which then opens nothing.",
    "recovery-code.last": "The last four characters of the code",
    "recovery-code.last.hint": "Copy them from your paper: only then does the code become valid.",
    "recovery-code.button": "I have it on paper",
    "recovery-code.later": "Later",
    "recovery-code.mistyped": "These are not the last four characters: compare your copy with "
    "the code.",
    "recovery-code.missing": "You have no recovery code. Without one, a forgotten password "
    "closes the vault for ever.",
    "recovery-code.make": "Make one",
    # -- what was just done -----------------------------------------------------------------
    "done.activated": "Your vault is open. One thing is left to do:",
    "done.copied": "Copied.",
    "done.deleted": "Moved to the trash.",
    "done.folder": "The folder is there.",
    "done.moved": "Moved.",
    "done.password": "The password is changed.",
    "done.recovery": "The recovery code is valid. Keep it in a safe place.",
    "done.renamed": "Renamed.",
    "done.restored": "Restored.",
    "done.restored-version": "That version is the present one again.",
    "done.purged": "Deleted for good.",
    "done.revoked": "Revoked: it opens nothing any more.",
    "done.signed-out": "You are signed out. The vault is closed.",
    "done.uploaded": "It is in the vault.",
    # -- errors -----------------------------------------------------------------------------
    "error.title": "That did not work",
    "error.404.title": "Not found",
    "error.code": "Code {code}",
    "error.home": "Back to the start",
    "error.unexpected": "There is no answer to this request here.",
    "error.AccessDenied": "Sign in first.",
    "error.NodeNotFound": "There is nothing at this address. The document may have been moved or "
    "deleted.",
    "error.ParentNotFound": "The folder that should hold it is not there any more.",
    "error.NodeExists": "Something of that name is here already. Choose another one.",
    "error.PreconditionFailed": "Something of that name is here already. Nothing was changed.",
    "error.NotAFolder": "This is not a folder.",
    "error.IsAFolder": "A folder of that name is here already.",
    "error.InvalidName": "This name cannot be used. Avoid “/”, invisible characters and names of "
    "more than 255 bytes.",
    "error.Forbidden": "That is not allowed.",
    "error.FormExpired": "This form is from another session. Go back, reload the page, then try "
    "again.",
    "error.IssuedContent": "A delivered document cannot be altered. Copy it, and change the copy.",
    "error.Locked": "Another program is changing it. Try again later.",
    "error.Conflict": "It was just changed elsewhere. Reload the page, then try again.",
    "error.QuotaExceeded": "The vault is full. Delete documents or empty the trash.",
    "error.StoreFull": "The server is out of space. Nothing was stored; tell the institution.",
    "error.TooLarge": "That is larger than this server accepts.",
    "error.TooManyAttempts": "Too many attempts. Wait a few minutes, then try again.",
    "error.BadRequest": "The request cannot be understood.",
    "error.CorruptCiphertext": "The stored content is damaged and was not shown. Tell the "
    "institution.",
    "error.BlobNotFound": "The stored content is missing. Tell the institution.",
    "error.StoreError": "The storage does not answer. Nothing was lost: try again in a moment.",
    "error.ParcheminError": "The server could not answer. Try again in a moment.",
}
