"""neighbour.py SOCKET KIND [N]: somebody unpleasant at a standing collector's door (preload/abi/greet.h)."""
import os
import socket
import struct
import sys
import time

MAGIC, VERSION = 0x316F6C6C65687470, int(os.environ["RING_VERSION"])
path, kind = sys.argv[1], sys.argv[2]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 1


def connect():
    while True:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            door.connect(path)
            return door
        except BlockingIOError:
            time.sleep(0.001)


def hello(version=VERSION):
    return struct.pack("<QII", MAGIC, version, 0)


def answer(door):
    """The result in the answer; None: shown the door without one."""
    door.settimeout(5)
    try:
        data = door.recv(4096)
    except ConnectionResetError:
        return None
    return struct.unpack_from("<QII", data)[2] if data else None


def silent():
    doors = [connect() for _ in range(count)]
    print(f"{count} connected", flush=True)
    os.close(1)
    time.sleep(150)
    return doors


def nonsense():
    for i in range(count):
        door = connect()
        try:
            door.send(os.urandom(i * 37 % 5000 + 1))
        except BrokenPipeError:
            continue
        if answer(door) == 0:
            sys.exit("nonsense was welcome")


def version():
    door = connect()
    door.send(hello(VERSION + 1))
    if answer(door) != 1:
        sys.exit("another version was not told so")


def churn():
    for _ in range(count):
        connect().close()


def greedy():
    results = []
    for _ in range(count):
        door = connect()
        door.send(hello())
        results.append(answer(door))
    if results[0] != 0 or 2 not in results:
        sys.exit(f"the bound for one process does not hold: {results}")


def stranger():
    door = connect()
    try:
        door.send(hello())
    except BrokenPipeError:
        pass
    if answer(door) != 3:
        sys.exit("a stranger was let in")


{"silent": silent, "nonsense": nonsense, "version": version, "churn": churn, "greedy": greedy, "stranger": stranger}[kind]()
