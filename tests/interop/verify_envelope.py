#!/usr/bin/python3
"""A second verifier of nanoexec's signed requests, written from their description alone.

It shares no code with lib/envelope: JSON, base64 and SHA-256 are Python's, Ed25519 is OpenSSL's (through
Debian's python3-cryptography). What it does not know is the grammar of targets; the tests send it
none that only a parser of that grammar could refuse.

    {"trusted": [BASE64 OF 32 BYTES, ...]}      first line on standard input
    BASE64 OF AN ENVELOPE                       every further line

Answers each envelope with one line: "open DIGEST KEYID,KEYID..." or the code of the refusal.
"""

import base64
import binascii
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYPE = "application/vnd.nanoexec.request.v1+json"
MAX_BODY = 524288
MAX_ENVELOPE = (MAX_BODY + 2) // 3 * 4 + 2048


class Malformed(Exception):
    """A value breaks a rule."""


class Refused(Exception):
    """The envelope is refused; the argument is the code."""


def need(condition):
    if not condition:
        raise Malformed


# --- JSON values ------------------------------------------------------------------------------------


def whole(value, low, high=2**53 - 1):
    need(type(value) is int and low <= value <= high)
    return value


def text(value, most, pattern=r"(?s).*"):
    need(type(value) is str)
    need(not any("\ud800" <= c <= "\udfff" for c in value))
    need(len(value.encode()) <= most and "\0" not in value)
    need(re.fullmatch(pattern, value, re.ASCII))
    return value


def hexadecimal(value, count):
    return text(value, 2 * count, "[0-9a-f]{%d}" % (2 * count))


def octets(value, least, most):
    """The bytes behind canonical base64."""
    need(type(value) is str and value.isascii())
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise Malformed from error
    need(base64.b64encode(data).decode() == value)
    need(least <= len(data) <= most)
    return data


def fields(value, required, optional=()):
    need(type(value) is dict)
    need(set(required) <= set(value) <= set(required) | set(optional))


def parse(data, code, most):
    """Parses JSON, and gives a function that tells whether a value is what was written."""
    if len(data) > most:
        raise Refused(code)
    try:
        source = data.decode("utf-8")
        value = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise Refused(code) from error

    def is_spelled(rebuilt):
        return json.dumps(rebuilt, ensure_ascii=False, separators=(",", ":")) == source

    return value, is_spelled


# --- the envelope -----------------------------------------------------------------------------------


def read_envelope(data):
    wire, is_spelled = parse(data, "container", MAX_ENVELOPE)
    try:
        fields(wire, ["payload", "payloadType", "signatures"])
        payload = octets(wire["payload"], 1, MAX_BODY)
        kind = text(wire["payloadType"], 100, r"[\x21-\x7e]+")
        need(type(wire["signatures"]) is list and 1 <= len(wire["signatures"]) <= 8)
        signatures = []
        for item in wire["signatures"]:
            fields(item, ["keyid", "sig"])
            signatures.append((hexadecimal(item["keyid"], 32), octets(item["sig"], 64, 64)))
        need(is_spelled({
            "payload": wire["payload"],
            "payloadType": kind,
            "signatures": [
                {"keyid": item["keyid"], "sig": item["sig"]} for item in wire["signatures"]
            ],
        }))
    except Malformed as error:
        raise Refused("container") from error
    return payload, kind, signatures


def signers(payload, kind, signatures, trusted):
    known = [(trusted[keyid], keyid, sig) for keyid, sig in signatures if keyid in trusted]
    if not known:
        raise Refused("unknown-signer")
    message = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
    found = []
    for key, keyid, sig in known:
        try:
            key.verify(sig, message)
        except InvalidSignature:
            continue
        if keyid not in found:
            found.append(keyid)
    if not found:
        raise Refused("signature")
    return found


# --- the request ------------------------------------------------------------------------------------

REQUIRED = ["v", "id", "issued", "expires", "target", "run", "timeoutMs", "mode", "survive"]
OPTIONAL = [
    "user", "cwd", "env", "stdin", "input", "splayMs", "secrets", "undo", "maxOutput", "note",
]
ORDER = [
    "v", "id", "issued", "expires", "target", "run", "user", "cwd", "env", "stdin", "input",
    "timeoutMs", "splayMs", "secrets", "undo", "maxOutput", "mode", "survive", "note",
]
MAX_COMMAND = 131072
HOUR = 3600000
P = 2**255 - 19
SMALL_ORDER = {
    0,
    1,
    P - 1,
    int.from_bytes(bytes.fromhex(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex(
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
}


def read_run(run):
    need(type(run) is dict and run.get("kind") in ("argv", "shell", "script"))
    if run["kind"] == "script":
        fields(run, ["kind", "script", "args"])
        octets(run["script"], 1, 131072)
        read_words(run["args"], 0, 253)
        return {"kind": "script", "script": run["script"], "args": run["args"]}
    if run["kind"] == "shell":
        fields(run, ["kind", "command"])
        need(text(run["command"], MAX_COMMAND) != "")
        return {"kind": "shell", "command": run["command"]}
    fields(run, ["kind", "argv"])
    read_words(run["argv"], 1, 256)
    need(run["argv"][0] != "")
    return {"kind": "argv", "argv": run["argv"]}


def read_words(words, least, most):
    need(type(words) is list and least <= len(words) <= most)
    need(sum(len(text(word, MAX_COMMAND).encode()) + 1 for word in words) <= MAX_COMMAND)


def read_input(source):
    fields(source, ["key", "from"])
    y = int.from_bytes(octets(source["key"], 32, 32), "little") % 2**255
    need(y < P and y not in SMALL_ORDER)
    need(source["from"] in ("start", "anywhere"))
    return {"key": source["key"], "from": source["from"]}


def read_secrets(secrets):
    fields(secrets, ["names", "sha256"])
    names = secrets["names"]
    need(type(names) is list and 1 <= len(names) <= 16)
    for name in names:
        text(name, 64, "[A-Z_][A-Z0-9_]{0,63}")
    need(names == sorted(set(names)))
    hexadecimal(secrets["sha256"], 32)
    return {"names": names, "sha256": secrets["sha256"]}


def read_undo(undo):
    fields(undo, ["command", "withinMs"])
    need(text(undo["command"], 32768) != "")
    whole(undo["withinMs"], 1000, 24 * HOUR)
    return {"command": undo["command"], "withinMs": undo["withinMs"]}


def read_env(env):
    need(type(env) is dict and len(env) <= 128)
    for name, value in env.items():
        need(re.fullmatch("[A-Z_][A-Z0-9_]{0,63}", name, re.ASCII))
        text(value, 32768)
    return dict(sorted(env.items()))


def check_request(payload):
    body, is_spelled = parse(payload, "body", MAX_BODY)
    try:
        fields(body, REQUIRED, OPTIONAL)
        need(whole(body["v"], 1, 1))
        hexadecimal(body["id"], 16)
        whole(body["issued"], 0)
        whole(body["expires"], 0)
        need(text(body["target"], 262144).strip() != "")
        rebuilt = {name: body[name] for name in ORDER if name in body}
        rebuilt["run"] = read_run(body["run"])
        if "user" in body:
            text(body["user"], 64, r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}\$?")
        if "cwd" in body:
            text(body["cwd"], 4096, "(?s)/.*")
        if "env" in body:
            rebuilt["env"] = read_env(body["env"])
        if "stdin" in body:
            octets(body["stdin"], 0, 65536)
            need("input" not in body)
        for name, read in (("input", read_input), ("secrets", read_secrets), ("undo", read_undo)):
            if name in body:
                rebuilt[name] = read(body[name])
        whole(body["timeoutMs"], 1, HOUR)
        if "splayMs" in body:
            whole(body["splayMs"], 1, HOUR)
        if "maxOutput" in body:
            whole(body["maxOutput"], 0, 16777216)
        need(type(body["mode"]) is str and body["mode"] in ("run", "check"))
        need(type(body["survive"]) is bool)
        if "note" in body:
            text(body["note"], 200)
        need(is_spelled(rebuilt))
    except Malformed as error:
        raise Refused("body") from error


def verdict(data, trusted):
    try:
        payload, kind, signatures = read_envelope(data)
        if kind != TYPE:
            raise Refused("type")
        found = signers(payload, kind, signatures, trusted)
        check_request(payload)
    except Refused as refusal:
        return refusal.args[0]
    return "open %s %s" % (hashlib.sha256(payload).hexdigest(), ",".join(found))


def main():
    trusted = {}
    for encoded in json.loads(sys.stdin.readline())["trusted"]:
        raw = base64.b64decode(encoded)
        keyid = hashlib.sha256(b"nanoexec-key-v1\0ed25519\0" + raw).hexdigest()
        trusted[keyid] = Ed25519PublicKey.from_public_bytes(raw)
    for line in sys.stdin:
        print(verdict(base64.b64decode(line), trusted))


if __name__ == "__main__":
    main()
