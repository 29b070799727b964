/**
 * Reads what hosts reply while a file is copied to them: the offset from which each host wants the
 * file, and how the copy ended.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { Presenter } from "./presenter.ts";

/** The maximum length of a line from a host, in characters. */
const MAX_LINE = 100;

/** Reads the replies of the hosts to which one file is copied. */
export class CopyReplies {
  readonly #name: string;
  readonly #size: number;
  readonly #hosts = new Map<
    string,
    { readonly start: PromiseWithResolvers<number>; line: string }
  >();

  /** Creates a reader of replies about the file `name` of `size` bytes. */
  constructor({ name, size }: { readonly name: string; readonly size: number }) {
    this.#name = name;
    this.#size = size;
  }

  /** Resolves with the offset that `node` has requested. */
  resumeOffsetOf(node: string): Promise<number> {
    return this.#host(node).start.promise;
  }

  /** Returns a presenter that shows the replies in words through `inner`. */
  wrapPresenter(inner: Presenter): Presenter {
    return {
      output: (node, stream, bytes) => {
        if (stream === "stderr") return inner.output(node, stream, bytes);
        const text = this.#read(node, bytes);
        return text === "" ? undefined : inner.output(node, stream, encodeUtf8(text));
      },
      ended: (node, end) => inner.ended(node, end),
      finish: (summary) => inner.finish(summary),
    };
  }

  #host(node: string) {
    const known = this.#hosts.get(node);
    if (known) return known;
    const host = { start: Promise.withResolvers<number>(), line: "" };
    this.#hosts.set(node, host);
    return host;
  }

  /** Reads more replies of a host; returns the text to show. */
  #read(node: string, bytes: Uint8Array): string {
    const host = this.#host(node);
    const lines = (host.line + new TextDecoder().decode(bytes)).split("\n");
    host.line = lines.pop()?.slice(0, MAX_LINE) ?? "";
    return lines.map((line) => this.#readLine(line, host.start)).join("");
  }

  #readLine(line: string, start: PromiseWithResolvers<number>): string {
    const [, from] = /^from (\d{1,15})$/.exec(line) ?? [];
    if (from === undefined) return `${this.#name}: ${line}\n`;
    if (Number(from) > this.#size) {
      return `${this.#name}: protocol error: offset is beyond the end of the file\n`;
    }
    start.resolve(Number(from));
    return from === "0" ? "" : `${this.#name}: resumes at byte ${from}\n`;
  }
}
