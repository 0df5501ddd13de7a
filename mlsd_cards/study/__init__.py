"""The door for the window, the commands and other programs: the collection and what can be done with it."""

from mlsd_cards.study.clock import Clock, FixedClock, parse_moment, system_clock
from mlsd_cards.study.collection import Collection
from mlsd_cards.study.session import StudySession
from mlsd_cards.study.showing import ShownCard, page_css
from mlsd_cards.study.sources import (
    build_source,
    lint_source,
    run_vector_file,
    stale_facts,
    survey_source,
)
from mlsd_cards.study.views import Answered, CardInfo, Counts, DeckRow, Finished, Found, Today

__all__ = [
    "Answered",
    "CardInfo",
    "Clock",
    "Collection",
    "Counts",
    "DeckRow",
    "Finished",
    "FixedClock",
    "Found",
    "ShownCard",
    "StudySession",
    "Today",
    "build_source",
    "lint_source",
    "page_css",
    "parse_moment",
    "run_vector_file",
    "stale_facts",
    "survey_source",
    "system_clock",
]
