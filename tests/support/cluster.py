# SPDX-License-Identifier: Apache-2.0
"""A small API server of Kubernetes for kubectl, over HTTP on the loopback address: it answers with
the objects of a file, and runs what is executed in a pod on this machine.

    cluster.py OBJECTS PORT-FILE KUBECTL LOG

OBJECTS: a JSON file, {"objects": [...], "denied": [PATH...]}, read anew for each request. PORT-FILE gets
the port when the server listens. KUBECTL is the program itself, which has the dictionary of SPDY/3 that
its headers are compressed with. LOG gets a line per request. An object of kind Pod that is created
runs its command at once; its log and its status say how it went. It exits with its standard input.
"""
import base64
import hashlib
import http.server
import json
import os
import re
import struct
import subprocess
import sys
import threading
import urllib.parse
import zlib

KINDS = {"pods": ("", "Pod"), "nodes": ("", "Node"), "configmaps": ("", "ConfigMap"),
         "namespaces": ("", "Namespace"), "daemonsets": ("apps", "DaemonSet")}
NOT_NAMESPACED = {"nodes", "namespaces"}
# What the server made, by path.
made = {}
logs = {}
lock = threading.Lock()


def stored():
    with open(OBJECTS, encoding="utf-8") as file:
        return json.load(file)


def resources(group):
    return [{"name": name, "singularName": kind.lower(), "namespaced": name not in NOT_NAMESPACED,
             "kind": kind, "verbs": ["get", "list", "create", "delete"]}
            for name, (of, kind) in KINDS.items() if of == group]


def matches(item, query):
    labels = item["metadata"].get("labels", {})
    for part in filter(None, query.get("labelSelector", [""])[0].split(",")):
        key, _, value = part.partition("=")
        if labels.get(key) != value:
            return False
    for part in filter(None, query.get("fieldSelector", [""])[0].split(",")):
        key, _, value = part.partition("=")
        at = item
        for step in key.split("."):
            at = at.get(step, {})
        if at != value:
            return False
    return True


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def status_of(code):
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": f"command terminated with non-zero exit code: exit status {code}",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}


def execute(command):
    """What a container would answer: its output, and how it ended."""
    try:
        done = run(command)
    except OSError:
        return b"", b"", {"metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
                          "message": f'exec failed: "{command[0]}": executable file not found'}
    return done.stdout, done.stderr, status_of(done.returncode)


def dictionary():
    start = b"\x00\x00\x00\x07options\x00\x00\x00\x04head\x00\x00\x00\x04post"
    with open(KUBECTL, "rb") as file:
        program = file.read()
    at = program.index(start)
    return program[at:at + 1423]


class Spdy:
    """The server's end of SPDY/3.1, as far as exec needs it: streams that the client opens."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        words = dictionary()
        self.headers_in = zlib.decompressobj(zdict=words)
        self.headers_out = zlib.compressobj(zdict=words)
        self.streams = {}

    def read_frame(self):
        head = self.source.read(8)
        if len(head) < 8:
            return None
        first, rest = struct.unpack(">II", head)
        return first, rest >> 24, self.source.read(rest & 0xffffff)

    def accept(self, body):
        """Opens a stream: its name is among the headers."""
        stream, = struct.unpack(">I", body[:4])
        block = self.headers_in.decompress(body[10:])
        count, at, headers = struct.unpack(">I", block[:4])[0], 4, []
        for _ in range(2 * count):
            length, = struct.unpack(">I", block[at:at + 4])
            headers.append(block[at + 4:at + 4 + length].decode())
            at += 4 + length
        named = dict(zip(headers[::2], headers[1::2]))
        self.streams[named["streamtype"]] = stream
        reply = self.headers_out.compress(struct.pack(">I", 0))
        reply += self.headers_out.flush(zlib.Z_SYNC_FLUSH)
        self.control(2, struct.pack(">I", stream) + reply)

    def control(self, kind, body):
        self.sink.write(struct.pack(">HHI", 0x8003, kind, len(body)) + body)
        self.sink.flush()

    def send(self, name, data, last):
        if name in self.streams:
            self.sink.write(struct.pack(">II", self.streams[name], last << 24 | len(data)) + data)
            self.sink.flush()

    def serve(self, command, wanted):
        while not wanted <= set(self.streams):
            frame = self.read_frame()
            if frame is None:
                return
            first, _, body = frame
            if first == 0x80030001:
                self.accept(body)
            elif first == 0x80030006:
                self.control(6, body)
        out, err, status = execute(command)
        self.send("stdout", out, True)
        self.send("stderr", err, True)
        self.send("error", json.dumps(status).encode(), True)
        # Until the client is done with it.
        while self.read_frame() is not None:
            pass


def websocket(sink, command):
    """What later versions of kubectl speak: a byte names the stream."""
    out, err, status = execute(command)
    for channel, data in ((1, out), (2, err), (3, json.dumps(status).encode())):
        for at in range(0, len(data), 32768):
            part = bytes([channel]) + data[at:at + 32768]
            sink.write(b"\x82\x7e" + struct.pack(">H", len(part)) + part)
    sink.write(b"\x88\x02\x03\xe8")
    sink.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self):
        with lock, open(LOG, "a", encoding="utf-8") as file:
            file.write(f"{self.command} {urllib.parse.unquote(self.path)}\n")

    def answer(self, thing, code=200, kind="application/json"):
        data = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, code, reason, message):
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
                     "message": message, "code": code}, code)

    def discover(self, path):
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            version = {"groupVersion": "apps/v1", "version": "v1"}
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": "apps", "versions": [version], "preferredVersion": version}]}
        if path in ("/api/v1", "/apis/apps/v1"):
            group = "apps" if "apps" in path else ""
            return {"kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": "apps/v1" if group else "v1", "resources": resources(group)}
        return None

    def handle_request(self):
        self.note()
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        found = self.discover(url.path)
        if found:
            return self.answer(found)
        parts = re.fullmatch(r"/(?:api|apis/apps)/v1(?:/namespaces/([^/]+)(?=/))?/([a-z]+)"
                             r"(?:/([^/]+))?(?:/([a-z]+))?", url.path)
        if not parts or parts[2] not in KINDS:
            return self.refuse(404, "NotFound", "the server could not find the requested resource")
        if any(re.search(denied, url.path) for denied in stored().get("denied", [])):
            return self.refuse(403, "Forbidden", f'{parts[2]} is forbidden: User "tester" cannot '
                               f'do this in the namespace "{parts[1]}"')
        return self.resource(query, *parts.groups())

    def resource(self, query, namespace, plural, name, sub):
        kind = KINDS[plural][1]
        with lock:
            items = [item for item in stored()["objects"] + list(made.values())
                     if item["kind"] == kind and
                     (namespace is None or item["metadata"].get("namespace") == namespace)]
        if self.command == "POST" and name is None:
            return self.create(namespace)
        if name is None:
            return self.answer({"kind": kind + "List", "apiVersion": "v1", "metadata": {},
                                "items": [item for item in items if matches(item, query)]})
        item = next((item for item in items if item["metadata"]["name"] == name), None)
        if item is None:
            return self.refuse(404, "NotFound", f'{plural} "{name}" not found')
        if sub == "exec":
            return self.execute(query)
        if sub == "log":
            return self.answer(logs.get(name, b""), kind="text/plain")
        if self.command == "DELETE":
            with lock:
                made.pop(name, None)
        return self.answer(item)

    def create(self, namespace):
        item = json.loads(self.body)
        name = item["metadata"]["generateName"] + "x7k2p"
        item["metadata"].update(name=name, namespace=namespace)
        container = item["spec"]["containers"][0]
        if container["image"].startswith("nowhere.example/"):
            item["status"] = {"phase": "Pending", "containerStatuses": [
                {"state": {"waiting": {"reason": "ErrImagePull"}}}]}
        else:
            done = run(container["command"])
            logs[name] = done.stderr + done.stdout
            item["status"] = {"phase": "Failed" if done.returncode else "Succeeded",
                              "containerStatuses": [{"state": {"terminated": {
                                  "exitCode": done.returncode}}}]}
        with open(LOG + ".pods", "a", encoding="utf-8") as file:
            file.write(json.dumps(item) + "\n")
        with lock:
            made[name] = item
        self.answer(item, 201)

    def execute(self, query):
        self.close_connection = True
        if self.headers.get("Upgrade", "").lower() == "websocket":
            return self.upgrade_websocket(query)
        offered = ",".join(self.headers.get_all("X-Stream-Protocol-Version", []))
        if self.headers.get("Upgrade") != "SPDY/3.1" or "v4.channel.k8s.io" not in offered:
            return self.refuse(400, "BadRequest", "an upgrade is required")
        self.switch({"Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io"})
        wanted = {"error"} | {name for name in ("stdin", "stdout", "stderr")
                              if query.get(name, [""])[0] in ("true", "1")}
        Spdy(self.rfile, self.wfile).serve(query["command"], wanted)
        return None

    def upgrade_websocket(self, query):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.switch({"Upgrade": "websocket", "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
                     "Sec-WebSocket-Accept": base64.b64encode(
                         hashlib.sha1(key.encode()).digest()).decode()})
        websocket(self.wfile, query["command"])

    def switch(self, headers):
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    do_GET = do_POST = do_DELETE = handle_request


if __name__ == "__main__":
    OBJECTS, PORT_FILE, KUBECTL, LOG = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with open(PORT_FILE + ".new", "w", encoding="utf-8") as port_file:
        port_file.write(str(server.server_address[1]))
    os.rename(PORT_FILE + ".new", PORT_FILE)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
