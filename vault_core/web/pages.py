"""The table of pages: address, who may ask, and what answers."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from vault_core.issuing.certificates.lifecycle import Certificates
from vault_core.plugins import Plugins
from vault_core.settings import Settings
from vault_core.signin.entrance import Entrance
from vault_core.vault.persons.register import Persons
from vault_core.vault.vaults import Vaults
from vault_core.web import (
    account,
    archives,
    certificates,
    changing,
    closing,
    devices,
    documents,
    entry,
    first_entry,
    folders,
    leaving,
    passwords,
    questions,
    recovery,
    searching,
    security,
    security_pages,
    security_txt,
    telling,
    tokens,
    trash,
    uploads,
)
from vault_core.web.asking import sure
from vault_core.web.assets import Assets
from vault_core.web.confirming import fresh
from vault_core.web.links import owner, proving
from vault_core.web.serving import Answering, member, not_found_pages, public
from vault_core.web.templating import environment
from vault_core.web.visit import Handler, Site

_PUBLIC: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", entry.landing),
    ("GET", "/help", questions.page),
    ("GET", "/.well-known/security.txt", security_txt.page),
    ("GET", "/language/{language:[a-z]{2}}", entry.language),
    ("GET", "/sign-in", entry.sign_in_page),
    ("POST", "/sign-in", entry.sign_in),
    ("POST", "/sign-out", entry.sign_out),
    ("GET", "/activate", first_entry.page),
    ("POST", "/activate", first_entry.use),
    ("GET", "/recover", first_entry.page),
    ("POST", "/recover", first_entry.use),
)
_BELOW = "{path:(/.*)?}"
_MEMBERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"/files{_BELOW}", folders.page),
    ("GET", f"/details{_BELOW}", documents.details),
    ("GET", f"/view{_BELOW}", documents.view),
    ("GET", f"/download{_BELOW}", documents.download),
    ("GET", f"/version{_BELOW}", documents.version),
    ("POST", f"/restore-version{_BELOW}", documents.restore_version),
    ("GET", f"/zip{_BELOW}", archives.download),
    ("POST", f"/zip{_BELOW}", archives.download_picked),
    ("POST", f"/upload{_BELOW}", uploads.upload),
    ("GET", f"/new-folder{_BELOW}", changing.new_folder_page),
    ("POST", f"/new-folder{_BELOW}", changing.new_folder),
    ("GET", f"/rename{_BELOW}", changing.rename_page),
    ("POST", f"/rename{_BELOW}", changing.rename),
    ("GET", f"/move{_BELOW}", changing.choose),
    ("POST", f"/move{_BELOW}", changing.place),
    ("GET", f"/copy{_BELOW}", changing.choose),
    ("POST", f"/copy{_BELOW}", changing.place),
    ("POST", f"/delete{_BELOW}", changing.delete),
    ("GET", "/certificates", certificates.page),
    ("GET", "/trash", trash.page),
    ("POST", "/trash/restore", trash.restore),
    ("POST", "/trash/purge", sure(trash.purge, "trash.sure", "/trash")),
    ("GET", "/search", searching.page),
    ("GET", "/links", owner.page),
    ("GET", "/links/{link:[0-9a-f]{32}}", owner.one),
    ("POST", "/links/{link:[0-9a-f]{32}}/revoke", owner.revoke),
    ("GET", f"/share{_BELOW}", owner.share_page),
    ("POST", f"/share{_BELOW}", owner.make_share),
    ("GET", f"/drop-box{_BELOW}", owner.drop_page),
    ("POST", f"/drop-box{_BELOW}", owner.make_drop),
    ("GET", f"/prove{_BELOW}", proving.page),
    ("POST", f"/prove{_BELOW}", proving.make),
    ("GET", "/account", account.page),
    ("POST", "/account/sessions/end", account.end_session),
    ("GET", "/account/devices", devices.page),
    ("POST", "/account/devices", fresh(devices.add)),
    ("POST", "/account/devices/revoke", devices.revoke),
    ("GET", tokens.HERE, tokens.page),
    ("POST", tokens.HERE, fresh(tokens.add)),
    ("POST", f"{tokens.HERE}/revoke", tokens.revoke),
    ("GET", "/account/journal", telling.page),
    ("GET", "/account/journal.csv", telling.export),
    ("GET", "/account/journal.json", telling.export_json),
    ("GET", "/account/closing", fresh(closing.page)),
    ("POST", "/account/closing", fresh(closing.ask)),
    ("POST", "/account/closing/cancel", closing.cancel),
    ("GET", "/account/export", fresh(leaving.page)),
    ("POST", "/account/export", fresh(leaving.download)),
    ("GET", "/account/recovery", fresh(recovery.page)),
    ("POST", "/account/recovery", fresh(recovery.save)),
    ("GET", "/account/password", passwords.page),
    ("POST", "/account/password", passwords.save),
)


def site(
    vaults: Vaults,
    persons: Persons,
    entrance: Entrance,
    plugins: Plugins,
    register: Certificates,
    settings: Callable[[], Settings],
) -> Site:
    """What the pages work with; templates and assets are read once, here."""
    return Site(vaults, persons, entrance, plugins, register, Assets(), environment(), settings)


def add_to(application: web.Application, pages: Site) -> None:
    """Add every page, the static files, the headers of every answer, and the page for 404."""
    application.add_routes(pages.assets.routes())
    for method, path, handler in (*_PUBLIC, *security_pages.PUBLIC):
        _add(application, method, path, public(pages, handler))
    for method, path, handler in (*_MEMBERS, *security_pages.MEMBERS):
        _add(application, method, path, member(pages, handler))
    application.middlewares.append(not_found_pages(pages))
    application.on_response_prepare.append(security.protect)


def _add(application: web.Application, method: str, path: str, answering: Answering) -> None:
    if method == "GET":
        application.router.add_get(path, answering)  # and HEAD
    else:
        application.router.add_route(method, path, answering)
