"""Packages: an app as a folder of YAML files, one definition each, a folder per kind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sanhuan.catalog import yaml
from sanhuan.catalog.definitions import AppDefinition, Definition
from sanhuan.catalog.kinds import Kind, Kinds
from sanhuan.errors import SanhuanError, Text

APP_FILE = "app.yaml"


class BadPackage(SanhuanError):
    """A package does not fit the schema; the sentence names file and place."""

    code = "bad_package"


@dataclass(frozen=True)
class Package:
    """The definitions of one app with their kinds, and a digest of its files."""

    app: AppDefinition
    definitions: tuple[tuple[str, Definition], ...]
    digest: bytes


def read(folder: Path, kinds: Kinds) -> Package:
    """The package in `folder`. Raises `BadPackage`, `yaml.BadYaml`."""
    app = _definition(folder / APP_FILE, kinds["app"], app="")
    if not isinstance(app, AppDefinition):
        raise TypeError(app)
    app.app = app.name
    found: list[tuple[str, Definition]] = [("app", app)]
    digest = hashlib.sha256((folder / APP_FILE).read_bytes())
    for kind, path in _files(folder, kinds):
        found.append((kind.name, _definition(path, kind, app=app.name)))
        digest.update(f"{kind.name}/{path.name}\0".encode())
        digest.update(path.read_bytes())
    return Package(app, tuple(found), digest.digest())


def read_all(folder: Path, kinds: Kinds) -> list[Package]:
    """The packages in the folders of `folder`, each after those that it requires."""
    packages = {
        path.parent.name: read(path.parent, kinds) for path in sorted(folder.glob(f"*/{APP_FILE}"))
    }
    ordered: dict[str, Package] = {}

    def place(name: str, waiting: tuple[str, ...]) -> None:
        if name in ordered:
            return
        if name in waiting or name not in packages:
            chain = " → ".join((*waiting, name))
            raise BadPackage(
                Text(f"应用的依赖缺失或成环：{chain}", f"Missing or circular requirement: {chain}")
            )
        for required in packages[name].app.requires:
            place(required, (*waiting, name))
        ordered[name] = packages[name]

    for name in packages:
        place(name, ())
    return list(ordered.values())


def _files(folder: Path, kinds: Kinds) -> Iterator[tuple[Kind, Path]]:
    for kind in kinds.values():
        if kind.folder != ".":
            for path in sorted((folder / kind.folder).glob("*.yaml")):
                yield kind, path


def _definition(path: Path, kind: Kind, *, app: str) -> Definition:
    source = f"{path.parent.name}/{path.name}"
    body = yaml.load(path.read_bytes(), source=source)
    definition = decode(kind, body, source=source)
    definition.app = app
    return definition


def decode(kind: Kind, body: Any, *, source: str) -> Definition:
    """The definition that plain data says. Raises `BadPackage` with the place at fault."""
    try:
        return msgspec.convert(body, kind.struct)
    except msgspec.ValidationError as error:
        raise BadPackage(Text(f"{source} 不合格式：{error}", f"{source}: {error}")) from None


def json_schema(kinds: Kinds) -> dict[str, Any]:
    """One JSON Schema (2020-12) for the files of packages, by kind."""
    structs = [kind.struct for kind in kinds.values()]
    schemas, components = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    properties = {kind.name: schema for kind, schema in zip(kinds.values(), schemas, strict=True)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sanhuan definitions",
        "type": "object",
        "properties": properties,
        "$defs": components,
    }
