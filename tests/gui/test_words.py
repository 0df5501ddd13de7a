"""Dates, numbers and sentences that the window writes."""

from datetime import date, datetime

import pytest

from mlsd_cards.domain.exchange import ImportReport
from mlsd_cards.ui.dates import counted, long_day, moment, short_day, size, span
from mlsd_cards.ui.screens.import_parts import content_rows, deck_names, done_text, safety_rows, study_deck
from mlsd_cards.ui.screens.topics_model import short_names


def test_days():
    assert long_day(date(2026, 11, 24)) == "Tuesday 24 November"
    assert short_day(date(2026, 12, 7)) == "7 Dec"
    assert moment(datetime(2026, 11, 24, 14, 2)) == "24 November 2026, 14:02"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("octets", "text"),
    [(1, "1 byte"), (999, "999 bytes"), (3200, "3.2 kB"), (14_000_000, "14 MB"), (2_500_000_000, "2.5 GB")],
)
def test_sizes(octets, text):
    assert size(octets) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-60, "60 seconds"),
        (-600, "10 minutes"),
        (-7200, "2.0 hours"),
        (0, "the same day"),
        (1, "1 day"),
        (31, "31 days"),
    ],
)
def test_spans(value, text):
    assert span(value) == text


def test_numbers_with_their_noun():
    assert counted(1, "card") == "1 card"
    assert counted(1250, "card") == "1,250 cards"


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["A", "A::B", "A::B::C"], ("A", "\u2003B", "\u2003\u2003C")),
        (["A::B", "A::C"], ("A › B", "A › C")),
        (["A", "A::B::C"], ("A", "\u2003B › C")),
        ([], ()),
    ],
)
def test_topics_are_indented_under_the_deck_above_them(names, short):
    assert short_names(names) == short


def test_deck_names_on_one_line():
    assert deck_names(["S::Caching", "S::Queues", "T"]) == "S › Caching, › Queues, T"
    assert deck_names(["a", "b", "c", "d", "e"]) == "a, b, c, +2"
    assert deck_names([]) == ""


@pytest.mark.parametrize(
    ("names", "deck"),
    [
        (["A::B", "A::C"], "A"),
        (["A"], "A"),
        (["A", "A::B"], "A"),
        (["A", "B"], None),
        ([], None),
        (["A::B"], "A::B"),
    ],
)
def test_study_now_takes_the_deck_that_holds_all_imported_ones(names, deck):
    assert study_deck(names) == deck


def test_what_is_inside_and_what_is_unsafe():
    report = ImportReport(
        file="x.apkg",
        notes_new=398,
        notes_updated=9,
        notes_unchanged=5,
        cards=437,
        note_types=2,
        decks=2,
        media=88,
        scripts=2,
        remote_references=11,
        deck_names=["S::Caching", "S::Queues"],
        note_type_names=["Basic", "Cloze"],
        media_bytes=14_000_000,
        media_kinds={"images": 86, "sounds": 2},
    )
    rows = {name: (value, remark) for name, value, remark, _ in content_rows(report)}
    assert rows["Notes"] == ("412", "(398 new, 9 changed, 5 the same)")
    assert rows["Note types"] == ("Basic, Cloze", "")
    assert rows["Media"] == ("86 images, 2 sounds · 14 MB", "")
    assert rows["Review history"] == ("none", "")
    unsafe = {name: (value, role) for name, value, _, role in safety_rows(report)}
    assert unsafe["Scripts"] == ("in 2 places, will not run", "warning")
    assert unsafe["Links to the network"] == ("11, blocked", "")
    assert unsafe["Files with unsafe names"] == ("none", "")
    assert done_text(report) == "398 notes added, 9 notes changed, 5 notes already the same."
    assert done_text(ImportReport(file="x")) == "Nothing in this file was new."
