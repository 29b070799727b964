/**
 * Whoever is told what becomes of a job: followers, the ledger, those who gather.
 * Imports `envelope`.
 * @module
 */
import type { Output } from "../envelope/session.ts";
import type { HostState } from "./host_state.ts";

/** Receives what becomes known of the hosts of a job. */
export interface JobSink {
  /**
   * `node` is in a new state. Until a promise is resolved the agent keeps what it has signed: it is
   * for whoever writes that down, and rejects when it cannot be. Must not throw.
   */
  state(node: string, state: HostState): Promise<void> | void;
  /**
   * Output has come; all of it comes before the final state. When this returns a promise, the host
   * may run ahead of it by no more than the window of the session, so a slow reader slows the
   * command down and nothing piles up. Must not throw.
   */
  output(node: string, output: Pick<Output, "stream" | "bytes">): Promise<void> | void;
  /**
   * The agent of `node` is about to be told that it may forget the output that has come so far:
   * for whoever writes that down. Until a promise is resolved it is not told. Must not throw.
   */
  settle?(node: string): Promise<void> | void;
}
