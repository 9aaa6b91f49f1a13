"""Reading the YAML of packages, which may come from strangers.

Only plain data is made: no tags, no duplicate keys, few aliases, bounded size and depth (TRUST
I11; the billion laughs pass PyYAML's safe loader).
"""

from __future__ import annotations

from typing import Any

import yaml

from sanhuan.errors import SanhuanError, Text

MOST_BYTES = 2 * 1024 * 1024
MOST_ALIASES = 50
DEEPEST = 40


class BadYaml(SanhuanError):
    """A file of a package can't be read; the sentence says where."""

    code = "bad_yaml"


class _Loader(yaml.CSafeLoader):
    """Dates stay text, keys are unique."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise BadYaml(Text(f"第 {line} 行的键重复：{key}", f"Key {key} twice, line {line}"))
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load(text: bytes, *, source: str) -> Any:
    """The data of a YAML text; `source` names it in errors. Raises `BadYaml`."""
    if len(text) > MOST_BYTES:
        raise BadYaml(Text(f"{source} 超过 2 MB", f"{source} is larger than 2 MB"))
    try:
        _measure(text)
        return yaml.load(text, _Loader)  # noqa: S506 - a subclass of CSafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadYaml(
            Text(f"{source} 读不懂：{error}", f"{source} can't be read: {error}")
        ) from None
    except BadYaml as error:
        found = error.message
        raise BadYaml(Text(f"{source}：{found.zh}", f"{source}: {found.en}")) from None


def _measure(text: bytes) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > DEEPEST or aliases > MOST_ALIASES:
            raise BadYaml(Text("嵌套或引用太多", "Nested too deeply or too many aliases"))
