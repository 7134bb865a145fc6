# SPDX-License-Identifier: BSD-2-Clause
"""A network of its own for a test, where nothing else is heard: UNSHARE begins one, if can_be_made().

own_network.py FIFO PROGRAM [ARGUMENT...]: in such a network, brings its loopback up, becomes PROGRAM, and
leaves a child that reads lines PORT COUNT from FIFO: so many datagrams from that port, each answered."""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys

SIOCSIFFLAGS, IFF_UP, PR_SET_PDEATHSIG = 0x8914, 1, 1
SERVICE = 47112
UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else \
    ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]


def can_be_made():
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def bring_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), IFF_UP))


def talk(port, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        service.bind(("127.0.0.1", SERVICE))
        client.bind(("127.0.0.1", port))
        for _ in range(count):
            client.sendto(b"question", ("127.0.0.1", SERVICE))
            service.sendto(b"answer", service.recvfrom(100)[1])
            client.recv(100)


def serve(fifo):
    while True:
        with open(fifo, encoding="ascii") as lines:
            for line in lines:
                talk(*map(int, line.split()))


def main():
    fifo, *program = sys.argv[1:]
    bring_up("lo")
    parent = os.getpid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            serve(fifo)
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
