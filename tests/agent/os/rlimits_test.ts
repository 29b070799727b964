import assert from "node:assert/strict";
import {
  parseHardRlimits,
  prlimitOptions,
  ROOT_RLIMITS,
  USER_RLIMITS,
} from "../../../lib/agent/os/rlimits.ts";

Deno.test({
  name: "prlimitOptions writes every limit that is given",
  fn() {
    assert.deepEqual(prlimitOptions(USER_RLIMITS, {}), [
      "--core=0",
      "--nofile=1024",
      "--nproc=4096",
      "--fsize=1073741824",
      "--cpu=3600",
    ]);
    assert.deepEqual(prlimitOptions({ cpu: 5 }, {}), ["--cpu=5"]);
    assert.deepEqual(prlimitOptions({}, {}), []);
  },
});

Deno.test({
  name: "prlimitOptions leaves out what commands inherit from the agent",
  fn() {
    assert.deepEqual(prlimitOptions({ nofile: 1024 }, { nofile: 512 }), []);
    assert.deepEqual(prlimitOptions({ nofile: 1024 }, { nofile: 1024 }), []);
    assert.deepEqual(prlimitOptions({ nofile: 1024 }, { nofile: 4096 }), ["--nofile=1024"]);
    assert.deepEqual(prlimitOptions(ROOT_RLIMITS, { core: 0 }), []);
    assert.deepEqual(prlimitOptions({}, { nofile: 512 }), []);
  },
});

Deno.test({
  name: "parseHardLimits reads what prlimit prints",
  fn() {
    const text = "AS unlimited\nCORE 0\nCPU unlimited\nNOFILE 20000\nNPROC 96365\n";
    assert.deepEqual(parseHardRlimits(text), { core: 0, nofile: 20_000, nproc: 96_365 });
    assert.deepEqual(parseHardRlimits(""), {});
    assert.deepEqual(parseHardRlimits("NOFILE\nNPROC -1\nCPU 1e3\n"), {});
  },
});
