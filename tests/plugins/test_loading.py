"""Loading plugins from real distributions: what is taken, and what is refused in which words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from vault_core.errors import PluginError
from vault_core.plugins import load_plugins

Install = Callable[..., str]
HEADER = """
from vault_core.api import *
from vault_core.hookspecs import hookimpl

class Kind:
    def __init__(self, id, issuer="town"):
        self.id, self.issuer = id, issuer
        self.title = Text("Titre", "Title")
        self.columns = (Column("name", ("Nom",), Text("Nom", "Name")),)
    def parse(self, row): raise NotImplementedError
    def present(self, record): raise NotImplementedError
    def sample(self, count, seed): return iter(())
    def template(self): return ""

TOWN = Issuer("town", Text("Ville", "Town"), "Ville")
"""
ISSUERS = """
@hookimpl
def parchemin_issuers():
    return [TOWN]
"""
TYPES = """
@hookimpl
def parchemin_document_types():
    return [Kind("permit")]
"""


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Install:
    """Write a distribution with one entry point onto sys.path; gives the module's name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    test = f"{abs(hash(request.node.nodeid)):x}"

    def write(name: str, source: str, distribution: str = "", header: str = HEADER) -> str:
        distribution = distribution or f"town-{name}"
        module = f"mod_{test}_{distribution.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(header + textwrap.dedent(source))
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n"
        )
        (info / "entry_points.txt").write_text(f"[parchemin]\n{name} = {module}\n")
        return module

    return write


def test_only_the_named_ones_are_loaded(install: Install) -> None:
    install("town", ISSUERS + TYPES)
    install("other", "raise SystemError('imported although not named')")
    plugins = load_plugins(["town"])
    assert list(plugins.issuers) == ["town"]
    assert list(plugins.document_types) == ["permit"]
    assert plugins.origins == {"permit": "town"}
    assert plugins.issuer_of("permit").folder == "Ville"
    (loaded,) = plugins.loaded
    assert (loaded.name, loaded.distribution, loaded.version) == ("town", "town-town", "1.2")
    assert loaded.hooks == ("parchemin_document_types", "parchemin_issuers")


def test_no_plugin_at_all() -> None:
    plugins = load_plugins([])
    assert not plugins.loaded
    assert not plugins.document_types


def test_types_and_issuers_may_come_from_different_plugins(install: Install) -> None:
    install("types", TYPES)
    install("issuers", ISSUERS)
    assert load_plugins(["types", "issuers"]).issuer_of("permit").id == "town"


def test_order_is_the_configuration_s(install: Install) -> None:
    for name in ("a", "b", "c"):
        install(
            name,
            f"@hookimpl\ndef parchemin_blob_stores():\n    return {{'{name}': lambda o, d: None}}",
        )
    assert list(load_plugins(["c", "a", "b"]).blob_stores) == ["c", "a", "b"]


def test_a_generator_is_as_good_as_a_list(install: Install) -> None:
    install("town", ISSUERS.replace("return [TOWN]", "yield TOWN"))
    assert list(load_plugins(["town"]).issuers) == ["town"]


def hook(name: str, body: str) -> str:
    return f"@hookimpl\ndef {name}:\n    {body}\n"


FAULTS = {
    "misspelt hook": (
        hook("parchemin_issuer()", "return []"),
        ["plugin town", "no hook “parchemin_issuer”", "did you mean “parchemin_issuers”?"],
    ),
    "unknown argument": (
        hook("parchemin_issuers(vault)", "return []"),
        ["plugin town", "parchemin_issuers", "vault"],
    ),
    "unmarked hook": (
        "def parchemin_issuers():\n    return []\n",
        ["plugin town", "parchemin_issuers lacks the decorator @hookimpl"],
    ),
    "no hook": ("x = 1\n", ["plugin town", "it has no hook"]),
    "missing dependency": (
        "import surely_not_there.deep\n",
        ["plugin town", "package “surely_not_there”", "pip install surely_not_there", "town-town"],
    ),
    "import raises": ("1 / 0\n", ["plugin town", "importing", "ZeroDivisionError"]),
    "syntax error": ("def (:\n", ["plugin town", "importing", "SyntaxError"]),
    "hook raises": (
        hook("parchemin_issuers()", "raise KeyError('x')"),
        ["plugin town", "parchemin_issuers failed", "KeyError"],
    ),
    "generator raises": (
        hook("parchemin_issuers()", "yield TOWN; raise OSError('disk')"),
        ["plugin town", "parchemin_issuers failed", "OSError: disk"],
    ),
    "async hook": (
        "@hookimpl\nasync def parchemin_issuers():\n    return [TOWN]\n",
        ["plugin town", "parchemin_issuers is async"],
    ),
    "no list": (
        hook("parchemin_issuers()", "return 7"),
        ["plugin town", "parchemin_issuers gave int, a list is expected"],
    ),
    "no issuer": (
        hook("parchemin_issuers()", "return ['town']"),
        ["plugin town", "gave str where an Issuer is expected"],
    ),
    "issuer with a path for a folder": (
        hook("parchemin_issuers()", "return [Issuer('a', Text('a', 'a'), '../b')]"),
        ["the issuer “a”, whose folder name cannot be used"],
    ),
    "issuer with a wild id": (
        hook("parchemin_issuers()", "return [Issuer('A b', Text('a', 'a'), 'b')]"),
        ["the issuer id 'A b'", "lower-case letters"],
    ),
    "not a document type": (
        hook("parchemin_document_types()", "return [object()]"),
        ["gave object, which is not a DocumentType"],
    ),
    "document type without a method": (
        hook("parchemin_document_types()", "Kind.parse = None; return [Kind('permit')]"),
        ["the document type “permit” without a method parse()"],
    ),
    "document type with async parse": (
        "async def parse(self, row): ...\nKind.parse = parse\n" + TYPES + ISSUERS,
        ["the document type “permit”, whose parse() is async"],
    ),
    "one column twice": (
        "class Two(Kind):\n    @property\n    def columns(self): return self._c * 2\n"
        "    @columns.setter\n    def columns(self, c): self._c = c\n"
        + hook("parchemin_document_types()", "return [Two('permit')]"),
        ["“permit”, whose column “name” appears twice"],
    ),
    "unknown issuer": (
        ISSUERS + hook("parchemin_document_types()", "return [Kind('permit', 'twon')]"),
        ["plugin town", "“permit”", "“twon”", "did you mean “town”?"],
    ),
    "blob stores that are no mapping": (
        hook("parchemin_blob_stores()", "return ['s3']"),
        ["parchemin_blob_stores gave list, a mapping of names is expected"],
    ),
    "blob store that is no factory": (
        hook("parchemin_blob_stores()", "return {'s3': 5}"),
        ["'s3', which is not the name of a factory"],
    ),
    "the same id twice from one plugin": (
        hook("parchemin_issuers()", "return [TOWN, TOWN]"),
        ["the id “town” is given by the plugins town and town"],
    ),
}


@pytest.mark.parametrize(("source", "parts"), FAULTS.values(), ids=FAULTS)
def test_fault_is_named(install: Install, source: str, parts: list[str]) -> None:
    install("town", source)
    with pytest.raises(PluginError) as caught:
        load_plugins(["town"])
    for part in parts:
        assert part in str(caught.value)


def test_an_unknown_name_suggests_what_is_installed(install: Install) -> None:
    install("town", ISSUERS)
    with pytest.raises(PluginError, match=r"“towm” is not installed; did you mean “town”\?"):
        load_plugins(["towm"])
    with pytest.raises(PluginError, match=r"plugins there are: .*town"):
        load_plugins(["quite-else"])


@pytest.mark.parametrize("source", [ISSUERS, ISSUERS + TYPES], ids=["issuer", "type"])
def test_a_duplicate_id_names_both_plugins(install: Install, source: str) -> None:
    install("first", source)
    install("second", source)
    with pytest.raises(PluginError, match=r"“town” is given by the plugins first and second"):
        load_plugins(["first", "second"])


def test_one_plugin_name_in_two_distributions(install: Install) -> None:
    install("town", ISSUERS, "town-one")
    install("town", ISSUERS, "town-two")
    with pytest.raises(PluginError, match=r"“town” is claimed by town-.* and by town-"):
        load_plugins(["town"])


def test_a_faulty_plugin_leaves_nothing_behind(install: Install) -> None:
    install("town", ISSUERS)
    install("bad", hook("parchemin_issuers()", "raise OSError"))
    with pytest.raises(PluginError, match="plugin bad"):
        load_plugins(["town", "bad"])
    assert list(load_plugins(["town"]).issuers) == ["town"]
    assert not load_plugins([]).issuers


def test_an_unknown_document_type_lists_what_there_is(install: Install) -> None:
    install("town", ISSUERS + TYPES)
    with pytest.raises(PluginError, match=r"“permi”; did you mean “permit”\?"):
        load_plugins(["town"]).document_type("permi")
