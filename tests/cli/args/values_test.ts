import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import {
  assignment,
  count,
  duration,
  hostName,
  hostNameOrAll,
  oneOf,
  remotePath,
  size,
  text,
  url,
  userName,
  type Value,
} from "../../../lib/cli/args/values.ts";

type Row = readonly [value: Value<unknown>, input: string, read: unknown];

Deno.test("values are read to their types", () => {
  const rows: readonly Row[] = [
    [text("T"), " x ", " x "],
    [oneOf("F", ["text", "json"]), "json", "json"],
    [remotePath("FILE"), "-", "-"],
    [remotePath("FILE"), "a b\nc", "a b\nc"],
    [duration(), "5m", 300_000],
    [size(65_536), "64K", 65_536],
    [count("N", { min: 1, max: 9 }), "9", 9],
    [userName(), "www-data", "www-data"],
    [userName(), "_x.y", "_x.y"],
    [userName(), "machine$", "machine$"],
    [hostName(), "web1.example.com", "web1.example.com"],
    [hostNameOrAll(), "ALL", "ALL"],
    [hostNameOrAll(), "web1", "web1"],
    [assignment(), "A=b=c", ["A", "b=c"]],
    [assignment(), "A=", ["A", ""]],
    [assignment(), "A=x\ny", ["A", "x\ny"]],
    [url().parser, "tcp://*:4444", "tcp://*:4444"],
    [url().parser, "tls+tcp://m:1", "tls+tcp://m:1"],
    [url().parser, "ipc:///run/x.sock", "ipc:///run/x.sock"],
  ];
  for (const [value, input, expected] of rows) {
    assert.deepEqual(value.parse(input), { success: true, value: expected }, input);
  }
});

Deno.test("values say in one phrase what is wrong", () => {
  const n = count("N", { min: 1, max: 9 });
  const notHost = (input: string) => `${JSON.stringify(input)} is not one host name`;
  const notUser = (input: string) => `${JSON.stringify(input)} is not a user name`;
  const rows: readonly (readonly [Value<unknown>, input: string, message: string])[] = [
    [text("SET"), "", "SET is empty"],
    [oneOf("F", ["text", "json"]), "xml", '"xml" is not one of text, json'],
    [oneOf("F", ["text", "json"]), "TEXT", '"TEXT" is not one of text, json'],
    [remotePath("FILE"), "", "the path is empty"],
    [remotePath("FILE"), "a\0b", "a path cannot contain a NUL"],
    [duration(), "soon", '"soon" is not a duration such as 90, 90s, 5m or 2h'],
    [duration(1_000), "2s", '"2s" is longer than the maximum, 1s'],
    [size(65_536), "65537", '"65537" exceeds the maximum, 64K'],
    [size(65_536), "big", '"big" is not a size such as 512, 64K, 10M or 1G'],
    ...["0", "10", "-1", "1.5", "1e0", "", " 1", "0x1", "999999999999999999"].map((input) =>
      [n, input, `${JSON.stringify(input)} is not a number from 1 to 9`] as const
    ),
    ...["-1", "#0", "0", "4294967295", "root\n", "", "a b", "a:b", "NaN ", "../x"].map((input) =>
      [userName(), input, notUser(input)] as const
    ),
    ...["", "web[1-3]", "a,b", "a b", "a:b", "x\n", "-a", ".a", "ALL", "@g", "é"].map((input) =>
      [hostName(), input, notHost(input)] as const
    ),
    [hostNameOrAll(), "web[1-3]", '"web[1-3]" is not one host name or ALL'],
    [assignment(), "A", '"A" is not NAME=VALUE'],
    [assignment(), "=x", '"=x" is not NAME=VALUE'],
    [assignment(), "1A=x", '"1A=x" is not NAME=VALUE'],
    [assignment(), "A B=x", '"A B=x" is not NAME=VALUE'],
    [url().parser, "master:4444", '"master:4444" is not a URL such as tcp://HOST:PORT'],
    [url().parser, "tcp://", '"tcp://" is not a URL such as tcp://HOST:PORT'],
    [url().parser, "tcp://a b", '"tcp://a b" is not a URL such as tcp://HOST:PORT'],
  ];
  for (const [value, input, message] of rows) {
    const result = value.parse(input);
    assert.ok(!result.success, input);
    assert.equal(formatMessage(result.error, { colors: false, quotes: false }), message);
  }
});

Deno.test("values say what completes them", () => {
  const suggested = (value: Value<unknown>, typed: string) => [...value.suggest?.(typed) ?? []];
  assert.deepEqual(suggested(oneOf("F", ["text", "json"]), "j"), [{
    kind: "literal",
    text: "json",
  }]);
  assert.deepEqual(suggested(remotePath("FILE"), "/e"), [{
    kind: "file",
    type: "file",
    pattern: "/e",
  }]);
  assert.deepEqual(suggested(remotePath("DIR", "directory"), ""), [
    { kind: "file", type: "directory", pattern: "" },
  ]);
  assert.deepEqual(suggested(duration(), "5"), []);
});
