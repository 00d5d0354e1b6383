"""A real Home Assistant, set up over its own HTTP as a person sets it up in a browser."""

import json
import re
import signal
import subprocess
import time

import httpx
from fleet_servers import PATIENCE_S, Program, free_port
from home_assistant_root import ROOT

CONFIG = """
homeassistant:
  name: Test House
  latitude: 31.2
  longitude: 121.5
  elevation: 4
  unit_system: metric
  time_zone: Asia/Shanghai
  country: CN
  currency: CNY
  language: en
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: warning
  logs:
    homeassistant.components.mqtt: info
"""
OWN_ROOT = 'mount -t proc proc "$0/proc" && exec chroot "$0" /opt/ha/bin/hass --config /config --skip-pip'
LINE = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \(.*?\) \[(?P<who>[^\]]+)\] (?P<text>.*)$")


class HomeAssistant(Program):
    """One installation with one owner; its folder is emptied first."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.web = httpx.Client(base_url=self.url, timeout=PATIENCE_S)
        folder = ROOT / "config"
        subprocess.run(["rm", "-rf", folder], check=True)
        folder.mkdir()
        (folder / "configuration.yaml").write_text(CONFIG.format(port=self.port))
        self.broker_port, self.said_before = None, 0
        self.log = folder / "said.log"
        super().__init__(["unshare", "--mount", "sh", "-c", OWN_ROOT, str(ROOT)])

    def start(self):
        self.log.touch()
        self.said_before = self.log.stat().st_size
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(self.command, start_new_session=True, stdout=said, stderr=said)
        self.until("Home Assistant's own page", self._answers)
        if "Authorization" in self.web.headers:
            self.until("running", lambda: self.web.get("/api/config").json()["state"] == "RUNNING")

    def stop(self):
        self.kill(signal.SIGTERM)

    def _answers(self):
        assert self.process.poll() is None, self.last_words()
        return self.web.get("/manifest.json").status_code == 200

    def last_words(self):
        return self.log.read_text("utf-8", "replace")[-4000:]

    def until(self, what, true, patience=15 * PATIENCE_S):
        """Ask until it is so; what was found last is shown when it never is."""
        end, found = time.monotonic() + patience, None
        while time.monotonic() < end:
            try:
                if found := true():
                    return found
            except httpx.TransportError as lost:
                found = lost
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come, last {found!r}; {self.last_words()}")

    def _said(self, answer):
        assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def begin(self):
        """The owner's account, and a token for it."""
        owner = {"name": "Owner", "username": "owner", "password": "a word of four", "language": "en"}
        code = self._said(self.web.post("/api/onboarding/users", json={"client_id": f"{self.url}/", **owner}))
        asked = {"grant_type": "authorization_code", "code": code["auth_code"], "client_id": f"{self.url}/"}
        token = self._said(self.web.post("/auth/token", data=asked))["access_token"]
        self.web.headers["Authorization"] = f"Bearer {token}"
        self.until("running", lambda: self.web.get("/api/config").json()["state"] == "RUNNING")

    def use_broker(self, port, user, password):
        """The form of Home Assistant's own MQTT integration, filled in."""
        self.broker_port = port
        step = self._said(self.web.post("/api/config/config_entries/flow", json={"handler": "mqtt"}))
        given = {"broker": "127.0.0.1", "port": port, "username": user, "password": password}
        given["other_settings"] = {"set_client_cert": False, "set_ca_cert": "off"}
        path = f"/api/config/config_entries/flow/{step['flow_id']}"
        while step["type"] == "form":
            asked = {each["name"] for each in step["data_schema"]}
            step = self._said(self.web.post(path, json={k: v for k, v in given.items() if k in asked}))
            assert not step.get("errors"), step
        assert step["type"] == "create_entry", step

    def version(self):
        return self._said(self.web.get("/api/config"))["version"]

    def template(self, text):
        """What Home Assistant makes of one of its own templates."""
        answer = self.web.post("/api/template", json={"template": f"{{{{ ({text}) | to_json }}}}"})
        assert answer.is_success, answer.text
        return json.loads(answer.text)

    def states(self):
        """Of each entity: its state and its attributes."""
        return {each["entity_id"]: each for each in self._said(self.web.get("/api/states"))}

    def do(self, domain, service, **what):
        """The answer to a call of one of its services."""
        return self.web.post(f"/api/services/{domain}/{service}", json=what)

    def complaints(self):
        """What it wrote at warning or above since it was started last."""
        said = self.log.read_bytes()[self.said_before :].decode("utf-8", "replace")
        lines = [LINE.match(line) for line in said.splitlines()]
        return [f"{line['level']} {line['who']}: {line['text']}" for line in lines if line and line["level"] != "INFO"]
