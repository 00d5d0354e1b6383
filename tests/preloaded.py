"""Processes of ours that start in a tenth of the time: forked from one that has read every module already.

Three quarters of a start of `locker-sim` is Python reading modules, the same ones every time. So one process a test
worker reads them, does nothing else, and forks itself for each start. What is forked is a process of its own like any
other: own pid, own session, own environment and arguments; it can be killed, traced and waited for, and it ends
through Python's own end. That a real start reads its modules and finds its way in is held by
`simulator/test_process.py`, which starts the scripts as they were installed.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = {"locker-sim": "simulator.__main__", "lockerd": "lockerd"}
LONGEST = 1 << 18
_parents = {}


def start(program, *words, stdout, stderr, stdin=subprocess.DEVNULL, env=None):
    """Start one of PROGRAMS with these words. The three files are open ones, as for `subprocess.Popen`."""
    env = dict(os.environ if env is None else env)
    said = json.dumps({"words": [program, *map(str, words)], "env": env, "cwd": str(Path.cwd())}).encode()
    reading, writing = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, writing)
        if stdin == subprocess.DEVNULL:
            stdin = stack.enter_context(Path(os.devnull).open("rb"))
        files = [file.fileno() for file in (stdin, stdout, stderr)]
        parent = _parent(env.get("LD_PRELOAD"))
        socket.send_fds(parent, [said], [writing, *files])
    return Started(reading, words)


def run(program, *words, stdin="", env=None, timeout=120):
    """Run one of PROGRAMS to its end, as `subprocess.run` does with captured text."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(stdin.encode())
        given.seek(0)
        process = start(program, *words, stdin=given, stdout=out, stderr=err, env=env)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        texts = [file.seek(0) or file.read().decode() for file in (out, err)]
    return subprocess.CompletedProcess([program, *words], code, *texts)


class Started:
    """A forked process, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, status, words):
        self._status = status
        self._words = words
        self.returncode = None
        self.pid = self._number()
        assert self.pid is not None, f"{words} was not forked"

    def _number(self):
        """The next number that the other side tells; None when there is none any more."""
        line = b""
        while not line.endswith(b"\n"):
            if not (byte := os.read(self._status, 1)):
                return None
            line += byte
        return int(line)

    def poll(self):
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = self._number()
            assert self.returncode is not None, f"nobody knows how {self._words} ended"
            os.close(self._status)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None and not select.select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self._words, timeout)
        return self.poll()

    def send_signal(self, sign):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def _parent(preload):
    """The line to the process that has read everything; under another library, another one."""
    if preload not in _parents:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | ({"LD_PRELOAD": preload} if preload else {}),
                cwd=Path(__file__).parents[1],
            )
        _parents[preload] = ours
        atexit.register(_end, ours, process)
    return _parents[preload]


def _end(line, process):
    line.close()
    process.wait(5)


# --- the other side -------------------------------------------------------------------------------


def _serve(line):
    """Fork for every message. Returns in each forked process, with the name of its program."""
    while True:
        said, files, *_ = socket.recv_fds(line, LONGEST, 4)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not said:
            sys.exit(0)
        if os.fork() == 0:
            line.close()
            return _kept(json.loads(said), *files)
        for file in files:
            os.close(file)


def _kept(said, status, *files):
    """Fork the process itself and stay as its parent, who tells how it ended."""
    pid = os.fork()
    if pid:
        for file in files:
            os.close(file)
        _, ended = os.waitpid(pid, 0)
        os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
        os._exit(0)
    os.setsid()
    os.write(status, b"%d\n" % os.getpid())
    os.close(status)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(said["env"])
    os.chdir(said["cwd"])
    sys.argv = said["words"]
    if preload := said["env"].get("LD_PRELOAD"):
        ctypes.CDLL(preload).recorder_begin()
    return said["words"][0]


def _main():
    sys.path[0] = str(Path(__file__).parents[1])
    modules = {name: importlib.import_module(module) for name, module in PROGRAMS.items()}
    # What every one of them would think out anew: the tables of a first start, and the sentences of its screens.
    schema, i18n = importlib.import_module("locker.journal.schema"), importlib.import_module("api.i18n")
    schema.whole(schema.STEPS)
    for language in i18n.LANGUAGES:
        i18n.translate(language, "help.title")
    gc.collect()
    gc.freeze()
    return modules[_serve(socket.socket(fileno=int(sys.argv[1])))].main()


if __name__ == "__main__":
    sys.exit(_main())
