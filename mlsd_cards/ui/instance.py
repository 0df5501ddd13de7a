"""One running window per profile: a second start hands its files to the first, which comes to the front."""

import hashlib
import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 2000
LONGEST_MESSAGE = 1 << 16


def server_name(home: Path) -> str:
    """Return the name under which the window of the profile `home` listens."""
    return (
        "mlsd-cards-"
        + hashlib.sha256(str(home.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:20]
    )


def hand_over(home: Path, files: list[Path]) -> bool:
    """Ask the window that holds the profile `home` to come forward and open `files`; whether it answered."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(home))
    if not socket.waitForConnected(WAIT_MS):
        return False
    message = json.dumps([str(path.absolute()) for path in files]).encode() + b"\n"
    socket.write(message)
    while socket.bytesToWrite():
        if not socket.waitForBytesWritten(WAIT_MS):
            return False
    while not socket.canReadLine():
        if not socket.waitForReadyRead(WAIT_MS):
            return False
    return bytes(socket.readLine().data()) == b"ok\n"


class Listener(QObject):
    """Listens for later starts. `called` carries the files they were given."""

    called = Signal(list)

    def __init__(self, home: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        name = server_name(home)
        if not self._server.listen(name):
            # The profile's lock says that no other window lives: one that was killed left the name behind.
            QLocalServer.removeServer(name)
            self._server.listen(name)
        self._server.newConnection.connect(self._connected)

    def close(self) -> None:
        """Listen no longer."""
        self._server.close()

    def _connected(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._take(socket)

    def _read(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        self._take(socket)

    def _take(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST_MESSAGE:
                socket.abort()
            return
        try:
            names = json.loads(bytes(socket.readLine().data()))
        except ValueError:
            socket.abort()
            return
        files = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        socket.write(b"ok\n")
        socket.flush()
        self.called.emit(files)
