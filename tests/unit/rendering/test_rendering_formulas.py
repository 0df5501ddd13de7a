"""Formulas as MathML."""

import re
from xml.etree import ElementTree

import pytest

from mlsd_cards.rendering.formulas import MAX_DEPTH, MAX_FORMULA, latex_text, math, source_of

FROM_MACHINE_LEARNING = r"""
\mathrm{KL}(p\|q)=\sum_i p_i\log\frac{p_i}{q_i}
\nabla_\theta J=\mathbb{E}_{\tau\sim\pi_\theta}\left[\sum_{t=0}^{T}\log\pi_\theta(a_t\mid s_t)R\right]
\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V
\hat{y}=\sigma(\mathbf{w}^\top\mathbf{x}+b)
\mathcal{L}=-\frac{1}{N}\sum_{n=1}^{N}\left[y_n\log\hat y_n+(1-y_n)\log(1-\hat y_n)\right]
f(x)=\begin{cases}x & x>0\\ 0 & \text{otherwise}\end{cases}
\begin{align}a&=b+c\\&=d\end{align}
\begin{bmatrix}1&2\\3&4\end{bmatrix}
\operatorname*{arg\,max}_{\theta}\prod_{i} p(x_i;\theta)
\theta_{t+1}=\theta_t-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}
\text{recall@}k=\frac{|\text{relevant}\cap\text{top-}k|}{|\text{relevant}|}
\mathrm{NDCG}_k=\frac{1}{Z}\sum_{i=1}^k\frac{2^{r_i}-1}{\log_2(i+1)}
\lVert w\rVert_2^2\leq\lambda
P(A\mid B)=\frac{P(B\mid A)P(A)}{P(B)}
\int_{-\infty}^{\infty}\frac{1}{\sqrt{2\pi\sigma^2}}e^{-\frac{(x-\mu)^2}{2\sigma^2}}dx=1
\boldsymbol{\Sigma}=\mathbf{U}\boldsymbol{\Lambda}\mathbf{U}^{-1}
\lim_{n\to\infty}\left(1+\frac1n\right)^n
x\in\mathbb{R}^{d},\ W\in\mathbb{R}^{m\times n}
\mathrm{Var}(X)=\mathbb{E}[X^2]-\mathbb{E}[X]^2
\max_{\pi}\min_{\rho} V(\pi,\rho)
\binom{n}{k}p^k(1-p)^{n-k}
\tilde{x}\approx\bar{x}\pm 1.96\frac{s}{\sqrt{n}}
\frac{\partial L}{\partial w_{ij}}=\delta_j\,x_i
O(n\log n)\ll O(n^2)
\underbrace{a+b}_{\text{sum}}
Q(s,a)\leftarrow Q(s,a)+\alpha\left[r+\gamma\max_{a'}Q(s',a')-Q(s,a)\right]
\begin{pmatrix}\cos\theta&-\sin\theta\\\sin\theta&\cos\theta\end{pmatrix}
\overline{AB}\perp\vec{v}
\boxed{E=mc^2}
\left\lfloor\frac{n}{2}\right\rfloor
\arg\min_w \|Xw-y\|
\begin{gather}a\\b\end{gather}
""".strip().splitlines()


def tree(made: str | None) -> ElementTree.Element:
    assert made is not None
    return ElementTree.fromstring(made)


@pytest.mark.parametrize("latex", FROM_MACHINE_LEARNING)
@pytest.mark.parametrize("display", [False, True])
def test_formulas_of_the_field_can_be_read(latex: str, display: bool) -> None:
    root = tree(math(latex, display))
    formula = root if root.tag == "math" else root[0]
    assert formula.get("display") == ("block" if display else "inline")
    assert "\\" not in "".join(root.itertext())


def test_there_are_enough_formulas() -> None:
    assert len(FROM_MACHINE_LEARNING) >= 30


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "   ",
        r"\frac",
        "{",
        r"\left(",
        "a^b^c",
        r"\ce{H2O}",
        r"\unknown{x}",
        "a & b",
        r"\def\x{\x\x}\x",
        r"\newcommand{\a}{\a\a}\a",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://x)}{x}",
        r"\input{/etc/passwd}",
        r"\immediate\write18{touch x}",
        r"\mathchoice",
        r"\genfrac{}{}{0pt}{}{a}{b}",
        "{" * (MAX_DEPTH + 1) + "x" + "}" * (MAX_DEPTH + 1),
        "x" * (MAX_FORMULA + 1),
        r"\sqrt" * 600,
    ],
)
def test_what_cannot_be_read_is_not_made(latex: str) -> None:
    assert math(latex) is None


def test_limits_are_met_exactly() -> None:
    assert math("{" * MAX_DEPTH + "x" + "}" * MAX_DEPTH) is not None
    assert math("x" * MAX_FORMULA) is not None
    assert math(r"\{" * 100 + "x" + r"\}" * 100) is not None


def test_signs_of_markup_stay_text() -> None:
    made = math(r"\text{<script>&amp;} < x")
    assert made is not None
    assert "<script" not in made
    assert "script" in "".join(tree(made).itertext())


def test_bold_letters_become_letters_of_unicode() -> None:
    assert (
        "".join(tree(math(r"\mathbf{x}\boldsymbol{\theta}\mathscr{L}\mathbf{1}\mathfrak{C}")).itertext())
        == "𝐱𝜽ℒ𝟏ℭ"
    )
    assert "".join(tree(math(r"{\bf é}")).itertext()) == "é"


def test_upright_letters_stay_upright() -> None:
    assert 'mathvariant="normal"' in str(math(r"\mathrm{K}"))
    assert "font-weight:bold" in str(math(r"\textbf{a}"))
    assert "style" not in str(math(r"{\bf \text{a}}") or "")


def test_limits_stand_above_and_below() -> None:
    assert "<munderover>" in str(math(r"\left[\sum_{i}^{n}\right]", display=True))
    assert "<munder>" in str(math(r"\max_x", display=True))
    assert "<msub>" in str(math("x_i"))


def test_columns_are_aligned_by_css() -> None:
    assert re.search(r'<mtd style="text-align:right;padding', str(math(r"\begin{align*}a&=b\end{align*}")))
    assert "text-align:left" in str(math(r"\begin{cases}a&b\end{cases}"))


def test_boxes_and_strikes_are_drawn_by_css() -> None:
    assert 'class="math-box"' in str(math(r"\boxed{x}"))
    assert 'class="math-strike"' in str(math(r"\cancel{x}"))


def test_values_that_are_no_plain_words_are_left_out() -> None:
    assert "mathcolor" in str(math(r"\color{red}x"))
    assert "url" not in str(math(r"\color{url(x)}x"))


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        ("The $x$ is $$y$$", ["The ", "x", " is ", "y"]),
        (r"\(a\) and \[b\]", ["a", " and ", "b"]),
        (r"\begin{align*}a&=b\end{align*} & more", ["a", "=", "b", " & more"]),
        (r"\begin{equation}x\end{equation}", ["x"]),
        ("no formula < here", ["no formula < here"]),
    ],
)
def test_latex_parts_are_text_with_formulas(latex: str, words: list[str]) -> None:
    root = tree(f"<p>{latex_text(latex)}</p>")
    assert [text for text in root.itertext() if text] == words


@pytest.mark.parametrize("latex", [r"\textbf{x}", "costs $5", r"a $\frac$ b", "x" * (MAX_FORMULA + 1)])
def test_latex_that_is_more_than_text_and_formulas_is_not_made(latex: str) -> None:
    assert latex_text(latex) is None


def test_tags_and_entities_between_delimiters_are_read_as_a_browser_shows_them() -> None:
    assert source_of("a<br>b&nbsp;&lt;<b>c</b></div>d") == "a\nb <c\nd"
    assert source_of("plain") == "plain"
