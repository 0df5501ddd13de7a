"""Dialogs. They open with `open()` and finish by signal."""
