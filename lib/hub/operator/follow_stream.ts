/**
 * A follower of a job at the other end of a connection. Imports `envelope` types.
 * @module
 */
import type { HostNews, JobFollower, OutputNews } from "../job_news.ts";
import type { StateAnswer } from "./answers.ts";
import type { Speaker } from "./speaker.ts";

/** By which key the hub knows an agent, in base64. */
export type KeyOf = (node: string) => string | undefined;

/** The states that come with a key: whoever knows another one must not show what the host prints. */
const WITH_KEY: ReadonlySet<HostNews["kind"]> = new Set(["delivered", "started", "ended"]);

/** Says what becomes of a job. */
export class FollowStream implements JobFollower {
  readonly #speaker: Speaker;
  readonly #keyOf: KeyOf;

  /** Says it with `speaker`. */
  constructor(speaker: Speaker, keyOf: KeyOf) {
    this.#speaker = speaker;
    this.#keyOf = keyOf;
  }

  /** Says a state. */
  state(node: string, news: HostNews): void {
    this.#speaker.say({ kind: "state", node, at: news.at, ...this.#details(node, news) });
  }

  /** Says output. */
  output(node: string, output: OutputNews): Promise<void> {
    return this.#speaker.output({ kind: "output", node, ...output });
  }

  /** Says that all has been said. */
  over(): void {
    this.#speaker.say({ kind: "over" });
  }

  #details(node: string, news: HostNews): Pick<StateAnswer, "state" | "reason" | "result" | "key"> {
    const { kind: state } = news;
    const reason = "reason" in news ? news.reason : undefined;
    const key = WITH_KEY.has(state) ? this.#keyOf(node) : undefined;
    return {
      state,
      ...(reason !== undefined && { reason }),
      ...(state === "ended" && { result: news.envelope.toBase64() }),
      ...(key !== undefined && { key }),
    };
  }
}
