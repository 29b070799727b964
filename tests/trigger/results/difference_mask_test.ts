import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { maskOutput } from "../../../lib/trigger/results/difference_mask.ts";

function masked(node: string, text: string, more: readonly RegExp[] = []): string {
  return decodeUtf8(maskOutput(node, encodeUtf8(text), more));
}

/** What is masked. */
const MASKED: readonly (readonly [text: string, expected: string])[] = [
  ["web1 is web1.example.com", "<host> is <host>.example.com"],
  ["Web1: up", "<host>: up"],
  ["2026-11-25T19:13:06.123Z started", "<time> started"],
  ["2026-11-25 19:13:06+01:00", "<time>"],
  ["at 2026-11-25 19:13:06,001 UTC", "at <time>"],
  ["on 2026-11-25, 11/25/2026 and 2026/11/25", "on <time>, <time> and <time>"],
  ["Wed Nov 25 19:13:06 UTC 2026", "<time>"],
  ["Wed 25 Nov 2026 07:13:06 PM UTC", "<time>"],
  ["Wed, 25 Nov 2026 19:13:06 +0000", "<time>"],
  ["Nov  5 09:01:02 web1 sshd[4711]: ok", "<time> <host> sshd[<pid>]: ok"],
  [" 19:13:06 up 11 min", " <time> up 11 min"],
  ["7:05 PM", "<time>"],
  ["pid 4711, pid=12 and PID: 7", "pid <pid>, pid=<pid> and PID: <pid>"],
  ["Main PID: 4711 (nginx)", "Main PID: <pid> (nginx)"],
  ["process 99 exited", "process <pid> exited"],
  ["inet 10.0.3.17/24 brd 10.0.3.255", "inet <ip>/24 brd <ip>"],
  ["listening on 192.168.0.1:443.", "listening on <ip>:443."],
  ["fe80::1ff:fe23:4567:890a%eth0 ::1 2001:db8::/32", "<ip> <ip> <ip>/32"],
  ["2001:0db8:85a3:0000:0000:8a2e:0370:7334", "<ip>"],
  ["link/ether 52:54:00:ab:CD:ef brd ff:ff:ff:ff:ff:ff", "link/ether <mac> brd <mac>"],
  ["52-54-00-ab-cd-ef", "<mac>"],
  ["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "<id>"],
  ["container 4f53cda18c2b started at 0x7ffd1234", "container <id> started at <id>"],
];

for (const [text, expected] of MASKED) {
  Deno.test(`maskOutput masks in ${JSON.stringify(text)}`, () => {
    assert.equal(masked("web1", text), expected);
  });
}

/** What looks a little like it and says something. */
const KEPT: readonly string[] = [
  "web10 and xweb1 and web1-old and old_web1",
  "2.6.31.6-145.fc11.x86_64",
  "openssl 1.1.1.1k, 300.1.1.1, 1.2.3",
  "std::string x::y :: x:y",
  "exit code 3, 1234567890123 bytes, 50%",
  "ratio 3:2, 100:200",
  "may 3 people march on",
  "deadbeef facade",
  "[12] done, array[3]",
  "load average: 0.30, 0.39, 0.27",
  "rapid 12 stupid",
];

for (const text of KEPT) {
  Deno.test(`maskOutput leaves ${JSON.stringify(text)} alone`, () => {
    assert.equal(masked("web1", text), text);
  });
}

Deno.test("maskOutput knows a name with a domain by its first part, too", () => {
  assert.equal(
    masked("db1.example.com", "db1 db1.example.com db1.test"),
    "<host> <host> <host>.test",
  );
  assert.equal(masked("10.1.2.3", "10 eggs from 10.1.2.3"), "10 eggs from <host>");
  assert.equal(masked("a+b", "a+b aab"), "<host> aab");
});

Deno.test("maskOutput tries the expressions that are given first", () => {
  const more = [/load average: .*/gu, /v(?=\d)/gu];
  assert.equal(
    masked("web1", "19:13:06 load average: 0.30\nv12\n", more),
    "<time> <masked>\n<masked>12\n",
  );
});

Deno.test("maskOutput leaves bytes that are no text as they are", () => {
  const output = Uint8Array.of(0x80, 0xff, ...encodeUtf8(" web1 "), 0x9b, 0x00, 0x0a);
  const expected = Uint8Array.of(0x80, 0xff, ...encodeUtf8(" <host> "), 0x9b, 0x00, 0x0a);
  assert.deepEqual([...maskOutput("web1", output)], [...expected]);
});

Deno.test("maskOutput comes to an end, whatever hosts print", () => {
  const hostile = ["1:", "a1", "ff:", "1.", "Nov ", "0-", "::", "pid ", "["];
  for (const piece of hostile) masked("web1", piece.repeat(100_000));
});
