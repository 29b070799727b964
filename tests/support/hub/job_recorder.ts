/**
 * A sink of a job that records states and output.
 * @module
 */
import { concat } from "../../../lib/base/bytes.ts";
import type { JobSink, VerifiedState } from "../../../lib/protocol/job/host_state.ts";

/** A sink with the speed that a test sets. */
export class JobRecorder implements JobSink {
  /** The lines `node state` or `node N bytes`, in order. */
  readonly log: string[] = [];
  readonly #states = new Map<string, VerifiedState>();
  readonly #output = new Map<string, Uint8Array[]>();
  readonly #slow = new Map<string, PromiseWithResolvers<void>>();
  #changed = Promise.withResolvers<void>();

  /** Blocks the output of `node` from now on. */
  block(node: string): void {
    this.#slow.set(node, Promise.withResolvers<void>());
  }

  /** Releases the blocked output of `node`, and all later output. */
  unblock(node: string): void {
    this.#slow.get(node)?.resolve();
    this.#slow.delete(node);
  }

  /** Records a state. */
  state(node: string, state: VerifiedState): void {
    this.#states.set(node, state);
    this.#tell(`${node} ${state.kind}`);
  }

  /** Records output. */
  output(node: string, { bytes }: { readonly bytes: Uint8Array }): Promise<void> | void {
    this.#output.set(node, [...this.#output.get(node) ?? [], bytes]);
    this.#tell(`${node} ${bytes.length} bytes`);
    return this.#slow.get(node)?.promise;
  }

  /** Returns the whole output of `node`. */
  bytes(node: string): Uint8Array {
    return concat(this.#output.get(node) ?? []);
  }

  /** The same, as text. */
  text(node: string): string {
    return new TextDecoder().decode(this.bytes(node));
  }

  /** Returns the last state of `node`. */
  stateOf(node: string): VerifiedState | undefined {
    return this.#states.get(node);
  }

  /** Resolves when `node` is in a state of `kind`. */
  async reaches(node: string, kind: VerifiedState["kind"]): Promise<VerifiedState> {
    return await this.#until(() => {
      const state = this.#states.get(node);
      return state?.kind === kind ? state : undefined;
    });
  }

  /** Resolves when `node` has printed `length` bytes. */
  async prints(node: string, length: number): Promise<void> {
    await this.#until(() => this.bytes(node).length >= length || undefined);
  }

  async #until<T>(condition: () => T | undefined): Promise<T> {
    while (true) {
      const found = condition();
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }

  #tell(line: string): void {
    this.log.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
