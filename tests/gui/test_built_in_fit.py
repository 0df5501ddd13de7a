"""No built-in card scrolls in the smallest window that the program is made for.

Worked estimates may, and practice interviews, which are read rather than recalled.
"""

import pytest
from PySide6.QtWebEngineCore import QWebEngineScript

from mlsd_cards.rendering.page import finish
from mlsd_cards.rendering.template import render_card
from mlsd_cards.store import cards, notes
from mlsd_cards.study import Collection, FixedClock, parse_moment
from mlsd_cards.ui.card_view import CardView
from mlsd_cards.ui.theme import Theme

VIEW = 1024, 489  # what a window of 1024 x 640 leaves for the card
_SHOWN = (
    "(() => { const body = document.getElementById('card').shadowRoot.querySelector('body');"
    "if (!body || [...body.querySelectorAll('img')].some(i => !i.complete)) return -1;"
    "return body.innerText.includes(%r) ? document.documentElement.scrollHeight : -1 })()"
)


@pytest.fixture
def built_in(tmp_path):
    with Collection.open(tmp_path, FixedClock(parse_moment("2026-11-24T10:00:00+01:00"))) as collection:
        yield collection


def answers(collection: Collection):
    """Yield the name of each built-in card that must fit, its answer and its style sheet."""
    with collection.store.read() as conn:
        types = notes.note_types(conn)
        ids = collection.search("deck:*").ids
        shown = cards.cards_by_ids(conn, ids).values()
        texts = notes.notes_by_ids(conn, {card.note_id for card in shown})
    for card in shown:
        note = texts[card.note_id]
        note_type = types[note.note_type_id]
        if note_type.name in ("mlsd-estimation", "mlsd-scenario"):
            continue
        rendered = render_card(note_type, note, card.ordinal)
        yield f"{note.fields[note_type.field_names.index('Id')]} {card.ordinal}", rendered


def test_no_card_scrolls_in_a_small_window(qtbot, built_in):
    view = CardView(built_in.media_dir, Theme("light"))
    qtbot.addWidget(view)
    view.resize(*VIEW)
    view.show()
    qtbot.waitUntil(lambda: view.is_ready, timeout=20_000)
    scrolling = []
    seen = 0
    for name, rendered in answers(built_in):
        seen += 1
        mark = f"fit{seen}"
        view.show_side(
            finish(rendered.answer) + f"<i style='font-size:0'>{mark}</i>", rendered.css, 0, answer=True
        )
        heights = [-1]

        def asked(mark=mark, heights=heights):
            view.page().runJavaScript(
                _SHOWN % mark, QWebEngineScript.ScriptWorldId.ApplicationWorld.value, heights.append
            )
            return heights[-1] > 0

        qtbot.waitUntil(asked, timeout=10_000)
        if heights[-1] > VIEW[1]:
            scrolling.append(f"{name}: {round(heights[-1])}")
    assert seen > 200
    assert not scrolling, "\n".join(scrolling)
