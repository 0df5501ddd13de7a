"""What tests of the window share: Qt without a screen, and a collection with cards in it."""

import os

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication

if hasattr(os, "geteuid") and os.geteuid() == 0:
    # The browser engine's sandbox cannot be set up by root; everywhere else it stays on.
    os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)

# What Qt says on a machine without screen and graphics card; no fault of ours.
NO_SCREEN = (
    "This plugin does not support",
    "QRhiGles2: Failed to create",
    "Failed to create RHI",
    "QVulkanInstance",
    "GBM is not supported",
    "Sandboxing disabled by user",
    "Failed to load vulkan",
    "No Vulkan library",
    "Failed to create platform Vulkan",
    "Unable to detect GPU vendor",
    "GLX: No DRI3",
    "GPUInfo not initialized",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/gui" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.qt_log_ignore(*NO_SCREEN, extend=True))


@pytest.fixture(autouse=True)
def card_views_are_closed():
    """Close card views that stand alone; those in a window are closed with it."""
    yield
    for widget in QApplication.topLevelWidgets() if QApplication.instance() else []:
        if type(widget).__name__ == "CardView":
            widget.shut_down()
