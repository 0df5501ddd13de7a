"""Cloze deletions: reading, revealing, and shapes over pictures."""

import pytest

from mlsd_cards.rendering.cloze import (
    MAX_NESTING,
    TooLarge,
    expected_answer,
    numbers_in,
    reveal,
    reveal_only,
    shape_data,
)

BUDGET = 1_000_000


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("none", set()),
        ("{{c1::a}} {{c2::b::hint}}", {1, 2}),
        ("{{c2::a {{c1::b}}}}", {1, 2}),
        ("{{c1,3::a}}", {1, 3}),
        ("{{c0::a}}", set()),
        ("{{c65535::a}} {{c65536::b}}", {65535}),
        ("{{c999999::a}} {{c1180591620717411303424::b}} {{c1::d}}", {1}),
        ("{{c000000001::a}}", {1}),
        ("{{c1::unfinished", set()),
        ("{{c1:one colon}} {{c::a}} {{c,::a}}", set()),
        ("}} {{c1::a}} }}", {1}),
        ("{{c" + "1" * 10000 + "::a}}", set()),
    ],
)
def test_numbers(text: str, numbers: set[int]) -> None:
    assert numbers_in([text]) == numbers


def test_numbers_of_several_fields_are_joined() -> None:
    assert numbers_in(["{{c1::a}}", "", "{{c3::b}}"]) == {1, 3}


def test_the_question_hides_what_the_answer_shows() -> None:
    text = "{{c1::Paris::city}} is in {{c2::France}}"
    question = reveal(text, 1, True, BUDGET)
    answer = reveal(text, 1, False, BUDGET)
    inactive = '<span class="cloze-inactive" data-ordinal="2">France</span>'
    assert (
        question == f'<span class="cloze" data-cloze="Paris" data-ordinal="1">[city]</span> is in {inactive}'
    )
    assert answer == f'<span class="cloze" data-ordinal="1">Paris</span> is in {inactive}'


def test_a_number_that_is_not_there_gives_nothing() -> None:
    assert reveal("{{c1::a}}", 2, True, BUDGET) == ""
    assert reveal("no deletion", 1, True, BUDGET) == ""


def test_tags_inside_formulas_are_removed() -> None:
    assert reveal(r"\(x {{c1::y}}\) \[z", 1, False, BUDGET) == r"\(x y\) \[z"


def test_deletions_alone() -> None:
    text = "{{c1::a::h}} x {{c2::b {{c1::c}}}}"
    assert reveal_only(text, 1, True) == "h, ..."
    assert reveal_only(text, 1, False) == "a, c"
    assert reveal_only(text, 2, False) == "b c"


def test_expected_answers_are_joined_unless_they_are_equal() -> None:
    assert expected_answer("{{c1::a}} {{c1::a}}", 1) == "a"
    assert expected_answer("{{c1::a}} {{c1::b}} {{c1::a}}", 1) == "a, b, a"
    assert expected_answer("{{c1::a}}", 2) == ""


def test_depth_is_limited_and_the_text_still_shown() -> None:
    deep = "{{c1::" * 1000 + "x" + "}}" * 1000
    shown = reveal(deep, 1, False, BUDGET)
    assert shown.count("<span") == MAX_NESTING
    assert "x" in shown
    just_right = "{{c1::" * MAX_NESTING + "x" + "}}" * MAX_NESTING
    assert reveal(just_right, 1, False, BUDGET).count("<span") == MAX_NESTING


def test_growth_is_measured_while_it_happens() -> None:
    # Each level writes the one below it as an attribute, with each sign of markup as an entity.
    text = "{{c1::" * MAX_NESTING + "<>" * 1000 + "}}" * MAX_NESTING
    with pytest.raises(TooLarge):
        reveal(text, 1, True, BUDGET)


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        (
            "rect:left=.1:top=.2:width=.3:height=0:angle=5",
            ["shape=rect", "left=.1", "top=.2", "width=.3", "angle=5"],
        ),
        (
            "ellipse:rx=.1:ry=0:oi=1:fs=3:fill=#abc",
            ["shape=ellipse", "rx=.1", "occludeInactive=1", "font-size=3", "fill=#abc"],
        ),
        ("polygon:points=0,0 bad 1,1", ["shape=polygon", "points=0,0 1,1"]),
        ("polygon:points=bad", ["shape=polygon"]),
        (r"text:text=a\:b\\:scale=2:other=1", ["shape=text", "text=a&#x3A;b&#x5C;", "scale=2"]),
        ("circle:left=.1", ["left=.1"]),
        (r"rect:left=\x:top=1", ["shape=rect"]),
        ("rect:left=:top=1", ["shape=rect"]),
        ("rect", []),
    ],
)
def test_shapes(shape: str, data: list[str]) -> None:
    parts = [part.split("=", 1) for part in data]
    assert shape_data(shape) == "".join(f'data-{name}="{value}" ' for name, value in parts)


@pytest.mark.parametrize(
    ("number", "question", "kind"),
    [
        (1, True, "cloze"),
        (1, False, "cloze-highlight"),
        (2, True, "cloze-inactive"),
        (2, False, "cloze-inactive"),
    ],
)
def test_a_shape_knows_whether_it_is_asked_for(number: int, question: bool, kind: str) -> None:
    text = "{{c1::image-occlusion:rect:left=.1:top=.2}}{{c2::x}}"
    assert reveal(text, number, question, BUDGET).startswith(
        f'<div class="{kind}" data-ordinal="1" data-shape="rect"'
    )


def test_a_shape_of_number_0_is_always_drawn() -> None:
    text = "{{c0::image-occlusion:text:text=a}}{{c1::x}}"
    assert reveal(text, 1, False, BUDGET).startswith('<div class="cloze" data-ordinal="0"')


def test_an_empty_deletion_is_no_shape() -> None:
    assert reveal("{{c1::}}", 1, False, BUDGET) == '<span class="cloze" data-ordinal="1"></span>'
