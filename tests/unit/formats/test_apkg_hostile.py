"""Every hostile package is refused with the right kind, or read without harm, within its bounds of time and memory.

The packages are written by a program beside the project; `MLSD_HOSTILE` points at an index of others of the same
form. All are read in one child process, which the system ends if it takes too long.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.shared import ROOT, hostile_index

READ_ALL = """
import json, resource, sys, tempfile
from pathlib import Path
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ReadOptions
from mlsd_cards.formats import reader_for

def outcome(path, folder):
    try:
        data = reader_for(path).read(path, ReadOptions(work_dir=folder, now_ms=1_893_456_000_000))
    except FileFormatError as error:
        return {"outcome": "reject", "kind": error.kind, "message": str(error)}
    notes = {note.id for note in data.notes}
    cards = {card.id for card in data.cards}
    types = {note_type.id: note_type for note_type in data.note_types}
    whole = all(note.note_type_id in types for note in data.notes)
    whole = whole and all(len(note.fields) == len(types[note.note_type_id].fields) for note in data.notes)
    whole = whole and all(card.note_id in notes for card in data.cards)
    whole = whole and all(card.deck_id in {deck.id for deck in data.decks} for card in data.cards)
    whole = whole and all(review.card_id in cards for review in data.reviews)
    numbers = [number for rows in (data.cards, data.reviews) for row in rows for number in row
               if isinstance(number, int | float)]
    return {
        "outcome": "import", "notes": len(data.notes), "cards": len(data.cards), "warnings": data.warnings,
        "whole": whole, "finite": all(abs(number) <= 2**53 for number in numbers),
        "positive": all(number > 0 for number in (*notes, *cards)),
        "decks": [deck.name for deck in data.decks], "media": sorted(data.media), "unsafe": data.unsafe_names,
        "inside": all(item.path.resolve().is_relative_to(folder.resolve()) for item in data.media.values()),
        "executable": any(item.path.stat().st_mode & 0o111 for item in data.media.values()),
    }

for line in sys.stdin:
    name = line.strip()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF)
        found = outcome(Path(name), Path(folder))
        after = resource.getrusage(resource.RUSAGE_SELF)
        found["seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found["mebibytes"] = after.ru_maxrss / 1024
        found["left"] = [p.name for p in Path(folder).rglob("*")] if found["outcome"] == "reject" else []
    print(json.dumps(found), flush=True)
"""


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_index(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def outcomes(index: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    cases = [
        case
        for case in json.loads(index.read_text(encoding="utf-8"))["cases"]
        if str(case.get("file", "")).endswith((".apkg", ".colpkg"))
    ]
    names = "".join(f"{index.parent / case['file']}\n" for case in cases)
    seconds = int(sum(case["bounds"]["seconds"] for case in cases))
    child = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input=names,
        text=True,
        capture_output=True,
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)),
    )
    assert child.returncode == 0, child.stderr[-2000:]
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    assert len(lines) == len(cases)
    return list(zip(cases, lines, strict=True))


def fits(found: dict[str, Any], accepted: dict[str, Any]) -> bool:
    if accepted["outcome"] == "reject":
        return found["outcome"] == "reject" and found["kind"] in accepted["error"]
    # What is only to be shown safely may be read.
    return found["outcome"] == "import" and found["notes"] == accepted.get("notes", found["notes"])


def test_every_case_ends_as_it_should(outcomes: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    wrong = {
        case["id"]: found
        for case, found in outcomes
        if not any(fits(found, accepted) for accepted in case["accept"])
    }
    assert not wrong


def test_bounds_of_time_and_memory_hold(outcomes: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    over = {
        case["id"]: (found["seconds"], found["mebibytes"])
        for case, found in outcomes
        if found["seconds"] > case["bounds"]["seconds"] or found["mebibytes"] > case["bounds"]["rss_mib"]
    }
    assert not over


def test_a_refusal_is_one_sentence_and_leaves_nothing(
    outcomes: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    refused = [(case, found) for case, found in outcomes if found["outcome"] == "reject"]
    assert refused
    for case, found in refused:
        assert Path(case["file"]).name in found["message"], case["id"]
        assert found["message"].endswith("."), case["id"]
        assert found["message"].isprintable(), case["id"]
        assert len(found["message"]) < 400, case["id"]
        assert not found["left"], case["id"]


def test_what_is_read_is_whole_and_harmless(outcomes: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    read = [(case, found) for case, found in outcomes if found["outcome"] == "import"]
    assert read
    for case, found in read:
        for promise in ("whole", "finite", "positive", "inside"):
            assert found[promise], (case["id"], promise)
        assert not found["executable"], case["id"]
        assert all(name.strip() and ":::" not in name for name in found["decks"]), case["id"]


def test_media_with_bad_names_are_reported(outcomes: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    read = [
        (case, found) for case, found in outcomes if case["class"] == "media" and found["outcome"] == "import"
    ]
    assert read
    for case, found in read:
        assert found["warnings"] or len(found["media"]) == 2, case["id"]


def test_the_canary_is_neither_read_nor_changed(
    index: Path, outcomes: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    assert outcomes
    folder = index.parent / "canary"
    secret = json.loads(index.read_text(encoding="utf-8"))["canary"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(secret["files"])
