"""Makes the demo where there is none yet, and is its little supervisor: web server and worker live and end together."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

HOST = "127.0.0.1"
TO_START = 60.0  # seconds
TO_END = 10.0
LOOK_EVERY = 0.5


class Command(BaseCommand):
    help = "Serve on 127.0.0.1 with two web processes and one worker, until Ctrl-C or until one of them ends."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reset", action="store_true", help="drop the demo that is there and make a new one")
        parser.add_argument("--as-it-is", action="store_true", help="serve what the database holds; make no demo")

    def handle(self, *args, port: int, reset: bool, as_it_is: bool, **options) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("serve_demo is for demonstrations, with DEBUG=1. In production: see docs/operating.md.")
        if not is_free(port):
            raise CommandError(
                f"Port {port} is taken by another program. Choose another one: make demo PORT={port + 1}"
            )
        if not as_it_is:
            call_command("demo", reset=reset)
        connections.close_all()
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGHUP, stop)
        processes: list[subprocess.Popen] = []
        try:
            for command in commands(port):
                processes.append(subprocess.Popen(command, start_new_session=True))
            wait_until_it_answers(port, processes)
            self.stdout.write(self.style.SUCCESS(f"\nOstoja is at http://{HOST}:{port}/   (Ctrl-C stops it)"))
            self.stdout.flush()
            watch(processes)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
        finally:
            end(processes)


def commands(port: int) -> list[list[str]]:
    python = [sys.executable, "-m"]
    web = ["gunicorn", "lms.wsgi", "--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "4", "--preload"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    worker = [sys.executable, "manage.py", "db_worker", "--no-reload", "--no-startup-delay", "--verbosity", "0"]
    return [[*python, *web, *quiet], worker]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until_it_answers(port: int, processes: list[subprocess.Popen]) -> None:
    deadline = time.monotonic() + TO_START
    while time.monotonic() < deadline:
        refuse_when_ended(processes)
        if answers(port):
            return
        time.sleep(0.1)
    raise CommandError(f"The web server did not answer within {TO_START:.0f} seconds.")


def answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=TO_START)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def watch(processes: list[subprocess.Popen]) -> None:
    """Also ends when whoever started us is gone: `kill -9` of make leaves no server behind."""
    starter = os.getppid()
    while os.getppid() == starter:
        refuse_when_ended(processes)
        time.sleep(LOOK_EVERY)


def refuse_when_ended(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        if process.poll() is not None:
            what = "The worker" if "db_worker" in str(process.args) else "The web server"
            raise CommandError(f"{what} ended by itself (exit code {process.returncode}); the reason stands above.")


def stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def end(processes: list[subprocess.Popen]) -> None:
    """Asks, waits, then insists; the whole group of each, so that nobody's child stays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave one of them behind
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for process in processes:
        signal_group(process, signal.SIGTERM)
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=TO_END)
        signal_group(process, signal.SIGKILL)
        process.wait()


def signal_group(process: subprocess.Popen, signum: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended already
        os.killpg(process.pid, signum)
