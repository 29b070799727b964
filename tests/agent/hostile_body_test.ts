/** Signed bodies that are ambiguous or out of bounds: rows 25 to 29, 35, 36, 40 to 44. */

import assert from "node:assert/strict";
import { concat, encodeUtf8 } from "../../lib/base/bytes.ts";
import { AgentFixture } from "../support/agent/agent_fixture.ts";
import { type HostileRow, ignored, refused, sendAll } from "../support/agent/hostile_messages.ts";
import { forged, requestAt } from "../support/agent/signed_request.ts";

const DAY = 86_400_000;
const PLAIN = { stdin: "eA==", env: { A: "1" }, maxOutput: 5 };

/** A row that signs a non-canonical text of a valid body. */
function text(name: string, change: (json: string) => string | Uint8Array): HostileRow {
  return {
    name,
    make: (agent) =>
      ignored(
        forged(change(JSON.stringify(ordered({ ...requestAt(agent.clock.now()), ...PLAIN })))),
        /^request[ .]/,
      ),
  };
}

/** A row that signs a valid body with other fields. */
function fields(name: string, changes: Readonly<Record<string, unknown>>): HostileRow {
  return {
    name,
    make(agent) {
      const body = ordered({ ...requestAt(agent.clock.now()), ...changes });
      return ignored(forged(JSON.stringify(body)), /^request[ .]/);
    },
  };
}

/** A row that is signed and well-formed, and refused for its times. */
function times(
  name: string,
  code: string,
  [issuedMs, expiresMs]: readonly [number, number],
): HostileRow {
  return {
    name,
    make(agent) {
      const now = agent.clock.now();
      const request = agent.request({ issued: now + issuedMs, expires: now + expiresMs });
      return refused(request, code);
    },
  };
}

/** A row that is signed and well-formed, with a target of other hosts. */
function target(expression: string): HostileRow {
  return {
    name: `35: ${expression}`,
    make: (agent) => ignored(agent.request({ target: expression }).bytes, /^for another host$/),
  };
}

const ORDER = [
  ...["v", "id", "issued", "expires", "target", "run", "user", "cwd", "env", "stdin"],
  ...["timeoutMs", "maxOutput", "mode", "survive", "note"],
];

/** Returns the same fields in canonical order; unknown ones at the end. */
function ordered(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = ORDER.filter((name) => name in body).map((name) => [name, body[name]]);
  const unknown = Object.entries(body).filter(([name]) => !ORDER.includes(name));
  return Object.fromEntries([...known, ...unknown]);
}

function argv(...words: readonly unknown[]): { run: unknown } {
  return { run: { kind: "argv", argv: words } };
}

function variables(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`A${at}`, ""]).sort());
}

const SPELLINGS: readonly HostileRow[] = [
  text("25: the same field twice", (json) => json.replace("{", '{"v":1,')),
  text("25: another id in front", (json) => json.replace("{", `{"id":"${"0".repeat(32)}",`)),
  text("25: a variable twice", (json) => json.replace('"env":{', '"env":{"A":"1",')),
  text("25: __proto__", (json) => json.replace("{", '{"__proto__":{"user":"root"},')),
  text(
    "25: __proto__ among the variables",
    (json) => json.replace('"env":{', '"env":{"__proto__":"1",'),
  ),
  text("25: constructor", (json) => json.replace(/}$/, ',"constructor":{}}')),
  text("25: an unknown field", (json) => json.replace(/}$/, ',"sudo":true}')),
  text("25: fields in another order", (json) => json.replace(/{("v":1),("id":"\w+")/, "{$2,$1")),
  text("26: a byte order mark", (json) => `\ufeff${json}`),
  text("26: a space", (json) => json.replace(":", ": ")),
  text("26: a line end", (json) => `${json}\n`),
  text("26: 1e2", (json) => json.replace('"timeoutMs":60000', '"timeoutMs":1e2')),
  text("26: 1.0", (json) => json.replace('"v":1', '"v":1.0')),
  text("26: -0", (json) => json.replace('"maxOutput":5', '"maxOutput":-0')),
  text("26: 2^53 + 1", (json) => json.replace(/"expires":\d+/, '"expires":9007199254740993')),
  text("26: 1e400", (json) => json.replace(/"expires":\d+/, '"expires":1e400')),
  text("26: 10^5 levels", (json) => json.replace("[", "[".repeat(100_000))),
  text("26: a number as text", (json) => json.replace('"timeoutMs":60000', '"timeoutMs":"60000"')),
  text("26: needless escapes", (json) => json.replace("true", "\\u0074rue")),
  text("27: bytes that are not UTF-8", (json) => concat([encodeUtf8(json), Uint8Array.of(0xff)])),
  text("27: an overlong slash", (json) => {
    const bytes = encodeUtf8(json);
    const at = bytes.indexOf(0x2f);
    return concat([bytes.subarray(0, at), Uint8Array.of(0xc0, 0xaf), bytes.subarray(at + 1)]);
  }),
  text("27: half of a surrogate pair", (json) => json.replace("true", "\\ud800")),
  text("27: a NUL in an argument", (json) => json.replace("true", "\\u0000")),
];

const FIELDS: readonly HostileRow[] = [
  fields("28: an id in capitals", { id: "A".repeat(32) }),
  fields("28: an id of 31 digits", { id: "a".repeat(31) }),
  fields("28: an id of 33 digits", { id: "a".repeat(33) }),
  fields("28: an id that is a path", { id: "../../../../../../../etc/passwd1" }),
  fields("29: a negative time", { issued: -1 }),
  fields("35: no target", { target: undefined }),
  fields("35: an empty target", { target: "" }),
  fields("35: a list for a target", { target: ["web1"] }),
  fields("35: an object for a target", { target: { all: true, hosts: ["web1"] } }),
  fields("35: another spelling of a target", { target: "web1, web2" }),
  fields("35: a group", { target: "@web" }),
  fields("35: a list too long", { target: `${"a".repeat(60)},`.repeat(5_000).slice(0, -1) }),
  fields("40: no words", argv()),
  fields("40: a program without a name", argv("")),
  fields("40: 257 words", argv(...new Array(257).fill("a"))),
  fields("40: 129 KiB", argv("a".repeat(129 * 1_024))),
  fields("40: a word that is no text", argv("/bin/true", 1)),
  fields("40: an empty shell command", { run: { kind: "shell", command: "" } }),
  fields("40: both kinds at once", { run: { kind: "argv", argv: ["a"], command: "a" } }),
  fields("40: stdin of 64 KiB and a byte", { stdin: new Uint8Array(65_537).toBase64() }),
  ...["-1", "#0", "4294967295", "0", "", "root\n", "root ", "a:b", "-root", "a/b", "../x"].map(
    (user) => fields(`41: the user ${JSON.stringify(user)}`, { user }),
  ),
  ...[0, -1, null, { name: "root" }].map((user) =>
    fields(`41: the user ${JSON.stringify(user)}`, { user })
  ),
  ...["ld_preload", "A=B", "", "1A", "A B", "A\n", "É", "A".repeat(65)].map((name) =>
    fields(`42: the variable ${JSON.stringify(name.slice(0, 20))}`, { env: { [name]: "x" } })
  ),
  fields("42: a NUL in a variable", { env: { A: "x\0y" } }),
  fields("42: 10,000 variables", { env: variables(10_000) }),
  fields("42: 129 variables", { env: variables(129) }),
  fields("43: a relative folder", { cwd: "tmp" }),
  fields("43: no folder", { cwd: "" }),
  fields("43: a folder with a NUL", { cwd: "/tmp\0" }),
  ...[0, -1, 0.5, 2 ** 31, 3_600_001, "1000", null, true].map((timeoutMs) =>
    fields(`44: a time limit of ${JSON.stringify(timeoutMs)}`, { timeoutMs })
  ),
  ...[-1, 0.5, 16_777_217, "1"].map((maxOutput) =>
    fields(`44: an output limit of ${JSON.stringify(maxOutput)}`, { maxOutput })
  ),
  fields("44: another mode", { mode: "force" }),
  fields("44: another version", { v: 2 }),
  fields("44: a note of 201 bytes", { note: "a".repeat(201) }),
];

const TIMES: readonly HostileRow[] = [
  times("29: expires before it was issued", "bad-life", [0, -1]),
  times("29: expires as it was issued", "bad-life", [0, 0]),
  times("29: lives for more than a day", "bad-life", [0, DAY + 1]),
  times("29: issued 31 s ahead", "from-the-future", [31_000, 60_000]),
  times("29: expired a second ago", "expired", [-500, -1]),
  times("29: issued before the agent began", "before-floor", [-5_000, 60_000]),
];

const TARGETS: readonly HostileRow[] = [
  ...["web", "web10", "web[2-3]", "Web1", "WEB1", "web1.example.com", "ALLSTAR", "all"].map(target),
  ...[
    "not ALL",
    "ALL and not web1",
    "web* and not web1",
    "/^web$/",
    "xweb1",
    "web1 and db1",
    "web1.",
  ].map(
    target,
  ),
  ...["colour=red", "os=windows", "os=Linux", "role=web"].map((expression) => ({
    ...target(expression),
    name: `36: ${expression}`,
  })),
];

Deno.test("an agent ignores bodies with a second spelling", async (t) => {
  await sendAll(t, SPELLINGS);
});

Deno.test("an agent ignores bodies that break a rule", async (t) => {
  await sendAll(t, FIELDS);
});

Deno.test("an agent refuses requests at the wrong time", async (t) => {
  await sendAll(t, TIMES);
});

Deno.test("an agent ignores requests for others", async (t) => {
  await sendAll(t, TARGETS);
});

Deno.test("an agent passes strange arguments on as they are", async () => {
  await using agent = await AgentFixture.open();
  const words = [
    "/bin/echo",
    "-rf",
    "--",
    "a\nb",
    "$(id)",
    "`id`",
    "\u001b[2J",
    "",
    "é\u202e",
    "*",
  ];
  const { id, bytes } = agent.request({ run: { kind: "argv", argv: words } });
  agent.hub.send(bytes);
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  const [command] = agent.commands;
  assert.deepEqual(command?.kind === "argv" && command.argv, words);
});
