import assert from "node:assert/strict";
import { type NamedPaths, namedPaths } from "../../../lib/cli/args/named_paths.ts";
import { programs } from "../../../lib/cli/start_flags.ts";

type Rows = readonly (readonly [readonly string[], Partial<NamedPaths>])[];

const SHELL = { programs: ["/bin/sh"] };

const exec: Rows = [
  [[], SHELL],
  [["tcp://h:1", "-v", "--insecure"], SHELL],
  [["ipc:///run/q"], { sockets: ["/run/q"], ...SHELL }],
  [["ipc:///a", "-v", "ipc:///b c"], { sockets: ["/a", "/b c"], ...SHELL }],
  [["ipc://"], SHELL],
  [["say ipc:///run/q"], SHELL],
  [["--", "ipc:///run/q", "--state=/s"], { sockets: ["/run/q"], ...SHELL }],
  [["-u", "ipc:///a", "-uipc:///b"], SHELL],
  [["--trust", "/k/ops"], { readable: ["/k/ops", "/k"], ...SHELL }],
  [["--trust=ops", "--trust=d/ann.key"], { readable: ["ops", ".", "d/ann.key", "d"], ...SHELL }],
  [["--trust=/ops"], { readable: ["/ops"], ...SHELL }],
  [["--trust", 'commands="a" nanoexec-ed25519 AA== ann'], SHELL],
  [["--state", "/s", "--state=t"], { writable: ["/s", "t"], ...SHELL }],
  [["ipc:///a,/etc", "--state=/a,/etc", "--trust=/a,/etc/b"], SHELL],
  [["--state"], SHELL],
  [["--state="], SHELL],
  [["--no-such", "--state=/s"], SHELL],
  [["audit", "verify", "/l/audit.jsonl"], { readable: ["/l/audit.jsonl"] }],
  [["audit", "verify", "--", "--state"], { readable: ["--state"] }],
  [["audit", "verify", "--state", "d"], { readable: ["d"] }],
  [["check", "--key", "alice", "--trust=t", "--", "/bin/ls", "--trust=u"], {
    readable: ["t", "."],
    ...SHELL,
  }],
  [["completion", "bash", "--state", "d"], { writable: ["d"] }],
  [["help", "check"], {}],
];

const trigger: Rows = [
  [["--command=cat ipc:///run/q"], {}],
  [["--command=a=ipc:///run/q"], {}],
  [["-h", "web1", "--listen", "ipc:///run/q"], { sockets: ["/run/q"] }],
  [["--passphrase-file=/p/w"], { readable: ["/p/w"] }],
  [["--key", "d/k", "--outdir", "o"], { readable: ["d/k", "d"], writable: ["o"] }],
  [["run", "-a", "--hub", "ipc:///h"], { sockets: ["/h"] }],
  [["run", "--outdir=o", "--errdir", "/e/r"], { writable: ["o", "/e/r"] }],
  [["keygen", "-f", "d/k"], { writable: ["d/k", "d"] }],
  [["keygen", "-fk", "--file=l"], { writable: ["k", ".", "l", "."] }],
  [["key", "-f", "d/k"], { readable: ["d/k", "d"] }],
  [["nodeset", "-f", "web1"], {}],
  [["run", "-w", "^a/b", "-w^/c,", "-bx^d", "--nodes=^e", "^"], { readable: ["a/b", "d", "e"] }],
  [["nodeset", "-f", "^l", "-i", "^m", "--", "^n"], { readable: ["m", "l", "n"] }],
  [["hosts", "forget", "^l"], { readable: ["l"] }],
  [["hosts", "-w", "^l", "-l"], { readable: ["l"] }],
  [["run", "--expect", "^l", "-a"], { readable: ["l"] }],
  [["send", "^r"], { readable: ["^r"] }],
  [["run", "cat", "/etc/passwd"], {}],
  [["run", "--save", "d/r", "-a", "--", "ls"], { writable: ["d/r", "d"] }],
  [["run", "-a", "--save=r", "ls", "--save=s"], { writable: ["r", "."] }],
  [["run", "-a", "--script", "d/s", "x"], { readable: ["d/s"] }],
  [["run", "-a", "--cwd", "/srv", "--note", "^n", "ls"], {}],
  [["copy", "-a", "--", "-f", "g"], { readable: ["-f", "g"] }],
  [["copy", "-w", "^hosts", "a"], { readable: ["hosts", "a"] }],
  [["copy", "-w", "web1", "--dest", "/etc", "a"], { readable: ["a"] }],
  [["copy", "-a", "--dest=/srv/", "d/s", "t"], { readable: ["d/s", "t"] }],
  [["send", "--", "r"], { readable: ["r"] }],
  [["send", "-t", "30", "/d/r"], { readable: ["/d/r"] }],
  [["fetch", "-a", "--dest", "d/e", "/etc/motd"], { writable: ["d/e"] }],
  [["fetch", "-a", "--dest=d", "--", "/etc/motd"], { writable: ["d"] }],
  [["run", "-a", "--stdin", "d/s", "--", "x"], { readable: ["d/s"] }],
  [["run", "-a", "--script=/s", "--", "--script=t"], { readable: ["/s"] }],
  [["run", "-a", "--secret", "PW=@d/p", "--secret=Q=@/q", "ls"], { readable: ["d/p", "/q"] }],
  [["hub", "--state=A=@s"], { writable: ["A=@s"] }],
  [["hub", "--control", "/r/n/c"], { writable: ["/r/n/c", "/r/n"] }],
  [["cosign", "--key", "/k/a", "/d/r"], { readable: ["/k/a", "/k"], writable: ["/d/r", "/d"] }],
  [["shell", "-a", "-x^f"], { readable: ["f"], ...SHELL }],
  [["run", "-a", "--", "shell"], {}],
  [["completion", "bash", "shell", "--hub", "ipc:///h", ""], { sockets: ["/h"] }],
  [["completion"], {}],
];

for (const [program, rows] of [["exec", exec], ["trigger", trigger]] as const) {
  for (const [args, paths] of rows) {
    Deno.test(`namedPaths of ${programs[program].name} ${JSON.stringify(args)}`, () => {
      assert.deepEqual(namedPaths(programs[program], args), {
        sockets: [],
        readable: [],
        writable: [],
        programs: [],
        ...paths,
      });
    });
  }
}
