"""The built-in note types: what people's collections rely on, and how their cards come out."""

import re
from pathlib import Path

import pytest

from mlsd_cards.domain.exchange import ExchangeData, ExchangeNote
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId, NoteTypeKind
from mlsd_cards.formats import source
from mlsd_cards.formats.source_model import Kind
from mlsd_cards.formats.source_note_types import built_in_note_types
from mlsd_cards.rendering.sanitize import find_scripts, remote_references, sanitize, sanitize_css
from mlsd_cards.rendering.template import RenderedCard, card_ordinals, render_card
from tests.helpers.sources import GOLDEN, NOTES, note, write_deck

ROWS = [f"{name}{number}" for number in range(1, 7) for name in ("If", "Then", "Number", "Ask")]
LAST = ["Why", "Source", "Figure", "QuestionFigure", "Id", "Version"]

# On people's disks: ids never change, fields and templates are only added at the end.
PINNED = {
    "mlsd-basic": (1795000000101, ["Question", "Answer", *LAST], ["Card"]),
    "mlsd-cloze": (1795000000102, ["Text", *LAST], ["Cloze"]),
    "mlsd-requirement": (
        1795000000103,
        ["Question", "Hint", *ROWS, "Tradeoff", "Followup", "Mistakes", *LAST],
        ["Overview", *(f"Answer {number}" for number in range(1, 7))],
    ),
    "mlsd-tradeoff": (1795000000104, ["Question", "Sides", "Decide", *LAST], ["Card"]),
    "mlsd-estimation": (
        1795000000105,
        ["Question", "Value", "Unit", "Answer", "Tolerance", "Low", "High", "Working", "Steps", *LAST],
        ["Card"],
    ),
    "mlsd-choice": (1795000000106, ["Question", "Options", "Answer", "Others", *LAST], ["Card"]),
}


def test_ids_fields_and_templates_stay_as_they_were_published() -> None:
    found = {
        note_type.name: (
            note_type.foreign_id,
            list(note_type.field_names),
            [template.name for template in note_type.templates],
        )
        for note_type in built_in_note_types().values()
    }
    assert found == PINNED


@pytest.mark.parametrize("kind", Kind)
def test_templates_are_plain(kind: Kind) -> None:
    note_type = built_in_note_types()[kind]
    assert (note_type.kind is NoteTypeKind.CLOZE) is (kind is Kind.CLOZE)
    for template in note_type.templates:
        for side in (template.front, template.back):
            assert "<<" not in side
            assert not find_scripts(side)
            assert not remote_references(side)
        assert "<hr id=answer>" in template.back
    assert sanitize_css(note_type.css) == note_type.css
    assert ".nightMode" in note_type.css
    assert ".dark" in note_type.css


def rendered(data: ExchangeData) -> dict[tuple[str, int], RenderedCard]:
    types = {note_type.id: note_type for note_type in data.note_types}
    found: dict[tuple[str, int], RenderedCard] = {}
    for made in data.notes:
        note_type = types[NoteTypeId(made.note_type_id)]
        shown = dict(zip(note_type.field_names, made.fields, strict=True))["Id"]
        for ordinal in card_ordinals(note_type, made.fields):
            found[shown, ordinal] = render_card(note_type, as_note(made, note_type), ordinal)
    return found


def as_note(made: ExchangeNote, note_type: NoteType) -> Note:
    return Note(id=NoteId(made.id), guid=made.guid, note_type_id=note_type.id, fields=made.fields)


@pytest.fixture
def golden(tmp_path: Path) -> ExchangeData:
    return source.exchange(GOLDEN, 0, tmp_path)


def listed(data: ExchangeData) -> list[tuple[int, int]]:
    return [(card.note_id, card.ordinal) for card in data.cards]


def test_the_cards_listed_are_those_that_the_templates_make(golden: ExchangeData) -> None:
    types = {note_type.id: note_type for note_type in golden.note_types}
    made = [
        (found.id, ordinal)
        for found in golden.notes
        for ordinal in card_ordinals(types[NoteTypeId(found.note_type_id)], found.fields)
    ]
    assert made == listed(golden)


def test_an_overview_shows_the_table_and_why(golden: ExchangeData) -> None:
    card = rendered(golden)["req-001-where-is-the-data", 0]
    assert "Name three possible answers" in card.question
    assert "Scheduled read" not in card.question
    assert card.answer.count("<tr>") == 4
    assert "If the answer is…" in card.answer
    assert "<b>Why it is asked.</b> Access sets the ingestion path" in card.answer
    assert "Name three possible answers" not in card.answer
    for lead in ("Trade-off.", "Ask next.", "Mistakes."):
        assert f"<b>{lead}</b>" in card.answer


def test_an_implication_card_asks_for_the_design_of_one_answer(golden: ExchangeData) -> None:
    card = rendered(golden)["req-001-where-is-the-data", 3]
    assert "Where is the data, and how can you reach it?" in card.question
    assert "If the answer is “services emit it without pause”, what should the design have?" in card.question
    assert "Kafka" not in card.question
    assert "Log such as Kafka as source; stream features; lake for history" in card.answer
    assert "order only inside a partition" in card.answer
    assert "Upload API" not in card.answer


def test_formulas_and_clozes_reach_the_card(golden: ExchangeData) -> None:
    card = rendered(golden)["metric-011-downsampling-fix", 0]
    assert r"rate \(w\)" in card.question
    assert "[...]" in card.question
    assert r"\(p/(p+(1-p)/w)\)" in re.sub(r"<[^>]*>", "", card.answer)


def test_question_figures_stand_on_both_sides_and_answer_figures_on_one(
    golden: ExchangeData, tmp_path: Path
) -> None:
    card = rendered(golden)["serve-004-shadow-first", 0]
    assert "release-styles.svg" not in card.question
    assert 'src="release-styles.svg"' in card.answer
    for kind in NOTES:
        figure = {"file": "a.svg", "side": "question", "alt": "A lane"}
        deck = write_deck(tmp_path / kind, note(kind, figure=figure))
        first = min(rendered(source.exchange(deck, 0, tmp_path)).items())[1]
        assert first.question.count("a.svg") == 1
        assert first.answer.count("a.svg") == 1


def test_sides_without_text_leave_nothing_behind(tmp_path: Path) -> None:
    made = note("requirement", why=None, source=None)
    for card in rendered(source.exchange(write_deck(tmp_path, made), 0, tmp_path)).values():
        assert not re.search(r"<div[^>]*>\s*</div>", card.answer)
        assert "<b>" not in card.answer
        assert "Source:" not in card.answer


def test_nothing_of_a_built_in_card_is_lost_to_the_sanitizer(golden: ExchangeData) -> None:
    for card in rendered(golden).values():
        for side in (card.question, card.answer):
            clean = sanitize(side)
            for mark in (
                'class="',
                "<table",
                "<tr",
                "<b>",
                "<img",
                "alt=",
                "href=",
                "<code",
                "<ol",
                "[[type:",
            ):
                assert clean.count(mark) == side.count(mark)


@pytest.mark.oracle
def test_anki_makes_the_same_cards_and_texts(golden: ExchangeData, tmp_path: Path) -> None:
    collection = pytest.importorskip("anki.collection")
    col = collection.Collection(str(tmp_path / "oracle.anki2"))
    try:
        ours = rendered(golden)
        theirs = {}
        for note_type in golden.note_types:
            notetype = col.models.new(note_type.name)
            notetype["type"] = 1 if note_type.kind is NoteTypeKind.CLOZE else 0
            for name in note_type.field_names:
                col.models.add_field(notetype, col.models.new_field(name))
            for template in note_type.templates:
                made = col.models.new_template(template.name)
                made["qfmt"], made["afmt"] = template.front, template.back
                col.models.add_template(notetype, made)
            notetype["css"] = note_type.css
            col.models.add(notetype)
            for found in (n for n in golden.notes if n.note_type_id == note_type.id):
                added = col.new_note(notetype)
                added.fields = list(found.fields)
                col.add_note(added, 1)
                for card in added.cards():
                    theirs[added["Id"], card.ord] = card.render_output()
        assert theirs.keys() == ours.keys()
        for key, output in theirs.items():
            assert ours[key].question == output.question_text
            assert ours[key].answer == output.answer_text
    finally:
        col.close()
