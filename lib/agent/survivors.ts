/**
 * Notes of the commands that may outlive the agent, so that its next process knows of them: a folder
 * for each, in which its keeper works, too. Imports `base` and `envelope`.
 * @module
 */
import { writeDurably } from "../base/durable_file.ts";
import { requestId, sha256 } from "../envelope/statements/body_fields.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../envelope/encoding/canonical_json.ts";
import { integer, list, object, text } from "../envelope/encoding/schema.ts";
import type { Job } from "./admission.ts";
import { MAX_OUTPUT } from "./command.ts";
import { MAX_TIMER_MS } from "../base/clock.ts";

/** What of a job is needed to go on with its command. */
export type SurvivingJob =
  & Pick<Job, "id" | "digest" | "signers" | "rule" | "timeoutMs">
  & {
    /** How many bytes are kept of each output stream. */
    readonly maxOutput: number;
  };

const NOTE: CanonicalForm<SurvivingJob> = {
  title: "note",
  code: "body",
  maxBytes: 65_536,
  schema: object<SurvivingJob>({
    id: requestId,
    digest: sha256,
    signers: list(text({ maxBytes: 128 }), { min: 0, max: 8 }),
    rule: text({ maxBytes: 16_384 }),
    timeoutMs: integer(1, MAX_TIMER_MS),
    maxOutput: integer(0, MAX_OUTPUT),
  }),
};

/** How much of the output of a command that may outlive its agent is kept. */
export function boundOf(maxOutput: number | null): number {
  return maxOutput ?? MAX_OUTPUT;
}

/** The notes below one folder. */
export class Survivors {
  readonly #path: string;

  /** Keeps its notes below the folder at `path`, making it if it is not there. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** The folder of the job of this id. */
  folderOf(id: string): string {
    return `${this.#path}/${id}`;
  }

  /** The command of `job` is about to be begun. On disk when it returns; throws if it cannot be. */
  add({ id, digest, signers, rule, timeoutMs, maxOutput }: Job): void {
    const note = { id, digest, signers, rule, timeoutMs, maxOutput: boundOf(maxOutput) };
    Deno.mkdirSync(this.folderOf(id), { mode: 0o700 });
    writeDurably(this.#file(id), encodeCanonicalJson(note, NOTE));
  }

  /** Nothing more can happen to the job of this id. */
  forget(id: string): void {
    try {
      Deno.removeSync(this.folderOf(id), { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** What an earlier process has left. What it did not note to its end was never begun, and goes. */
  left(): SurvivingJob[] {
    return [...Deno.readDirSync(this.#path)].flatMap(({ name }) => {
      const note = this.#read(name);
      if (note?.id === name) return [note]; // check: note-id
      this.forget(name);
      return [];
    });
  }

  #read(id: string): SurvivingJob | undefined {
    try {
      return decodeCanonicalJson(Deno.readFileSync(this.#file(id)), NOTE);
    } catch {
      return undefined;
    }
  }

  #file(id: string): string {
    return `${this.folderOf(id)}/note`;
  }
}
