import assert from "node:assert/strict";
import { assertRefused } from "./refusals.ts";
import { parse } from "./usual.ts";

Deno.test("hub takes its options", { permissions: "none" }, () => {
  const usual = {
    kind: "hub",
    listen: [],
    control: undefined,
    state: undefined,
    trust: [],
    insecure: false,
    verbosity: 0,
    logFormat: "text",
  };
  const rows: readonly (readonly [options: string, change: object])[] = [
    ["", {}],
    ["--listen tcp://*:1 --listen ipc:///x", { listen: ["tcp://*:1", "ipc:///x"] }],
    ["--control /c", { control: "/c" }],
    ["--state /s", { state: "/s" }],
    ["--trust k", { trust: [{ kind: "file", path: "k" }] }],
    ["--insecure", { insecure: true }],
    ["-v --log-format=json", { verbosity: 1, logFormat: "json" }],
  ];
  for (const [options, change] of rows) {
    assert.deepEqual(parse(`hub ${options}`), { ...usual, ...change }, options);
  }
});

Deno.test("hub refuses what makes no sense", { permissions: "none" }, () => {
  assertRefused(parse, [
    [["hub", "x"], 'hub does not know what to do with "x"'],
    [["hub", "--listen", "4444"], '--listen: "4444" is not a URL such as tcp://HOST:PORT'],
    [["hub", "--state", ""], "--state: the path is empty"],
  ]);
});
