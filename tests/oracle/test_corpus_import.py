"""Real decks from public repositories: imported into a collection, they are what the real Anki makes of them."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers.importing import card_lines, digest, empty_collection, note_lines, rows, stored
from helpers.shared import corpus_file

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ImportReport
from mlsd_cards.formats.media_names import media_type
from mlsd_cards.study import Collection

VARIANTS = {"default": False, "with_progress": True, "replaced": True, "opened": True}
READ_HERE = ("apkg", "colpkg", "collection file", "text", "crowdanki")

# What differs from Anki on purpose, by the name of the file, with the reason. What follows from rules of ours
# for all files alike is in the tests: media that cards may not use are left out, a text file that names no
# deck gets a deck of its own, and two notes with one guid get two.
REFUSED_HERE = {
    "anki21-removed-leaves-dummy.apkg": "Anki imports the notice that stands in for the deck that was taken out",
}
OTHERWISE_HERE = {
    "v129": (4, "Anki reads questions and answers of SuperMemo as a table whose columns colons part"),
    "v117": (15, "Anki refuses a note type whose template names an unknown field; here the card says so"),
}


def manifest() -> dict[str, Any]:
    try:
        path = corpus_file()
    except pytest.skip.Exception:
        return {"files": [], "sequences": []}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def path_of(file: str) -> Path:
    return corpus_file().parent / file


def is_refused(path: Path, figures: Mapping[str, Any]) -> bool:
    return "error" in figures or path.name in REFUSED_HERE


CASES = [
    pytest.param(
        path_of(entry["file"]),
        progress or entry["kind"] == "crowdanki",  # holds no progress, and Anki's add-on keeps all tags
        entry["expected"][variant],
        id=f"{entry['id']}-{variant}",
    )
    for entry in manifest()["files"]
    if entry["kind"] in READ_HERE and entry["id"] not in OTHERWISE_HERE
    for variant, progress in VARIANTS.items()
    if variant in entry["expected"]
]
IMPORTED = [case for case in CASES if not is_refused(case.values[0], case.values[2])]
REFUSED = [case for case in CASES if is_refused(case.values[0], case.values[2])]
HELD_ELSEWHERE = {
    "mnemosyne 1 export",
    "mnemosyne 2 cards",
    "mnemosyne db",
}  # against Mnemosyne, in the tests of its reader
UNREAD = [
    pytest.param(path_of(entry["file"]), id=entry["id"])
    for entry in manifest()["files"]
    if entry["kind"] not in {*READ_HERE, *HELD_ELSEWHERE}
]
LONGER_LOGS = {"anki-persistence-test": 329}
"""Where a second file goes on with the log of cards that are here: Anki leaves its answers out, here they come in."""
SEQUENCES = [pytest.param(each, id=Path(each["files"][0]).stem) for each in manifest()["sequences"]]


def original_guids(lines: Iterable[list[Any]]) -> list[list[Any]]:
    """Return lines whose notes have the guids of the file: a second note with one was given a number."""
    lines = list(lines)
    known = {line[0] for line in lines}
    guids = {guid: re.sub(r"#\d+$", "", guid) for guid in known}
    return [[guids[line[0]] if guids[line[0]] in known else line[0], *line[1:]] for line in lines]


def counts(collection: Collection) -> dict[str, int]:
    tables = {"notes": "notes", "cards": "cards", "revlog": "reviews"}
    return {key: rows(collection, f"SELECT count(*) FROM {table}")[0][0] for key, table in tables.items()}


def note_types(collection: Collection) -> Counter[Any]:
    used = dict(rows(collection, "SELECT note_type_id, count(*) FROM notes GROUP BY 1"))
    return Counter(
        (
            tuple(each["name"] for each in json.loads(fields)),
            tuple(each["name"] for each in json.loads(templates)),
            used.get(key, 0),
        )
        for key, fields, templates in rows(collection, "SELECT id, fields, templates FROM note_types")
    )


def check_notes(collection: Collection, figures: Mapping[str, Any]) -> None:
    lines = original_guids(note_lines(collection))
    if "notes_digest" in figures:
        assert digest(lines) == figures["notes_digest"]
    if "notes_digest_without_guid" in figures:
        assert digest(line[1:] for line in lines) == figures["notes_digest_without_guid"]
    if "cards_digest" in figures:
        assert digest(original_guids(card_lines(collection))) == figures["cards_digest"]
    wanted = Counter(
        (tuple(each["fields"]), tuple(each["templates"]), each["notes"]) for each in figures["notetypes"]
    )
    assert note_types(collection) == wanted


def check_cards(collection: Collection, figures: Mapping[str, Any]) -> None:
    states = Counter(state for (state,) in rows(collection, "SELECT state FROM cards"))
    assert states == figures["card_types"]
    flags = rows(collection, "SELECT flag, count(*) FROM cards WHERE flag GROUP BY 1")
    assert {str(flag): count for flag, count in flags} == figures.get("flags", {})
    queues = figures["card_queues"]
    assert rows(collection, "SELECT sum(suspended) FROM cards")[0][0] in (queues.get("suspended", 0), None)
    buried = "SELECT count(*) FROM cards WHERE buried <> ''"
    wanted = queues.get("buried_manually", 0) + queues.get("buried_by_scheduler", 0)
    assert rows(collection, buried) == [(wanted,)]


def check_decks(collection: Collection, path: Path, figures: Mapping[str, Any]) -> None:
    found = {name for (name,) in rows(collection, "SELECT name FROM decks")}
    wanted = {deck["name"] for deck in figures["decks"]}
    if path.suffix in (".txt", ".csv", ".tsv") and path.stem in found:
        found.remove(path.stem)  # where Anki takes the deck that is open
    assert found | {"Default"} == wanted | {"Default"}


def check_media(collection: Collection, report: ImportReport, figures: Mapping[str, Any]) -> None:
    files = sorted(collection.media_dir.iterdir())
    left_out = [name for name in report.unsafe_names if not media_type(name)]
    assert len(files) == len(rows(collection, "SELECT name FROM media")) == report.media
    if "media" in figures:
        assert len(files) + len(left_out) == figures["media"]["files"]
    if "media" in figures and not left_out:
        lines = [[path.name, hashlib.sha1(path.read_bytes()).hexdigest()] for path in files]
        assert digest(lines) == figures["media"]["digest"]


def check_presets(collection: Collection, path: Path) -> None:
    """Decks whose cards come with progress from Anki are studied on by Anki's own rules."""
    sql = (
        "SELECT DISTINCT json_extract(p.options, '$.scheduler') FROM presets p JOIN decks d ON d.preset_id = p.id "
        "JOIN cards c ON c.deck_id = d.id WHERE c.state <> 'new'"
    )
    assert {scheduler for (scheduler,) in rows(collection, sql)} <= {"anki-sm2", "fsrs"}


@pytest.mark.oracle
@pytest.mark.parametrize(("path", "progress", "figures"), IMPORTED)
def test_a_file_becomes_what_anki_makes_of_it(
    path: Path, progress: bool, figures: dict[str, Any], tmp_path: Path
) -> None:
    with empty_collection(tmp_path) as collection:
        empty = stored(collection)
        report = collection.import_file(path, scheduling=progress)
        assert counts(collection) == {key: figures[key] for key in ("notes", "cards", "revlog")}
        found = report.notes_new + report.notes_updated + report.notes_unchanged + report.notes_skipped
        assert found == figures.get("log", {}).get("found_notes", found)
        check_notes(collection, figures)
        check_cards(collection, figures)
        check_decks(collection, path, figures)
        check_media(collection, report, figures)
        check_presets(collection, path)
        assert collection.check(full=True) == []
        check_again(collection, path, progress, empty)


def check_again(collection: Collection, path: Path, progress: bool, empty: dict[str, str]) -> None:
    """Import the file once more, which changes nothing, then take the first import back and do it again."""
    full = stored(collection)
    again = collection.import_file(path, scheduling=progress)
    assert (again.notes_new, again.notes_updated) == (0, 0)
    assert stored(collection) == full
    if full != empty:
        assert collection.undo() == "Import"
        assert without_history(collection) == {k: v for k, v in empty.items() if k != "table undo_steps"}
        assert collection.redo() == "Import"
        assert without_history(collection) == {k: v for k, v in full.items() if k != "table undo_steps"}


def without_history(collection: Collection) -> dict[str, str]:
    return stored(collection, history=False)


@pytest.mark.oracle
@pytest.mark.parametrize(("path", "progress", "figures"), REFUSED)
def test_what_anki_refuses_is_refused_whole(
    path: Path, progress: bool, figures: dict[str, Any], tmp_path: Path
) -> None:
    assert is_refused(path, figures)
    check_refused(path, tmp_path, progress)


@pytest.mark.parametrize("path", UNREAD)
def test_what_no_reader_knows_is_refused_whole(path: Path, tmp_path: Path) -> None:
    check_refused(path, tmp_path, True)


@pytest.mark.parametrize(
    ("path", "notes"),
    [
        pytest.param(path_of(entry["file"]), OTHERWISE_HERE[entry["id"]][0], id=entry["id"])
        for entry in manifest()["files"]
        if entry["id"] in OTHERWISE_HERE
    ],
)
def test_files_that_anki_reads_otherwise_come_in(path: Path, notes: int, tmp_path: Path) -> None:
    with empty_collection(tmp_path) as collection:
        empty = stored(collection)
        assert collection.import_file(path).notes_new == notes
        assert collection.check(full=True) == []
        check_again(collection, path, True, empty)


def check_refused(path: Path, home: Path, progress: bool) -> None:
    kinds = {"not-a-deck", "damaged", "unsafe", "limit", "too-new", "inconsistent", "unsupported"}
    with empty_collection(home) as collection:
        before = stored(collection)
        with pytest.raises(FileFormatError) as caught:
            collection.import_file(path, scheduling=progress)
        assert caught.value.kind in kinds
        message = str(caught.value)
        assert path.name in message
        assert message.endswith(".")
        assert "\n" not in message
        assert stored(collection) == before
    leftovers = {each.name for each in home.iterdir()} - {"collection.db", "media", "backups", "log"}
    assert not any("incoming" in name for name in leftovers)


@pytest.mark.oracle
@pytest.mark.parametrize("sequence", SEQUENCES)
def test_packages_one_after_another_make_what_anki_makes_of_them(
    sequence: dict[str, Any], tmp_path: Path
) -> None:
    """Where a note type grew, Anki makes a second one and leaves the notes as they were; here they are updated."""
    with empty_collection(tmp_path) as collection:
        grew = False
        for file, wanted in zip(sequence["files"], sequence["variants"]["default"], strict=True):
            report = collection.import_file(path_of(file))
            log = wanted["log"]
            grew = grew or "conflicting" in log
            expected = {key: wanted[key] for key in ("notes", "cards", "revlog")}
            if report.notes_unchanged:
                expected["revlog"] = LONGER_LOGS.get(Path(file).stem, expected["revlog"])
            assert counts(collection) == expected
            assert report.notes_new == log.get("new", 0)
            assert report.notes_updated + report.notes_unchanged == sum(
                log.get(key, 0) for key in ("updated", "duplicate", "conflicting")
            )
            if not grew:
                assert digest(original_guids(note_lines(collection))) == wanted["notes_digest"]
                assert digest(original_guids(card_lines(collection))) == wanted["cards_digest"]
        assert collection.check(full=True) == []


@pytest.mark.oracle
@pytest.mark.slow
def test_all_files_fit_into_one_collection(tmp_path: Path) -> None:
    """Every file of the corpus into one collection; then what is there is sound and can be found."""
    paths = dict.fromkeys(case.values[0] for case in IMPORTED)
    if not paths:
        pytest.skip("no decks to import")
    with empty_collection(tmp_path) as collection:
        for path in paths:
            collection.import_file(path)
        collection.index_texts()
        assert collection.check(full=True) == []
        total = rows(collection, "SELECT count(*) FROM cards")[0][0]
        assert collection.search("deck:*").count == total
        guid, fields = rows(collection, "SELECT guid, fields FROM notes WHERE length(fields) > 40 LIMIT 1")[0]
        assert guid
        word = max(re.findall(r"\w+", re.sub("<[^>]*>", " ", fields)), key=len)
        assert collection.search(word).count > 0
        for path in paths:
            again = collection.import_file(path)
            assert again.notes_new == 0, path
        assert collection.check() == []
