"""Public decks worth having: what each holds and how good it is, read from `resources/catalogue.yaml`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.paths import resources_dir

TOPICS = (
    "machine learning",
    "statistics",
    "system design",
    "data engineering",
    "SQL",
    "Python",
    "cloud certification",
)
"""The topics of the catalogue, in the order in which they are offered."""

NO_LICENCE = "no licence stated: for your own study"


@dataclass(frozen=True, slots=True)
class PublicDeck:
    """One public deck: where it is, and what was seen of it when the catalogue was written."""

    name: str
    topic: str
    holds: str
    cards: int
    licence: str  # as stated; empty where none is
    changed: date  # when the deck was last changed
    quality: str  # a candid sentence or two
    link: str  # an https address of a page

    @property
    def terms(self) -> str:
        """What may be done with the deck, in words."""
        return self.licence or NO_LICENCE


def public_decks(path: Path | None = None) -> tuple[PublicDeck, ...]:
    """Return the catalogue, by topic and within a topic in the order of the file, normally the program's own.

    Raises:
        SourceError: the file is no catalogue; says line and what was expected.
    """
    from mlsd_cards.formats.source_yaml import read_yaml

    path = path or resources_dir() / "catalogue.yaml"
    whole = Entry(read_yaml(path), path, "the catalogue")
    entries = whole.entries("decks")
    whole.finish()
    if not entries:
        whole.fail("the catalogue needs `decks`, a list")
    decks: list[PublicDeck] = []
    for entry in entries:
        deck = _deck(entry)
        for known in decks:
            if deck.name.casefold() == known.name.casefold() or deck.link == known.link:
                entry.fail(f"“{deck.name}” is listed twice, by its name or its link")
        decks.append(deck)
    return tuple(sorted(decks, key=lambda deck: TOPICS.index(deck.topic)))


def _deck(entry: Entry) -> PublicDeck:
    name = entry.text("name")
    entry.what = f"“{name}”"
    changed = entry.day("changed")
    if changed is None:
        entry.fail(f"{entry.what} needs `changed`, a date such as 2026-11-30")
    cards = entry.whole("cards")
    if not cards:
        entry.fail(f"`cards` of {entry.what} must be at least 1", entry.line_of("cards"))
    deck = PublicDeck(
        name=name,
        topic=entry.one_of("topic", TOPICS),
        holds=entry.text("holds"),
        cards=cards,
        licence=entry.optional("licence"),
        changed=changed,
        quality=entry.text("quality"),
        link=_link(entry),
    )
    entry.finish()
    return deck


def _link(entry: Entry) -> str:
    link = entry.text("link")
    try:
        parts = urlsplit(link)
        safe = parts.scheme == "https" and "." in (parts.hostname or "") and parts.netloc == parts.hostname
    except ValueError:
        safe = False
    if not safe or not link.isascii() or not link.isprintable() or " " in link:
        entry.fail(f"`link` of {entry.what} must be an https address, not {link}", entry.line_of("link"))
    return link


def is_whole_package(path: Path) -> bool:
    """Whether the file is an Anki package that has arrived whole: its list of contents stands at its end."""
    from mlsd_cards.formats import reader

    return reader("apkg").sniff(path)
