"""Each command: the keys of its JSON object, its words for people, its refusals."""

import csv
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.study import Collection, system_clock
from tests.helpers.commands import Run
from tests.helpers.shared import vectors_dir
from tests.helpers.sources import note, write_deck

IMPORT_KEYS = {
    "file", "notes_new", "notes_updated", "notes_unchanged", "notes_skipped", "cards", "note_types", "decks",
    "media", "reviews", "warnings",
}  # fmt: skip
CARD_KEYS = {
    "card", "note", "guid", "deck", "note_type", "note_type_id", "template", "ordinal", "fields", "tags", "state",
    "due", "interval_days", "ease_permille", "stability", "difficulty", "reps", "lapses", "flag", "suspended",
    "buried", "question_html", "answer_html", "reviews",
}  # fmt: skip


def make_csv(path: Path, *rows: tuple[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def state(home: Path) -> Any:
    from tests.helpers.study import dump

    with Collection.open(home, system_clock()) as collection:
        return dump(collection)


# Looking


def test_decks(run: Run) -> None:
    listed = run("decks", "--json").json
    assert run("decks", "list", "--json").json == listed
    assert set(listed) == {"decks"}
    assert all(set(row) == {"id", "name", "new", "learning", "review", "total"} for row in listed["decks"])
    top, inside = listed["decks"][:2]
    assert inside["name"].startswith(top["name"] + "::")
    assert (top["new"], top["learning"], top["review"]) == (20, 0, 0)
    words = run("decks").out.splitlines()
    assert words[0].split() == ["deck", "new", "learn", "due", "cards"]
    assert words[1].split()[-4:] == ["20", "0", "0", str(top["total"])]


def test_due(run: Run) -> None:
    due = run("due", "--json").json
    assert set(due) == {"new", "learning", "review", "minutes"}
    assert (due["new"], due["learning"], due["review"]) == (20, 0, 0)
    assert run("due", "--deck", "ml SYSTEM design", "--json").json == due
    assert run("due").out == f"20 new, 0 learning, 0 to review: about {due['minutes']} minutes\n"
    refused = run("due", "--deck", "Nothing", "--json")
    assert (refused.status, refused.kind, refused.said()) == (1, "not-found", "There is no deck “Nothing”.")


def test_next(run: Run) -> None:
    card = run("next", "--json").json
    assert set(card) == {"card", "note", "deck", "question_html", "answer_html", "css", "intervals"}
    assert card["intervals"] == {"again": 0, "hard": 0, "good": 1, "easy": 1}
    assert list(card["intervals"]) == ["again", "hard", "good", "easy"]
    words = run("next").out
    assert f"card {card['card']} in {card['deck']}" in words
    assert "1 Again today, 2 Hard today, 3 Good 1d, 4 Easy 1d" in words
    run("settings", "new_per_day", "0")
    assert run("next", "--json").json == {"card": None}
    assert run("next").out == "Nothing is due now.\n"


def test_card(run: Run) -> None:
    shown = run("next", "--json").json
    run("answer", shown["card"].__str__(), "3", "--milliseconds", "1500")
    card = run("card", str(shown["card"]), "--json").json
    assert set(card) >= CARD_KEYS
    assert {key: card[key] for key in ("question_html", "answer_html", "deck")} == {
        key: shown[key] for key in ("question_html", "answer_html", "deck")
    }
    assert (card["state"], card["due"], card["reps"], card["interval_days"]) == ("review", "2026-12-01", 1, 1)
    (review,) = card["reviews"]
    assert {"id", "rating", "kind", "interval_days", "ease_permille", "milliseconds"} <= set(review)
    assert (review["rating"], review["kind"], review["milliseconds"]) == (3, "learn", 1500)
    several = run("card", str(shown["card"]), "2", "--json").json
    assert set(several) == {"cards"}
    assert [each["card"] for each in several["cards"]] == [shown["card"], 2]
    assert several["cards"][0] == card
    assert f"card {shown['card']} of note" in run("card", str(shown["card"])).out
    refused = run("card", "1", "999999", "--json")
    assert (refused.status, refused.kind, refused.said()) == (1, "not-found", "There is no card 999999.")


def test_search(run: Run) -> None:
    found = run("search", "deck:ML*", "--limit", "3", "--json").json
    assert set(found) == {"count", "ids", "milliseconds"}
    assert len(found["ids"]) == 3 < found["count"]
    every = run("search", "deck:ML*", "--order", "-position", "--json").json
    assert len(every["ids"]) == every["count"] == found["count"]
    assert every["ids"][-1] == found["ids"][0]
    assert run("search", "", "--limit", "0", "--json").json["ids"] == []
    words = run("search", "", "--limit", "2").out.splitlines()
    assert words == [f"{found['count']} cards", *(str(key) for key in found["ids"][:2])]
    for query, order in (("(a", "due"), ("a", "colour"), ("prop:ivl>x", "due")):
        refused = run("search", query, "--order", order, "--json")
        assert (refused.status, refused.kind) == (1, "invalid")
        assert refused.said()


def test_check_and_backup(run: Run, home: Path, tmp_path: Path) -> None:
    assert run("check", "--json").json == {"problems": []}
    assert run("check").out == "No problems found.\n"
    assert run("check", "--repair", "--json").json == {"problems": []}
    made = run("backup", "--json").json
    assert set(made) == {"backup", "bytes"}
    assert Path(made["backup"]).stat().st_size == made["bytes"]
    assert Path(made["backup"]).parent == home / "backups"
    assert run("backup", tmp_path / "copy.db").out.startswith(str(tmp_path / "copy.db"))
    (tmp_path / "plain").write_text("")
    refused = run("backup", tmp_path / "plain" / "copy.db", "--json")
    assert (refused.status, refused.kind) == (1, "disk")
    (home / "media").rename(home / "elsewhere")
    (home / "media").mkdir()
    broken = run("check", "--json")
    assert broken.status == 1
    assert broken.json["problems"]
    assert broken.said().endswith("problems found.")


# Answering


def test_answer(run: Run) -> None:
    done = run("answer", "1", "4", "--json").json
    assert set(done) == {"review", "card", "due", "interval", "ease"}
    assert (done["card"], done["due"], done["interval"], done["ease"]) == (1, "2026-12-01", 1, 2600)
    assert run("answer", "2", "1").out == "card 2: due 2026-12-01.\n"
    assert run("next", "--json").json["card"] not in (1, 2)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["1", "9"], "invalid"),
        (["1", "0"], "invalid"),
        (["--", "1", "-1"], "invalid"),
        (["1", "3", "--milliseconds", "-1"], "invalid"),
        (["999999", "3"], "not-found"),
        (["99999999999999999999999", "3"], "not-found"),
    ],
)
def test_an_answer_that_cannot_be_recorded_changes_nothing(
    run: Run, home: Path, words: list[str], kind: str
) -> None:
    before = state(home)
    done = run("--json", "answer", *words)
    assert (done.status, done.kind) == (1, kind)
    assert done.said()
    assert state(home) == before


def test_undo(run: Run, home: Path) -> None:
    refused = run("undo", "--json")
    assert (refused.status, refused.kind) == (1, "not-found")
    before = state(home)
    run("answer", "1", "3")
    run("settings", "new_per_day", "5", "--deck", "ML system design")
    assert run("undo", "--json").json == {"undone": "Change settings"}
    assert run("due", "--json").json["new"] == 19
    assert run("undo").out == "Undone: Answer card\n"
    assert state(home) == before


def test_a_leech_is_told_on_the_command_line(run: Run) -> None:
    run("settings", "leech_threshold", "1")
    run("answer", "1", "3")
    said = run("answer", "1", "1").out
    assert said.startswith("card 1: due 2026-12-01. This card has been failed 1 times.")
    assert "leech" in run("card", "1", "--json").json["tags"]


def test_a_clock_far_behind_records_nothing(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("answer", "1", "3")
    monkeypatch.setenv("MLSD_CARDS_NOW", "2026-11-20T09:00:00+01:00")
    refused = run("answer", "2", "3", "--json")
    assert (refused.status, refused.kind) == (1, "invalid")
    assert "10 days behind" in refused.said()
    assert run("settings", "clock_is_right", "true", "--json").json == {"settings": {"clock_is_right": True}}
    assert run("answer", "2", "3", "--json").json["due"] == "2026-12-01"
    monkeypatch.setenv("MLSD_CARDS_NOW", "yesterday")
    refused = run("due", "--json")
    assert (refused.status, refused.kind) == (1, "invalid")
    assert "“yesterday” is not a time" in refused.said()


# Settings


def test_settings(run: Run) -> None:
    every = run("settings", "--json").json["settings"]
    assert {"rollover_hour", "theme", "scheduler", "new_per_day", "reviews_per_day", "learning_steps"} <= set(
        every
    )
    assert (every["scheduler"], every["new_per_day"], every["reviews_per_day"]) == ("sm2", 20, 200)
    assert run("settings", "learning_steps", "1 10 1d", "--json").json == {
        "settings": {"learning_steps": [1.0, 10.0, 1440.0]}
    }
    assert run("settings", "learning_steps").out == "learning_steps = 1 10 1440\n"
    assert "fuzz = true\n" in run("settings").out
    deck = ("--deck", "ML system design", "--json")
    assert run("settings", "scheduler", "fsrs", *deck).json == {"settings": {"scheduler": "fsrs"}}
    assert run("settings", "scheduler", *deck).json == {"settings": {"scheduler": "fsrs"}}
    assert "theme" not in run("settings", *deck).json["settings"]
    for name in ("anki-sm2", "sm2"):
        assert run("settings", "scheduler", name, *deck).json == {"settings": {"scheduler": name}}
        assert run("next", *deck).status == 0


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["colour"], "not-found"),
        (["colour", "red"], "not-found"),
        (["new_per_day", "many"], "invalid"),
        (["new_per_day", "5", "--deck", "Nothing"], "not-found"),
        (["--deck", "Nothing"], "not-found"),
        (["theme", "dark", "--deck", "ML system design"], "not-found"),
        (["scheduler", "sm17"], "invalid"),
    ],
)
def test_settings_are_refused_in_a_sentence(run: Run, words: list[str], kind: str) -> None:
    done = run("settings", *words, "--json")
    assert (done.status, done.kind) == (1, kind)
    assert done.said().endswith(".")


# Files


def test_import_and_inspect(run: Run, home: Path, tmp_path: Path) -> None:
    before = state(home)
    file = make_csv(tmp_path / "some.csv", ("one", "two"), ("three", "four"))
    tried = run("import", file, "--dry-run", "--json").json
    looked = run("inspect", file, "--json").json
    assert state(home) == before
    (row,) = tried["files"]
    assert set(row) == IMPORT_KEYS
    assert (row["file"], row["notes_new"], row["cards"], row["reviews"]) == (str(file), 2, 2, 0)
    assert {"layout", "scripts", "remote_references", "unsafe_names"} <= set(looked)
    assert looked["files"][0]["notes_new"] == 2
    done = run("import", file, "--deck", "Mine::New", "--json").json
    assert done["files"][0]["notes_new"] == 2
    assert run("due", "--deck", "Mine", "--json").json["new"] == 2
    again = run("import", file, "--deck", "Mine::New", "--json").json["files"][0]
    assert (again["notes_new"], again["notes_unchanged"]) == (0, 2)
    assert "0 new" in run("import", file, "--deck", "Mine::New").out
    assert "layout" in run("inspect", file).out
    while run("undo").status == 0:
        pass
    assert state(home) == before


def test_of_several_files_the_sound_ones_are_imported(run: Run, tmp_path: Path) -> None:
    good, other = make_csv(tmp_path / "good.csv", ("a", "b")), make_csv(tmp_path / "other.csv", ("c", "d"))
    bad, missing = tmp_path / "bad.apkg", tmp_path / "missing.apkg"
    bad.write_bytes(b"no package at all")
    done = run("import", good, bad, missing, other, "--json")
    assert done.status == 1
    rows = done.json["files"]
    assert [row["file"] for row in rows] == [str(path) for path in (good, bad, missing, other)]
    assert [row.get("notes_new") for row in rows] == [1, None, None, 1]
    for row in rows[1:3]:
        assert set(row) == {"file", "error"}
        assert set(row["error"]) == {"kind", "message"}
        assert row["error"]["kind"] == "not-a-deck"
    assert done.said().startswith("2 of 4 files were not imported: ")
    alone = run("import", bad, "--json")
    assert (alone.status, alone.kind) == (1, "not-a-deck")


def test_export(run: Run, tmp_path: Path) -> None:
    run("answer", "1", "3")
    done = run("export", tmp_path / "out.apkg", "--json").json
    assert {"notes", "cards", "media", "reviews", "bytes"} <= set(done)
    assert done["reviews"] == 1
    assert done["bytes"] == (tmp_path / "out.apkg").stat().st_size
    plain = run("export", tmp_path / "plain.apkg", "--no-scheduling", "--no-media", "--json").json
    assert (plain["reviews"], plain["media"], plain["cards"]) == (0, 0, done["cards"])
    some = run("export", tmp_path / "some.csv", "--search", "cid:1", "--json").json
    assert (some["notes"], some["cards"]) == (1, 1)
    assert "1 notes" in run("export", tmp_path / "some.csv", "--search", "cid:1").out
    other = tmp_path / "other"
    back = run("--home", other, "import", tmp_path / "out.apkg", "--json").json["files"][0]
    assert back["reviews"] == 1


def test_export_of_every_form(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "text"
    done = run("export", folder, "--format", "folder", "--json").json
    assert done["bytes"] == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    (row,) = run("import", folder, "--json").json["files"]
    assert (row["notes_new"], row["notes_updated"], row["notes_unchanged"]) == (0, 0, done["notes"])
    bare = run(
        "export", tmp_path / "bare", "--format", "folder", "--no-presets", "--no-scheduling", "--no-media"
    )
    assert bare.status == 0
    assert sorted(each.name for each in (tmp_path / "bare").iterdir()) == [
        "decks",
        "mlsd-cards.md",
        "note-types.md",
    ]
    assert run("export", tmp_path / "all.colpkg", "--json").json["notes"] == done["notes"]
    part = run("export", tmp_path / "part.colpkg", "--search", "cid:1", "--json")
    assert (part.status, part.kind) == (1, "invalid")
    assert run("export", tmp_path / "x", "--format", "tree", "--json").kind == "unsupported"
    some = run("export", tmp_path / "some.yaml", "--search", "cid:1", "--json").json
    assert (some["notes"], some["warnings"]) == (1, [])


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["out.foo"], "unsupported"),
        (["out.csv", "--deck", "Nothing"], "not-found"),
        (["out.csv", "--search", "(("], "invalid"),
        (["out.csv", "--search", "tag:nothing_has_this"], "not-found"),
    ],
)
def test_an_export_that_cannot_be_leaves_no_file(
    run: Run, tmp_path: Path, words: list[str], kind: str
) -> None:
    done = run("export", tmp_path / words[0], *words[1:], "--json")
    assert (done.status, done.kind) == (1, kind)
    assert done.said()
    assert not (tmp_path / words[0]).exists()


# Without a profile


def test_schedule_runs_vectors(run: Run, tmp_path: Path) -> None:
    done = run("schedule", "--vectors", vectors_dir() / "sm2.jsonl", "--json")
    assert (done.status, done.json["cases"], done.json["failed"]) == (0, 300, [])
    wrong = (vectors_dir() / "timing.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "wrong.jsonl").write_text(wrong.replace('"day":', '"day":1'), encoding="utf-8")
    done = run("schedule", "--vectors", tmp_path / "wrong.jsonl", "--json")
    assert done.status == 1
    (failed,) = done.json["failed"]
    assert set(failed) == {"id", "step", "field", "expected", "got"}
    assert "expected" in run("schedule", "--vectors", tmp_path / "wrong.jsonl").out
    (tmp_path / "none.jsonl").write_text("{", encoding="utf-8")
    for name in ("none.jsonl", "absent.jsonl"):
        done = run("schedule", "--vectors", tmp_path / name, "--json")
        assert done.status == 1
        assert done.kind in ("invalid", "not-found")


def test_source_lint_and_build(run: Run, tmp_path: Path) -> None:
    folder = write_deck(tmp_path / "deck", note("basic", 901), note("cloze", 902))
    assert run("source", "lint", folder, "--json").json == {"cards": 2, "problems": []}
    done = run("source", "build", folder, tmp_path / "out.apkg", "--json").json
    assert (done["cards"], done["problems"]) == (2, [])
    assert run("import", tmp_path / "out.apkg", "--json").json["files"][0]["notes_new"] == 2
    bad = write_deck(tmp_path / "bad", note("basic", front=""))
    done = run("source", "lint", bad, "--json")
    assert done.status == 1
    assert {"file", "line", "card", "rule", "message"} <= set(done.json["problems"][0])
    assert "problems" in run("source", "lint", bad).out
    refused = run("source", "build", tmp_path / "absent", tmp_path / "absent.apkg", "--json")
    assert (refused.status, refused.kind) == (1, "not-found")


def test_the_command_prints_both_and_refuses_a_negative_age(run: Run, tmp_path: Path) -> None:
    folder = write_deck(tmp_path / "deck", note("basic", as_of="2026-01"), note("cloze", 2))
    data = run("source", "lint", folder, "--stale", "0", "--survey", "--json").json
    assert [fact["as_of"] for fact in data["stale"]] == ["2026-01-01"]
    assert sum(place["cards"] for place in data["survey"]["coverage"]) == 2
    said = run("source", "lint", folder, "--stale", "0", "--survey").out
    assert "1 facts dated more than 0 days ago" in said
    assert "cards by words in the answer:" in said
    refused = run("source", "lint", folder, "--stale=-1", "--json")
    assert (refused.status, refused.json["error"]["kind"]) == (1, "invalid")
