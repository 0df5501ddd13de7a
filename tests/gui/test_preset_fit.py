"""Fitting FSRS parameters from the deck options, by real clicks: refused, found, saved and taken back."""

import pytest
from helpers.window_desk import CONTROL, Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, MemoryModel
from mlsd_cards.store import cards, decks, reviews
from mlsd_cards.ui.dialogs.preset import PresetDialog, open_preset
from mlsd_cards.ui.dialogs.progress import ProgressDialog

pytest.importorskip("fsrs_rs_python")

DECK = "Fitted"
DAY_MS = 86_400_000
SHORT_MEMORY = (0.1, 0.4, 0.8, 2.0, *DEFAULT_PARAMETERS[4:])


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def answered(col, count: int, scheduler: str = "fsrs") -> list[int]:
    """Move some cards of the collection into a deck of their own and give each seven answers of a short memory."""
    now_ms = col.clock.now_ms()
    model = MemoryModel(SHORT_MEMORY)
    with col.store.transaction(Op.OTHER, undoable=False) as tx:
        ids = [row[0] for row in tx.conn.execute("SELECT id FROM cards ORDER BY id LIMIT ?", (count,))]
        decks.put_preset(tx, Preset(id=PresetId(900), name=DECK, options=Options(scheduler=scheduler)))
        decks.put_deck(tx, Deck(id=DeckId(900), name=DECK, preset_id=PresetId(900)))
        found = cards.cards_by_ids(tx.conn, ids)
        schedule = Schedule(
            state=CardState.REVIEW,
            due_day=col.today_number() + 9,
            interval_days=9,
            ease_permille=2500,
            repetitions=2,
        )
        rows = []
        for place, card_id in enumerate(ids):
            moment, gap = now_ms - 100 * DAY_MS + place * 1000, 1
            memory = model.after(None, 1 + place % 4, 0)
            rows.append((moment, card_id, 1 + place % 4, "learn", gap, 0, 2500, 4000))
            for turn in range(6):
                chance = (place * 37 + turn * 61) % 101 / 101
                rating = 3 if chance < model.retrievability(memory.stability, gap) else 1
                moment += gap * DAY_MS
                memory = model.after(memory, rating, gap)
                last, gap = gap, gap * 2 if rating > 1 else 1
                rows.append((moment, card_id, rating, "review", gap, last, 2500, 4000))
        cards.put_cards(
            tx,
            [
                card.__class__(
                    id=card.id,
                    note_id=card.note_id,
                    deck_id=DeckId(900),
                    ordinal=card.ordinal,
                    position=card.position,
                    schedule=schedule,
                )
                for card in found.values()
            ],
        )
        reviews.add_foreign(tx, rows)
    return ids


def opened(desk) -> PresetDialog:
    open_preset(desk.window.ctx, DECK, desk.window, lambda: None)
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(PresetDialog)))
    dialog = next(d for d in desk.window.findChildren(PresetDialog) if d.isVisible())
    desk.until(dialog.isActiveWindow)
    return dialog


def press(desk, dialog, name: str) -> None:
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


def said(dialog, name: str) -> str:
    shown = dialog.findChild(QLabel, name)
    return shown.text() if shown.isVisible() else ""


def memories(col, ids) -> list[tuple[float | None, float | None]]:
    with col.store.read() as conn:
        found = cards.cards_by_ids(conn, ids)
    return [(found[key].schedule.stability, found[key].schedule.difficulty) for key in ids]


def test_parameters_are_fitted_shown_saved_and_taken_back(desk):
    col = desk.window.ctx.col
    ids = answered(col, 120)
    dues, before, label = [col.card_info(key).due for key in ids], memories(col, ids), col.undo_label
    dialog = opened(desk)
    press(desk, dialog, "presetFit")
    desk.until(lambda: bool(said(dialog, "presetFitResult")))
    words = said(dialog, "presetFitResult")
    assert "The new parameters fit your reviews better." in words
    assert "log loss" in words
    assert "RMSE" in words
    assert "Lower is better" in words
    assert col.settings(DECK)["parameters"] == []  # nothing before Save
    assert col.undo_label == label
    press(desk, dialog, "presetSave")
    desk.until(lambda: desk.toast == "Options saved")
    assert len(col.settings(DECK)["parameters"]) == 21
    after = memories(col, ids)
    assert all(stability is not None for stability, _ in after)
    assert after != before
    assert [col.card_info(key).due for key in ids] == dues
    desk.until(lambda: not any(d.isVisible() for d in desk.window.findChildren(PresetDialog)))
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    desk.key("z", CONTROL)
    desk.until(lambda: col.settings(DECK)["parameters"] == [])
    assert memories(col, ids) == before
    assert col.undo_label == label


def test_cancel_of_the_options_leaves_the_fit_unused(desk):
    col = desk.window.ctx.col
    ids = answered(col, 120)
    before = memories(col, ids)
    dialog = opened(desk)
    press(desk, dialog, "presetFit")
    desk.until(lambda: bool(said(dialog, "presetFitResult")))
    press(desk, dialog, "presetCancel")
    assert col.settings(DECK)["parameters"] == []
    assert memories(col, ids) == before


def test_too_few_answers_are_refused_in_the_dialog_which_stays_open(desk):
    col = desk.window.ctx.col
    answered(col, 10)
    dialog = opened(desk)
    press(desk, dialog, "presetFit")
    desk.until(lambda: bool(said(dialog, "presetFitRefused")))
    assert said(dialog, "presetFitRefused").endswith("a good fit needs 400.")
    assert not said(dialog, "presetFitResult")
    assert dialog.isVisible()
    assert dialog.findChild(QAbstractButton, "presetFit").isEnabled()
    press(desk, dialog, "presetSave")
    assert col.settings(DECK)["parameters"] == []


def test_parameters_that_are_not_better_are_never_taken(desk):
    col = desk.window.ctx.col
    answered(col, 120)
    col.fit(DECK, apply=True)
    taken, label = col.settings(DECK)["parameters"], col.undo_label
    dialog = opened(desk)
    press(desk, dialog, "presetFit")
    desk.until(lambda: bool(said(dialog, "presetFitResult")))
    assert "are kept" in said(dialog, "presetFitResult")
    assert "Nothing will change" in said(dialog, "presetFitResult")
    press(desk, dialog, "presetSave")
    desk.until(lambda: not dialog.isVisible())
    assert col.settings(DECK)["parameters"] == taken
    assert col.undo_label == label


def test_the_fit_can_be_stopped(desk):
    col = desk.window.ctx.col
    answered(col, 120)
    dialog = opened(desk)
    press(desk, dialog, "presetFit")
    progress = next(d for d in dialog.findChildren(ProgressDialog) if d.isVisible())
    press(desk, progress, "progressCancelButton")
    desk.until(dialog.findChild(QAbstractButton, "presetFit").isEnabled)
    assert not said(dialog, "presetFitResult")
    assert not said(dialog, "presetFitRefused")


def test_fitting_is_offered_for_fsrs_only(desk):
    answered(desk.window.ctx.col, 10, "sm2")
    dialog = opened(desk)
    fit = dialog.findChild(QAbstractButton, "presetFit")
    assert not fit.isVisible()
    combo = dialog.findChild(QComboBox, "preset_scheduler")
    combo.setCurrentIndex(combo.findData("fsrs"))
    assert fit.isVisible()
    assert fit.accessibleName()
    assert fit.accessibleDescription()


def test_another_scheduler_and_its_undo_leave_the_window_free(desk):
    col = desk.window.ctx.col
    ids = answered(col, 300, "sm2")
    dialog = opened(desk)
    combo = dialog.findChild(QComboBox, "preset_scheduler")
    combo.setCurrentIndex(combo.findData("fsrs"))
    threads = []
    col.store.on_commit(lambda _changed: threads.append(_thread()))
    press(desk, dialog, "presetSave")
    desk.until(lambda: desk.toast == "Options saved")
    assert all(stability for stability, _ in memories(col, ids))
    desk.until(lambda: not dialog_visible(desk))
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    desk.key("z", CONTROL)
    desk.until(lambda: col.settings(DECK)["scheduler"] == "sm2")
    assert len(threads) == 2
    assert _thread() not in threads


def dialog_visible(desk) -> bool:
    return any(d.isVisible() for d in desk.window.findChildren(PresetDialog))


def _thread() -> int:
    from threading import get_ident

    return get_ident()
