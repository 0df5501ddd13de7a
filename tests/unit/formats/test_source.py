"""Deck sources as exchange data: identity, order, decks, texts, figures."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.errors import Cancelled
from mlsd_cards.domain.exchange import ExchangeData, Matching, OnMatch, ReadOptions
from mlsd_cards.formats import source
from mlsd_cards.formats.source_note_types import built_in_note_types
from mlsd_cards.formats.source_yaml import SourceError
from tests.helpers.sources import GOLDEN, SVG, note, put, write_deck

NOW = 1_795_000_000_000


def read(path: Path, work: Path) -> ExchangeData:
    work.mkdir(exist_ok=True)
    return source.read(path, ReadOptions(work_dir=work, now_ms=NOW))


@pytest.fixture
def golden(tmp_path: Path) -> ExchangeData:
    return read(GOLDEN, tmp_path / "work")


def fields(data: ExchangeData, note_id: str) -> dict[str, str]:
    names = {note_type.id: note_type.field_names for note_type in data.note_types}
    for found in data.notes:
        values = dict(zip(names[found.note_type_id], found.fields, strict=True))
        if values["Id"] == note_id:
            return values
    raise AssertionError(note_id)


def test_identity_hangs_on_topic_and_number_alone(golden: ExchangeData, tmp_path: Path) -> None:
    # These values are on people's disks: they may never change.
    assert golden.notes[0].guid == "1c5f6763-94d8-5cb9-a605-05a83174cdb9"
    assert golden.notes[1].guid == "0630082a-ee52-5f72-936f-cc974c8b592b"
    renamed = write_deck(tmp_path / "deck", note(id="serve-004-another-slug"))
    assert read(renamed, tmp_path / "work").notes[0].guid == "0630082a-ee52-5f72-936f-cc974c8b592b"


def test_decks_notes_and_positions_follow_the_deck(golden: ExchangeData) -> None:
    assert [deck.name for deck in golden.decks] == [
        "ML system design",
        "ML system design::Requirement questions",
        "ML system design::Serving and deployment",
        "ML system design::Offline metrics and calibration",
        "ML system design::Monolith, microservices, interfaces",
        "ML system design::Estimation numbers",
    ]
    assert golden.notes[0].fields[0] == "Where is the data, and how can you reach it?"
    assert [n.deck_id for n in golden.notes] == [2, 3, 3, 4, 5, 6]
    assert [(c.note_id, c.ordinal, c.position) for c in golden.cards] == [
        (1, 0, 1),
        (1, 1, 1),
        (1, 2, 1),
        (1, 3, 1),
        (2, 0, 2),
        (3, 0, 3),
        (4, 0, 4),
        (5, 0, 5),
        (6, 0, 6),
    ]
    assert {c.state for c in golden.cards} == {"new"}
    assert {(n.created_ms, n.modified_ms) for n in golden.notes} == {(NOW, NOW)}
    assert (golden.matching, golden.on_match) == (Matching.GUID, OnMatch.UPDATE)
    assert golden.source == "deck source: ML system design"
    assert golden.warnings == []


def test_tags_say_topic_level_question_and_concepts(golden: ExchangeData) -> None:
    assert golden.notes[0].tags == ("topic::req", "level::1", "req::R01", "core")
    assert golden.notes[1].tags == ("topic::serve", "level::2", "deployment", "shadow")


def test_a_requirement_note_carries_its_rows_in_numbered_fields(golden: ExchangeData) -> None:
    values = fields(golden, "req-001-where-is-the-data")
    assert values["If1"] == "one database that you may query"
    assert values["Then1"].startswith("Scheduled read from a replica")
    assert values["Number1"] == "replica lag adds to data age"
    assert (
        values["Ask1"] == "If the answer is “one database that you may query”, what should the design have?"
    )
    assert values["Hint"] == "Name three possible answers and what each one does to the design."
    assert (
        values["Mistakes"] == "Scanning the primary. Training on a source that serving cannot read in time."
    )
    assert (values["If4"], values["Ask4"]) == ("", "")


def test_sources_carry_titles_links_and_places(golden: ExchangeData) -> None:
    values = fields(golden, "req-001-where-is-the-data")
    assert values["Source"] == (
        '<a href="https://dataintensive.net">Designing Data-Intensive Applications</a>, ch. 10–11; '
        '<a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/">Amazon S3 guide</a>, '
        "performance guidelines"
    )
    assert fields(golden, "metric-011-downsampling-fix")["Source"] == (
        "Practical lessons from predicting clicks on ads at Facebook, section 6.3"
    )


def test_estimates_say_value_and_range(golden: ExchangeData) -> None:
    values = fields(golden, "est-014-hnsw-memory")
    wanted = {
        "Value": "76.8",
        "Unit": "GB",
        "Answer": "76.8 GB",
        "Tolerance": "10 %",
        "Low": "69.12",
        "High": "84.48",
    }
    assert wanted.items() <= values.items()


@pytest.mark.parametrize(
    ("value", "tolerance", "texts"),
    [
        (12500000, "5%", ("12500000", "12,500,000 pairs", "11,875,000", "13,125,000")),
        (3.86e-06, "30%", ("0.00000386", "0.00000386 pairs", "0.000002702", "0.000005018")),
        (600000, "10%", ("600000", "600,000 pairs", "540,000", "660,000")),
    ],
)
def test_numbers_are_written_without_exponent(
    tmp_path: Path, value: float, tolerance: str, texts: tuple[str, ...]
) -> None:
    made = note("estimation", value=value, tolerance=tolerance, unit="pairs")
    data = read(write_deck(tmp_path / "deck", made), tmp_path / "work")
    values = fields(data, "serve-001-estimation")
    assert (values["Value"], values["Answer"], values["Low"], values["High"]) == texts


def test_choices_letter_their_options(golden: ExchangeData) -> None:
    values = fields(golden, "serve-005-crash-on-start")
    assert values["Answer"] == "A. Point the registry at the previous version"
    assert values["Options"].count("<li>") == 4
    assert values["Others"].startswith('<ol><li value="2">Training takes hours')


def test_rows_without_a_card_stand_on_the_overview_only(tmp_path: Path) -> None:
    rows = [
        {"if": "one place", "then": "Read it", "card": False},
        {
            "if": "many places",
            "then": "Collect it",
            "ask": "What does a design need when data lie in many places?",
        },
    ]
    data = read(write_deck(tmp_path / "deck", note("requirement", rows=rows)), tmp_path / "work")
    values = fields(data, "serve-001-requirement")
    assert [card.ordinal for card in data.cards] == [0, 2]
    assert (values["If1"], values["Ask1"]) == ("one place", "")
    assert values["Ask2"] == "What does a design need when data lie in many places?"


def test_the_version_changes_exactly_with_the_texts(tmp_path: Path) -> None:
    def version(**changes: Any) -> str:
        data = read(write_deck(tmp_path / "deck", note(**changes)), tmp_path / "work")
        return fields(data, "serve-001-basic")["Version"]

    assert version() == version(level=2, tags=["other"], checked={"by": "mk", "on": "2026-11-30"})
    assert (
        len({version(), version(why="Another reason that is long enough."), version(answer="Canary.")}) == 3
    )


def test_figures_are_copied_with_their_digest(golden: ExchangeData, tmp_path: Path) -> None:
    original = GOLDEN / "media" / "release-styles.svg"
    (media,) = golden.media.values()
    assert (media.name, media.path) == ("release-styles.svg", tmp_path / "work" / "release-styles.svg")
    assert media.path.read_bytes() == original.read_bytes()
    assert media.sha256 == hashlib.sha256(original.read_bytes()).hexdigest()
    assert media.size == original.stat().st_size
    values = fields(golden, "serve-004-shadow-first")
    assert values["Figure"].startswith('<img src="release-styles.svg" alt="Three lanes compare')
    assert values["QuestionFigure"] == ""


def with_figure(folder: Path, name: str = "lanes.svg", side: str = "question") -> Path:
    return write_deck(folder, note(figure={"file": name, "side": side, "alt": 'Lanes & "more"'}))


def test_a_figure_of_the_question_has_a_field_of_its_own(tmp_path: Path) -> None:
    deck = with_figure(tmp_path / "deck")
    put_svg(deck)
    values = fields(read(deck, tmp_path / "work"), "serve-001-basic")
    assert values["QuestionFigure"] == '<img src="lanes.svg" alt="Lanes &amp; &quot;more&quot;">'


def put_svg(deck: Path) -> Path:
    (deck / "media").mkdir()
    file = deck / "media" / "lanes.svg"
    file.write_text(SVG)
    return file


def test_a_missing_figure_is_a_warning(tmp_path: Path) -> None:
    data = read(with_figure(tmp_path / "deck"), tmp_path / "work")
    assert data.media == {}
    assert data.warnings == ["serve-001-basic shows media/lanes.svg, which does not exist."]


@pytest.mark.parametrize(
    "name", ["../secret.svg", "/etc/passwd", "a/b.svg", "C:\\x.svg", ".svg", "a.png", "a.svg/"]
)
def test_figures_lie_in_the_media_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="name of an SVG file in media"):
        read(with_figure(tmp_path / "deck", name=name), tmp_path / "work")


def test_figures_are_plain_small_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    deck = with_figure(tmp_path / "deck")
    (deck / "media").mkdir()
    (deck / "media" / "lanes.svg").symlink_to(secret)
    with pytest.raises(SourceError) as caught:
        read(deck, tmp_path / "work")
    assert caught.value.kind == "unsafe"
    (deck / "media" / "lanes.svg").unlink()
    (deck / "media" / "lanes.svg").write_bytes(b"x" * (source.MAX_FIGURE_BYTES + 1))
    with pytest.raises(SourceError) as caught:
        read(deck, tmp_path / "work")
    assert caught.value.kind == "limit"
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"id": "serve-001-basic", "kind": "essay"},
            "line 5: `kind` of serve-001-basic must be one of basic, cloze",
        ),
        ({"front": ""}, "line 4: serve-001-basic needs `front`, a text"),
        ({"colour": "blue"}, "line 15: serve-001-basic has the unknown key `colour`; expected answer"),
        ({"tags": "deployment"}, "line 7: `tags` of serve-001-basic must be a list"),
        ({"level": "low"}, "line 6: `level` of serve-001-basic must be a whole number, not low"),
        ({"answer": ["a"]}, "line 15: `answer` of serve-001-basic must be a text"),
        (
            {"as_of": "soon"},
            "line 15: `as_of` of serve-001-basic must be a date such as 2026-11-30, not soon",
        ),
        ({"as_of": "2026-13"}, "must be a date"),
        ({"core": "maybe"}, "must be true or false, not maybe"),
        ({"figure": "a.svg"}, "`figure` of serve-001-basic must be a mapping"),
        ({"source": [{"at": "ch. 1"}]}, "a source of serve-001-basic needs `key`, a text"),
    ],
)
def test_faults_say_file_line_and_what_was_expected(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    deck = write_deck(tmp_path / "deck", {**note(), **changes})
    with pytest.raises(SourceError) as caught:
        source.load(deck)
    assert "serve.yaml, line " in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.kind == "inconsistent"


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("requirement", {"rows": []}, "needs 2 to 6 rows"),
        ("tradeoff", {"sides": [{"name": "a", "gain": "b", "lose": "c"}]}, "needs 2 to 4 sides"),
        ("choice", {"options": [{"text": t, "why": "No."} for t in "abc"]}, "exactly one option"),
        ("choice", {"options": [{"text": t, "right": True} for t in "abc"]}, "exactly one option"),
        ("choice", {"options": [{"text": "a", "right": True}, {"text": "b"}, {"text": "c"}]}, "needs `why`"),
        ("choice", {"options": [{"text": "a", "right": True}]}, "needs 3 to 6 options"),
        ("estimation", {"tolerance": 10}, "must be a percentage such as 10%"),
    ],
)
def test_each_kind_says_what_it_needs(
    tmp_path: Path, kind: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        source.load(write_deck(tmp_path / "deck", note(kind, **changes)))


def test_two_notes_with_one_number_are_refused(tmp_path: Path) -> None:
    deck = write_deck(tmp_path / "deck", note(), note("cloze", 1, id="serve-001-other"))
    with pytest.raises(SourceError, match=r"line 15: serve-001 is also the id of serve-001-basic\."):
        read(deck, tmp_path / "work")


def test_deck_files_of_another_kind_are_no_deck(tmp_path: Path) -> None:
    for content in ({"name": "Deck"}, {"cards": []}, {"a": {"b": "c"}}):
        put(tmp_path / "other.yaml", content)
        with pytest.raises(SourceError, match="needs `name` and `topics`") as caught:
            source.load(tmp_path / "other.yaml")
        assert caught.value.kind == "not-a-deck"
    put(tmp_path / "list.yaml", ["a"])
    with pytest.raises(SourceError, match="must be a mapping"):
        source.load(tmp_path / "list.yaml")


@pytest.mark.parametrize(
    "topics",
    [
        [{"id": "../up", "title": "Up"}],
        [{"id": "serve", "title": "Serving"}] * 2,
        [{"id": "serve", "title": "Another title"}],
        [{"id": "absent", "title": "Absent"}],
    ],
)
def test_topics_must_be_listed_as_they_are(tmp_path: Path, topics: list[dict[str, str]]) -> None:
    with pytest.raises(SourceError):
        source.load(write_deck(tmp_path / "deck", note(), topics=topics))


def test_one_topic_file_can_be_read_alone(tmp_path: Path) -> None:
    deck = write_deck(tmp_path / "deck", note())
    data = read(deck / "topics" / "serve.yaml", tmp_path / "work")
    assert [d.name for d in data.decks] == ["Test deck", "Test deck::Serving"]
    assert fields(data, "serve-001-basic")["Source"].startswith(
        '<a href="https://example.org/book">A book</a>'
    )
    alone = tmp_path / "alone.yaml"
    alone.write_bytes((deck / "topics" / "serve.yaml").read_bytes())
    data = read(alone, tmp_path / "work")
    assert [d.name for d in data.decks] == ["ML system design", "ML system design::Serving"]
    assert fields(data, "serve-001-basic")["Source"] == "book, ch. 3"


def test_sniffing_goes_by_folder_content_and_suffix(tmp_path: Path) -> None:
    deck = write_deck(tmp_path / "deck", note())
    assert source.sniff(deck)
    assert source.sniff(deck / "deck.yaml")
    assert not source.sniff(tmp_path)
    assert not source.sniff(tmp_path / "absent.yml")
    assert not source.sniff(Path(__file__))


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 1:
            raise Cancelled

    deck = write_deck(tmp_path / "deck", note(), note("cloze", 2))
    with pytest.raises(Cancelled):
        source.read(deck, ReadOptions(work_dir=tmp_path, now_ms=NOW), stop)


def test_only_note_types_in_use_are_brought(tmp_path: Path) -> None:
    data = read(write_deck(tmp_path / "deck", note("cloze")), tmp_path / "work")
    assert [note_type.name for note_type in data.note_types] == ["mlsd-cloze"]
    assert len(built_in_note_types()) == 6
