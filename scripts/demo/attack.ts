/**
 * The demo's attacker: holds the port that the agents dial and was given one signed command. He
 * can send whatever he likes, but he has no key that anybody trusts.
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
import type { Stage } from "./stage.ts";

const VICTIM = "web1";
/** Agents do not answer what no operator has signed: this long is waited for them, in ms. */
const PATIENCE_MS = 1_500;

/** Tries it; returns whether nothing but the one honest command was run. */
export async function attack(stage: Stage): Promise<boolean> {
  const proof = `${stage.home}/proof`;
  await using hub = await openDispatcher({
    listen: [stage.url],
    transports: [tcp],
    version: "evil",
    insecure: true,
  });
  await waitForAgents(hub, { expect: [VICTIM], maxMs: 10_000 });
  const honest = order(proof, await operatorKey(stage));
  console.log(`the honest command:        ${await outcome(hub, honest)}`);
  console.log(`the same one again:        ${await outcome(hub, honest)}`);
  console.log(`one letter changed:        ${await outcome(hub, altered(honest))}`);
  console.log(`signed by his own key:     ${await outcome(hub, order(proof, foreignKey()))}`);
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

async function operatorKey(stage: Stage): Promise<SecretKey> {
  return decodeSecretKey(await Deno.readTextFile(`${stage.home}/.config/nanoexec/operator.key`));
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
  return end ? told(end.outcome) : "";
}

function told(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `run, exit code ${outcome.code}`;
    case "refused":
      return `refused: ${outcome.reason}`;
    default:
      return "no answer, and not run";
  }
}
