"""Real Anki as a program of its own: opens a collection, does one thing with it, closes it.

`child_anki.py COLLECTION open | counts | import FILE | csv FILE | export OUT yes|no | lines`
"""

import json
import sys
from typing import Any


def import_package(col: Any, path: str) -> None:
    """Import a package with everything that it holds."""
    from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    options = ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True)
    col.import_anki_package(ImportAnkiPackageRequest(package_path=path, options=options))


def import_text(col: Any, path: str) -> None:
    """Import a text file as its header lines say."""
    from anki.import_export_pb2 import ImportCsvRequest

    metadata = col.get_csv_metadata(path, None)
    col.import_csv(ImportCsvRequest(path=path, metadata=metadata))


def export_package(col: Any, path: str, *, progress: bool) -> None:
    """Export everything as a package of the layout that ours has too."""
    from anki.collection import ExportAnkiPackageOptions

    options = ExportAnkiPackageOptions(
        with_scheduling=progress, with_deck_configs=progress, with_media=True, legacy=True
    )
    col.export_anki_package(out_path=path, options=options, limit=None)


def show_next(col: Any) -> tuple[Any, str]:
    """Return the queue's first card, and both its sides as JSON."""
    from anki.cards import Card

    queued = col.sched.get_queued_cards().cards[0]
    card = Card(col)
    card._load_from_backend_card(queued.card)
    card.start_timer()
    return (card, queued), json.dumps({"card": card.id, "question": card.question(), "answer": card.answer()})


def answer(col: Any, shown: Any, rating: int) -> None:
    """Record an answer (1 to 4) to what `show_next` returned."""
    card, queued = shown
    built = col.sched.build_answer(card=card, states=queued.states, rating=rating - 1)
    col.sched.answer_card(built)


def serve(col: Any) -> None:
    """Answer the lines `next` and `answer CARD RATING` as our `review --lines` does."""
    shown = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "next":
            shown, reply = show_next(col)
        else:
            answer(col, shown, int(words[2]))
            reply = "ack"
        print(reply, flush=True)


def main(path: str, what: str, *rest: str) -> None:
    """Do one thing with the collection at `path`."""
    from anki.collection import Collection

    col = Collection(path)
    match what:
        case "counts":
            col.sched.deck_due_tree()
        case "import":
            import_package(col, rest[0])
        case "csv":
            import_text(col, rest[0])
        case "export":
            export_package(col, rest[0], progress=rest[1] == "yes")
        case "lines":
            serve(col)
    col.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
