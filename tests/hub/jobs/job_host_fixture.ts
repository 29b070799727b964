/**
 * One host in one job, and the messages of its agent.
 * @module
 */
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import type { OutputMessage } from "../../../lib/protocol/agent/streams.ts";
import { type DispatchedRequest, JobHost } from "../../../lib/hub/jobs/job_host.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { type FakeSession, fakeSession } from "../../support/hub/fake_session.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { resultOf } from "../../support/hub/scripted_agent.ts";

const id = "a".repeat(32);

/** The message that agents receive. */
export const order: HubMessage = { kind: "unsigned", id, host: "web1", command: "true" };

/** The request. */
export const asked: DispatchedRequest = { id, digest: "b".repeat(64), message: order };

/** A host, its recorded events, and an agent of its name with the key of `alice`. */
export interface JobHostFixture {
  readonly host: JobHost;
  readonly sink: JobRecorder;
  readonly session: FakeSession;
}

/** A host that was not attached yet. */
export function newJobHost(): JobHostFixture {
  const sink = new JobRecorder();
  const host = new JobHost("web1", asked, sink);
  host.release();
  return { host, sink, session: fakeSession(alice.publicKey) };
}

/** A host that was sent the request. */
export function sentJobHost(): JobHostFixture {
  const made = newJobHost();
  made.host.attach(made.session);
  return made;
}

/** A chunk of output. */
export function chunk(offset: number, bytes: Uint8Array | string): OutputMessage {
  const body = typeof bytes === "string" ? encodeUtf8(bytes) : bytes;
  return { kind: "output", id: asked.id, stream: "stdout", offset, bytes: body };
}

/** Returns a signed result. */
export function signed(change: Partial<Result> = {}, key: SecretKey = alice): Uint8Array {
  return signEnvelope(resultType, { ...resultOf(asked, "web1"), ...change }, [key]);
}
