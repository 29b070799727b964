/**
 * Reads what hosts reply while a file is copied to them: the offset from which each host wants the
 * file, and how the copy ended.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { Presenter } from "./presenter.ts";

/** The longest line that a host says. */
const MAX_LINE = 100;

/** Listens to the hosts to which one file is copied. */
export class CopyReplies {
  readonly #name: string;
  readonly #size: number;
  readonly #hosts = new Map<
    string,
    { readonly start: PromiseWithResolvers<number>; line: string }
  >();

  /** The file is called `name` and has `size` bytes. */
  constructor({ name, size }: { readonly name: string; readonly size: number }) {
    this.#name = name;
    this.#size = size;
  }

  /** From where on `node` wants the file, once it has said so. */
  resumeOffsetOf(node: string): Promise<number> {
    return this.#host(node).start.promise;
  }

  /** A presenter that is told in words what hosts have said, and shows it as `inner` does. */
  wrapPresenter(inner: Presenter): Presenter {
    return {
      output: (node, stream, bytes) => {
        if (stream === "stderr") return inner.output(node, stream, bytes);
        const text = this.#heard(node, bytes);
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

  /** What is to be shown of it. */
  #heard(node: string, bytes: Uint8Array): string {
    const host = this.#host(node);
    const lines = (host.line + new TextDecoder().decode(bytes)).split("\n");
    host.line = lines.pop()?.slice(0, MAX_LINE) ?? "";
    return lines.map((line) => this.#understand(line, host.start)).join("");
  }

  #understand(line: string, start: PromiseWithResolvers<number>): string {
    const [, from] = /^from (\d{1,15})$/.exec(line) ?? [];
    if (from === undefined) return `${this.#name}: ${line}\n`;
    if (Number(from) > this.#size) return `${this.#name}: has more than all of it\n`;
    start.resolve(Number(from));
    return from === "0" ? "" : `${this.#name}: goes on behind ${from} bytes\n`;
  }
}
