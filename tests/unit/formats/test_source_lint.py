"""Every rule of the lint, once broken and once kept; lines, levels, and what a growing deck is spared."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.formats.source_lint import LintReport, lint
from mlsd_cards.formats.source_yaml import SourceError
from tests.helpers.sources import GOLDEN, NOTES, SVG, note, put, write_deck

TODAY = date(2026, 11, 24)
FIGURE = {
    "file": "lanes.svg",
    "side": "answer",
    "alt": "Three lanes compare who gets the answer of the new model first.",
}


def rules(report: LintReport) -> set[str]:
    return {problem.rule for problem in report.problems}


def check(folder: Path, *notes: Any, **deck: Any) -> LintReport:
    return lint(write_deck(folder, *notes, **deck), today=TODAY)


@pytest.mark.parametrize("kind", NOTES)
def test_every_kind_can_be_written_without_a_problem(tmp_path: Path, kind: str) -> None:
    report = check(tmp_path, note(kind))
    assert report.problems == ()
    assert report.passed
    assert report.cards == (4 if kind == "requirement" else 1)


def test_the_examples_of_the_format_have_no_problem() -> None:
    report = lint(GOLDEN, today=TODAY)
    assert report.problems == ()
    assert (report.notes, report.cards, report.passed) == (6, 9, True)


ROWS = list(NOTES["requirement"]["rows"])
SIDES = list(NOTES["tradeoff"]["sides"])
WORDS = "one two three four five six seven eight nine ten "

BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("L01", "basic", {"front": "Which release step?"}),
    ("L01", "basic", {"front": "Which step " + WORDS * 3 + "?"}),
    ("L01", "requirement", {"front": "Where " + WORDS * 4 + "?"}),
    ("L02", "basic", {"answer": WORDS * 3 + "more."}),
    (
        "L02",
        "cloze",
        {"text": "A model that sees {{c1::copied live traffic of all our users}} runs as shadow."},
    ),
    ("L02", "tradeoff", {"decide": WORDS * 4}),
    ("L02", "requirement", {"rows": [*ROWS[:2], {"if": "elsewhere or unknown", "then": WORDS * 3}]}),
    ("L02", "requirement", {"rows": ROWS * 2}),
    ("L02", "requirement", {"rows": ROWS[:1]}),
    ("L03", "basic", {"front": "Does a shadow release change what people see?"}),
    ("L03", "basic", {"answer": "No, its outputs are only logged."}),
    ("L04", "basic", {"front": "When do you choose shadow or canary release?"}),
    ("L05", "basic", {"front": "When does this fail in production systems?"}),
    ("L05", "basic", {"front": "It sends copied traffic to which model?"}),
    ("L05", "basic", {"front": "Which of these steps sends copied traffic?"}),
    ("L05", "basic", {"front": "What do the above steps cost a team?"}),
    ("L06", "basic", {"front": "What is a shadow release? Which risk does a shadow release avoid?"}),
    ("L06", "basic", {"answer": "Logs, metrics, traces, alerts, dashboards."}),
    ("L06", "basic", {"answer": "It copies traffic; people see the old model and the log grows."}),
    ("L06", "basic", {"answer": "It waits 5 ms and keeps 3 GB."}),
    ("L07", "basic", {"answer": "- a\n- b\n- c\n- d\n- e\n- f"}),
    ("L08", "basic", {"source": None}),
    ("L08", "basic", {"source": [{"key": "unknown", "at": "ch. 1"}]}),
    ("L08", "basic", {"source": [{"key": "book"}]}),
    ("L08", "basic", {"source": ["not an address"]}),
    ("L11", "basic", {"level": 4}),
    ("L11", "basic", {"level": 0}),
    ("L11", "basic", {"level": "high"}),
    ("L11", "basic", {"level": None}),
    ("L12", "basic", {"why": None}),
    ("L12", "basic", {"why": "Only logged outputs."}),
    ("L12", "basic", {"why": WORDS * 3}),
    ("L12", "basic", {"why": "A shadow release, and its outputs are only logged."}),
    ("L13", "basic", {"answer": "A shadow release copies 5."}),
    ("L13", "estimation", {"tolerance": None}),
    ("L13", "estimation", {"unit": None}),
    ("L13", "estimation", {"working": None}),
    ("L13", "estimation", {"value": "many"}),
    ("L13", "estimation", {"working": "3000 * 300"}),
    ("L13", "estimation", {"working": "open('x')"}),
    ("L14", "basic", {"tags": ["deployment", "law"]}),
    ("L14", "basic", {"tags": ["deployment", "price"], "as_of": "2025-10"}),
    ("L15", "basic", {"id": "serve-1-short"}),
    ("L15", "basic", {"id": "other-001-topic"}),
    ("L15", "basic", {"id": "serve-001-Upper"}),
    ("L15", "basic", {"needs": ["serve-999-missing"]}),
    ("L16", "basic", {"tags": None}),
    ("L16", "basic", {"tags": ["Two Words"]}),
    ("L16", "requirement", {"req": ["R31"]}),
    ("L16", "requirement", {"req": None}),
    ("L17", "basic", {"answer": "It simply logs what the new model says."}),
    ("L17", "tradeoff", {"decide": "It depends."}),
    (
        "L18",
        "basic",
        {
            "answer": "Heterogeneous infrastructural considerations necessitate organisational "
            "reconciliation of probabilistic calibration methodologies throughout international deployments."
        },
    ),
    ("L19", "basic", {"figure": {**FIGURE, "alt": "Three lanes."}}),
    ("L20", "basic", {"answer": "A <span>shadow</span> release."}),
    ("L20", "basic", {"answer": "A <script>alert(1)</script> release."}),
    ("L20", "basic", {"answer": "A <b onclick='x()'>shadow</b> release."}),
    ("L20", "basic", {"answer": "A <b>shadow release."}),
    ("L20", "basic", {"answer": "A <b><i>shadow</b></i> release."}),
    ("L20", "basic", {"answer": "A shadow release, see https://example.org/a"}),
    ("L20", "basic", {"answer": "A [shadow](https://example.org) release."}),
    ("L21", "basic", {"answer": r"The share is \(a + b of all."}),
    ("L21", "basic", {"answer": r"The share is \(\left( a\) of all."}),
    ("L21", "basic", {"answer": r"The share is \(a_{b\) of all."}),
    ("L21", "cloze", {"text": r"The corrected share is {{c1::\(\sqrt{\frac{a}{b}}\)}} of all rows."}),
    ("L26", "basic", {"answer": "A shadow release of the optimized model."}),
    ("L27", "cloze", {"text": "A model that sees copied live traffic runs as a shadow release."}),
    ("L27", "cloze", {"text": "A model that sees copied live traffic runs as {{c0::shadow}} release."}),
    ("L27", "cloze", {"text": "A model that sees live traffic is a {{c1::shadow}} release."}),
    ("L27", "cloze", {"text": "{{c1::A}} model {{c2::that}} sees {{c3::live}} {{c4::traffic}} as shadow."}),
    ("L27", "cloze", {"text": "A model that sees {{c1::copied {{c2::live}} traffic}} runs as a shadow."}),
    ("L27", "cloze", {"text": "A model that {{c1::sees}} copied live {{c2::traffic runs as a shadow."}),
    ("L28", "basic", {"figure": {**FIGURE, "file": "absent.svg"}}),
]


@pytest.mark.parametrize(
    ("rule", "kind", "changes"), BROKEN, ids=[f"{r}-{i}" for i, (r, _, _) in enumerate(BROKEN)]
)
def test_a_broken_rule_is_found(tmp_path: Path, rule: str, kind: str, changes: dict[str, Any]) -> None:
    put_figure(tmp_path)
    kept = note(
        "basic", 2, front="Who reads the lanes that this figure draws here?", answer="People.", figure=FIGURE
    )
    report = check(tmp_path, note(kind, **changes), kept)
    found = [problem for problem in report.problems if not problem.card.startswith("serve-002")]
    assert rule in {problem.rule for problem in found}
    assert not report.passed
    assert all(problem.file == "topics/serve.yaml" and problem.line >= 4 for problem in found)


KEPT: list[tuple[str, dict[str, Any]]] = [
    ("basic", {"front": "What does it take to release a model safely?"}),
    ("basic", {"front": "When a cache node fails, how does it recover?"}),
    ("basic", {"front": "Which share of users sees errors above 5 % of requests?"}),
    ("basic", {"answer": "Between 30 and 90 days."}),
    ("basic", {"answer": "It depends on the load and on the hardware."}),
    ("basic", {"answer": "A PSI above 0.25 asks for action."}),
    ("basic", {"answer": "CO<sub>2</sub> and **bold** `code <x>` are fine."}),
    ("basic", {"answer": r"The share is \(p/(p+(1-p)/w)\) of all rows."}),
    ("basic", {"source": ["https://example.org/a-page"]}),
    ("basic", {"tags": ["law"], "as_of": "2026-06-29"}),
    ("basic", {"figure": FIGURE, "checked": {"by": "mk", "on": "2026-11-30"}, "as_of": "2026-11"}),
    ("tradeoff", {"front": "What decides between shadow or canary release?"}),
    ("choice", {"front": "Which of these steps brings users back soonest?"}),
    ("cloze", {"text": "{{c1::A shadow}} release sees {{c2::copied}} traffic of all users."}),
    ("requirement", {"tags": None}),
    (
        "requirement",
        {"rows": [*ROWS[:2], {**ROWS[2], "number": "order holds only inside a partition", "card": False}]},
    ),
]


@pytest.mark.parametrize(("kind", "changes"), KEPT)
def test_what_the_rules_allow_is_not_found(tmp_path: Path, kind: str, changes: dict[str, Any]) -> None:
    if "figure" in changes:
        put_figure(tmp_path)
    assert check(tmp_path, note(kind, **changes)).problems == ()


def put_figure(folder: Path, content: str = SVG) -> None:
    (folder / "media").mkdir(parents=True, exist_ok=True)
    (folder / "media" / "lanes.svg").write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        SVG.replace("prefers-color-scheme", "prefers-contrast"),
        SVG.replace("</svg>", "<script>alert(1)</script></svg>"),
        SVG.replace("<rect", "<rect onclick='x()'"),
        SVG.replace("</svg>", '<image href="https://example.org/a.png"/></svg>'),
        SVG.replace("</svg>", '<use href="https://example.org/a.svg#b"/></svg>'),
        SVG.replace("fill:#fff", "fill:url(https://example.org/a.svg)"),
        "<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG,
        SVG + "<!--" + "x" * 31_000 + "-->",
        "no picture",
    ],
)
def test_figures_must_be_small_still_drawings_for_both_themes(tmp_path: Path, content: str) -> None:
    put_figure(tmp_path, content)
    assert rules(check(tmp_path, note(figure=FIGURE))) == {"L19"}


def test_duplicate_fronts_are_errors_and_near_ones_warnings(tmp_path: Path) -> None:
    report = check(tmp_path, note(), note("basic", 2, answer="Copied, logged."))
    assert [(p.rule, p.level, p.card) for p in report.problems] == [("L09", "error", "serve-002-basic")]
    near = "Which release step always sends copied live traffic to a new model?"
    report = check(
        tmp_path, note(front=near.replace("always ", "")), note("basic", 2, front=near, answer="Copied.")
    )
    assert [(p.rule, p.level) for p in report.problems] == [("L09", "warning")]
    report = check(tmp_path, note(), note("basic", 2, front="Who watches the dashboards?", answer="People."))
    assert report.problems == ()


def test_the_same_answer_to_different_questions_is_no_duplicate_front(tmp_path: Path) -> None:
    rows = [
        {"if": "none at all", "then": "Rules first"},
        {"if": "yes, plenty", "then": "Supervised training"},
    ]
    other = [
        {"if": "none at all", "then": "One region"},
        {"if": "yes, plenty", "then": "Replicas near users"},
    ]
    first = note("requirement", rows=rows)
    second = note(
        "requirement", 2, rows=other, req=["R19"], tags=["regions"], front="Where do the users live?"
    )
    assert check(tmp_path, first, second).problems == ()


def test_duplicate_facts_need_a_shared_tag(tmp_path: Path) -> None:
    second = {"front": "What lets a team compare a model without risk?"}
    assert rules(check(tmp_path, note(), note("basic", 2, **second))) == {"L10"}
    assert check(tmp_path, note(), note("basic", 2, **second, tags=["other"])).problems == ()


def test_ids_are_unique_and_never_used_again(tmp_path: Path) -> None:
    other = {"front": "Who watches the dashboards at night?", "answer": "People."}
    report = check(tmp_path, note(), note("basic", 1, id="serve-001-again", **other))
    assert [(p.rule, p.card) for p in report.problems] == [("L15", "serve-001-again")]
    (tmp_path / "ids.lock").write_text("serve-001 basic\nserve-002 gone\nserve-003 old retired: 2026-01-01\n")
    report = check(tmp_path, note())
    assert [(p.rule, p.file, p.line, p.card) for p in report.problems] == [
        ("L15", "ids.lock", 2, "serve-002")
    ]
    report = check(
        tmp_path,
        note(),
        note("basic", 2, id="serve-002-new", **other),
        note("basic", 3, front="What does a second look at logs find?", answer="Skew."),
    )
    assert [(p.rule, p.card) for p in report.problems] == [("L15", "serve-003-basic")]
    (tmp_path / "ids.lock").write_text("serve-001 basic\nwhat is this\n")
    report = check(tmp_path, note())
    assert [(p.rule, p.file, p.line) for p in report.problems] == [("L15", "ids.lock", 2)]


def test_unused_figures_are_found(tmp_path: Path) -> None:
    put_figure(tmp_path)
    report = check(tmp_path, note())
    assert [(p.rule, p.file) for p in report.problems] == [("L28", "media/lanes.svg")]


def test_coverage_is_demanded_of_complete_topics_only(tmp_path: Path) -> None:
    topic = {
        "id": "serve",
        "title": "Serving",
        "cover": ["shadow", "canary|canaries", "hedging"],
        "cards": 26,
    }
    report = check(tmp_path, note(), topics=[topic])
    assert report.problems == ()
    (found,) = report.coverage
    assert (found.cards, found.planned, found.levels) == (1, 26, {1: 1})
    assert found.missing == ("the term canary|canaries", "the term hedging")
    report = check(tmp_path, note(), topics=[{**topic, "complete": True}])
    assert {(p.rule, p.level) for p in report.problems} == {("L22", "error"), ("L11", "warning")}
    assert sum(p.rule == "L22" for p in report.problems) == 2


def test_a_complete_requirement_topic_needs_all_thirty_questions(tmp_path: Path) -> None:
    content = {"topic": "req", "title": "Requirements", "notes": [note("requirement", id="req-001-data")]}
    write_deck(tmp_path, topics=[{"id": "req", "title": "Requirements", "complete": True}])
    put(tmp_path / "topics" / "req.yaml", content)
    messages = [p.message for p in lint(tmp_path, today=TODAY).problems if p.rule == "L22"]
    assert len(messages) == 58  # R02 to R30 lack an overview and implications each
    assert not any("R01" in message for message in messages)
    assert any("an overview card of R30" in message for message in messages)


def test_problems_name_the_line_of_the_text(tmp_path: Path) -> None:
    write_deck(tmp_path)
    (tmp_path / "topics" / "serve.yaml").write_text(
        "topic: serve\n"
        "title: Serving\n"
        "notes:\n"
        "  - id: serve-001-lines\n"
        "    kind: basic\n"
        "    level: 1\n"
        "    tags: [deployment]\n"
        "    front: Which?\n"
        "    answer: It simply logs.\n"
        "    why: Because.\n"
        "    source:\n"
        "      - {key: book, at: ch. 1}\n"
        "      - {key: nobody, at: ch. 1}\n"
        "  - id: serve-002-broken\n"
        "    kind: basic\n"
        "    level: 1\n"
        "    frnt: Which?\n"
        "  - id: serve-003-rows\n"
        "    kind: requirement\n"
        "    level: 1\n"
        "    req: [R01]\n"
        "    front: Where is the data, and how can you reach it?\n"
        "    why: Access decides how fresh and how costly all the data will be.\n"
        "    source: [{key: book, at: ch. 1}]\n"
        "    rows:\n"
        "      - {if: one place, then: Read 7 from there}\n"
        "      - {if: elsewhere, then: Ask, ask: Who}\n",
        encoding="utf-8",
    )
    found = {(p.line, p.rule, p.card) for p in lint(tmp_path, today=TODAY).problems}
    assert found == {
        (8, "L01", "serve-001-lines"),
        (9, "L17", "serve-001-lines"),
        (10, "L12", "serve-001-lines"),
        (13, "L08", "serve-001-lines"),
        (14, "form", "serve-002-broken"),
        (26, "L13", "serve-003-rows"),
        (27, "L01", "serve-003-rows:2"),
    }


def test_one_file_alone_can_be_checked(tmp_path: Path) -> None:
    write_deck(tmp_path, note(front="Which release?"))
    report = lint(tmp_path / "topics" / "serve.yaml", today=TODAY)
    assert [(p.rule, p.file) for p in report.problems] == [("L01", "topics/serve.yaml")]


def test_a_topic_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    write_deck(tmp_path, note())
    (tmp_path / "topics" / "serve.yaml").write_text("topic: serve\nnotes: [\n")
    report = lint(tmp_path)
    assert [(p.rule, p.file, p.card) for p in report.problems] == [("form", "topics/serve.yaml", "")]
    with pytest.raises(SourceError):
        lint(tmp_path / "none.yaml")


def test_more_than_two_in_a_hundred_warnings_fail(tmp_path: Path) -> None:
    def deck(number: int) -> LintReport:
        names = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"][:number]
        notes = [
            note(
                "basic",
                n,
                front=f"Who owns the table {name} of the bank?",
                answer=f"The {name} people.",
                tags=[name],
            )
            for n, name in enumerate(names, start=1)
        ]
        notes[0]["answer"] = "Simply nobody."
        return check(tmp_path, *notes)

    assert (deck(49).warnings, deck(49).passed) == (1, False)
    assert (deck(50).warnings, deck(50).passed) == (1, True)


def test_sources_must_be_findable(tmp_path: Path) -> None:
    write_deck(tmp_path, note())
    put(
        tmp_path / "sources.yaml",
        {"book": {"title": "A book"}, "page": {"title": "P", "url": "ftp://x"}, "x": "y"},
    )
    found = [(p.rule, p.file, p.line) for p in lint(tmp_path, today=TODAY).problems]
    assert found == [("L08", "sources.yaml", 2), ("form", "sources.yaml", 5), ("form", "sources.yaml", 6)]
