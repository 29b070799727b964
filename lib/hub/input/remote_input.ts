/**
 * Standard input of a job that the hub requests block by block from the operator's program. After a
 * lost connection it requests the missing blocks again over the next one.
 * @module
 */
import { raceAbort } from "../../base/async.ts";
import type { InputBlock } from "../../envelope/statements/input_block.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import type { InputKind } from "../../protocol/operator/calls.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";

/** Says something to the program that has submitted the job. */
export type SendToSource = (answer: Extract<HubReply, { kind: "need" | "start" }>) => void;

/** The input of one job. */
export class RemoteInput implements InputSource {
  /** Whether any part can be read at any time. */
  readonly seekable: boolean;
  /** How many bytes all hosts together may be sent in a second, as whoever can be asked says. */
  bytesPerSecond: number | undefined;
  readonly startOf?: (node: string) => Promise<number>;
  readonly #needs = new Map<number, PromiseWithResolvers<InputBlock>>();
  readonly #starts = new Map<string, PromiseWithResolvers<number>>();
  #say: SendToSource | undefined;

  /** An input that can be read as `kind` says, once there is somebody to ask. */
  constructor(kind: InputKind, bytesPerSecond?: number) {
    this.bytesPerSecond = bytesPerSecond;
    this.seekable = kind !== "stream";
    if (kind === "parts") this.startOf = (node) => this.#ask(node);
  }

  /** Asks with `say` from now on, also for what was asked before, until disposed of. */
  attach(say: SendToSource): Disposable {
    this.#say = say;
    for (const offset of this.#needs.keys()) say({ kind: "need", offset });
    for (const node of this.#starts.keys()) say({ kind: "start", node });
    return {
      [Symbol.dispose]: () => {
        if (this.#say === say) this.#say = undefined;
      },
    };
  }

  /** Reads a block. */
  async read(offset: number, signal: AbortSignal): Promise<InputBlock> {
    signal.throwIfAborted();
    const need = Promise.withResolvers<InputBlock>();
    this.#needs.set(offset, need);
    this.#say?.({ kind: "need", offset });
    try {
      return await raceAbort(need.promise, signal);
    } finally {
      this.#needs.delete(offset);
    }
  }

  /** A block has come. */
  receiveBlock(block: InputBlock): void {
    this.#needs.get(block.offset)?.resolve(block);
  }

  /** It has come where a host begins. */
  receiveStart(node: string, offset: number): void {
    this.#starts.get(node)?.resolve(offset);
  }

  #ask(node: string): Promise<number> {
    const known = this.#starts.get(node);
    if (known) return known.promise;
    const start = Promise.withResolvers<number>();
    this.#starts.set(node, start);
    this.#say?.({ kind: "start", node });
    return start.promise;
  }
}
