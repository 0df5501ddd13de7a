"""Short names that decks define for their formulas are put in, counted and bounded."""

import pytest

from mlsd_cards.rendering import macros
from mlsd_cards.rendering.macros import Macros
from mlsd_cards.rendering.page import finish


@pytest.mark.parametrize(
    ("definition", "formula", "expanded"),
    [
        (r"\newcommand{\E}{\operatorname{E}}", r"\E X", r"{\operatorname{E}} X"),
        (r"\newcommand\E{e}", r"\E\Eta", r"{e}\Eta"),
        (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{x}\vec y", r"{\mathbf{x}}{\mathbf{y}}"),
        (r"\newcommand{\pair}[2]{(#1,#2)}", r"\pair a{b c}", r"{(a,b c)}"),
        (r"\DeclareMathOperator{\Var}{Var}", r"\Var Y", r"{\operatorname{Var}} Y"),
        (r"\newcommand{\a}{\b}\newcommand{\b}{c}", r"\a", r"{{c}}"),
        (r"\newcommand{\two}[2]{#1}", r"\two x", r"\two x"),
        (r"\newcommand{\open}{", r"\open", r"\open"),
        (r"\newcommand{\swap}[1]{#1#2}", r"\swap{x}", r"{x}"),
        (r"\newcommand{\frac}[1]{#1}", r"\frac{\}}", r"{\}}"),
        (r"\newcommand{\arg}[1]{#1}", r"\arg\alpha", r"{\alpha}"),
        (r"\newcommand{\arg}[1]{#1}", r"\arg{x", r"\arg{x"),
    ],
)
def test_definitions_are_put_in(definition, formula, expanded):
    known = Macros()
    known.read(definition)
    assert known.read(formula) == expanded


def test_a_side_of_definitions_shows_nothing_and_its_formulas_use_them():
    shown = finish(r"\( \newcommand{\E}{\operatorname{Exp}} \newcommand{\z}{\mathbf{0}} \)<p>\(\E = \z\)</p>")
    assert "newcommand" not in shown
    assert "formula-source" not in shown
    assert "Exp" in shown
    assert "<math" in shown


@pytest.mark.parametrize(
    "formula",
    [
        r"\newcommand{\a}{\a\a}\a",
        r"\newcommand{\a}{\b}\newcommand{\b}{\a x}\b",
        r"\newcommand{\a}[1]{#1#1}\a{\a{\a{x}}}",
    ],
)
def test_expansion_ends(formula):
    known = Macros()
    assert len(known.read(formula)) <= macros.MAX_LENGTH
    assert "formula-source" in finish(rf"\({formula}\)") or "<math" in finish(rf"\({formula}\)")


def test_only_so_many_definitions_are_kept():
    known = Macros()
    names = [f"\\newcommand{{\\m{'x' * number}}}{{{number}}}" for number in range(macros.MAX_MACROS + 5)]
    rest = known.read("".join(names))
    assert rest.count("newcommand") == 5


def test_a_formula_that_grows_beyond_the_limit_stays_as_it_was_written():
    known = Macros()
    long = "x" * (macros.MAX_LENGTH // 2)
    assert known.read(rf"\newcommand{{\long}}{{{long}}}\long") == f"{{{long}}}"
    assert known.read(r"\long + \long") == r"\long + \long"
