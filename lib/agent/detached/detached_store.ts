/**
 * Records on disk which detached commands there are, so that the agent's next process can resume
 * them. Each has a folder, which its supervisor also uses.
 * @module
 */
import { writeDurably } from "../../base/durable_file.ts";
import { requestId, sha256 } from "../../envelope/statements/body_fields.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../../envelope/encoding/canonical_json.ts";
import { integer, list, object, text } from "../../envelope/encoding/schema.ts";
import type { AdmittedJob } from "../admission/admission.ts";
import { MAX_OUTPUT } from "../exec/command.ts";
import { MAX_TIMER_MS } from "../../base/clock.ts";

/** What of a job is needed to go on with its command. */
export type DetachedJob =
  & Pick<AdmittedJob, "id" | "digest" | "signers" | "rule" | "timeoutMs">
  & {
    /** How many bytes are kept of each output stream. */
    readonly maxOutput: number;
  };

const RECORD_FORMAT: CanonicalForm<DetachedJob> = {
  title: "note",
  code: "body",
  maxBytes: 65_536,
  schema: object<DetachedJob>({
    id: requestId,
    digest: sha256,
    signers: list(text({ maxBytes: 128 }), { min: 0, max: 8 }),
    rule: text({ maxBytes: 16_384 }),
    timeoutMs: integer(1, MAX_TIMER_MS),
    maxOutput: integer(0, MAX_OUTPUT),
  }),
};

/** How much of the output of a command that may outlive its agent is kept. */
export function keptBytes(maxOutput: number | null): number {
  return maxOutput ?? MAX_OUTPUT;
}

/** The records below one folder. */
export class DetachedStore {
  readonly #path: string;

  /** Keeps its records below the folder at `path`, making it if it is not there. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** The folder of the job of this id. */
  folderOf(id: string): string {
    return `${this.#path}/${id}`;
  }

  /** The command of `job` is about to be begun. On disk when it returns; throws if it cannot be. */
  add({ id, digest, signers, rule, timeoutMs, maxOutput }: AdmittedJob): void {
    const record = { id, digest, signers, rule, timeoutMs, maxOutput: keptBytes(maxOutput) };
    Deno.mkdirSync(this.folderOf(id), { mode: 0o700 });
    writeDurably(this.#file(id), encodeCanonicalJson(record, RECORD_FORMAT));
  }

  /** Nothing more can happen to the job of this id. */
  forget(id: string): void {
    try {
      Deno.removeSync(this.folderOf(id), { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** What an earlier process has left. A command without a whole record was never begun: its folder is removed. */
  unfinished(): DetachedJob[] {
    return [...Deno.readDirSync(this.#path)].flatMap(({ name }) => {
      const record = this.#read(name);
      if (record?.id === name) return [record]; // check: note-id
      this.forget(name);
      return [];
    });
  }

  #read(id: string): DetachedJob | undefined {
    try {
      return decodeCanonicalJson(Deno.readFileSync(this.#file(id)), RECORD_FORMAT);
    } catch {
      return undefined;
    }
  }

  #file(id: string): string {
    return `${this.folderOf(id)}/note`;
  }
}
