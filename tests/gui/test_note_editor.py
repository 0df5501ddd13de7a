"""The editor of notes: fields with the card beside them, clozes, media, duplicates, adding, and what is not lost."""

import pytest
from helpers.window_desk import CONTROL, NOW, Desk, package
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget

from mlsd_cards.domain.errors import NotFound
from mlsd_cards.study import Collection, FixedClock, browsing, parse_moment
from mlsd_cards.ui.note_form import as_html

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def desk(qtbot, tmp_path):
    home = tmp_path / "home"
    with Collection.open(home, FixedClock(parse_moment(NOW))) as collection:
        collection.import_file(package(tmp_path, "zalpha", 3))
        text = "#notetype:Cloze\n#deck:Gaps\n{{c1::one}} and two\t\n"
        path = tmp_path / "gaps.txt"
        path.write_text("#separator:tab\n" + text, encoding="utf-8")
        collection.import_file(path)
    made = Desk(qtbot, home)
    made.col = made.window.ctx.col
    yield made
    made.window.close()


def opened(desk, name: str) -> QWidget:
    dialog = desk.find(name, QWidget)
    desk.until(dialog.isVisible)
    return dialog


def press(desk, parent: QWidget, name: str) -> None:
    desk.qtbot.mouseClick(parent.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


def gone(desk, name: str) -> None:
    desk.until(lambda: desk.window.findChild(QWidget, name) is None)
    desk.window.activateWindow()


def field(parent: QWidget, name: str) -> QPlainTextEdit:
    found = parent.findChild(QPlainTextEdit, f"field{name}")
    assert found is not None
    return found


def edit_first(desk, search: str = "zalpha") -> tuple[QWidget, int]:
    desk.window.open_in_browse(search)
    screen = desk.window._screens["browse"]
    desk.until(lambda: screen._shown_query == search and screen.model.rowCount() > 0)
    desk.until(desk.window.isActiveWindow)
    screen.table.setFocus()
    desk.key("e")
    return opened(desk, "editDialog"), screen.table.current_card


def add(desk, kind: str, deck: str = "Brought in") -> QWidget:
    desk.key("a")
    dialog = opened(desk, "addDialog")
    dialog.findChild(QComboBox, "noteType").setCurrentText(kind)
    dialog.findChild(QComboBox, "noteDeck").setCurrentText(deck)
    return dialog


# -- editing -----------------------------------------------------------------------------------------


def test_fields_tags_and_deck_are_saved_as_one_step(desk):
    dialog, card = edit_first(desk)
    before = desk.col.card_info(card)
    front = field(dialog, "Front")
    front.selectAll()
    desk.qtbot.keyClicks(front, "new text")
    dialog.findChild(QLineEdit, "noteTags").setText("one two")
    dialog.findChild(QComboBox, "noteDeck").setCurrentText("Gaps")
    desk.qtbot.keyClick(front, Qt.Key.Key_Return, CONTROL)
    info = desk.col.card_info(card)
    assert (info.fields["Front"], info.tags, info.deck) == ("new text", ("one", "two"), "Gaps")
    assert desk.col.undo() == "Edit note"
    after = desk.col.card_info(card)
    assert (after.fields, after.tags, after.deck) == (before.fields, before.tags, before.deck)


def test_the_card_beside_follows_the_text(desk):
    dialog, _ = edit_first(desk)
    desk.until(lambda: dialog.preview.view is not None and dialog.preview.view.is_ready)
    field(dialog, "Back").setPlainText("an answer to be seen")
    desk.until(lambda: "an answer to be seen" in (dialog.preview.view._side or ""))
    dialog.findChild(QAbstractButton, "previewAnswer").click()
    assert "an answer to be seen" not in (dialog.preview.view._side or "")
    field(dialog, "Back").undo()
    field(dialog, "Back").setPlainText(dialog._view.note.fields[1])
    dialog.reject()


def test_closing_asks_about_what_is_not_saved(desk):
    dialog, card = edit_first(desk)
    field(dialog, "Front").setPlainText("half a thought")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    asked = opened(desk, "unsavedDialog")
    press(desk, asked, "unsavedBack")
    gone(desk, "unsavedDialog")
    assert dialog.isVisible()
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    press(desk, opened(desk, "unsavedDialog"), "unsavedDiscard")
    gone(desk, "editDialog")
    assert desk.col.card_info(card).fields["Front"].startswith("zalpha question")
    dialog, card = edit_first(desk)
    field(dialog, "Front").setPlainText("a whole thought")
    dialog.close()
    press(desk, opened(desk, "unsavedDialog"), "unsavedSave")
    assert desk.col.card_info(card).fields["Front"] == "a whole thought"


def test_in_a_review_the_same_card_stays_with_its_new_text_and_side(desk):
    desk.review()
    desk.until(lambda: desk.window.review._card is not None)
    desk.key(Qt.Key.Key_Space)
    card = desk.card
    desk.key("e")
    dialog = opened(desk, "editDialog")
    first = dialog.form.fields[0]
    first.setPlainText("a better question")
    press(desk, dialog, "noteSave")
    desk.until(lambda: desk.window.review._card is not None)
    assert desk.card == card
    assert desk.window.review._answer_shown
    assert "a better question" in (desk.window.review._view._side or "")
    desk.key("3")
    assert desk.answers == 1
    assert desk.col.card_info(card).reviews[-1].milliseconds < 60_000


# -- writing -----------------------------------------------------------------------------------------


def test_bold_and_formula_go_around_what_is_chosen(desk):
    dialog, _ = edit_first(desk)
    front = field(dialog, "Front")
    front.setPlainText("x and y")
    front.setFocus()
    front.selectAll()
    desk.qtbot.keyClick(front, Qt.Key.Key_B, CONTROL)
    desk.qtbot.keyClick(front, Qt.Key.Key_I, CONTROL)
    assert front.toPlainText() == "<b><i>x and y</i></b>"
    back = field(dialog, "Back")
    back.setPlainText("")
    back.setFocus()
    desk.qtbot.keyClick(back, Qt.Key.Key_M, CONTROL)
    desk.qtbot.keyClicks(back, "a^2")
    assert back.toPlainText() == "\\(a^2\\)"
    desk.qtbot.keyClick(back, Qt.Key.Key_Return)
    desk.qtbot.keyClicks(back, "b")
    assert back.toPlainText() == "\\(a^2<br>\nb\\)"
    dialog.form.rebase()
    dialog.reject()


def test_clozes_count_on_and_with_alt_stay(desk):
    dialog, _ = edit_first(desk, "deck:Gaps")
    text = dialog.form.fields[0]
    text.setFocus()
    text.setPlainText("{{c1::one}} two three")
    for word, keys in (("two", CONTROL | SHIFT), ("three", CONTROL | SHIFT | ALT)):
        assert text.find(word) or (text.moveCursor(text.textCursor().MoveOperation.Start) or text.find(word))
        desk.qtbot.keyClick(text, Qt.Key.Key_C, keys)
    assert text.toPlainText() == "{{c1::one}} {{c2::two}} {{c2::three}}"
    press(desk, dialog, "noteSave")
    assert desk.col.search("deck:Gaps").count == 2
    assert desk.col.undo() == "Edit note"
    assert desk.col.search("deck:Gaps").count == 1


@pytest.mark.parametrize(
    ("pasted", "html"),
    [
        ("plain", "plain"),
        ("a < b & c\nd", "a &lt; b &amp; c<br>\nd"),
        ("<b>bold</b>\n", "<b>bold</b>\n"),
        ("&lt; kept", "&lt; kept"),
        ("{{c1::a < b}}", "{{c1::a < b}}"),
    ],
)
def test_what_is_pasted_shows_as_it_was_copied(pasted, html):
    assert as_html(pasted) == html


# -- media -------------------------------------------------------------------------------------------


def test_a_dropped_picture_comes_in_with_the_note_and_goes_with_its_undo(desk, tmp_path):
    dialog, card = edit_first(desk)
    path = tmp_path / "a picture.png"
    path.write_bytes(PNG)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    back = field(dialog, "Back")
    back.setFocus()
    back.setPlainText("")
    drop = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    back.insertFromMimeData(drop.mimeData())
    assert back.toPlainText() == '<img src="a picture.png">'
    stored = desk.col.media_dir / "a picture.png"
    assert not stored.exists()
    desk.until(lambda: dialog.preview.view is not None)
    desk.until(lambda: "data:image/png;base64" in (dialog.preview.view._side or ""))
    press(desk, dialog, "noteSave")
    assert stored.read_bytes() == PNG
    assert desk.col.card_info(card).fields["Back"] == '<img src="a picture.png">'
    assert desk.col.check() == []
    assert desk.col.undo() == "Edit note"
    assert not stored.exists()
    assert desk.col.redo() == "Edit note"
    assert stored.read_bytes() == PNG


def test_a_picture_is_pasted_from_the_clipboard(desk):
    dialog, _ = edit_first(desk)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    back = field(dialog, "Back")
    back.setFocus()
    back.selectAll()
    desk.qtbot.keyClick(back, Qt.Key.Key_V, CONTROL)
    assert back.toPlainText().startswith('<img src="pasted-')
    press(desk, dialog, "noteSave")
    assert [path.suffix for path in desk.col.media_dir.iterdir() if path.name.startswith("pasted-")] == [
        ".png"
    ]


def test_other_files_are_refused_with_a_sentence(desk, tmp_path):
    dialog, _ = edit_first(desk)
    path = tmp_path / "tool.exe"
    path.write_bytes(b"MZ")
    dialog.media.bring([str(path)])
    error = opened(desk, "errorDialog")
    assert any("tool.exe" in label.text() for label in error.findChildren(QLabel))
    error.close()
    assert dialog.form.media == []
    dialog.reject()


# -- adding ------------------------------------------------------------------------------------------


def test_notes_are_added_one_after_the_other_by_keyboard(desk):
    dialog = add(desk, "Plain")
    for number in range(3):
        front = field(dialog, "Front")
        desk.until(front.isVisible)
        if not number:
            front.setFocus()
        desk.until(front.hasFocus)
        desk.qtbot.keyClicks(front, f"zbeta {number}")
        desk.qtbot.keyClick(front, Qt.Key.Key_Tab)
        back = field(dialog, "Back")
        assert back.hasFocus()
        desk.qtbot.keyClicks(back, "told")
        desk.qtbot.keyClick(back, Qt.Key.Key_Return, CONTROL)
        assert front.toPlainText() == ""
    found = desk.col.search('zbeta deck:"Brought in"')
    assert found.count == 3
    assert desk.col.undo_label == "Add note"
    dialog.reject()
    gone(desk, "addDialog")
    desk.col.undo()
    assert desk.col.search("zbeta").count == 2


def test_the_same_beginning_is_a_warning_and_no_refusal(desk):
    first = desk.col.card_info(desk.col.search("zalpha").ids[0]).fields["Front"]
    dialog = add(desk, "Plain")
    field(dialog, "Front").setPlainText(f"<b>{first.upper()}</b>")
    warning = dialog.findChild(QLabel, "noteWarning")
    desk.until(warning.isVisible)
    assert warning.text() == "1 other note of this type begins with the same text."
    press(desk, dialog, "noteSave")
    assert desk.col.search("zalpha").count == 4
    dialog.reject()


def test_a_note_that_makes_no_card_is_refused_in_the_dialog(desk):
    dialog = add(desk, "Plain")
    press(desk, dialog, "noteSave")
    trouble = dialog.findChild(QLabel, "noteTrouble")
    assert trouble.isVisible()
    assert "no card" in trouble.text()
    desk.qtbot.keyClicks(field(dialog, "Front"), "x")
    assert not trouble.isVisible()
    dialog.form.rebase()
    dialog.reject()


def test_texts_stay_where_another_note_type_has_as_many_fields(desk):
    dialog = add(desk, "Plain")
    field(dialog, "Front").setPlainText("kept")
    dialog.findChild(QComboBox, "noteType").setCurrentText("Cloze")
    assert dialog.form.texts[0] == "kept"
    assert dialog.form.is_changed or dialog.form.texts[0]
    dialog.form.rebase()
    dialog.reject()


def test_quotes_and_signs_of_a_first_field_are_compared_as_they_are(desk):
    kind = next(each for each in browsing.note_types(desk.col).values() if each.name == "Plain")
    for text in ('say "x" (y) or -z', "a*b_c", "back\\slash", "a:b", "1 &lt; 2"):
        assert browsing.same_first_field(desk.col, kind.id, text) == 0
        note = desk.col.add_note({"Front": text, "Back": "b"}, note_type="Plain", deck="Brought in")
        if "\\" not in text:
            assert browsing.same_first_field(desk.col, kind.id, text) == 1, text
        assert browsing.same_first_field(desk.col, kind.id, text, but=note) == 0
    with pytest.raises(NotFound):
        browsing.note_view(desk.col, -1)
