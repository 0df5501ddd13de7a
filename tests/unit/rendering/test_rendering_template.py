"""Templates: limits, messages, special names, and what the comparison with Anki does not reach."""

from dataclasses import replace

import pytest

from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.rendering.template import MAX_SIDE, card_ordinals, expected_answers, render_card
from mlsd_cards.rendering.template_parser import MAX_DEPTH, MAX_FILTERS, parse

PROBLEM = '<div class="template-problem">'


def note_type(
    front: str, back: str = "{{FrontSide}}/{{Back}}", kind: NoteTypeKind = NoteTypeKind.STANDARD
) -> NoteType:
    return NoteType(
        id=NoteTypeId(1),
        name="Basic",
        kind=kind,
        fields=(Field(name="Front"), Field(name="Back")),
        templates=(Template(name="Card 1", front=front, back=back),),
        css=".card{}",
    )


def note(*fields: str, tags: tuple[str, ...] = ()) -> Note:
    return Note(id=NoteId(1), guid="g", note_type_id=NoteTypeId(1), fields=fields, tags=tags)


def question(front: str, *fields: str) -> str:
    return render_card(note_type(front), note(*(fields or ("f", "b"))), 0).question


def test_both_sides() -> None:
    card = render_card(note_type("{{Front}}?"), note("f", "b"), 0)
    assert (card.question, card.answer, card.css) == ("f?", "f?/b", ".card{}")


def test_special_names() -> None:
    front = "{{Front}} {{Tags}}|{{Type}}|{{Deck}}|{{Subdeck}}|{{Card}}|{{CardFlag}}|{{CardID}}"
    card = render_card(
        note_type(front), note("f", "b", tags=("x", "y::z")), 0, deck="A::B", flag=3, card_id=9
    )
    assert card.question == "f x y::z|Basic|A::B|B|Card 1|flag3|9"


def test_a_field_comes_before_a_special_name() -> None:
    own = replace(note_type("{{Tags}}"), fields=(Field(name="Tags"),))
    assert render_card(own, note("mine", tags=("x",)), 0).question == "mine"


def test_what_a_field_holds_is_never_read_as_a_template() -> None:
    fields = ("{{Back}}{{FrontSide}}{{#Front}}", "<% %>{{/Front}}")
    card = render_card(note_type("{{Front}}"), note(*fields), 0)
    assert card.question == fields[0]
    assert card.answer == fields[0] + "/" + fields[1]


def test_a_note_with_too_few_or_too_many_fields_is_shown() -> None:
    assert question("{{Front}}[{{Back}}]", "f") == "f[]"
    assert question("{{Front}}[{{Back}}]", "f", "b", "c") == "f[b]"


@pytest.mark.parametrize(
    ("front", "sentence"),
    [
        ("{{#Front}}x", "{{/Front}} is missing."),
        ("{{/Front}}x", "{{/Front}} has no {{#Front}} or {{^Front}} before it."),
        ("{{#Front}}{{^Back}}{{/Front}}", "{{/Front}} stands where {{/Back}} was expected."),
        ("{{Nothing}}", "{{Nothing}} is no field."),
        ("{{#Nothing}}{{/Nothing}}", "{{#Nothing}} is no field."),
        ("{{^Back}}{{<b>}}{{/Back}}", "{{&lt;b&gt;}} is no field."),
        ("{{" + "text:" * (MAX_FILTERS + 1) + "Front}}", f"a field has more than {MAX_FILTERS} filters."),
        ("{{" + "text:" * 20_000 + "Front}}", f"a field has more than {MAX_FILTERS} filters."),
        (
            "{{#Front}}" * 5000 + "x" + "{{/Front}}" * 5000,
            f"conditions are nested more than {MAX_DEPTH} deep.",
        ),
    ],
)
def test_a_broken_front_shows_one_plain_message_on_both_sides(front: str, sentence: str) -> None:
    card = render_card(note_type(front), note("f", "b"), 0)
    assert card.question == f"{PROBLEM}The front template of this card has a problem: {sentence}</div>"
    assert card.answer == card.question
    assert card_ordinals(note_type("{{Front}}{{#Front}}"), ["f", "b"]) == []


def test_a_broken_back_leaves_the_question() -> None:
    card = render_card(note_type("{{Front}}", "{{Nothing}}"), note("f", "b"), 0)
    assert card.question == "f"
    assert (
        card.answer
        == f"{PROBLEM}The back template of this card has a problem: {{{{Nothing}}}} is no field.</div>"
    )


def test_limits_are_met_exactly() -> None:
    assert question("{{" + "text:" * MAX_FILTERS + "Front}}") == "f"
    assert question("{{#Front}}" * MAX_DEPTH + "{{Front}}" + "{{/Front}}" * MAX_DEPTH) == "f"


def test_a_side_cannot_grow_beyond_its_limit() -> None:
    mebibyte = "x" * (1024 * 1024)
    assert len(question("{{Front}}" * 8, mebibyte, "")) == MAX_SIDE
    assert "larger than 8 MiB" in question("{{Front}}" * 8 + "y", mebibyte, "")
    card = render_card(note_type("{{Front}}", "{{FrontSide}}" * 1000), note(mebibyte, ""), 0)
    assert "larger than 8 MiB" in card.answer


def test_deletions_cannot_grow_beyond_the_limit() -> None:
    text = "{{c1::" * 8 + "<>" * 10_000 + "}}" * 8
    card = render_card(note_type("{{cloze:Front}}", kind=NoteTypeKind.CLOZE), note(text, ""), 0)
    assert "larger than 8 MiB" in card.question


def test_a_card_without_a_template_says_so() -> None:
    for ordinal in (1, -1, 400):
        card = render_card(note_type("{{Front}}"), note("f", "b"), ordinal)
        assert card.question == f"{PROBLEM}The note type has no card {ordinal + 1}.</div>"
    empty = replace(note_type("", kind=NoteTypeKind.CLOZE), templates=())
    assert PROBLEM in render_card(empty, note("{{c1::a}}", ""), 0).question


def test_a_blank_front_is_said_to_be_blank() -> None:
    card = render_card(note_type("<i>{{Front}}</i>"), note("<br>", "b"), 0)
    assert card.question.startswith("<i><br></i><div>The front of this card is blank.<br>")
    assert card.answer.startswith("<div>The front of this card is blank.<br>")


def test_a_missing_deletion_is_said_to_be_missing() -> None:
    card = render_card(note_type("{{cloze:Front}}", kind=NoteTypeKind.CLOZE), note("{{c1::a}}", ""), 4)
    assert "No cloze \u20685\u2069 found on card." in card.question


def test_the_older_marks_hold_for_the_whole_template() -> None:
    assert question("{{=<% %>=}}<%Front%> {{Front}} <!-- <%Front%> --> <%text:Back%>") == (
        "f {{Front}} <!-- <%Front%> --> b"
    )


def test_a_filter_without_a_field_is_nothing_and_a_section_may_be_shown_or_not() -> None:
    assert question("{{text:}}{{Front}}{{#Back}}+{{/Back}}{{^Back}}-{{/Back}}{{#c9}}9{{/c9}}") == "f+"
    assert question("{{Front}}{{#Back}}+{{/Back}}{{^Back}}-{{/Back}}{{^c9}}9{{/c9}}", "f", "") == "f-9"


def test_the_question_is_in_the_answer_of_a_cloze_card_too() -> None:
    cloze = note_type("{{cloze:Front}}", "{{FrontSide}}|{{cloze:Front}}", kind=NoteTypeKind.CLOZE)
    card = render_card(cloze, note("{{c1::a}}", ""), 0)
    assert card.answer == card.question + '|<span class="cloze" data-ordinal="1">a</span>'


def test_marks_and_comments_without_an_end_are_text() -> None:
    assert question("{{Front}} {{ <!-- x") == "f {{ <!-- x"
    assert question("<!-- {{Front}} -->{{Front}}<!-- {{ --> }} {{Back}}") == (
        "<!-- {{Front}} -->f<!-- {{ --> }} b"
    )


def test_a_template_is_read_once() -> None:
    assert parse("{{Front}} once") is parse("{{Front}} once")


def test_standard_cards_follow_the_fronts() -> None:
    kinds = replace(
        note_type(""),
        templates=tuple(
            Template(name=str(i), front=front, back="")
            for i, front in enumerate(
                ["{{Front}}", "{{Back}}", "{{#Back}}{{Front}}{{/Back}}", "{{Tags}}", "x"]
            )
        ),
    )
    assert card_ordinals(kinds, ["f", ""]) == [0]
    assert card_ordinals(kinds, ["", "b"]) == [1]
    assert card_ordinals(kinds, ["f", "b"], tags=["t"]) == [0, 1, 2, 3]
    assert card_ordinals(kinds, ["", ""]) == []
    assert card_ordinals(kinds, ["", ""], at_least_one=True) == [0]
    assert card_ordinals(kinds, ["f"]) == [0]


def test_cloze_cards_follow_the_numbers() -> None:
    cloze = note_type("{{cloze:Front}}", kind=NoteTypeKind.CLOZE)
    assert card_ordinals(cloze, ["{{c2::a}} {{c1::b}}", "{{c4::c}}"]) == [0, 1, 3]
    assert card_ordinals(cloze, ["{{c500::a}} {{c501::b}} {{c60000::c}}", ""]) == [499]
    assert card_ordinals(cloze, ["{{c0::a}} {{c999999::b}}", ""]) == []


def test_expected_answers_for_every_kind_of_box() -> None:
    cloze = note_type("{{type:cloze:Front}}", kind=NoteTypeKind.CLOZE)
    answers = expected_answers(cloze, note("<b>{{c1::a&amp;b}}</b> {{c2::c}}", "back"), 0)
    assert answers["cloze:Front"] == "a&b"
    assert answers["Back"] == answers["nc:Back"] == "back"
