/**
 * The attacker of the demo: a hub at the address that the agents dial, with one signed command. It
 * can send anything, but no agent trusts its key.
 * @module
 */
import { decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { decodeEnvelope, encodeEnvelope } from "../../lib/envelope/signing/dsse_envelope.ts";
import { readUnverified } from "../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import {
  decodeSecretKey,
  generateSecretKey,
  type SecretKey,
} from "../../lib/envelope/keys/secret_key.ts";
import { type Dispatcher, openDispatcher } from "../../lib/hub/jobs/dispatcher.ts";
import { parseTarget } from "../../lib/nodeset/mod.ts";
import { tcp } from "../../lib/sp/mod.ts";
import { waitForAgents } from "../../lib/trigger/queue/local_queue.ts";
import { FollowedJob } from "../../lib/trigger/results/followed_job.ts";
import type { HostOutcome } from "../../lib/protocol/job/host_state.ts";
import { type PreparedRequest, prepareRequest } from "../../lib/trigger/requests/submission.ts";
import type { DemoSetup } from "./setup.ts";

const VICTIM = "web1";
/** Agents ignore requests without a trusted signature: waits this long for a reply. */
const PATIENCE_MS = 1_500;

/** Attacks the agents; returns whether only the signed command was run, once. */
export async function attack(demo: DemoSetup): Promise<boolean> {
  const proof = `${demo.home}/proof`;
  await using hub = await openDispatcher({
    listen: [demo.url],
    transports: [tcp],
    version: "evil",
    insecure: true,
  });
  await waitForAgents(hub, { expect: [VICTIM], maxMs: 10_000 });
  const honest = order(proof, await operatorKey(demo));
  console.log(`the signed command:        ${await outcome(hub, honest)}`);
  console.log(`the same again (replay):   ${await outcome(hub, honest)}`);
  console.log(`one letter changed:        ${await outcome(hub, altered(honest))}`);
  console.log(`signed by an unknown key:  ${await outcome(hub, order(proof, foreignKey()))}`);
  const runs = (await Deno.readTextFile(proof)).split("\n").length - 1;
  console.log(`the command was run ${runs} time${runs === 1 ? "" : "s"}`);
  return runs === 1;
}

function order(proof: string, key: SecretKey): PreparedRequest {
  return prepareRequest({
    target: parseTarget(VICTIM),
    lifeMs: 60_000,
    run: { kind: "shell", command: `echo ran >> ${proof}` },
    timeoutMs: 10_000,
    mode: "run",
  }, [key]);
}

async function operatorKey(demo: DemoSetup): Promise<SecretKey> {
  return decodeSecretKey(await Deno.readTextFile(`${demo.home}/.config/nanoexec/operator.key`));
}

function foreignKey(): SecretKey {
  return generateSecretKey("mallory");
}

function altered(order: PreparedRequest): PreparedRequest {
  if (order.message.kind !== "sealed") throw new TypeError("only a signed order can be altered");
  const envelope = decodeEnvelope(order.message.envelope);
  const payload = encodeUtf8(decodeUtf8(envelope.payload).replace("echo ran", "echo Ran"));
  const forged = encodeEnvelope({ ...envelope, payload });
  const { claimed, digest } = readUnverified(forged, requestType);
  return { ...order, id: claimed.id, digest, message: { kind: "sealed", envelope: forged } };
}

async function outcome(hub: Dispatcher, order: PreparedRequest): Promise<string> {
  const followed = new FollowedJob([VICTIM]);
  const job = hub.submit({ ...order, nodes: [VICTIM], deliverMs: PATIENCE_MS }, followed);
  await job.over;
  const end = followed.results.get(VICTIM);
  return end ? describeOutcome(end.outcome) : "";
}

function describeOutcome(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `run, exit status ${outcome.code}`;
    case "refused":
      return `refused: ${outcome.reason}`;
    default:
      return "no result, not run";
  }
}
