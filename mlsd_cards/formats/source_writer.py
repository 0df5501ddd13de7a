"""Writer of deck sources in YAML: one topic file with the notes that such a file can hold."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeData, ExchangeNote, WriteOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import counted
from mlsd_cards.formats.source_back import Made, dumped, entry_of
from mlsd_cards.formats.source_model import DeckSource
from mlsd_cards.formats.source_notes import guid
from mlsd_cards.formats.source_parse import NOTE_ID
from mlsd_cards.formats.whole_file import replacing
from mlsd_cards.rendering.text import fold, strip_html

NAME = "deck source"
SUFFIXES = (".yaml", ".yml")

_MOST_NOTES = 999
_WORD = re.compile(r"[a-z0-9]+")
_OWN_TAGS = ("topic::", "level::", "req::")
_LONGEST_SLUG, _LONGEST_TOPIC = 40, 20
_REPORT_EVERY = 100


def write(
    data: ExchangeData, path: Path, options: WriteOptions, progress: Progress = no_progress
) -> list[str]:
    """Write the notes of `data` as one topic and return sentences about what such a file has no room for.

    Figures go into the folder `media` beside the file.

    Raises:
        DiskFull: There is no room for the file.
        InputError: The file cannot be written there, or no note can be told in a deck source.
        Cancelled: By `progress`.
    """
    deck = _deck(data)
    title = deck.rpartition("::")[2]
    entries = list(_entries(data, _topic(data, title), path, progress))
    head = _head(_topic(data, title), title, deck)
    with replacing(path) as folder:
        (folder / path.name).write_text(
            head + _indented(dumped(entries) if entries else "[]\n"), encoding="utf-8", newline="\n"
        )
    if options.media:
        _copy_figures(data, entries, path.parent / "media")
    return _left_out(data, len(entries))


def _head(topic: str, title: str, deck: str) -> str:
    import yaml

    head: str = yaml.safe_dump(
        {"topic": topic, "title": title, "deck": deck}, allow_unicode=True, sort_keys=False, width=10**9
    )
    return f"{head}notes:\n"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.split("\n")[:-1])


def _deck(data: ExchangeData) -> str:
    """Return the name of the deck that most cards lie in."""
    counts: dict[int, int] = {}
    for card in data.cards:
        counts[card.deck_id] = counts.get(card.deck_id, 0) + 1
    names = {deck.id: deck.name for deck in data.decks}
    most = max(counts, key=lambda deck: (counts[deck], -deck), default=0)
    return names.get(most, "Cards")


def _topic(data: ExchangeData, title: str) -> str:
    """Return the topic's short name: that of the built-in notes, else from the deck's name."""
    for note in data.notes:
        for tag in note.tags:
            if tag.startswith("topic::") and re.fullmatch(r"[a-z][a-z0-9]{0,19}", tag[7:]):
                return tag[7:]
    word = "".join(_WORD.findall(fold(title)))[:_LONGEST_TOPIC]
    return word if word[:1].isalpha() else f"t{word}"[:_LONGEST_TOPIC]


def _entries(data: ExchangeData, topic: str, path: Path, progress: Progress) -> Iterator[Made]:
    types = {int(each.id): each for each in data.note_types}
    deck = DeckSource(root=path.parent, name="", file=path)
    positions: dict[int, int] = {}
    for card in data.cards:
        positions[card.note_id] = min(card.position, positions.get(card.note_id, card.position))
    ordered = sorted(data.notes, key=lambda note: (positions.get(note.id, 0), note.id))
    numbers = _Numbers(
        topic, ordered, {note.id: _own_id(note, types[note.note_type_id].field_names) for note in ordered}
    )
    for done, note in enumerate(ordered):
        if not done % _REPORT_EVERY:
            progress("notes", done, len(ordered))
        note_id = numbers.give(note)
        if not note_id:
            continue
        made = entry_of(types[note.note_type_id], note.fields, _common(note, note_id), deck)
        if made is not None:
            yield made


def _own_id(note: ExchangeNote, names: tuple[str, ...]) -> str:
    """Return the id that a built-in note carries in a field, empty if it is not the one its identity rests on."""
    found = dict(zip(names, note.fields, strict=False)).get("Id", "")
    matches = NOTE_ID.fullmatch(found) and guid("-".join(found.split("-")[:2])) == note.guid
    return found if matches else ""


class _Numbers:
    """Gives ids: built-in notes keep theirs, others get the next free number and a few words of their question."""

    def __init__(self, topic: str, notes: list[ExchangeNote], own: dict[int, str]) -> None:
        self._topic = topic
        self._own = own
        self._taken = {note_id.split("-")[1] for note_id in own.values() if note_id}
        self._next = 1

    def give(self, note: ExchangeNote) -> str:
        """Return the id of a note, empty where all numbers are given."""
        if self._own[note.id]:
            return self._own[note.id]
        while f"{self._next:03}" in self._taken:
            self._next += 1
        if self._next > _MOST_NOTES:
            return ""
        number = f"{self._next:03}"
        self._taken.add(number)
        words = _WORD.findall(fold(strip_html(note.fields[0]))) if note.fields else []
        slug = ""
        for word in words:
            if len(slug) + len(word) > _LONGEST_SLUG:
                break
            slug += f"-{word}"
        return f"{self._topic}-{number}{slug or '-note'}"


def _common(note: ExchangeNote, note_id: str) -> Made:
    level = next((tag[7:] for tag in note.tags if re.fullmatch(r"level::\d", tag)), "1")
    number = "-".join(note_id.split("-")[:2])
    common: Made = {"id": note_id, "level": level}
    if guid(number) != note.guid:
        common["guid"] = note.guid
    if "core" in note.tags:
        common["core"] = "true"
    common["req"] = [tag[5:] for tag in note.tags if tag.startswith("req::")]
    common["tags"] = [tag for tag in note.tags if not tag.startswith(_OWN_TAGS) and tag != "core"]
    return common


def _copy_figures(data: ExchangeData, entries: list[Made], folder: Path) -> None:
    for entry in entries:
        item = data.media.get(entry.get("figure", {}).get("file", ""))
        if item is not None and not (folder / item.name).exists():
            folder.mkdir(exist_ok=True)
            shutil.copyfile(item.path, folder / item.name)


def _left_out(data: ExchangeData, written: int) -> list[str]:
    warnings = []
    if missing := len(data.notes) - written:
        what = counted(missing, "note")
        warnings.append(
            f"A deck source has no room for {what} of other kinds; a folder or an .apkg holds them."
        )
    used = {card.deck_id for card in data.cards}
    if len(used) > 1:
        warnings.append(f"A topic file holds one deck: the notes of {len(used)} decks were put together.")
    if any(card.state != "new" for card in data.cards) or data.reviews:
        warnings.append("A deck source has no room for progress: due dates and reviews are left out.")
    return warnings
