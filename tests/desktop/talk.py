"""Sends to itself, a little all the time."""

import socket
import threading
import time

listener = socket.create_server(("127.0.0.1", 0))
sender = socket.create_connection(listener.getsockname())
receiver, _ = listener.accept()


def receive():
    while receiver.recv(65536):
        pass


threading.Thread(target=receive, daemon=True).start()
while True:
    sender.sendall(bytes(20000))
    time.sleep(0.1)
