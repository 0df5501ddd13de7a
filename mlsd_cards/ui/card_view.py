"""The one view that shows cards, and the only module that imports QtWebEngine.

A card may show text and the deck's own pictures, sounds and fonts, and nothing else. No layer relies on
another. Scripts of pages are off. The page comes by an own scheme with a strict policy in its header. Every
other address is blocked. Nothing navigates, opens a window, downloads or gets a permission. Nothing is
stored. The program pushes each side as JSON from a script world of its own.
"""

import json
import logging
import os
import stat
import unicodedata
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QFile,
    QIODevice,
    QObject,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMenu, QWidget

from mlsd_cards.paths import resources_dir
from mlsd_cards.study import page_css
from mlsd_cards.ui.theme import Theme, card_variables

log = logging.getLogger(__name__)

SCHEME = b"card"
SHELL_URL = QUrl("card://deck/")
SOUND_HOST = "sound"
"""A click on `card://sound/NAME` asks to play that sound; nothing is ever loaded from there."""

POLICY = (
    "default-src 'none'; img-src card: data:; media-src card:; font-src card:; style-src 'unsafe-inline'; "
    "script-src 'none'; connect-src 'none'; object-src 'none'; frame-src 'none'; child-src 'none'; "
    "worker-src 'none'; base-uri 'none'; form-action 'none'; webrtc 'block'; sandbox allow-same-origin"
)
MEDIA_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "bmp": "image/bmp", "mp3": "audio/mpeg", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac", "m4a": "audio/mp4",
    "mp4": "video/mp4", "webm": "video/webm", "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf",
    "otf": "font/otf", "css": "text/css",
}  # fmt: skip
"""What the media folder may serve, by the ending of its name."""

_CHROMIUM_FLAGS = (
    '--host-resolver-rules="MAP * ~NOTFOUND" --disable-background-networking '
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
)
_FLAGS_VARIABLE = "QTWEBENGINE_CHROMIUM_FLAGS"
_OFF = (
    "JavascriptEnabled", "JavascriptCanOpenWindows", "JavascriptCanAccessClipboard", "JavascriptCanPaste",
    "LocalStorageEnabled", "LocalContentCanAccessRemoteUrls", "LocalContentCanAccessFileUrls",
    "HyperlinkAuditingEnabled", "PluginsEnabled", "PdfViewerEnabled", "AutoLoadIconsForPage",
    "TouchIconsEnabled", "DnsPrefetchEnabled", "FullScreenSupportEnabled", "ScreenCaptureEnabled",
    "ErrorPageEnabled", "NavigateOnDropEnabled", "FocusOnNavigationEnabled", "AllowRunningInsecureContent",
    "AllowGeolocationOnInsecureOrigins", "AllowWindowActivationFromJavaScript", "WebGLEnabled",
)  # fmt: skip
_MOST_RELOADS = 3


def engine_problem() -> str:
    """Return why cards cannot be drawn on this computer, or nothing."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if as_root and os.environ.get("QTWEBENGINE_DISABLE_SANDBOX") != "1":
        return (
            "Cards cannot be drawn while the program runs as the administrator (root), "
            "because its protection against hostile cards does not work there; start it as an ordinary user."
        )
    return ""


def prepare_engine() -> None:
    """Register the scheme of cards and shut the browser engine's own ways to the network.

    Must run before the first profile is made; running it again does nothing.
    """
    flags = os.environ.get(_FLAGS_VARIABLE, "")
    if _CHROMIUM_FLAGS not in flags:
        os.environ[_FLAGS_VARIABLE] = f"{flags} {_CHROMIUM_FLAGS}".strip()
    if not QWebEngineUrlScheme.schemeByName(QByteArray(SCHEME)).name():
        scheme = QWebEngineUrlScheme(QByteArray(SCHEME))
        scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
        scheme.setFlags(QWebEngineUrlScheme.Flag.SecureScheme)
        QWebEngineUrlScheme.registerScheme(scheme)


def open_media(folder: Path, name: str) -> tuple[QFile, str] | None:
    """Open the file `name` of the flat media `folder` and return it with its MIME type.

    Return nothing unless the name is a plain one, its ending is on the list, and it is a file of its own
    there: no folder, no link, no device.
    """
    name = unicodedata.normalize("NFC", name)
    kind = MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "")
    odd = any(sign in '/\\:<>"|?*' or unicodedata.category(sign)[0] == "C" for sign in name)
    if not kind or odd or name.startswith((".", "-")):
        return None
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        descriptor = os.open(folder / name, flags)
    except OSError:
        return None
    file = QFile()
    if not stat.S_ISREG(os.fstat(descriptor).st_mode) or not file.open(
        descriptor, QIODevice.OpenModeFlag.ReadOnly, QFile.FileHandleFlag.AutoCloseHandle
    ):
        os.close(descriptor)
        return None
    return file, kind


class _Guard(QWebEngineUrlRequestInterceptor):
    """Blocks every address but the cards' own, and pictures that lie in the text itself."""

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        scheme = info.requestUrl().scheme()
        picture = info.resourceType() == QWebEngineUrlRequestInfo.ResourceType.ResourceTypeImage
        if scheme != SCHEME.decode() and not (scheme == "data" and picture):
            info.block(True)


class _Server(QWebEngineUrlSchemeHandler):
    """Serves the shell page and the files of the media folder, each with the policy in its header."""

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._shell = (resources_dir() / "web" / "shell.html").read_bytes()

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        url = job.requestUrl()
        path = url.path(QUrl.ComponentFormattingOption.FullyDecoded)
        device: QIODevice
        if url.host() != SHELL_URL.host() or job.requestMethod() != QByteArray(b"GET"):
            job.fail(QWebEngineUrlRequestJob.Error.RequestDenied)
            return
        if path == "/":
            buffer = QBuffer(job)
            buffer.setData(QByteArray(self._shell))
            buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            device, kind = buffer, "text/html"
        else:
            found = open_media(self._folder, path.removeprefix("/"))
            if found is None:
                job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
                return
            device, kind = found
            device.setParent(job)
        # Lists of values, whatever the type hints say: a plain value is dropped without a word.
        headers = {
            QByteArray(b"Content-Security-Policy"): [QByteArray(POLICY.encode())],
            QByteArray(b"X-Content-Type-Options"): [QByteArray(b"nosniff")],
        }
        job.setAdditionalResponseHeaders(headers)  # type: ignore[arg-type]
        job.reply(QByteArray(kind.encode()), device)


class _Page(QWebEnginePage):
    """A page that goes nowhere and asks for nothing."""

    link_clicked = Signal(QUrl)

    def __init__(self, profile: QWebEngineProfile, parent: QObject) -> None:
        super().__init__(profile, parent)
        self.loading_shell = False
        for name in _OFF:
            self.settings().setAttribute(getattr(QWebEngineSettings.WebAttribute, name), False)
        self.settings().setAttribute(QWebEngineSettings.WebAttribute.PlaybackRequiresUserGesture, True)
        # What a deck's font falls back to, where this computer lacks it, is the font of the program.
        for family in (
            QWebEngineSettings.FontFamily.StandardFont,
            QWebEngineSettings.FontFamily.SansSerifFont,
        ):
            self.settings().setFontFamily(family, QGuiApplication.font().family())
        self.permissionRequested.connect(self._deny)
        for signal in (
            self.fullScreenRequested,
            self.registerProtocolHandlerRequested,
            self.fileSystemAccessRequested,
        ):
            signal.connect(lambda request: request.reject())
        self.desktopMediaRequested.connect(lambda request: request.cancel())
        self.webAuthUxRequested.connect(lambda request: request.cancel())

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, main: bool
    ) -> bool:
        url = QUrl(url)
        if self.loading_shell and main and url == SHELL_URL:
            return True
        if kind == QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            self.link_clicked.emit(url)
        return False

    def createWindow(self, kind: QWebEnginePage.WebWindowType) -> QWebEnginePage:
        return None  # type: ignore[return-value]

    def chooseFiles(self, mode: QWebEnginePage.FileSelectionMode, old: object, types: object) -> list[str]:
        return []

    def javaScriptAlert(self, origin: QUrl | str, message: str) -> None:
        log.debug("a card tried to show a message")

    def javaScriptConfirm(self, origin: QUrl | str, message: str) -> bool:
        return False

    def javaScriptPrompt(self, origin: QUrl | str, message: str, default: str) -> tuple[bool, str]:
        return False, ""

    def javaScriptConsoleMessage(self, level: object, message: str, line: int, source: str) -> None:
        log.debug("card view: %r", message)

    @staticmethod
    def _deny(permission: QWebEnginePermission) -> None:
        permission.deny()


class CardView(QWebEngineView):
    """Shows one side of one card at a time."""

    link_clicked = Signal(QUrl)  # http and https only
    sound_clicked = Signal(str)  # name of a media file
    ready = Signal()  # the shell page stands; cards paint at once from now on
    broken = Signal(str)  # a sentence: why nothing is drawn

    def __init__(self, media_dir: Path, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        prepare_engine()
        self.setObjectName("cardView")
        self.setAccessibleName("Card")
        self.setAcceptDrops(False)  # a dropped file belongs to the window
        self._theme = theme
        self._profile = _make_profile(media_dir)
        self._page: _Page | None = _Page(self._profile, self)
        self._page.destroyed.connect(self._profile.deleteLater)
        self._page.link_clicked.connect(self._follow)
        self._page.loadFinished.connect(self._loaded)
        self._page.renderProcessTerminated.connect(self._renderer_ended)
        self.setPage(self._page)
        self._standing = False
        self._side: str | None = None
        self._reloads = 0
        self._sheet = (resources_dir() / "web" / "card.css").read_text(encoding="utf-8") + page_css()
        self._script = (resources_dir() / "web" / "card.js").read_text(encoding="utf-8")
        theme.changed.connect(self._set_theme)
        self._page.setBackgroundColor(theme.tokens.color("bg"))
        self._load()

    def show_side(self, html: str, css: str, ordinal: int, *, answer: bool = False) -> None:
        """Show `html` of a card made by template `ordinal` (from 0) in the deck's `css`.

        An answer keeps the place to which the question was scrolled.
        """
        side = {"html": html, "css": css, "classes": f"card card{ordinal + 1}", "answer": answer}
        self._side = f"mlsd.show({json.dumps(side)})"
        self._run(self._side)

    def clear(self) -> None:
        """Show an empty card."""
        self.show_side("", "", 0)

    def scroll_pages(self, pages: float) -> None:
        """Scroll down by `pages` heights of the view; up where it is negative."""
        self._run(f"mlsd.scroll({pages:.3f})")

    @property
    def is_ready(self) -> bool:
        """Whether the shell page stands."""
        return self._standing

    def shut_down(self) -> None:
        """Delete the view with its page, then their profile: the order that the engine asks for.

        The view cannot be used any more. A view without its page would make itself a new one, with the
        engine's own profile.
        """
        import shiboken6

        self._standing = False
        self._theme.changed.disconnect(self._set_theme)
        page, profile, self._page = self._page, self._profile, None
        if page is not None:
            page.destroyed.disconnect(profile.deleteLater)
        shiboken6.delete(self)
        shiboken6.delete(profile)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy what is selected, and nothing else."""
        if self._page is None or not self._page.hasSelection():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy")
        copy.triggered.connect(lambda: self.triggerPageAction(QWebEnginePage.WebAction.Copy))
        menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Pass drops on to the window."""
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            event.ignore()
            return False
        return super().event(event)

    def _load(self) -> None:
        assert self._page is not None
        self._standing = False
        self._page.loading_shell = True
        self._page.load(SHELL_URL)

    def _loaded(self, worked: bool) -> None:
        if self._page is None:
            return
        self._page.loading_shell = False
        if not worked:
            self.broken.emit("The card view did not start; close the program and start it again.")
            return
        self._standing = True
        self._run(self._script)
        self._set_theme()
        if self._side is not None:
            self._run(self._side)
        self.ready.emit()

    def _set_theme(self) -> None:
        if self._page is None:
            return
        tokens = self._theme.tokens
        self._page.setBackgroundColor(tokens.color("bg"))
        arguments = (card_variables(tokens), tokens.dark, self._sheet)
        self._run(f"mlsd.theme({', '.join(json.dumps(value) for value in arguments)})")

    def _run(self, code: str) -> None:
        if self._standing and self._page is not None:
            self._page.runJavaScript(code, QWebEngineScript.ScriptWorldId.ApplicationWorld.value)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            self.link_clicked.emit(url)
        elif url.scheme() == SCHEME.decode() and url.host() == SOUND_HOST:
            self.sound_clicked.emit(url.path(QUrl.ComponentFormattingOption.FullyDecoded).removeprefix("/"))

    def _renderer_ended(self, status: object, code: int) -> None:
        log.warning("the process that draws cards ended: %s, %d", status, code)
        self._standing = False
        self._reloads += 1
        if self._reloads <= _MOST_RELOADS:
            QTimer.singleShot(0, self, self._load)
        else:
            self.broken.emit(
                "This card cannot be drawn: it ended the process that draws cards several times."
            )


def _make_profile(media_dir: Path) -> QWebEngineProfile:
    """Return a profile that stores nothing, serves cards, and lets nothing else through."""
    # The application owns it: it must outlive its page, in whatever order Python lets go of the two.
    profile = QWebEngineProfile(QCoreApplication.instance())
    profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
    profile.setPersistentCookiesPolicy(QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
    profile.setPersistentPermissionsPolicy(QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
    profile.setSpellCheckEnabled(False)
    profile.setPushServiceEnabled(False)
    profile.installUrlSchemeHandler(QByteArray(SCHEME), _Server(media_dir, profile))
    profile.setUrlRequestInterceptor(_Guard(profile))
    profile.downloadRequested.connect(_cancel_download)
    return profile


def _cancel_download(request: QWebEngineDownloadRequest) -> None:
    request.cancel()
