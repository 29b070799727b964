import assert from "node:assert/strict";
import { namedPaths } from "../../../lib/cli/sandbox/named_paths.ts";

type Paths = Partial<ReturnType<typeof namedPaths>>;

const rows: readonly (readonly [readonly string[], Paths])[] = [
  [[], {}],
  [["tcp://h:1", "-v", "--insecure"], {}],
  [["ipc:///run/q"], { sockets: ["/run/q"] }],
  [["ipc:///a", "--listen=ipc:///b c"], { sockets: ["/a", "/b c"] }],
  [["--listen", "ipc:///run/q"], { sockets: ["/run/q"] }],
  [["ipc://"], {}],
  [["--command=cat ipc:///run/q"], {}],
  [["--command=a=ipc:///run/q"], {}],
  [["say ipc:///run/q"], {}],
  [["--", "ipc:///run/q", "--state=/s"], {}],
  [["--trust", "/k/ops"], { readable: ["/k/ops", "/k"] }],
  [["--trust=ops", "--key=d/ann.key"], { readable: ["ops", ".", "d/ann.key", "d"] }],
  [["--trust=/ops"], { readable: ["/ops"] }],
  [["--trust", 'commands="a" nanoexec-ed25519 AA== ann'], {}],
  [["--passphrase-file=/p/w"], { readable: ["/p/w"] }],
  [["--state", "/s", "--state=t"], { writable: ["/s", "t"] }],
  [["run", "--outdir=o", "--errdir", "/e/r"], { writable: ["o", "/e/r"] }],
  [["keygen", "-f", "d/k"], { writable: ["d/k", "d"] }],
  [["keygen", "--file=k"], { writable: ["k", "."] }],
  [["nodeset", "-f", "web1"], {}],
  [["run", "-w", "^a/b", "-w^/c,", "-x^d", "--nodes=^e", "^"], { readable: ["a/b", "d", "e"] }],
  [["nodeset", "-f", "^l", "-i", "^m", "--", "^n"], { readable: ["l", "m"] }],
  [["send", "^r"], { readable: ["^r"] }],
  [["audit", "verify", "/l/audit.jsonl"], { readable: ["verify", "/l/audit.jsonl"] }],
  [["run", "cat", "/etc/passwd"], {}],
  [["run", "--save", "d/r", "-a", "--", "ls"], { writable: ["d/r", "d"] }],
  [["run", "-a", "--save=r", "ls", "--save=s"], { writable: ["r", ".", "s", "."] }],
  [["run", "-a", "--script", "d/s", "x"], { readable: ["d/s"] }],
  [["copy", "-a", "--", "-f", "g"], { readable: ["-f", "g"] }],
  [["send", "--", "r"], { readable: ["r"] }],
  [["fetch", "-a", "--dest", "d/e", "/etc/motd"], { writable: ["d/e"] }],
  [["fetch", "-a", "--dest=d", "--", "/etc/motd"], { writable: ["d"] }],
  [["copy", "-a", "--dest=/srv/", "d/s", "t"], { readable: ["d/s", "t"] }],
  [["run", "-a", "--stdin", "d/s", "--", "x"], { readable: ["d/s"] }],
  [["run", "-a", "--script=/s", "--", "--script=t"], { readable: ["/s"] }],
  [["run", "-a", "--secret", "PW=@d/p", "--secret=Q=@/q", "ls"], { readable: ["d/p", "/q"] }],
  [["run", "--state=A=@s", "-a", "ls"], { writable: ["A=@s"] }],
  [["hub", "--control", "/r/n/c"], { writable: ["/r/n/c", "/r/n"] }],
  [["cosign", "--key", "/k/a", "/d/r"], { readable: ["/k/a", "/k"], writable: ["/d/r", "/d"] }],
  [["send", "-t", "30", "/d/r"], { readable: ["30", "/d/r"] }],
  [["ipc:///a,/etc", "--state=/a,/etc", "--trust=/a,/etc/b"], {}],
  [["shell", "-a", "-x^f"], { readable: ["f"], programs: ["/bin/sh"] }],
  [["run", "-a", "--", "shell"], {}],
  [["--state"], {}],
  [["--state="], {}],
];

for (const [args, paths] of rows) {
  Deno.test(`namedPaths of ${JSON.stringify(args)}`, () => {
    assert.deepEqual(namedPaths(args), {
      sockets: [],
      readable: [],
      writable: [],
      programs: [],
      ...paths,
    });
  });
}
