"""What the import screen says about a file, in words made from the report alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsd_cards.ui.dates import counted, size
from mlsd_cards.ui.screens.browse_parts import term

if TYPE_CHECKING:
    from mlsd_cards.domain.exchange import ImportReport

Row = tuple[str, str, str, str]
"""Name, value, quiet remark, role of the value."""

CONFLICTS = "is:conflict"
"""Search for the notes whose conflicts are open; after an import they are settled rather than listed."""

MOST_NAMES = 3
LONGEST_SEARCH = 20_000  # signs
MOST_LISTED = 1_100  # notes that a search can list


def content_rows(report: "ImportReport") -> list[Row]:
    """Return what is inside the file."""
    notes = report.notes_new + report.notes_updated + report.notes_unchanged + report.notes_skipped
    kinds = (
        (report.notes_new, "new"),
        (report.notes_updated, "changed"),
        (report.notes_unchanged, "the same"),
        (report.notes_skipped, "left out"),
    )
    remark = ", ".join(f"{number:,} {word}" for number, word in kinds if number)
    return [
        ("Notes", f"{notes:,}", f"({remark})" if remark else "", ""),
        *_more_of_notes(report),
        ("Cards", f"{report.cards:,}", "", ""),
        ("Note types", _names(report.note_type_names) or str(report.note_types), "", ""),
        ("Decks", deck_names(report.deck_names) or str(report.decks), "", ""),
        ("Media", _media(report), "", ""),
        ("Review history", counted(report.reviews, "answer") if report.reviews else "none", "", ""),
    ]


def _more_of_notes(report: "ImportReport") -> list[Row]:
    """Return what is left out and why, what both sides changed, and what the author removed."""
    rows = [("Left out", f"{number:,}", reason, "") for reason, number in report.left_out.items()]
    if report.conflicts:
        rows.append(
            ("Conflicts", f"{report.conflicts:,}", "changed by you and by the author; yours stay", "warning")
        )
    if report.gone:
        rows.append(("Removed", f"{report.gone:,}", "by the author; they stay here", ""))
    return rows


def safety_rows(report: "ImportReport") -> list[Row]:
    """Return what is unsafe in the file, and what becomes of it."""
    scripts = f"in {counted(report.scripts, 'place')}, will not run" if report.scripts else "none"
    remote = f"{report.remote_references:,}, blocked" if report.remote_references else "none"
    names = f"{len(report.unsafe_names)}, left out or renamed" if report.unsafe_names else "none"
    return [
        ("Scripts", scripts, "", "warning" if report.scripts else ""),
        ("Links to the network", remote, "", ""),
        ("Files with unsafe names", names, "", "warning" if report.unsafe_names else ""),
    ]


def deck_names(names: Sequence[str]) -> str:
    """Return deck names on one line: `System Design › Caching, › Queues, +6`."""
    shown: list[str] = []
    top = ""
    for name in names[:MOST_NAMES]:
        parts = name.split("::")
        same = len(parts) > 1 and parts[0] == top
        shown.append(f"› {' › '.join(parts[1:])}" if same else " › ".join(parts))
        top = parts[0]
    more = len(names) - MOST_NAMES
    return ", ".join([*shown, f"+{more}"] if more > 0 else shown)


def done_text(report: "ImportReport") -> str:
    """Return in a sentence what an import did."""
    parts = [
        f"{counted(number, 'note')} {word}"
        for number, word in (
            (report.notes_new, "added"),
            (report.notes_updated, "changed"),
            (report.notes_unchanged, "already the same"),
            (report.notes_skipped, "left out"),
        )
        if number
    ]
    return f"{', '.join(parts) or 'Nothing to add'}." if parts else "Nothing in this file was new."


def links(report: "ImportReport") -> list[tuple[str, str]]:
    """Return what can be looked at after an import: words, and the search that finds exactly those cards.

    Where there are more notes than a search can list, their decks can still be looked at.
    """
    found = []
    if both := report.note_ids.get("conflicts", ()):
        found.append((f"conflicts in {counted(len(both), 'note')}", CONFLICTS))
    for key, words in (
        ("gone", "that the author removed"),
        ("new", "added"),
        ("updated", "changed"),
        ("unchanged", "the same"),
    ):
        ids = report.note_ids.get(key, ())
        if 0 < len(ids) <= MOST_LISTED:
            found.append((f"{counted(len(ids), 'note')} {words}", f"nid:{','.join(map(str, ids))}"))
    decks = [term("deck", name) for name in report.deck_names]
    search = " or ".join(decks)
    if decks and len(search) <= LONGEST_SEARCH:
        found.append((counted(len(decks), "deck"), search))
    return found


def study_deck(names: Sequence[str]) -> str | None:
    """Return the innermost deck that holds all decks called `names`; nothing where there is none."""
    if not names:
        return None
    shared: list[str] = []
    for level in zip(*(name.split("::") for name in names), strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "::".join(shared) or None


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join([*names[:MOST_NAMES], f"+{more}"] if more > 0 else names)


def _media(report: "ImportReport") -> str:
    if not report.media:
        return "none"
    kinds = ", ".join(
        counted(number, kind.removesuffix("s"), kind if kind.endswith("s") else "")
        for kind, number in report.media_kinds.items()
        if number
    )
    return f"{kinds or counted(report.media, 'file')} · {size(report.media_bytes)}"
