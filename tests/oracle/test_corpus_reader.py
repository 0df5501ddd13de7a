"""Real packages from public repositories: the reader finds in them what the real Anki found."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.shared import corpus_file

from mlsd_cards.domain.decks import parent_names
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ReadOptions
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.formats import reader_for
from mlsd_cards.formats.media_names import media_type, safe_media_name

NOW_MS = 1_893_456_000_000  # 2030-01-01, later than all of the files
KINDS_READ = ("apkg", "colpkg", "collection file")
STATES = {"new": 0, "learning": 1, "review": 2, "relearning": 3}
SYSTEM_TAGS = ("leech", "marked")
KINDS = {
    "image": "png jpg jpeg gif webp bmp tif tiff ico avif",
    "svg": "svg",
    "audio": "mp3 wav ogg oga opus flac m4a aac spx 3gp wma",
    "video": "mp4 webm mkv avi mov mpg mpeg ogv m4v flv swf",
    "font": "ttf otf woff woff2 eot",
    "script": "js mjs",
    "style": "css",
    "html": "html htm",
    "pdf": "pdf",
}
# A package from which the deck was taken out: Anki imports the notice that stands in for it, we say so instead.
ONLY_THE_NOTICE = "anki21-removed-leaves-dummy.apkg"


def entries() -> list[dict[str, Any]]:
    try:
        manifest = corpus_file()
    except pytest.skip.Exception:
        return []
    found: list[dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return [entry for entry in found if entry["kind"] in KINDS_READ]


def expected(entry: dict[str, Any]) -> dict[str, Any]:
    figures: dict[str, Any] = entry["expected"]
    return next(figures[how] for how in ("replaced", "opened", "with_progress") if how in figures)


def path_of(entry: dict[str, Any]) -> Path:
    return corpus_file().parent / str(entry["file"])


def is_readable(entry: dict[str, Any]) -> bool:
    return "error" not in expected(entry) and not entry["file"].endswith(ONLY_THE_NOTICE)


READABLE = [pytest.param(entry, id=entry["id"]) for entry in entries() if is_readable(entry)]
REFUSED = [pytest.param(entry, id=entry["id"]) for entry in entries() if not is_readable(entry)]


def read(entry: dict[str, Any], folder: Path) -> ExchangeData:
    path = path_of(entry)
    return reader_for(path).read(path, ReadOptions(work_dir=folder, now_ms=NOW_MS))


def digest(rows: Iterable[Any]) -> str:
    lines = sorted(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return hashlib.sha256("\n".join(lines).encode("utf8", "surrogatepass")).hexdigest()


class View:
    """What Anki would hold after importing `data`, with or without progress."""

    def __init__(self, data: ExchangeData, *, progress: bool) -> None:
        self.data = data
        self.progress = progress
        known = {note.guid for note in data.notes}
        self.guids = {note.id: original_guid(note.guid, known) for note in data.notes}
        self.decks = {deck.id: deck.name for deck in data.decks}

    def notes(self) -> Iterator[list[Any]]:
        names = {note_type.id: list(note_type.field_names) for note_type in self.data.note_types}
        for note in self.data.notes:
            tags = [tag for tag in note.tags if self.progress or tag.lower() not in SYSTEM_TAGS]
            yield [self.guids[note.id], names[note.note_type_id], list(note.fields), sorted(tags)]

    def cards(self) -> Iterator[list[Any]]:
        for card in self.data.cards:
            identity = [self.guids[card.note_id], card.ordinal, self.decks[self.deck(card)]]
            if self.progress:
                schedule = [
                    STATES[card.state],
                    card.interval_days,
                    card.ease_permille,
                    card.reps,
                    card.lapses,
                ]
            else:
                schedule = [0] * 5
            yield identity + schedule

    def deck(self, card: ExchangeCard) -> int:
        return card.deck_id if self.progress else card.filtered_deck_id or card.deck_id


def original_guid(guid: str, known: set[str]) -> str:
    base = re.sub(r"#\d+$", "", guid)
    return base if base in known else guid


@pytest.fixture(params=READABLE)
def entry(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


@pytest.mark.oracle
def test_notes_cards_and_reviews_are_those_that_anki_finds(entry: dict[str, Any], tmp_path: Path) -> None:
    data, figures = read(entry, tmp_path), expected(entry)
    assert (len(data.notes), len(data.cards), len(data.reviews)) == tuple(
        figures[key] for key in ("notes", "cards", "revlog")
    )
    view = View(data, progress=True)
    assert digest(view.notes()) == figures["notes_digest"]
    assert digest(view.cards()) == figures["cards_digest"]
    states = Counter(card.state for card in data.cards)
    assert states == figures["card_types"]
    flags = Counter(str(card.flag) for card in data.cards if card.flag)
    assert flags == figures.get("flags", {})
    queues = figures["card_queues"]
    assert sum(card.suspended for card in data.cards) == queues.get("suspended", 0)
    assert sum(card.buried == "sibling" for card in data.cards) == queues.get("buried_by_scheduler", 0)
    assert sum(card.buried == "hand" for card in data.cards) == queues.get("buried_manually", 0)
    assert sum(card.stability is not None for card in data.cards) == figures["cards_with_memory_state"]


@pytest.mark.oracle
def test_without_progress_cards_and_tags_are_those_that_anki_finds(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    if "default" not in entry["expected"]:
        pytest.skip("a whole collection is never imported without progress")
    view = View(read(entry, tmp_path), progress=False)
    figures = entry["expected"]["default"]
    assert digest(view.notes()) == figures["notes_digest"]
    assert digest(view.cards()) == figures["cards_digest"]


@pytest.mark.oracle
def test_note_types_and_decks_are_those_that_anki_finds(entry: dict[str, Any], tmp_path: Path) -> None:
    data, figures = read(entry, tmp_path), expected(entry)
    use = Counter(note.note_type_id for note in data.notes)
    found = Counter(
        (
            "cloze" if note_type.kind is NoteTypeKind.CLOZE else "normal",
            note_type.field_names,
            tuple(template.name for template in note_type.templates),
            use[note_type.id],
        )
        for note_type in data.note_types
    )
    wanted = Counter(
        (
            "normal" if item["kind"] == "normal" else "cloze",
            tuple(item["fields"]),
            tuple(item["templates"]),
            item["notes"],
        )
        for item in figures["notetypes"]
    )
    assert found == wanted
    names = {name for deck in data.decks for name in (deck.name, *parent_names(deck.name))}
    assert names | {"Default"} == {deck["name"] for deck in figures["decks"]} | {"Default"}
    deck_names = View(data, progress=True).decks
    in_decks = Counter(deck_names[card.deck_id] for card in data.cards)
    homes = {deck["name"]: deck.get("home_cards", 0) for deck in figures["decks"] if deck["filtered"]}
    if not homes:
        assert in_decks == {deck["name"]: deck["cards"] for deck in figures["decks"] if deck["cards"]}


@pytest.mark.oracle
def test_media_are_those_that_anki_finds_and_we_allow(entry: dict[str, Any], tmp_path: Path) -> None:
    if entry["kind"] == "collection file":
        pytest.skip("media lie beside a collection, and are not in the corpus")
    data, figures = read(entry, tmp_path), expected(entry)["media"]
    assert all(safe_media_name(name) == name for name in data.media)
    left_out = [name for name in data.unsafe_names if not media_type(name)]
    assert Counter(map(kind_of, [*data.media, *left_out])) == figures["kinds"]
    for name, item in data.media.items():
        content = item.path.read_bytes()
        assert (name, len(content), hashlib.sha256(content).hexdigest()) == (
            item.name,
            item.size,
            item.sha256,
        )
    if not left_out:
        rows = [[name, hashlib.sha1(item.path.read_bytes()).hexdigest()] for name, item in data.media.items()]
        assert digest(rows) == figures["digest"]


def kind_of(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind, endings in KINDS.items() if ending in endings.split()), "other")


@pytest.mark.oracle
@pytest.mark.parametrize("entry", REFUSED)
def test_what_anki_refuses_is_refused_in_one_sentence(entry: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(FileFormatError) as caught:
        read(entry, tmp_path)
    message = str(caught.value)
    assert caught.value.kind in ("not-a-deck", "damaged", "unsafe", "too-new", "unsupported")
    assert path_of(entry).name in message
    assert message.endswith(".")
    assert "\n" not in message
    assert not list(tmp_path.iterdir())
