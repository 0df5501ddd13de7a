"""YAML of deck sources as a plain tree in which every value knows its line.

The tree is built from libyaml's event stream, so that anchors, aliases, tags, second documents and deep
nesting are refused while they arrive, and no value is ever turned into anything but text, list or mapping.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.errors import FileFormatError

if TYPE_CHECKING:
    import yaml

MAX_DEPTH = 64
MAX_BYTES = 2 * 1024 * 1024
MAX_TEXT = 64 * 1024
MAX_VALUES = 500_000


class SourceError(FileFormatError):
    """A deck source cannot be read; `line` counts from 1, 0 where the whole file is meant.

    `plain` is the sentence without the place, `rule` the lint rule that the fault breaks, else `form`.
    """

    def __init__(
        self, kind: str, message: str, *, path: Path, line: int = 0, item: str = "", rule: str = "form"
    ):
        where = f"{path.name}, line {line}" if line else path.name
        super().__init__(kind, f"{where}: {message}", path=path, item=item)
        self.line = line
        self.plain = message
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar exactly as written: `yes`, `0x1F` and `2026-11-30` stay text."""

    value: str
    line: int
    quoted: bool = False


@dataclass(slots=True)
class Items:
    """A list."""

    line: int
    values: "list[Tree]" = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A mapping; keys are text and occur once."""

    line: int
    values: "dict[str, Tree]" = field(default_factory=dict)


Tree = Text | Items | Table


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being filled, and the key that waits for its value."""

    node: Items | Table
    key: str | None = None


def read_yaml(path: Path) -> Tree:
    """Return the single document of a YAML file as a tree.

    Raises:
        SourceError: `damaged` for text that is no YAML, `unsafe` for tags, anchors and aliases, `limit` for
            more than 64 levels, 2 MiB, half a million values or 65,536 signs in a text, `inconsistent` for a
            key given twice.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError("limit", f"a deck source may hold at most {MAX_BYTES // 2**20} MiB.", path=path)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError("not-a-deck", f"the file cannot be read: {error.strerror}.", path=path) from error
    except UnicodeDecodeError as error:
        raise SourceError("damaged", "the text is not UTF-8.", path=path) from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Tree:
    """Return the tree of YAML text; `path` is only named in errors. Raises as `read_yaml`."""
    import yaml

    # Aliases are seen as events and refused there; the loader never composes or constructs anything.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _grow(yaml.parse(text, Loader=loader), path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SourceError(
            "damaged", f"not valid YAML: {error.problem or error}.", path=path, line=line
        ) from error
    except yaml.YAMLError as error:
        raise SourceError("damaged", "not valid YAML: a sign that text may not hold.", path=path) from error


def _grow(events: "Iterable[Any]", path: Path) -> Tree:
    import yaml

    root: Tree | None = None
    stack: list[_Open] = []
    count = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.NodeEvent):
            count += 1
            _refuse_unsafe(event, line, len(stack), count, path)
            node = _node(event, line)
            if root is None:
                root = node
            elif stack:
                _attach(stack[-1], node, path)
            else:
                raise SourceError("inconsistent", "expected one YAML document.", path=path, line=line)
            if not isinstance(node, Text):
                stack.append(_Open(node))
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
    if root is None:
        raise SourceError("not-a-deck", "the file is empty.", path=path)
    return root


def _refuse_unsafe(event: "yaml.NodeEvent", line: int, depth: int, count: int, path: Path) -> None:
    import yaml

    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise SourceError(
            "unsafe",
            "anchors and aliases (& and *) are not allowed; write the text out.",
            path=path,
            line=line,
        )
    if getattr(event, "tag", None) is not None:
        raise SourceError(
            "unsafe",
            "tags (!) are not allowed; put text with an exclamation mark in quotes.",
            path=path,
            line=line,
        )
    if depth >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
        raise SourceError("limit", f"nested more than {MAX_DEPTH} levels deep.", path=path, line=line)
    if len(getattr(event, "value", "")) > MAX_TEXT:
        raise SourceError("limit", f"a text of more than {MAX_TEXT} signs.", path=path, line=line)
    if count > MAX_VALUES:
        raise SourceError("limit", f"more than {MAX_VALUES} values.", path=path, line=line)


def _node(event: Any, line: int) -> Tree:
    import yaml

    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value, line, quoted=not event.implicit[0])
    return Items(line) if isinstance(event, yaml.SequenceStartEvent) else Table(line)


def _attach(parent: _Open, node: Tree, path: Path) -> None:
    if isinstance(parent.node, Items):
        parent.node.values.append(node)
    elif parent.key is None:
        if not isinstance(node, Text):
            raise SourceError("inconsistent", "expected a word as key.", path=path, line=node.line)
        if node.value in parent.node.values:
            raise SourceError(
                "inconsistent", f"the key {node.value} is given twice.", path=path, line=node.line
            )
        parent.key = node.value
    else:
        parent.node.values[parent.key] = node
        parent.key = None
