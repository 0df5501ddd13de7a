"""The built-in note types, read from `resources/note_types/<kind>.yaml`."""

from functools import lru_cache
from pathlib import Path

from mlsd_cards import paths
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.formats.source_model import Kind
from mlsd_cards.formats.source_parse import MAX_ROWS
from mlsd_cards.formats.source_yaml import Items, Text, Tree, read_yaml

NUMBER_MARK = "<<n>>"
"""Fields and templates that hold this mark are made six times, numbered from 1."""


@lru_cache(maxsize=1)
def built_in_note_types() -> dict[Kind, NoteType]:
    """Return the built-in note types; ids and foreign ids are the same in every version of the program.

    Raises:
        SourceError: a file of the program is damaged.
    """
    return {kind: _built_in(kind.value) for kind in Kind}


@lru_cache(maxsize=1)
def scenario_note_type() -> NoteType:
    """Return the built-in note type of practice interviews.

    Raises:
        SourceError: a file of the program is damaged.
    """
    return _built_in("scenario")


def _built_in(name: str) -> NoteType:
    folder = paths.resources_dir() / "note_types"
    shared = Entry(read_yaml(folder / "shared.yaml"), folder / "shared.yaml", "the shared part")
    css = shared.text("css")
    parts = shared.entry("parts")
    texts = {} if parts is None else {key: parts.optional(key) for key in parts.lines()}
    return _note_type(folder / f"{name}.yaml", css, texts)


def _note_type(path: Path, shared_css: str, parts: dict[str, str]) -> NoteType:
    entry = Entry(read_yaml(path), path, "the note type")
    note_type_id = NoteTypeId(int(entry.number("id")))
    css = "\n".join(text for text in (shared_css, entry.optional("css")) if text)
    fields = tuple(Field(name=name) for tree in entry.trees("fields") for name in _field_names(tree))
    templates = tuple(made for item in entry.entries("templates") for made in _templates(item, parts))
    note_type = NoteType(
        id=note_type_id,
        name=entry.text("name"),
        kind=NoteTypeKind(entry.optional("kind") or NoteTypeKind.STANDARD),
        fields=fields,
        templates=templates,
        css=css + "\n",
        foreign_id=note_type_id,
    )
    entry.finish()
    return note_type


def _field_names(tree: Tree) -> list[str]:
    """Return the names of one item: a name, or a list of names to be made six times over."""
    if isinstance(tree, Text):
        return [tree.value]
    names = [item.value for item in tree.values if isinstance(item, Text)] if isinstance(tree, Items) else []
    return [name.replace(NUMBER_MARK, str(number)) for number in range(1, MAX_ROWS + 1) for name in names]


def _templates(entry: Entry, parts: dict[str, str]) -> list[Template]:
    name, front, back = entry.text("name"), entry.text("front"), entry.text("back")
    entry.finish()
    for part, text in parts.items():
        front, back = front.replace(f"<<{part}>>", text), back.replace(f"<<{part}>>", text)
    if NUMBER_MARK not in name:
        return [Template(name=name, front=front, back=back)]
    return [
        Template(
            name=name.replace(NUMBER_MARK, str(number)),
            front=front.replace(NUMBER_MARK, str(number)),
            back=back.replace(NUMBER_MARK, str(number)),
        )
        for number in range(1, MAX_ROWS + 1)
    ]
