"""From a note back to its entry in a deck source: the inverse of `source_notes`, checked by going there again."""

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlsd_cards.domain.notes import NoteType, NoteTypeKind
from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.formats.source_model import DeckSource, Kind
from mlsd_cards.formats.source_note_types import built_in_note_types
from mlsd_cards.formats.source_notes import fields_of
from mlsd_cards.formats.source_parse import MAX_ROWS, parse_note
from mlsd_cards.formats.source_text import FORMULA
from mlsd_cards.formats.source_yaml import SourceError, Table, Tree, parse_yaml

Made = dict[str, Any]

_FILE = Path("note.yaml")
_BARE = re.compile(r"</?(?:b|i|u|code|sub|sup|br)>")
_SPECIAL = re.compile(r"([\\`*_\[\]{}<>|])")
_AT_START = re.compile(r"^(\s*\d*)([#+\-=>~]|(?<=\d)[.)](?=\s|\Z))", re.MULTILINE)
_ROW = re.compile(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>")
_ITEM = re.compile(r'<li(?: value="(\d+)")?>(.*?)</li>')
_FIGURE = re.compile(r'<img src="([^"]*)" alt="([^"]*)">')
_LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>(?:, (.*))?')
_AS_OF = re.compile(r" \(as of (\d{4}-\d{2})\)\Z")
_NEXT_SOURCE = re.compile(r"; (?=<a href=)")
_DERIVED = frozenset({"Version"})
_FRONTS = ("Question", "Front")


def to_markdown(text: str) -> str:
    """Return HTML as the Markdown of deck sources; what cannot be said there comes out as something else."""
    text = text.replace("<ul><li>", "\n- ").replace("<ol><li>", "\n- ").replace("</li><li>", "\n- ")
    text = text.replace("</li></ul>", "\n").replace("</li></ol>", "\n").replace("<br><br>", "\n\n")
    parts: list[str] = []
    position = 0
    for kept in re.finditer(f"{_BARE.pattern}|{FORMULA.pattern}", text, re.DOTALL):
        parts += (_escaped(text[position : kept.start()]), html.unescape(kept[0]))
        position = kept.end()
    parts.append(_escaped(text[position:]))
    return "".join(parts).strip()


def _escaped(text: str) -> str:
    plain = html.unescape(text)
    marked = _SPECIAL.sub(r"\\\1", plain) if "{{c" not in plain else plain
    return marked if marked.startswith("\n- ") else _AT_START.sub(r"\1\\\2", marked)


def entry_of(
    note_type: NoteType, fields: tuple[str, ...], common: Mapping[str, Any], deck: DeckSource
) -> Made | None:
    """Return the entry that stands for a note, None where a deck source cannot hold it without loss.

    `common` gives `id`, `level`, `tags` and whatever else does not come from the fields.
    """
    values = dict(zip(note_type.field_names, fields, strict=False))
    kind = _kind_of(note_type)
    if kind is None:
        return _foreign(note_type, fields, common, deck)
    made = {"id": common["id"], "kind": kind.value, **{k: v for k, v in common.items() if k != "id"}}
    try:
        made |= _KINDS[kind](values)
    except (KeyError, ValueError, StopIteration):
        return None
    made |= _shared(values)
    made = {key: value for key, value in made.items() if value not in ("", [], None)}
    return made if _says(made, deck, note_type, values) else None


def _kind_of(note_type: NoteType) -> Kind | None:
    for kind, built_in in built_in_note_types().items():
        if built_in.name == note_type.name and built_in.field_names == note_type.field_names:
            return kind
    return None


def _foreign(
    note_type: NoteType, fields: tuple[str, ...], common: Mapping[str, Any], deck: DeckSource
) -> Made | None:
    """Return an entry of a plain question or cloze of somebody else's note type; others cannot be told."""
    if len(note_type.templates) != 1 or any(fields[2:]):
        return None
    first, second = to_markdown(fields[0]), to_markdown(fields[1]) if len(fields) > 1 else ""
    if note_type.kind is NoteTypeKind.CLOZE:
        told: Made = {"text": first, "why": second}
        kind, wanted = Kind.CLOZE, {"Text": fields[0], "Why": fields[1] if len(fields) > 1 else ""}
    else:
        told = {"front": first, "answer": second}
        kind, wanted = Kind.BASIC, {"Question": fields[0], "Answer": fields[1] if len(fields) > 1 else ""}
    made = {"id": common["id"], "kind": kind.value, **{k: v for k, v in common.items() if k != "id"}, **told}
    made = {key: value for key, value in made.items() if value not in ("", [], None)}
    return made if _says(made, deck, built_in_note_types()[kind], wanted) else None


def _says(made: Made, deck: DeckSource, note_type: NoteType, wanted: Mapping[str, str]) -> bool:
    """Whether the entry, read as a deck source, gives the fields again."""
    try:
        note = parse_note(Entry(_tree(dumped([made])), _FILE, "the note"), "x")
        found = dict(zip(note_type.field_names, fields_of(note, deck, note_type.field_names), strict=True))
    except (SourceError, ArithmeticError):
        return False
    return all(found[name] == text for name, text in wanted.items() if name not in _DERIVED and name != "Id")


def _tree(text: str) -> Tree:
    tree = parse_yaml(f"notes:\n{text}", _FILE)
    assert isinstance(tree, Table)
    return next(iter(Entry(tree, _FILE, "the file").trees("notes")))


def dumped(entries: list[Made]) -> str:
    """Return entries as a list in YAML, each text on one line where it has only one."""
    import yaml

    text: str = yaml.dump(
        entries,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        allow_unicode=True,
        sort_keys=False,
        width=10**9,
    )
    return text


# Kinds


def _basic(values: Mapping[str, str]) -> Made:
    return {"front": to_markdown(values["Question"]), "answer": to_markdown(values["Answer"])}


def _cloze(values: Mapping[str, str]) -> Made:
    return {"text": to_markdown(values["Text"])}


def _requirement(values: Mapping[str, str]) -> Made:
    rows: list[Made] = []
    for number in range(1, MAX_ROWS + 1):
        if not values[f"If{number}"]:
            break
        row: Made = {"if": to_markdown(values[f"If{number}"]), "then": to_markdown(values[f"Then{number}"])}
        if text := values[f"Number{number}"]:
            row["number"] = to_markdown(text)
        if text := values[f"Ask{number}"]:
            row["ask"] = to_markdown(text)
        else:
            row["card"] = "false"
        rows.append(row)
    mistakes = to_markdown(values["Mistakes"])
    return {
        "front": to_markdown(values["Question"]),
        "hint": to_markdown(values["Hint"]),
        "rows": rows,
        "tradeoff": to_markdown(values["Tradeoff"]),
        "followup": to_markdown(values["Followup"]),
        "mistakes": [mistakes] if mistakes else [],
    }


def _tradeoff(values: Mapping[str, str]) -> Made:
    sides = [
        {"name": to_markdown(name), "gain": to_markdown(gain), "lose": to_markdown(lose)}
        for name, gain, lose in _ROW.findall(values["Sides"])
    ]
    return {
        "front": to_markdown(values["Question"]),
        "sides": sides,
        "decide": to_markdown(values["Decide"]),
    }


def _estimation(values: Mapping[str, str]) -> Made:
    return {
        "front": to_markdown(values["Question"]),
        "value": values["Value"],
        "unit": to_markdown(values["Unit"]),
        "tolerance": values["Tolerance"].replace(" ", ""),
        "working": html.unescape(values["Working"]),
        "steps": to_markdown(values["Steps"]),
    }


def _choice(values: Mapping[str, str]) -> Made:
    texts = [text for _, text in _ITEM.findall(values["Options"])]
    why = {int(number): text for number, text in _ITEM.findall(values["Others"])}
    right = ord(values["Answer"][:1]) - ord("A")
    options: list[Made] = []
    for place, text in enumerate(texts):
        option: Made = {"text": to_markdown(text)}
        option |= {"right": "true"} if place == right else {"why": to_markdown(why[place + 1])}
        options.append(option)
    return {"front": to_markdown(values["Question"]), "options": options}


_KINDS: dict[Kind, Callable[[Mapping[str, str]], Made]] = {
    Kind.BASIC: _basic,
    Kind.CLOZE: _cloze,
    Kind.REQUIREMENT: _requirement,
    Kind.TRADEOFF: _tradeoff,
    Kind.ESTIMATION: _estimation,
    Kind.CHOICE: _choice,
}


def _shared(values: Mapping[str, str]) -> Made:
    """Return what notes of all kinds have: why, sources, a figure."""
    made: Made = {"why": to_markdown(values["Why"])}
    source = values["Source"]
    if dated := _AS_OF.search(source):
        made["as_of"] = dated[1]
        source = source[: dated.start()]
    made["source"] = [_citation(each) for each in _NEXT_SOURCE.split(source) if each]
    for name, side in (("Figure", "answer"), ("QuestionFigure", "question")):
        if found := _FIGURE.fullmatch(values[name]):
            made["figure"] = {
                "file": html.unescape(found[1]), "alt": html.unescape(found[2]), "side": side
            }  # fmt: skip
    return made


def _citation(text: str) -> str | Made:
    found = _LINK.fullmatch(text)
    if found is None:
        return html.unescape(text)
    made: Made = {"key": html.unescape(found[1]), "title": html.unescape(found[2])}
    return made | ({"at": html.unescape(found[3])} if found[3] else {})
