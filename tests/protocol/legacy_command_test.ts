import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../lib/base/bytes.ts";
import {
  decodeLegacyCommand,
  encodeLegacyCommand,
  findPrefixHazard,
} from "../../lib/protocol/legacy_command.ts";
import { anyText, assertEnvelopeError } from "../support/envelope_fixtures.ts";

Deno.test("encodeLegacy writes the bytes of the first program", () => {
  strictEqual(
    encodeLegacyCommand({ host: "host1", command: "echo hi" }).toHex(),
    "686f7374313a6563686f20686900",
  );
});

Deno.test("encodeLegacy refuses what the wire cannot carry", async (t) => {
  const hostile: readonly (readonly [string, string, string])[] = [
    ["host with a colon", "host:1", "true"],
    ["host with NUL", "host\0", "true"],
    ["host without a name", "", "true"],
    ["host with half of a surrogate pair", "\ud800", "true"],
    ["command with NUL", "host", "true\0; rm -rf /"],
    ["command with half of a surrogate pair", "host", "echo \udc00"],
  ];
  for (const [name, host, command] of hostile) {
    await t.step(
      name,
      () => void assertEnvelopeError("legacy", () => encodeLegacyCommand({ host, command })),
    );
  }
});

Deno.test("decodeLegacy ends the host at the first colon and the command at the first NUL", async (t) => {
  const cases: readonly (readonly [string, string, string | undefined, string?])[] = [
    ["host and command", "host1:uptime\0", "host1", "uptime"],
    ["no NUL", "host1:uptime", "host1", "uptime"],
    ["text behind the NUL", "host1:uptime\0garbage", "host1", "uptime"],
    ["colon in the command", "host1:echo a:b\0", "host1", "echo a:b"],
    ["line end in the command", "host1:echo a\necho b\0", "host1", "echo a\necho b"],
    ["space in front of the command", "host1: uptime\0", "host1", " uptime"],
    ["empty command", "host1:\0", "host1", ""],
    ["empty host", ":uptime\0", "", "uptime"],
    ["no colon", "host1 uptime\0", undefined],
    ["colon behind the NUL", "host1\0:uptime", undefined],
    ["empty", "", undefined],
    ["NUL alone", "\0", undefined],
  ];
  for (const [name, text, host, command = ""] of cases) {
    await t.step(name, () => {
      const expected = host === undefined ? undefined : { host, command };
      deepStrictEqual(decodeLegacyCommand(encodeUtf8(text)), expected);
    });
  }
  await t.step("not UTF-8", () => {
    strictEqual(
      decodeLegacyCommand(concat([encodeUtf8("host1:echo "), Uint8Array.of(0xff, 0)])),
      undefined,
    );
    strictEqual(
      decodeLegacyCommand(concat([Uint8Array.of(0xff), encodeUtf8(":uptime\0")])),
      undefined,
    );
  });
  await t.step("byte order mark stays", () => {
    deepStrictEqual(decodeLegacyCommand(encodeUtf8("\ufeffALL:uptime\0")), {
      host: "\ufeffALL",
      command: "uptime",
    });
  });
});

Deno.test("encodeLegacy and decodeLegacy are inverse", () => {
  const host = anyText.map((text) => "h" + text.replaceAll(":", ""));
  fc.assert(fc.property(host, anyText, (name, command) => {
    deepStrictEqual(decodeLegacyCommand(encodeLegacyCommand({ host: name, command })), {
      host: name,
      command,
    });
  }));
});

Deno.test("decodeLegacy of any bytes gives a command or nothing", () => {
  const near = fc.uint8Array({ maxLength: 30 }).map((bytes) => concat([encodeUtf8("a:"), bytes]));
  fc.assert(fc.property(fc.oneof(near, fc.uint8Array()), (bytes) => {
    const command = decodeLegacyCommand(bytes);
    if (command !== undefined && command.host !== "") {
      deepStrictEqual(decodeLegacyCommand(encodeLegacyCommand(command)), command);
    }
  }));
});

Deno.test("legacyHazard names the agents that would run what is not meant for them", async (t) => {
  const agents = ["web1", "web10", "web", "db1", "web1.example.com"];
  const cases: readonly (readonly [string, readonly string[] | "everybody"])[] = [
    ["ALL", []],
    ["ALLIGATOR", "everybody"],
    ["ALL2", "everybody"],
    ["all", []],
    ["web", []],
    ["web1", ["web"]],
    ["web10", ["web1", "web"]],
    ["web12", ["web1", "web"]],
    ["web1.example.com", ["web1", "web"]],
    ["Web10", []],
    ["db1", []],
    ["db", []],
    ["mail", []],
  ];
  for (const [host, wrong] of cases) {
    await t.step(host, () => {
      const expected = wrong === "everybody"
        ? { kind: "everybody" }
        : wrong.length === 0
        ? { kind: "none" }
        : { kind: "prefix", agents: wrong };
      deepStrictEqual(findPrefixHazard(host, agents), expected);
    });
  }
});
