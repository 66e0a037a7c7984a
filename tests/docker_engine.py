"""As much of a Docker engine's HTTP API as starts one image, ours, without containers: as a process of this machine.

What the Dockerfile sets, the process gets; its port is the one that the engine maps; what is mounted is where it was.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.packaging.dockerfile import only, parse, variables
from tests.processes import PROGRAM, READY, clean_environment

IMAGE: Final = parse(Path(__file__).parents[1] / "Dockerfile")[-1]
_STREAMS: Final = {1: "stdout", 2: "stderr"}


class Container:
    """One that was created; `asked` is what the client sent."""

    def __init__(self, asked: dict[str, Any], folder: Path) -> None:
        self.asked = asked
        self.environment = dict(pair.split("=", 1) for pair in asked.get("Env") or [])
        self.process: subprocess.Popen[bytes] | None = None
        self._logs = {name: folder / name for name in _STREAMS.values()}

    def start(self) -> None:
        image = {name: value for name, value in variables(IMAGE).items() if name != "PATH"}
        mounted = dict(reversed(bind.split(":")[:2]) for bind in self.asked["HostConfig"].get("Binds") or [])
        given = {name: mounted.get(value, value) for name, value in {**image, **self.environment}.items()}
        # Without a network of its own: on this machine's loopback, and on a port that is free there.
        given |= {"NORTHFLANK_EMULATOR_HOST": "127.0.0.1", "NORTHFLANK_EMULATOR_PORT": "0"}
        command = [*PROGRAM, *only(IMAGE, "CMD").words]
        with self._logs["stdout"].open("wb") as out, self._logs["stderr"].open("wb") as err:
            self.process = subprocess.Popen(command, env=clean_environment(given), stdout=out, stderr=err)

    def remove(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def log(self, streams: list[str]) -> bytes:
        """What was written, framed as an engine does it."""
        framed = b""
        for number, name in _STREAMS.items():
            if name in streams and self._logs[name].exists():
                text = self._logs[name].read_bytes()
                framed += bytes([number, 0, 0, 0]) + len(text).to_bytes(4, "big") + text
        return framed

    def inspect(self, name: str) -> dict[str, Any]:
        running = self.process is not None and self.process.poll() is None
        code = self.process.returncode if self.process is not None and not running else 0
        state = "created" if self.process is None else "running" if running else "exited"
        found = READY.search(self._logs["stdout"].read_text("utf-8")) if self.process is not None else None
        ports = {}
        if found is not None:
            host_port = {"HostIp": "127.0.0.1", "HostPort": found[1].rpartition(":")[2]}
            ports = {port: [host_port] for port in self.asked["ExposedPorts"]}
        return {
            "Id": name,
            "Name": f"/{name}",
            "Image": self.asked["Image"],
            "Config": {"Tty": False, "Image": self.asked["Image"], "Labels": self.asked.get("Labels") or {}},
            "State": {"Status": state, "Running": running, "ExitCode": code, "Error": ""},
            "NetworkSettings": {"Ports": ports, "Networks": {}},
            "HostConfig": {"NetworkMode": "default"},
        }


class Engine:
    """The containers by id, and the image names that were asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.containers: dict[str, Container] = {}
        self.removed: list[Container] = []

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        """Return status and body: bytes, or what becomes JSON."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        match method, re.sub(r"^/v[0-9.]+", "", parts.path).strip("/").split("/"):
            case "GET", ["version"]:
                return 200, {"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Version": "27.0.0"}
            case "GET", ["images", *name, "json"]:
                return 200, {"Id": "/".join(name), "RepoTags": ["/".join(name)], "Config": {"Labels": {}}}
            case "POST", ["containers", "create"]:
                name = f"{len(self.containers) + len(self.removed) + 1:064x}"
                (self._folder / name).mkdir()
                self.containers[name] = Container(body, self._folder / name)
                return 201, {"Id": name, "Warnings": []}
            case _, ["containers", name, *rest] if name in self.containers:
                return self._of_one(method, name, rest, query)
            case _:
                return 404, {"message": f"no such thing here: {method} {target}"}

    def _of_one(self, method: str, name: str, rest: list[str], query: dict[str, list[str]]) -> tuple[int, Any]:
        container = self.containers[name]
        match method, rest:
            case "POST", ["start"]:
                container.start()
                return 204, b""
            case "GET", ["json"]:
                return 200, container.inspect(name)
            case "GET", ["logs"]:
                return 200, container.log([stream for stream in _STREAMS.values() if query.get(stream) == ["1"]])
            case "DELETE", []:
                container.remove()
                self.removed.append(self.containers.pop(name))
                return 204, b""
            case _:
                return 404, {"message": f"no such thing here: {method} {rest}"}


@contextlib.contextmanager
def running() -> Iterator[tuple[Engine, str]]:
    """Run an engine; gives it and the value of `DOCKER_HOST` that leads to it."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                status, answer = engine.answer(self.command, self.path, json.loads(body) if body else None)
                raw = isinstance(answer, bytes)
                text = answer if raw else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/octet-stream" if raw else "application/json")
                if status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield engine, f"tcp://127.0.0.1:{server.server_address[1]}"
            finally:
                for container in engine.containers.values():
                    container.remove()
                server.shutdown()
                thread.join()
