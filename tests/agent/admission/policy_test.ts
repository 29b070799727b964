import assert from "node:assert/strict";
import {
  decidePolicy,
  type PolicyContext,
  type PolicyRequest,
  ruleName,
} from "../../../lib/agent/admission/policy.ts";
import { parseTrustFile, type TrustedKey } from "../../../lib/envelope/trust/trust_file.ts";
import { alice, bob, mallory } from "../../support/envelope_fixtures.ts";
import { trustLine } from "../../support/agent/signed_request.ts";

const NOW = Date.UTC(2026, 5, 1);

const CONTEXT: PolicyContext = {
  node: { name: "web1", facts: new Map([["os", "linux"]]) },
  ownUser: "agent",
  nowMs: NOW,
  resolve: (name) => ["systemctl", "sh", "id"].includes(name) ? `/usr/bin/${name}` : undefined,
};

/** Returns the entry of a key with `options`. */
function entry(options: string, key = alice, comment = "alice"): TrustedKey {
  const [first] = parseTrustFile(trustLine(key, comment, options));
  assert.ok(first);
  return first;
}

function argv(...words: string[]): PolicyRequest {
  return { run: { kind: "argv", argv: words } };
}

function shell(command: string): PolicyRequest {
  return { run: { kind: "shell", command } };
}

function verdict(
  options: string,
  wish: PolicyRequest,
  context: Partial<PolicyContext> = {},
): string {
  const decision = decidePolicy(wish, [entry(options)], { ...CONTEXT, ...context });
  return decision.kind === "deny" ? decision.code : "allow";
}

function script(text: string, ...args: string[]): PolicyRequest {
  return { run: { kind: "script", script: btoa(text), args } };
}

const ID = argv("/usr/bin/id");
const RESTART = 'commands="/usr/bin/systemctl restart *"';

/** Options, a request, and the decision. */
const ROWS: readonly (readonly [string, PolicyRequest, string])[] = [
  ["", ID, "allow"],
  ["", shell("rm -rf /"), "allow"],
  ["", { ...ID, user: "root", env: { A: "b" }, cwd: "/tmp" }, "allow"],

  ['expires="2026-06-02"', ID, "allow"],
  ['expires="2026-06-01T00:00:01Z"', ID, "allow"],
  ['expires="2026-06-01"', ID, "key-expired"],
  ['expires="2026-05-31"', ID, "key-expired"],

  ['hosts="web[1-2]"', ID, "allow"],
  ['hosts="ALL"', ID, "allow"],
  ['hosts="os=linux"', ID, "allow"],
  ['hosts="web10"', ID, "host-not-allowed"],
  ['hosts="ALL and not web1"', ID, "host-not-allowed"],

  ['users="agent"', ID, "allow"],
  ['users="www,agent"', ID, "allow"],
  ['users="www,agent"', { ...ID, user: "www" }, "allow"],
  ['users="www"', ID, "user-not-allowed"],
  ['users="www"', { ...ID, user: "root" }, "user-not-allowed"],
  ['users="www"', { ...ID, user: "ww" }, "user-not-allowed"],
  ['users="www"', { ...ID, user: "WWW" }, "user-not-allowed"],
  ['users="agent"', { ...ID, user: "root" }, "user-not-allowed"],

  ["no-shell", ID, "allow"],
  ["no-shell", argv("/usr/bin/shutdown"), "allow"],
  ["no-shell", shell("id"), "no-shell"],
  ["no-shell", argv("/bin/sh", "-c", "id"), "no-shell"],
  ["no-shell", argv("sh"), "no-shell"],
  ["no-shell", argv("/usr/bin/bash"), "no-shell"],
  ["no-shell", argv("/usr/local/bin/zsh"), "no-shell"],
  ["no-shell", argv("/bin/../bin/sh"), "no-shell"],
  ["no-shell", argv("/bin//sh"), "no-shell"],
  ["no-shell", argv("./dash"), "no-shell"],
  ["no-shell", argv("busybox", "sh"), "no-shell"],
  ["no-shell", argv("/usr/bin/pwsh"), "no-shell"],

  ["", script("rm -rf /"), "allow"],
  ["no-shell", script("id"), "no-shell"],
  ["no-shell", script("#!/usr/bin/python3\n"), "no-shell"],
  ['commands="/bin/sh **"', script("id"), "command-not-allowed"],
  ['commands="script **"', script("id", "script"), "command-not-allowed"],
  ['commands="/bin/sh **",no-shell', script("id"), "no-shell"],
  ['users="agent"', script("id"), "allow"],
  ['users="agent"', { ...script("id"), user: "root" }, "user-not-allowed"],
  ["need=2", script("id"), "need-more-signers"],

  [RESTART, argv("/usr/bin/systemctl", "restart", "nginx"), "allow"],
  [RESTART, argv("systemctl", "restart", "nginx"), "allow"],
  [RESTART, argv("/usr/bin/systemctl", "restart"), "command-not-allowed"],
  [RESTART, argv("/usr/bin/systemctl", "restart", "a", "b"), "command-not-allowed"],
  [RESTART, argv("/usr/bin/systemctl", "stop", "nginx"), "command-not-allowed"],
  [RESTART, argv("/usr/sbin/systemctl", "restart", "nginx"), "command-not-allowed"],
  [RESTART, argv("/usr/bin/../bin/systemctl", "restart", "nginx"), "command-not-allowed"],
  [RESTART, argv("/usr/bin//systemctl", "restart", "nginx"), "command-not-allowed"],
  [RESTART, argv("./systemctl", "restart", "nginx"), "command-not-allowed"],
  [RESTART, argv("unknown", "restart", "nginx"), "command-not-allowed"],
  [RESTART, shell("/usr/bin/systemctl restart nginx"), "command-not-allowed"],
  ['commands="systemctl **"', argv("/usr/bin/systemctl"), "allow"],
  ['commands="unknown"', argv("unknown"), "command-not-allowed"],
  ['commands="/bin/sh -c *"', shell("anything"), "allow"],
  ['commands="/bin/sh -c uptime"', shell("uptime"), "allow"],
  ['commands="/bin/sh -c uptime"', shell("uptime; id"), "command-not-allowed"],
  ['commands="/bin/sh -c *",no-shell', shell("uptime"), "no-shell"],
  [`${RESTART},commands="id"`, ID, "allow"],

  ['commands="id"', { ...ID, cwd: "/" }, "allow"],
  ['commands="id"', { ...ID, env: {} }, "allow"],
  ['commands="id"', { ...ID, env: { TAR_OPTIONS: "--to-command=sh" } }, "env-not-allowed"],
  ['commands="id"', { ...ID, secrets: { names: ["A"], sha256: "" } }, "env-not-allowed"],
  ["no-shell", { ...ID, secrets: { names: ["A"], sha256: "" } }, "allow"],
  ['commands="id"', { ...ID, cwd: "/tmp/evil" }, "cwd-not-allowed"],
  ['commands="id"', { ...ID, stdin: "" }, "stdin-not-allowed"],
  ['commands="id"', { ...ID, input: { key: "", from: "start" } }, "stdin-not-allowed"],

  ["need=1", ID, "allow"],
  ["need=2", ID, "need-more-signers"],

  ['users="agent",hosts="web1",expires="2027-01-01",no-shell,commands="id"', ID, "allow"],
];

for (const [options, wish, expected] of ROWS) {
  Deno.test(`decide: ${options || "a key without options"}, ${JSON.stringify(wish)}: ${expected}`, () => {
    assert.equal(verdict(options, wish), expected);
  });
}

Deno.test("decide lets any denial win, in whatever order", () => {
  const free = entry("", bob, "bob");
  const codes: Readonly<Record<string, string>> = {
    'expires="2020-01-01"': "key-expired",
    'hosts="db1"': "host-not-allowed",
    'users="www"': "user-not-allowed",
    'commands="uptime"': "command-not-allowed",
    "need=3": "need-more-signers",
  };
  for (const [options, code] of Object.entries(codes)) {
    const bound = entry(options);
    for (const signers of [[free, bound], [bound, free]]) {
      const decision = decidePolicy(ID, signers, CONTEXT);
      assert.equal(decision.kind === "deny" && decision.code, code);
    }
  }
});

Deno.test("decide wants as many signers as the most demanding of them", () => {
  const [one, two, three] = [
    entry("", alice, "alice"),
    entry("need=2", bob, "bob"),
    entry("need=3", mallory, "carol"),
  ];
  const kinds = [[one], [two], [three], [one, two], [one, three], [one, two, three]]
    .map((signers) => decidePolicy(ID, signers, CONTEXT).kind);
  assert.deepEqual(kinds, ["allow", "deny", "deny", "allow", "deny", "allow"]);
  const decision = decidePolicy(ID, [one, three], CONTEXT);
  assert.ok(decision.kind === "deny");
  assert.equal(decision.reason, "the request needs 3 signatures and has 2");
});

Deno.test("decide allows nothing that nobody signed", () => {
  const decision = decidePolicy(ID, [], CONTEXT);
  assert.equal(decision.kind === "deny" && decision.code, "need-more-signers");
});

Deno.test("decide takes an unknown own user for none of the allowed ones", () => {
  assert.equal(verdict('users="agent"', ID, { ownUser: "" }), "user-not-allowed");
  assert.equal(verdict("", ID, { ownUser: "" }), "allow");
});

Deno.test("decide names the keys that allowed it, and the one that did not", () => {
  const both = [entry("", alice, "alice at work"), entry("", bob, "")];
  const allowed = decidePolicy(ID, both, CONTEXT);
  assert.ok(allowed.kind === "allow");
  assert.match(allowed.rule, /^key "alice at work" \(line 1\) and key "[0-9a-f]{16}" \(line 1\)$/);
  const denied = decidePolicy(shell("id"), [entry("no-shell")], CONTEXT);
  assert.ok(denied.kind === "deny");
  assert.equal(denied.reason, 'key "alice" (line 1) may not run a shell');
  assert.equal(ruleName(entry("")), 'key "alice" (line 1)');
});
