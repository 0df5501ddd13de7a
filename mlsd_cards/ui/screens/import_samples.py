"""Sample cards of a file that is to be imported: one after the other, question and answer, in the safe card view."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.preview import CardPreview
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study.import_preview import Sample

_HEIGHT = 150


class SampleCards(QWidget):
    """Shows one of several cards, first its question; hidden where there is none."""

    def __init__(self, ctx: AppContext) -> None:
        super().__init__()
        self._samples: Sequence[Sample] = ()
        self._place = 0
        self._answer = False
        self._caption = label("", "small", wrap=True)
        self._caption.setObjectName("importSampleCaption")
        self._preview = CardPreview(ctx, "importSample")
        self._preview.setFixedHeight(_HEIGHT)
        self._back = button("Back", "chip", "importSampleBack", "The sample before this one")
        self._turn = button("Show answer", "chip", "importSampleTurn", "See the other side of this card")
        self._next = button("Next", "chip", "importSampleNext", "The sample after this one")
        self._back.clicked.connect(lambda: self._step(-1))
        self._next.clicked.connect(lambda: self._step(1))
        self._turn.clicked.connect(self._turn_over)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label("Preview", "heading"))
        layout.addWidget(self._preview)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._caption, 1)
        for made in (self._back, self._turn, self._next):
            row.addWidget(made)
        layout.addLayout(row)

    @property
    def shown_html(self) -> str:
        """The side that is shown, as HTML; empty where nothing is."""
        if not self._samples:
            return ""
        faces = self._samples[self._place].faces
        return faces.answer if self._answer else faces.question

    def set_samples(self, samples: "Sequence[Sample]") -> None:
        """Show the question of the first of `samples`."""
        self._samples, self._place, self._answer = samples, 0, False
        self.setVisible(bool(samples))
        self._show()

    def shut_down(self) -> None:
        """Give the card view up until a card is shown again."""
        self._samples = ()
        self._preview.shut_down()

    def _step(self, by: int) -> None:
        self._place = min(max(self._place + by, 0), len(self._samples) - 1)
        self._answer = False
        self._show()

    def _turn_over(self) -> None:
        self._answer = not self._answer
        self._show()

    def _show(self) -> None:
        if not self._samples:
            return
        shown, total = self._samples[self._place], len(self._samples)
        self._preview.show_faces(shown.faces, answer=self._answer)
        self._caption.setText(f"{shown.note_type} · {self._place + 1} of {total}")
        words = "Show question" if self._answer else "Show answer"
        self._turn.setText(words)
        self._turn.setAccessibleName(words)
        self._back.setEnabled(self._place > 0)
        self._next.setEnabled(self._place + 1 < total)
