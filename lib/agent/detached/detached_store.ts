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

/** The fields of a job that resuming its command needs. */
export type DetachedJob =
  & Pick<AdmittedJob, "id" | "digest" | "signers" | "rule" | "timeoutMs">
  & {
    /** The bytes to keep of each output stream. */
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

/** Returns how many bytes to keep of each output stream of a detached command. */
export function keptBytes(maxOutput: number | null): number {
  return maxOutput ?? MAX_OUTPUT;
}

/** The records in one folder. */
export class DetachedStore {
  readonly #path: string;

  /** Opens the folder at `path`, creating it if it is missing. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** Returns the folder of job `id`. */
  folderOf(id: string): string {
    return `${this.#path}/${id}`;
  }

  /**
   * Records that the command of `job` is about to start. The record is on disk on return; throws
   * otherwise.
   */
  add({ id, digest, signers, rule, timeoutMs, maxOutput }: AdmittedJob): void {
    const record = { id, digest, signers, rule, timeoutMs, maxOutput: keptBytes(maxOutput) };
    Deno.mkdirSync(this.folderOf(id), { mode: 0o700 });
    writeDurably(this.#file(id), encodeCanonicalJson(record, RECORD_FORMAT));
  }

  /** Removes the record of a job that is over. */
  forget(id: string): void {
    try {
      Deno.removeSync(this.folderOf(id), { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /**
   * Returns the jobs of an earlier process. Without a complete record a command never started, so
   * its folder is removed.
   */
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
