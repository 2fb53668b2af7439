"""The composition root: settings to stores to services. It has no rule of its own."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from vault_core.api import BlobStore
from vault_core.app_sealing import sealing_of
from vault_core.crypto.keys import identity_of, parse_recipient
from vault_core.crypto.sealed import ServerKeyring
from vault_core.entropy import Entropy
from vault_core.errors import Conflict, MalformedAge, SettingsError
from vault_core.issuing.certificates.lifecycle import Certificates
from vault_core.issuing.certificates.making import Maker
from vault_core.issuing.certificates.register import Register
from vault_core.issuing.certificates.revoking import Revocations
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.certificates.verifying import Verifier
from vault_core.issuing.deliveries.batches import Batches
from vault_core.issuing.deliveries.delivering import Deliveries
from vault_core.issuing.deliveries.dropping import DropFolder
from vault_core.issuing.deliveries.letters import Letters
from vault_core.issuing.deliveries.own_deliveries import OwnDeliveries
from vault_core.issuing.deliveries.previewing import Previews
from vault_core.issuing.deliveries.receipts import Receipts
from vault_core.issuing.deliveries.recognising import Recognition
from vault_core.issuing.deliveries.review_expiry import ReviewExpiry
from vault_core.issuing.deliveries.reviewing import Reviews
from vault_core.issuing.deliveries.welcoming import Welcome
from vault_core.issuing.deliveries.working import Worker
from vault_core.issuing.input.own_documents import with_own_documents
from vault_core.issuing.pages.blank_shelf import BlankShelf
from vault_core.issuing.pages.typesetting import Typesetting
from vault_core.issuing.programs.request_keys import RequestKeys
from vault_core.issuing.programs.tokens import IssuerTokens
from vault_core.issuing.seals.sealing import Sealing
from vault_core.notifying.contacts import Contacts
from vault_core.notifying.feeds import Feeds
from vault_core.notifying.post import Post
from vault_core.notifying.webhooks import Webhooks
from vault_core.plugins import Plugins, load_plugins
from vault_core.settings import Settings
from vault_core.signin.entrance import Entrance, entrance
from vault_core.signin.provisioning import Provisioning
from vault_core.signin.roles import Roles
from vault_core.store import belonging
from vault_core.store.catalog import Catalog
from vault_core.store.decorators import Limited, Retrying
from vault_core.store.observed import Failed, Note, Observed, ObservedCatalog
from vault_core.store.proven import Proven
from vault_core.store.read_cache import ReadCache
from vault_core.store.sqlite import SQLiteCatalog
from vault_core.store.sqlite_connection import BULK_CHECKPOINT, CHECKPOINT
from vault_core.vault.documents.beginnings import Beginnings
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.documents.opened import Limits, Services
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys.entrusting import Trustees
from vault_core.vault.keys.guard import AccountLimits, Guard
from vault_core.vault.keys.throttle import Throttle, ThrottleLimits
from vault_core.vault.links.visiting import Visits
from vault_core.vault.persons.administering import Administration
from vault_core.vault.persons.register import Persons
from vault_core.vault.recovery.recovering import Recoveries
from vault_core.vault.recovery.rekeying import Rekeying
from vault_core.vault.upkeep.maintenance import Maintenance, Retention
from vault_core.vault.vaults import Vaults

KEY_FILE = "institution.key"
BLANKS = "blanks"
"""A folder for pages without a text in them, made anew if it is lost."""
NEAR = "local"
"""The blob store on this machine's own disk."""
MACHINE_FILE = "machine.id"


@dataclass(slots=True)
class Institution:
    """Everything one opened installation consists of."""

    data_dir: Path
    settings: Settings
    catalog: Catalog
    blobs: BlobStore
    plugins: Plugins
    persons: Persons
    vaults: Vaults
    roles: Roles
    administration: Administration
    entrance: Entrance
    visits: Visits
    register: Register
    deliveries: Deliveries
    batches: Batches
    previews: Previews
    reviews: Reviews
    review_expiry: ReviewExpiry
    receipts: Receipts
    drop_folder: DropFolder | None
    letters: Letters
    rekeying: Rekeying
    recoveries: Recoveries
    provisioning: Provisioning
    worker: Worker
    certificates: Certificates
    revocations: Revocations
    trusting: Trusting
    verifier: Verifier
    maintenance: Maintenance
    contacts: Contacts
    webhooks: Webhooks
    feeds: Feeds
    post: Post
    issuer_tokens: IssuerTokens
    request_keys: RequestKeys
    stopping: bool = False
    """Whether the server is about to stop: a load balancer is told to send nothing more."""

    @property
    def retention(self) -> Retention:
        """How long what was deleted or replaced is kept."""
        return Retention(self.settings.vault.trash_days, self.settings.vault.version_days)

    def reconfigure(self, settings: Settings) -> None:
        """Take up what may change while running; config/parchemin.toml says what."""
        self.settings = settings
        self.webhooks.allowed = settings.webhooks.allowed_networks
        self.vaults.idle_seconds = settings.vault.idle_seconds
        self.vaults.throttle.limits = _throttle_limits(settings)
        self.vaults.guard.limits = _account_limits(settings)
        self.entrance.reconfigure(settings)
        self.vaults.services.limits.versions = settings.vault.version_count
        self.vaults.services.limits.document = settings.server.max_document
        self.visits.throttle.limits = _throttle_limits(settings)
        self.verifier.throttle.limits = _throttle_limits(settings)
        self.register.public_url = settings.server.public_url
        self.trusting.institution = settings.institution.name
        self.persons.quota = settings.vault.quota
        self.provisioning.settings = settings
        self.persons.trustees = trustees_of(settings, self.entrance.institution)
        self.recoveries.wait_days = settings.recovery.wait_days


async def create_institution(data_dir: Path, settings: Settings) -> None:
    """Make the key and the catalog of a new installation. Raises Conflict if there is one."""
    try:
        _create_key(data_dir / KEY_FILE)
    except FileExistsError:
        raise Conflict(f"There is an institution in '{data_dir}' already.") from None
    try:
        catalog = await open_catalog(data_dir, settings)
        try:
            await belonging.claim(catalog, _mark(_read_key(data_dir / KEY_FILE)))
        finally:
            await catalog.close()
    except Conflict:
        (data_dir / KEY_FILE).unlink()
        raise


async def open_catalog(data_dir: Path, settings: Settings, *, bulk: bool = False) -> Catalog:
    """The catalog that the settings name; `bulk`: for megabytes at a time.

    Raises SettingsError, StoreError.
    """
    url = settings.catalog.url.get_secret_value()
    if not url:
        checkpoint = BULK_CHECKPOINT if bulk else CHECKPOINT
        return await SQLiteCatalog.open(catalog_path(data_dir, settings), checkpoint=checkpoint)
    try:
        from vault_core.store.postgresql import PostgreSQLCatalog
    except ImportError:
        raise SettingsError(
            "catalog.url needs asyncpg: pip install 'parchemin[postgresql]'."
        ) from None
    return await PostgreSQLCatalog.open(url, connections=settings.catalog.connections)


@asynccontextmanager
async def open_institution(
    data_dir: Path,
    settings: Settings,
    note: Note | None = None,
    failed: Failed | None = None,
    *,
    bulk: bool = False,
) -> AsyncIterator[Institution]:
    """Open an installation; everything is closed, in order, at the end.

    `note` is told about every operation of the blob store, `failed` about failures of the catalog;
    `bulk` says that megabytes are stored at a time.

    Raises SettingsError if there is none, or a setting does not fit; PluginError; StoreError;
    Conflict if the catalog belongs to another institution.
    """
    key = _read_key(data_dir / KEY_FILE)
    plugins = with_own_documents(load_plugins(settings.plugins.enabled))
    async with AsyncExitStack() as stack:
        catalog = await open_catalog(data_dir, settings, bulk=bulk)
        stack.push_async_callback(catalog.close)
        await belonging.claim(catalog, _mark(key))
        if failed is not None:
            catalog = ObservedCatalog(catalog, failed)
        blobs = open_blob_store(plugins, settings, data_dir, note)
        stack.push_async_callback(blobs.close)
        sealing = sealing_of(data_dir, settings, time.time, Entropy())
        stack.callback(sealing.close)
        institution = _compose(
            data_dir, settings, ServerKeyring(key), plugins, catalog, blobs, sealing
        )
        stack.push_async_callback(institution.vaults.services.beginnings.close)
        stack.push_async_callback(institution.vaults.close)
        yield institution


def _compose(
    data_dir: Path,
    settings: Settings,
    keyring: ServerKeyring,
    plugins: Plugins,
    catalog: Catalog,
    blobs: BlobStore,
    sealing: Sealing,
) -> Institution:
    clock, random, rules = time.time, Entropy(), settings.vault
    limits = Limits(rules.inline_limit, rules.version_count, settings.server.max_document)
    spare = (os.cpu_count() or 1) > settings.server.workers
    services = Services(
        catalog, blobs, CiphertextCache(), clock, random, limits, Beginnings(random, ahead=spare)
    )
    persons = Persons(catalog, keyring, clock, random, rules.quota, rules.recipient)
    persons.trustees = trustees_of(settings, keyring)
    register = Register(
        catalog, keyring, plugins, settings.server.public_url,
        f"http://{settings.server.listen}", clock, random,
    )  # fmt: skip
    typesetting = Typesetting(lambda: BlankShelf(data_dir / BLANKS, keyring, random))
    maker = Maker(catalog, keyring, register, typesetting, random, sealing)
    welcome = Welcome(persons, settings.issuing.letters_recipient, random)
    own = OwnDeliveries(catalog, keyring, Recognition(persons), random)
    deliveries = Deliveries(catalog, plugins, persons, maker, welcome, own, clock, random)
    batches = Batches(catalog, keyring, plugins, clock, random)
    reviews = Reviews(catalog, keyring, deliveries, persons, clock, random)
    receipts = Receipts(catalog, batches, register)
    standing = Certificates(catalog, keyring, clock)
    drop_folder = None
    if settings.drop.path:
        root, drop = data_dir / settings.drop.path, settings.drop
        drop_folder = DropFolder(
            batches,
            receipts,
            reviews,
            plugins,
            root,
            drop.after,
            drop.settle_seconds,
            drop.wait_seconds,
            clock,
            random,
        )
    trusting = Trusting(catalog, register, clock, settings.institution.name, sealing.known)
    vaults = _vaults(services, keyring, settings)
    rekeying = Rekeying(catalog, blobs, clock, random, rules.recipient)
    recoveries = Recoveries(catalog, clock, random, settings.recovery.wait_days)
    contacts = Contacts(catalog, keyring, clock, random)
    webhooks = Webhooks(catalog, keyring, clock, random)
    names = {issuer.id: issuer.name for issuer in plugins.issuers.values()}
    institution = Institution(
        data_dir,
        settings,
        catalog,
        blobs,
        plugins,
        persons,
        vaults,
        Roles(catalog, clock),
        Administration(catalog, clock),
        entrance(vaults, persons, keyring, settings, recoveries, rekeying),
        Visits(services, _throttle(services, keyring, settings, "link")),
        register,
        deliveries,
        batches,
        Previews(catalog, keyring, plugins, persons, maker, welcome),
        reviews,
        ReviewExpiry(catalog, keyring, clock, random),
        receipts,
        drop_folder,
        Letters(catalog, register, random),
        rekeying,
        recoveries,
        Provisioning(catalog, persons, keyring, settings, clock, random),
        Worker(catalog, keyring, deliveries, persons, machine_name(data_dir), clock, random),
        standing,
        Revocations(catalog, plugins, maker, standing),
        trusting,
        Verifier(
            catalog, register, trusting, _throttle(services, keyring, settings, "verify"), clock
        ),
        Maintenance(catalog, blobs, clock),
        contacts,
        webhooks,
        Feeds(catalog, names, clock, random),
        Post(
            catalog, keyring, contacts, webhooks, names, lambda: institution.settings, clock,
            random,
        ),
        IssuerTokens(catalog, plugins, clock, random),
        RequestKeys(catalog, plugins, clock),
    )  # fmt: skip
    webhooks.allowed = settings.webhooks.allowed_networks
    recoveries.letter = institution.post.about_recovery
    return institution


def trustees_of(settings: Settings, keyring: ServerKeyring) -> Trustees:
    """To whom the settings have vaults entrusted. Raises SettingsError.

    The server's own identity comes of the institution's key, so that every node has it.
    """
    escrow = settings.recovery.escrow_recipient
    try:
        recipient = parse_recipient(escrow) if escrow else None
    except MalformedAge:
        raise SettingsError(
            "recovery.escrow_recipient is no age recipient: set it to what 'parchemin escrow init'"
            " printed."
        ) from None
    custody = None
    if settings.sign_in.custody == "server":
        custody = identity_of("mlkem768x25519", keyring.mac(b"custody", b"identity"))
    return Trustees(recipient, custody)


def _vaults(services: Services, keyring: ServerKeyring, settings: Settings) -> Vaults:
    throttle = _throttle(services, keyring, settings, "vault")
    guard = Guard(services.catalog, throttle, _attempt_key(keyring), _account_limits(settings))
    journal = AccessLog(services.catalog, services.clock)
    return Vaults(services, journal, throttle, settings.vault.idle_seconds, guard)


def _throttle(
    services: Services, keyring: ServerKeyring, settings: Settings, about: str
) -> Throttle:
    limits, key = _throttle_limits(settings), _attempt_key(keyring)
    return Throttle(services.catalog, services.clock, limits, about=about, key=key)


def _attempt_key(keyring: ServerKeyring) -> Callable[[bytes], bytes]:
    return lambda data: keyring.mac(b"attempt", data)


def _throttle_limits(settings: Settings) -> ThrottleLimits:
    rules = settings.throttle
    return ThrottleLimits(rules.failures, rules.address_failures, rules.recover_seconds)


def _account_limits(settings: Settings) -> AccountLimits:
    rules = settings.throttle
    return AccountLimits(rules.account_failures, rules.account_recover_seconds)


def open_blob_store(
    plugins: Plugins, settings: Settings, data_dir: Path, note: Note | None = None
) -> BlobStore:
    """The blob store that the settings name; one that is far away is wrapped in patience.

    Raises SettingsError, StoreError.
    """
    rules = settings.storage
    store = _backend(plugins, settings, data_dir)
    if note is not None:
        store = Observed(store, note)
    if rules.backend == NEAR:
        return store
    store = Retrying(Limited(store, rules.at_once))
    if rules.read_back:
        store = Proven(store)
    if rules.cache_size:
        store = ReadCache(store, data_dir / rules.cache_path, rules.cache_size)
    return store


def _backend(plugins: Plugins, settings: Settings, data_dir: Path) -> BlobStore:
    backend = settings.storage.backend
    factory = plugins.blob_stores.get(backend)
    if factory is None:
        known = ", ".join(sorted(plugins.blob_stores)) or "none"
        raise SettingsError(
            f"storage.backend is '{backend}', which no enabled plugin brings (there is: {known})."
        )
    return factory(settings.storage.options(), str(data_dir))


def catalog_path(data_dir: Path, settings: Settings) -> Path:
    """Where the SQLite file of the catalog is."""
    return data_dir / settings.catalog.path  # an absolute one stays as it is


def machine_name(data_dir: Path) -> bytes:
    """8 bytes that no other machine has, kept beside the institution's key."""
    path = data_dir / MACHINE_FILE
    with contextlib.suppress(FileExistsError), path.open("x") as file:
        file.write(secrets.token_hex(8))
    try:
        name = bytes.fromhex(path.read_text().strip())
    except ValueError:
        name = b""
    if len(name) != 8:
        path.unlink()  # cut off by a crash
        return machine_name(data_dir)
    return name


def _create_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"parchemin-institution-key-1 {secrets.token_hex(32)}\n")
        file.flush()
        os.fsync(file.fileno())


def _mark(key: bytes) -> str:
    """Tells an institution's key from another one, and nothing of either."""
    return hmac.digest(key, b"parchemin: which institution's catalog", "sha256").hex()


def _read_key(path: Path) -> bytes:
    try:
        kind, key = path.read_text().split()
        data = bytes.fromhex(key)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no institution in '{path.parent}': make one with"
            f" 'parchemin init --data {path.parent}'."
        ) from None
    except (OSError, ValueError):
        raise SettingsError(f"'{path}' cannot be read as an institution's key.") from None
    if kind != "parchemin-institution-key-1" or len(data) != 32:
        raise SettingsError(f"'{path}' is not an institution's key.")
    return data
