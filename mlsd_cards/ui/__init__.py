"""The window: Qt Widgets over the study room. Nothing here is imported by other rooms."""
