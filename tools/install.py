"""Make .venv and install a lock into it, unless exactly that lock is installed already.

    python3 tools/install.py requirements.txt
    python3 tools/install.py requirements-dev.txt     (holds everything that requirements.txt holds)

Runs on the machine's own Python, so it uses nothing but the standard library, and syntax that an old Python can read
far enough to be told that it is too old.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def refuse(sentence):
    sys.exit("\n" + sentence + "\n")


def check_python():
    if sys.version_info < (3, 11):
        refuse(
            "Ostoja needs Python 3.11 or newer; this is %s (%s).\n"
            "Name another one with: make PYTHON=python3.12 …" % (sys.version.split()[0], sys.executable)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        refuse(
            "This Python cannot make virtual environments: its venv or ensurepip module is missing.\n"
            "On Debian and Ubuntu: apt install python3-venv"
        )


def fingerprint(lock):
    with open(os.path.join(ROOT, lock), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def stamp(lock):
    return os.path.join(VENV, "installed-" + lock)


def is_installed(lock):
    try:
        with open(stamp(lock)) as file:
            return file.read() == fingerprint(lock)
    except FileNotFoundError:
        return False


def install(lock):
    if not os.path.exists(PYTHON):
        check_python()
        print("Making .venv with Python %s" % sys.version.split()[0], flush=True)
        subprocess.check_call([sys.executable, "-m", "venv", VENV])
    print("Installing %s: about a minute, and again only when it changes" % lock, flush=True)
    # The lock is complete (nothing to resolve), and Python compiles what it imports: half the time.
    options = ["-qq", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--no-compile"]
    subprocess.check_call([PYTHON, "-m", "pip", "install"] + options + ["-r", lock], cwd=ROOT)
    for name in {lock, "requirements.txt"}:
        with open(stamp(name), "w") as file:
            file.write(fingerprint(name))


if __name__ == "__main__":
    if not is_installed(sys.argv[1]):
        try:
            install(sys.argv[1])
        except subprocess.CalledProcessError as failed:
            refuse("Installing did not work; the reason stands above. (exit code %d)" % failed.returncode)
