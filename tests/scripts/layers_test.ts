/**
 * The layer table and the lint rules that enforce it.
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  importComplaint,
  LAYERS,
  mayImportBuiltin,
  mayTouchRuntime,
  roomCycle,
} from "../../scripts/lint/layers.ts";
import { plugin } from "../../scripts/lint/plugin.ts";

/** The messages that rule `rule` has for a file. */
function complaints(rule: string, file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .filter((diagnostic) => diagnostic.id === `nanoexec/${rule}`)
    .map((diagnostic) => diagnostic.message);
}

Deno.test({
  name: "LAYERS lets a layer import only layers above it in the table, so that no cycle can arise",
  fn() {
    const names = Object.keys(LAYERS);
    for (const [index, [name, { mayImport }]] of Object.entries(LAYERS).entries()) {
      for (const other of mayImport) {
        ok(names.slice(0, index).includes(other), `${name} imports ${other}`);
      }
    }
  },
});

Deno.test({
  name: "importComplaint is undefined for what the table allows",
  fn() {
    const allowed = [
      ["lib/sp/transports/tcp.ts", "./node_socket.ts"],
      ["lib/sp/transports/tcp.ts", "../wire/stream.ts"],
      ["lib/sp/wire/framing.ts", "../../base/bytes.ts"],
      ["lib/sp/mod.ts", "./patterns/pubsub.ts"],
      ["lib/envelope/keys/public_key.ts", "../errors.ts"],
      ["lib/sp/transports/tcp.ts", "@logtape/logtape"],
      ["lib/trigger/submit.ts", "../hub/hub.ts"],
      ["lib/cli/terminal/terminal.ts", "../../agent/agent.ts"],
      ["main_exec.ts", "./lib/cli/exec.ts"],
      ["main_exec.ts", "node:process"],
      ["scripts/compile.ts", "../lib/base/bytes.ts"],
      ["scripts/compile.ts", "./lint/layers.ts"],
      ["scripts/compile.ts", "../deno.json"],
      ["tests/sp/wire/framing_test.ts", "../../lib/sp/wire/framing.ts"],
      ["tests/scripts/layers_test.ts", "../../scripts/lint/layers.ts"],
    ] as const;
    for (const [file, specifier] of allowed) {
      strictEqual(importComplaint(file, specifier), undefined, `${file} imports ${specifier}`);
    }
  },
});

Deno.test({
  name: "importComplaint names both sides of what the table forbids",
  fn() {
    const forbidden = [
      ["lib/sp/transports/tcp.ts", "../../agent/agent.ts", "lib/sp may not import lib/agent"],
      ["lib/sp/transports/tcp.ts", "../../nodeset/mod.ts", "lib/sp may not import lib/nodeset"],
      ["lib/agent/agent.ts", "../hub/hub.ts", "lib/agent may not import lib/hub"],
      ["lib/hub/jobs/dispatcher.ts", "../../trigger/mod.ts", "lib/hub may not import lib/trigger"],
      ["lib/agent/exec/a.ts", "../../cli/x.ts", "lib/agent may not import lib/cli"],
      ["lib/base/bytes.ts", "fast-check", "lib/base may not import fast-check"],
      ["lib/base/bytes.ts", "/etc/x.ts", "lib/base may not import /etc/x.ts"],
      [
        "lib/hub/jobs/dispatcher.ts",
        "https://example.com/x.ts",
        "lib/hub may not import https://example.com/x.ts",
      ],
      [
        "lib/cli/x.ts",
        "../../tests/support/peers.ts",
        "lib/cli may not import tests",
      ],
      ["lib/cli/x.ts", "../../scripts/run.ts", "lib/cli may not import scripts"],
      ["lib/cli/x.ts", "../../main_exec.ts", "lib/cli may not import main_exec.ts"],
      ["lib/cli/x.ts", "../new/x.ts", "lib/cli may not import lib/new"],
      ["lib/cli/x.ts", "../../../elsewhere.ts", "lib/cli may not import .."],
      ["main_exec.ts", "./scripts/run.ts", "main_exec.ts may not import scripts"],
      ["main_exec.ts", "./main_trigger.ts", "main_exec.ts may not import main_trigger.ts"],
      ["main_exec.ts", "@optique/core", "main_exec.ts may not import @optique/core"],
      [
        "scripts/run.ts",
        "../tests/support/peers.ts",
        "scripts may not import tests",
      ],
      [
        "lib/agent/exec/launch.ts",
        "../jobs/runner.ts",
        "lib/agent/exec may not import lib/agent/jobs (rooms in scripts/lint/layers.ts)",
      ],
      [
        "lib/cli/render/units.ts",
        "../trigger_program.ts",
        "lib/cli/render may not import lib/cli/*.ts (rooms in scripts/lint/layers.ts)",
      ],
    ] as const;
    for (const [file, specifier, message] of forbidden) {
      strictEqual(importComplaint(file, specifier), message);
    }
  },
});

Deno.test({
  name: "LAYERS has no cycle between the rooms of a layer",
  fn() {
    for (const [name, { rooms = {} }] of Object.entries(LAYERS)) {
      for (const others of Object.values(rooms)) {
        for (const other of others) ok(other === "." || Object.hasOwn(rooms, other), other);
      }
      strictEqual(roomCycle(rooms), undefined, name);
    }
    strictEqual(roomCycle({ a: ["b"], b: ["c"], c: ["a"], d: [] }), "a");
    strictEqual(roomCycle({ a: ["b", "."], b: ["c"], c: [] }), undefined);
  },
});

Deno.test({
  name: "layers sees every kind of import",
  fn() {
    const imports = [
      'import { x } from "../agent/x.ts";',
      'import type { X } from "../agent/x.ts";',
      'import "../agent/x.ts";',
      'export * from "../agent/x.ts";',
      'export { x } from "../agent/x.ts";',
      'export type { X } from "../agent/x.ts";',
      'const x = await import("../agent/x.ts");',
      'let x: import("../agent/x.ts").X;',
      'type X = typeof import("../agent/x.ts");',
    ];
    for (const source of imports) {
      const messages = complaints("layers", "lib/sp/x.ts", source);
      deepStrictEqual(messages, ["lib/sp may not import lib/agent"], source);
    }
  },
});

Deno.test({
  name: "layers refuses an import whose path it cannot know",
  fn() {
    const messages = complaints("layers", "lib/sp/x.ts", "await import(name);");
    deepStrictEqual(messages, ["import without a literal path: its layer is unknown"]);
  },
});

Deno.test({
  name: "layers refuses a file of lib that is in no folder of the table",
  fn() {
    for (const file of ["lib/new/x.ts", "lib/x.ts", "lib/base.ts", "lib/agent/new_room/x.ts"]) {
      const expected = `${file} is in no folder of the layer table (scripts/lint/layers.ts)`;
      deepStrictEqual(complaints("layers", file, "export {};"), [expected]);
    }
    deepStrictEqual(complaints("layers", "lib/base/x.ts", "export {};"), []);
  },
});

Deno.test({
  name: "mayTouchRuntime is true in the listed files and outside of lib only",
  fn() {
    strictEqual(mayTouchRuntime("lib/sp/transports/tcp.ts"), true);
    strictEqual(mayTouchRuntime("lib/sp/wire/framing.ts"), false);
    strictEqual(mayTouchRuntime("lib/sp/wire/tcp.ts"), false);
    strictEqual(mayTouchRuntime("lib/nodeset/sets/fold_names.ts"), false);
    strictEqual(mayTouchRuntime("main_exec.ts"), true);
    strictEqual(mayTouchRuntime("tests/sp/wire/framing_test.ts"), true);
  },
});

Deno.test({
  name: "mayImportBuiltin adds the pure built-ins of a layer",
  fn() {
    strictEqual(mayImportBuiltin("lib/envelope/signing/sign_envelope.ts", "node:crypto"), true);
    strictEqual(mayImportBuiltin("lib/envelope/signing/sign_envelope.ts", "node:fs"), false);
    strictEqual(mayImportBuiltin("lib/base/bytes.ts", "node:crypto"), false);
    strictEqual(mayImportBuiltin("lib/agent/jobs/run_command.ts", "node:fs"), true);
  },
});

Deno.test({
  name: "runtime-access reports Deno and node: built-ins in a pure file",
  fn() {
    const source = 'import type { Socket } from "node:net";\nconst x = Deno.uid();';
    deepStrictEqual(complaints("runtime-access", "lib/base/x.ts", source).sort(), [
      "lib/base/x.ts may not import node:net",
      "lib/base/x.ts may not use Deno",
    ]);
    deepStrictEqual(complaints("runtime-access", "lib/sp/transports/tcp.ts", source), []);
  },
});

Deno.test({
  name: "no-child-process bans the module from lib, and from lib only",
  fn() {
    const source = 'import { spawn } from "node:child_process";';
    strictEqual(complaints("no-child-process", "lib/agent/jobs/run_command.ts", source).length, 1);
    strictEqual(complaints("no-child-process", "scripts/run.ts", source).length, 0);
  },
});

Deno.test({
  name: "no-print leaves the terminal to lib/cli/terminal/terminal.ts",
  fn() {
    const source = 'console.log("x"); Deno.stdout.writeSync(bytes); Deno.stderr; Deno.stdin;';
    strictEqual(complaints("no-print", "lib/cli/render.ts", source).length, 3);
    strictEqual(complaints("no-print", "main_exec.ts", source).length, 3);
    strictEqual(complaints("no-print", "lib/cli/terminal/terminal.ts", source).length, 0);
    strictEqual(complaints("no-print", "scripts/run.ts", source).length, 0);
  },
});
