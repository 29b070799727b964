import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { listen } from "../../lib/sp/endpoints/listener.ts";
import { Pub } from "../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../lib/sp/patterns/pubsub.ts";
import { Surveyor } from "../../lib/sp/patterns/surveyor.ts";
import { tcp } from "../../lib/sp/transports/tcp.ts";
import { nanocat, nngcat } from "./support/cat_program.ts";
import { connectProgram } from "./support/connect_program.ts";
import { findNpmNanomsg } from "./support/npm_nanomsg.ts";
import { ForeignProcess } from "./support/foreign_process.ts";
import { nextMessage, nextText } from "./support/sp_program.ts";
import { interopTestCase } from "./support/interop_test_case.ts";

/** How many messages of how many bytes. */
const BURSTS = [[1, 20], [10, 20], [1, 100_000], [1, 1_048_576]] as const;

for (const program of [nanocat, nngcat, await findNpmNanomsg()]) {
  for (const scheme of ["tcp", "ipc"] as const) {
    for (const side of ["dials", "listens"] as const) {
      const title = `Pub.publish reaches the SUB of ${program.name} that ${side} over ${scheme}`;
      interopTestCase(program.peer, `${title} before the close`, async () => {
        for (const [count, size] of BURSTS) {
          const pub = new Pub();
          const part = { role: "sub", subscribe: "" } as const;
          await using met = await connectProgram(pub, [program, part], { scheme, side });
          await pub.pipes.waitForCount(1);
          const bodies = Array.from({ length: count }, (_, n) => new Uint8Array(size).fill(n));
          for (const body of bodies) pub.publish(body);
          await met.leave();
          for (const body of bodies) assert.deepEqual(await nextMessage(met.program), body);
        }
      });
    }
  }

  interopTestCase(
    program.peer,
    `Surveyor.survey reaches the RESPONDENT of ${program.name} before the close`,
    async () => {
      const surveyor = new Surveyor();
      const part = { role: "respondent", say: "too late" } as const;
      await using met = await connectProgram(surveyor, [program, part], {
        scheme: "tcp",
        side: "dials",
      });
      await surveyor.pipes.waitForCount(1);
      const answers = surveyor.survey(encodeUtf8("anybody?"), { deadlineMs: 0 });
      await met.leave();
      assert.equal(await nextText(met.program), "anybody?");
      for await (const _late of answers) assert.fail("an answer after the deadline");
    },
  );
}

for (const program of [nanocat, nngcat]) {
  interopTestCase(
    program.peer,
    `Sub gets what a PUB of ${program.name} sent that is gone`,
    async () => {
      const sub = new Sub();
      sub.subscribe(encodeUtf8(""));
      const options = { patterns: [sub], transports: [tcp] };
      await using listener = await listen("tcp://127.0.0.1:0", options);
      const once = ["--pub", "--connect", listener.url, "--delay", "1", "--data", "and goodbye"];
      await using started = new ForeignProcess(program.name, once);
      const { code } = await started.status;
      assert.equal(code, 0);
      for await (const body of sub) return assert.equal(decodeUtf8(body), "and goodbye");
    },
  );
}
