"""The window: Qt Widgets over the study room. Nothing here is imported by other rooms."""

from mlsd_cards.ui.singletons import keep_singletons

keep_singletons()
