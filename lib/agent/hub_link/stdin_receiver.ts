/**
 * Receives the standard input of one running command from the hub: in order, each byte once, and
 * only if the signature covers all input before it. Never holds more than the window that hubs may
 * send ahead. Keeps the proof of the input that the command was given.
 * @module
 */
import { CreditWindow } from "../../base/credit_window.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { InputChain, isInputPrefixSigned } from "../../envelope/statements/input_block.ts";
import {
  INPUT_WINDOW,
  INPUT_WINDOW_BLOCKS,
  type InputMessage,
} from "../../protocol/agent/streams.ts";
import { type PublicKey, publicKeyFromBase64 } from "../../envelope/keys/public_key.ts";
import type { StreamedInput } from "../../envelope/statements/request.ts";
import type { GivenInput } from "../../envelope/statements/result.ts";
import type { InputClosed, InputCredit } from "../../protocol/agent/messages.ts";
import { Notifier } from "../../base/async.ts";
import type { InputStream } from "../exec/command.ts";

const BOUNDS = { bytes: INPUT_WINDOW, pieces: INPUT_WINDOW_BLOCKS };

/** A verified block that the command has not consumed. */
interface WaitingBlock {
  readonly bytes: Uint8Array;
  /** The input up to the end of this block. */
  readonly given: GivenInput;
}

/** Receives the standard input of one command. */
export class StdinReceiver implements InputStream {
  readonly #id: string;
  readonly #key: PublicKey;
  readonly #send: (message: InputCredit | InputClosed) => void;
  readonly #added = new Notifier();
  /** Blocks that the command has not consumed, including the current one. */
  #waiting: WaitingBlock[] = [];
  /** The verified input; `undefined` while it may start at any offset. */
  #chain: InputChain | undefined;
  /** The blocks in `#waiting`; it begins where the input starts. */
  #window = new CreditWindow(BOUNDS);
  /** Where the last consumed block ends; 0 before the first. */
  #consumed = 0;
  #given: GivenInput = new InputChain(0).prefix;
  #closed = false;

  /** Starts to receive the input of request `id`; `send` sends the progress. */
  constructor(
    id: string,
    { key, from }: StreamedInput,
    send: (message: InputCredit | InputClosed) => void,
  ) {
    this.#id = id;
    this.#key = publicKeyFromBase64(key);
    this.#send = send;
    if (from === "start") this.#chain = new InputChain(0); // check: input-begins
  }

  /** The progress, for a hub that does not know it. */
  get progress(): InputCredit | InputClosed {
    const id = this.#id;
    return this.#closed ? { kind: "enough", id } : { kind: "fed", id, taken: this.#consumed };
  }

  /** The input that was written to the command. The command may have read less of it. */
  get given(): GivenInput {
    return this.#given;
  }

  /**
   * Receives a block. Drops a repeated block, one after a gap, and one beyond the window.
   * @throws {EnvelopeError} `signature` if it does not continue the signed input
   */
  receive({ start, offset, bytes, signature }: InputMessage): void {
    const chain = this.#chain ?? new InputChain(start);
    if (this.#closed || !this.#window.hasRoom()) return;
    if (start !== chain.start || offset !== chain.end) return; // check: input-order
    const next = chain.plus(bytes);
    const { prefix } = next;
    // check: input-prefix
    if (!isInputPrefixSigned(this.#id, { ...prefix, signature }, this.#key)) {
      throw new EnvelopeError("signature", "input block without a valid signature");
    }
    if (!this.#chain) this.#window = new CreditWindow(BOUNDS, { start });
    this.#window.add(bytes.length);
    this.#chain = next;
    this.#waiting.push({ bytes, given: { ...prefix, signature: signature.toBase64() } });
    this.#added.notify();
  }

  /** Stops reading and notifies the hub. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#added.notify();
    this.#send(this.progress);
  }

  /**
   * Yields the bytes up to the signed end. Iterate it once.
   * @throws {Error} if it is closed before the signed end
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (let block = await this.#next(); block.length > 0; block = await this.#next()) {
        yield block;
        this.#consume();
      }
    } finally {
      this.close();
    }
  }

  /** Returns the bytes of the next block, which count as given from now on; none at the end. */
  async #next(): Promise<Uint8Array> {
    while (!this.#closed && this.#waiting.length === 0) await this.#added.wait();
    const [block] = this.#waiting;
    if (!block) throw new Error("standard input closed before its end"); // check: input-end
    this.#given = block.given;
    return block.bytes;
  }

  #consume(): void {
    if (this.#closed) return;
    this.#waiting.shift();
    this.#consumed = this.#given.start + this.#given.bytes;
    this.#window.credit(this.#consumed);
    this.#send(this.progress);
  }
}
