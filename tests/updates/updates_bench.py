"""A machine with a locker on it: releases, a service manager of its own, and an updater that is a process to kill."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOORS = ("A1", "A2", "B1")
SITE = """
[site]
id = "riverside-1"
name = "Riverside Court"
[storage]
data = "{data}"
[staff]
listen = "127.0.0.1:{port}"
[[bank]]
name = "left"
kind = "gpio"
"""
DOOR = '[[compartment]]\nid = "{name}"\nsize = "S"\nbank = "left"\nlock = {lock}\nswitch = {switch}\n'

# What systemctl is to the updater: it ends the one process and starts what the link names now.
SYSTEMCTL = """#!/bin/sh
echo "$1" >> {folder}/orders
if [ -e {folder}/pid ]; then kill -9 "$(cat {folder}/pid)" 2> /dev/null; rm -f {folder}/pid; fi
[ "$1" = stop ] && exit 0
setsid {program} run --config {site} > {folder}/said 2>&1 &
echo $! > {folder}/pid
"""

# What dpkg is to it: one version in place, put there by a file; its scripts restart the service.
DPKG = """#!/bin/sh
[ "$1" = --configure ] && exit 0
[ -e {folder}/stop-in-the-middle ] && kill -9 $PPID && exit 1
version=$(cat "$2")
ln -sfn {folder}/releases/$version {folder}/opt.new && mv -T {folder}/opt.new {folder}/opt
systemctl restart lockerd.service
"""
DPKG_QUERY = """#!/bin/sh
version=$(basename "$(readlink {folder}/opt)")
case "$3" in *Status*) echo "$version install ok installed" ;; *) echo "$version" ;; esac
"""
# What apt-get is: a repository in which a version lies, or does not.
APT_GET = """#!/bin/sh
echo "$@" >> {folder}/apt
for word in "$@"; do last=$word; done
case "$last" in
lockerd=*) cp {folder}/repository/lockerd_"${{last#lockerd=}}".deb . && exit 0
    echo "E: Version not found" >&2
    exit 100 ;;
esac
"""
DPKG_DEB = '#!/bin/sh\n[ "$3" = Package ] && echo lockerd || cat "$2"\n'


class Machine:
    """One machine; `packages`: its versions come as packages and not as folders."""

    def __init__(self, folder, *, packages=False):
        self.folder, self.packages = folder, packages
        self.data, self.releases, self.programs = folder / "data", folder / "releases", folder / "programs"
        self.state = folder / "cache" if packages else self.releases
        for each in {self.data, self.releases, self.programs, self.state}:
            each.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.site = folder / "site.toml"
        doors = [DOOR.format(name=name, lock=2 * n + 2, switch=2 * n + 3) for n, name in enumerate(DOORS)]
        self.site.write_text(SITE.format(data=self.data, port=port) + "".join(doors))
        with sqlite3.connect(self.data / "locker.db") as db:
            db.execute("pragma user_version = 1")
            db.execute("create table story (line text)")
        self.link = folder / "opt"
        programs = {"systemctl": SYSTEMCTL}
        if packages:
            programs |= {"dpkg": DPKG, "dpkg-query": DPKG_QUERY, "dpkg-deb": DPKG_DEB, "apt-get": APT_GET}
        for name, text in programs.items():
            file = self.programs / name
            file.write_text(text.format(folder=folder, program=self.link / "bin/lockerd", site=self.site))
            file.chmod(0o755)

    def release(self, version, **behaviour):
        """Lay a version down, in place of nothing; what an update is given."""
        place = self.releases / version
        (place / "bin").mkdir(parents=True)
        told = {"version": version, "schema": 1, **behaviour}
        (place / "behaviour.json").write_text(json.dumps(told))
        program = place / "bin/lockerd"
        program.write_text(f"#!{sys.executable}\n{(HERE / 'stand_in_daemon.py').read_text()}")
        program.chmod(0o755)
        if not self.packages:
            return place
        package = self.state / f"lockerd_{version}.deb"
        package.write_text(version)
        return package

    def begin_with(self, version, **behaviour):
        self.release(version, **behaviour)
        self.link.symlink_to(self.releases / version)
        subprocess.run([self.programs / "systemctl", "restart"], check=True)
        self.until(lambda: self.health() is not None)

    def update(self, *words, within=3, wait=0, kill=""):
        """The updater as a process of its own."""
        where = ["--state", self.state] + ([] if self.packages else ["--link", self.link])
        command = [sys.executable, str(HERE / "quick_lockerd.py")]
        options = ["--config", self.site, "--within", str(within), "--wait", str(wait), "--unsigned", *where]
        path = f"{self.programs}:{os.environ['PATH']}"
        env = dict(os.environ, PATH=path, PYTHONPATH=str(ROOT), KILL=kill, PROGRAM=str(self.link / "bin/lockerd"))
        env["SOURCES"] = str(self.site)
        return subprocess.Popen(
            [*command, "update", *map(str, words), *map(str, options)],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder,
        )  # fmt: skip

    def publish(self, version, **behaviour):
        """Lay a version down in the repository, from which nobody has fetched it yet."""
        package = self.release(version, **behaviour)
        (self.folder / "repository").mkdir(exist_ok=True)
        package.rename(self.folder / "repository" / package.name)

    def updated(self, *words, code, **times):
        process = self.update(*words, **times)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == code, said
        return said

    def killed(self, side, phase, *words):
        """An updater that is killed right `before` or right `after` it writes down this phase."""
        process = self.update(*words, kill=f"{side} {phase}")
        said, _ = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, said

    def finish_unpacking(self):
        """What the unit of updates does first."""
        path = f"{self.programs}:{os.environ['PATH']}"
        command = ["/usr/bin/python3", "-I", "-S", ROOT / "systemd/finish_unpacking.py", self.state]
        subprocess.run(command, env={"PATH": path}, check=True)

    def phase(self):
        try:
            return json.loads((self.state / "update.json").read_text())["phase"]
        except FileNotFoundError:
            return ""

    def health(self):
        import urllib.request

        try:
            port = self.site.read_text().partition('listen = "127.0.0.1:')[2].partition('"')[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=2) as answer:
                return json.loads(answer.read())
        except OSError:
            return None

    @property
    def runs(self):
        self.until(lambda: self.health() is not None)
        return self.health()["version"]

    @property
    def in_place(self):
        return self.link.readlink().name

    def schema(self):
        with sqlite3.connect(self.data / "locker.db") as db:
            return db.execute("pragma user_version").fetchone()[0]

    def commands(self):
        file = self.data / "commands"
        return file.read_text().splitlines() if file.exists() else []

    def orders(self):
        return (self.folder / "orders").read_text().split()

    def until(self, condition, seconds=60):
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, "it did not come about"
            time.sleep(0.02)

    def stop(self):
        pid = self.folder / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)
            pid.unlink()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
