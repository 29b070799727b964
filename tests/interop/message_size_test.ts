import assert from "node:assert/strict";
import { FrameError } from "../../lib/sp/wire/errors.ts";
import { MAX_PAYLOAD } from "../../lib/sp/wire/framing.ts";
import { Pub } from "../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../lib/sp/patterns/pubsub.ts";
import { EndpointEventLog } from "../support/sp/endpoint_event_log.ts";
import { nanocat, nngcat } from "./support/cat_program.ts";
import { connectProgram } from "./support/connect_program.ts";
import { findNpmNanomsg } from "./support/npm_nanomsg.ts";
import { nextMessage } from "./support/sp_program.ts";
import { interopTestCase } from "./support/interop_test_case.ts";

/** Never send more: a SUB of libnanomsg that was sent one byte more drops every connection after. */
const LARGEST = new Uint8Array(MAX_PAYLOAD).map((_, index) => index % 251);
const WHERE = { scheme: "tcp", side: "dials" } as const;

for (const program of [nanocat, nngcat, await findNpmNanomsg()]) {
  interopTestCase(program.peer, `Pub sends 1 MiB to the SUB of ${program.name}`, async () => {
    const pub = new Pub();
    await using met = await connectProgram(pub, [program, { role: "sub", subscribe: "" }], WHERE);
    await pub.pipes.waitForCount(1);
    pub.publish(LARGEST);
    assert.deepEqual(await nextMessage(met.program), LARGEST);
  });

  interopTestCase(program.peer, `Sub takes 1 MiB from the PUB of ${program.name}`, async () => {
    await using file = await fileOf(LARGEST);
    const sub = new Sub();
    sub.subscribe(LARGEST.subarray(0, 4));
    await using met = await connectProgram(
      sub,
      [program, { role: "pub", sayFile: file.path }],
      WHERE,
    );
    met.program.status.then(() => sub.close());
    for await (const body of sub) return assert.deepEqual(body, LARGEST);
    assert.fail("the program has ended");
  });

  interopTestCase(
    program.peer,
    `Sub cuts off the PUB of ${program.name} at one byte more`,
    async () => {
      await using file = await fileOf(new Uint8Array(MAX_PAYLOAD + 1));
      const log = new EndpointEventLog();
      const options = { ...WHERE, onEvent: log.onEvent };
      const sub = new Sub();
      await using _met = await connectProgram(
        sub,
        [program, { role: "pub", sayFile: file.path }],
        options,
      );
      for (let count = 0; count < 2; count++) {
        await log.next("attached"); // the second time it has come back
        const { end } = await log.next("detached");
        assert.ok(end.kind === "failed" && end.error instanceof FrameError);
      }
    },
  );
}

async function fileOf(bytes: Uint8Array): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile({ prefix: "nanoexec_interop_" });
  await Deno.writeFile(path, bytes);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
