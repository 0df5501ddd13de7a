"""A card view for a card that is looked at and not studied; it is made when it is first shown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.widgets import label

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import Faces
    from mlsd_cards.ui.card_view import CardView

ZOOM = 0.8  # a preview has less room than a sitting


class CardPreview(QWidget):
    """Shows one side of a card. `name` is the object name of its view."""

    def __init__(self, ctx: AppContext, name: str) -> None:
        super().__init__()
        self._ctx, self._name = ctx, name
        self._view: CardView | None = None
        self._problem = label("", "muted", wrap=True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._problem.hide()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._problem)

    @property
    def view(self) -> "CardView | None":
        """The card view, once something was shown."""
        return self._view

    def show_faces(self, faces: "Faces | None", *, answer: bool) -> None:
        """Show a side of a card, or nothing."""
        view = self._made()
        if view is None:
            return
        if faces is None:
            view.clear()
        else:
            view.show_side(
                faces.answer if answer else faces.question, faces.css, faces.ordinal, answer=answer
            )

    def shut_down(self) -> None:
        """Give the view up, before what holds it goes."""
        view, self._view = self._view, None
        if view is not None:
            view.shut_down()

    def _made(self) -> "CardView | None":
        if self._view is None and not self._problem.text():
            try:
                from mlsd_cards.ui.card_view import CardView, engine_problem
            except ImportError as error:
                self._show_problem(f"Cards cannot be drawn, because a library is missing: {error}")
                return None
            if problem := engine_problem():
                self._show_problem(problem)
                return None
            self._view = view = CardView(self._ctx.col.media_dir, self._ctx.theme, self)
            view.setObjectName(self._name)
            view.setAccessibleName("Preview of the card")
            view.setMinimumHeight(60)
            view.setZoomFactor(ZOOM)
            view.link_clicked.connect(self._ctx.messages.ask_link)
            view.broken.connect(self._show_problem)
            self._layout.addWidget(view, 1)
        return self._view

    def _show_problem(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.show()
        if self._view is not None:
            self._view.hide()
