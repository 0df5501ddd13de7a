"""Writer of text files as Anki writes them: one note a line with its guid, note type, deck and tags.

`.txt` and `.tsv` are separated by tabs, `.csv` by commas. Spreadsheets open `.csv` and `.tsv`: there a cell
that they would run as a formula gets an apostrophe, and a directive says so, by which our reader takes it
off again.
Source: ankitects/anki `rslib/src/import_export/text/csv/export.rs` (facts).
"""

from collections.abc import Iterator
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeData, WriteOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import counted
from mlsd_cards.formats.csv_header import GUARDED
from mlsd_cards.formats.csv_text import SEPARATORS, guard, quoter
from mlsd_cards.formats.whole_file import replacing

NAME = "text"
SUFFIXES = (".csv", ".txt", ".tsv")

_SPREADSHEETS = (".csv", ".tsv")
_GUID, _NOTE_TYPE, _DECK = 1, 2, 3  # columns
_REPORT_EVERY = 1000


def write(
    data: ExchangeData, path: Path, options: WriteOptions, progress: Progress = no_progress
) -> list[str]:
    """Write the notes of `data` and return sentences about what a text file has no room for.

    Raises:
        DiskFull: There is no room for the file.
        InputError: The file cannot be written there.
        Cancelled: By `progress`.
    """
    suffix = path.suffix.lower()
    separator = "comma" if suffix == ".csv" else "tab"
    guarded = suffix in _SPREADSHEETS if options.guard_formulas is None else options.guard_formulas
    width = max((len(note.fields) for note in data.notes), default=0)
    head = [
        f"#separator:{separator}",
        "#html:true",
        f"#guid column:{_GUID}",
        f"#notetype column:{_NOTE_TYPE}",
        f"#deck column:{_DECK}",
        f"#tags column:{_DECK + width + 1}",
    ]
    if guarded:
        head.append(f"#formulas:{GUARDED}")
    sign = SEPARATORS[separator]
    quoted = quoter(sign)
    with (
        replacing(path) as folder,
        (folder / path.name).open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.write("\n".join(head) + "\n")
        for number, row in enumerate(_rows(data, width)):
            if not number % _REPORT_EVERY:
                progress("notes", number, len(data.notes))
            cells = map(guard, row) if guarded else row
            file.write(sign.join(map(quoted, cells)) + "\n")
    return _left_out(data)


def _rows(data: ExchangeData, width: int) -> Iterator[list[str]]:
    names = {int(note_type.id): note_type.name for note_type in data.note_types}
    decks = _decks(data)
    for note in data.notes:
        fields = [field.replace("\0", "") for field in note.fields]
        padding = [""] * (width - len(fields))
        yield [
            note.guid,
            names[note.note_type_id],
            decks.get(note.id, ""),
            *fields,
            *padding,
            " ".join(note.tags),
        ]


def _decks(data: ExchangeData) -> dict[int, str]:
    """Return for each note the name of the deck that its first card lies in."""
    names = {deck.id: deck.name for deck in data.decks}
    decks = {note.id: note.deck_id for note in data.notes}
    first: dict[int, int] = {}
    for card in data.cards:
        if card.ordinal < first.get(card.note_id, card.ordinal + 1):
            first[card.note_id] = card.ordinal
            decks[card.note_id] = card.deck_id
    return {note_id: names[deck_id] for note_id, deck_id in decks.items() if deck_id in names}


def _left_out(data: ExchangeData) -> list[str]:
    warnings = []
    if data.media:
        warnings.append(f"A text file has no room for media: {counted(len(data.media), 'file')} left out.")
    if data.reviews or any(card.state != "new" for card in data.cards):
        warnings.append("A text file has no room for progress: due dates and reviews are left out.")
    return warnings
