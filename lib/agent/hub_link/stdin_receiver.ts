/**
 * Receives the standard input of one running command from the hub: in order, each byte once, only
 * signed blocks. Never holds more than the window that hubs may send ahead.
 * @module
 */
import { CreditWindow } from "../../base/credit_window.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { isInputBlockSigned } from "../../envelope/statements/input_block.ts";
import {
  INPUT_WINDOW,
  INPUT_WINDOW_BLOCKS,
  type InputMessage,
} from "../../protocol/agent/streams.ts";
import { type PublicKey, publicKeyFromBase64 } from "../../envelope/keys/public_key.ts";
import type { StreamedInput } from "../../envelope/statements/request.ts";
import type { InputClosed, InputCredit } from "../../protocol/agent/messages.ts";
import { Notifier } from "../../base/async.ts";
import type { InputStream } from "../exec/command.ts";

const BOUNDS = { bytes: INPUT_WINDOW, pieces: INPUT_WINDOW_BLOCKS };

/** Receives the standard input of one command. */
export class StdinReceiver implements InputStream {
  readonly #id: string;
  readonly #key: PublicKey;
  readonly #send: (message: InputCredit | InputClosed) => void;
  readonly #added = new Notifier();
  /** Blocks that the command has not consumed, including the current one. */
  #waiting: InputMessage[] = [];
  /** The blocks in `#waiting`; `undefined` while a block at any offset is accepted. */
  #window: CreditWindow | undefined;
  /** Where the last consumed block ends; 0 before the first. */
  #consumed = 0;
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
    if (from === "start") this.#window = new CreditWindow(BOUNDS);
  }

  /** The progress, for a hub that does not know it. */
  get progress(): InputCredit | InputClosed {
    const id = this.#id;
    return this.#closed ? { kind: "enough", id } : { kind: "fed", id, taken: this.#consumed };
  }

  /**
   * Receives a block. Drops a repeated block, one after a gap, and one beyond the window.
   * @throws {EnvelopeError} `signature` if no operator has signed it
   */
  receive(block: InputMessage): void {
    const { offset, bytes } = block;
    const window = this.#window ?? new CreditWindow(BOUNDS, { start: offset });
    if (this.#closed || offset !== window.end || !window.hasRoom()) return;
    if (!isInputBlockSigned(this.#id, block, this.#key)) {
      throw new EnvelopeError("signature", "input block without a valid signature");
    }
    window.add(bytes.length);
    this.#window = window;
    this.#waiting.push(block);
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

  /** Yields the bytes. Iterate it once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (let block = await this.#wait(); block; block = await this.#wait()) {
        yield block.bytes;
        this.#consume(block);
      }
    } finally {
      this.close();
    }
  }

  /** Returns the next non-empty block; `undefined` at the end. */
  async #wait(): Promise<InputMessage | undefined> {
    while (!this.#closed && this.#waiting.length === 0) await this.#added.wait();
    const [block] = this.#waiting;
    return block && block.bytes.length > 0 ? block : undefined;
  }

  #consume({ offset, bytes }: InputMessage): void {
    if (this.#closed) return;
    this.#waiting.shift();
    this.#consumed = offset + bytes.length;
    this.#window?.credit(this.#consumed);
    this.#send(this.progress);
  }
}
