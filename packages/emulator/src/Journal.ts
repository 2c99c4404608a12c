/**
 * What the emulator saw and did, request by request: the evidence for a test
 * ("no request came before its wait was over", "nothing was billed twice").
 *
 * Entries never hold a header, so no key can be in them.
 */
import * as Schema from "effect/Schema"
import { Fault } from "./Scenario.ts"

/** A point in time, in milliseconds since the epoch. */
const EpochMillis = Schema.Finite

/**
 * One request under /v1, or to a path that does not exist. Written when its answer is decided, just before it is sent.
 *
 * - `seq`: order of arrival, from 1. `at`, `endedAt`: when it arrived and was decided.
 * - `requestId`: the `x-request-id` that the answer carries; also made for requests that get no answer.
 * - `prompt` and what follows it: as asked, defaults filled in, present as far as the request could be understood.
 *   `size` and `quality` as resolved ("auto" is replaced), `format` is the output format.
 * - `promptAttempt`: the how-manieth valid request for this prompt it is, from 1.
 * - `fault`: the fault that was played, by script or chance. Outages, limits and refused words are no `fault`.
 * - `status`: the HTTP status; `"reset"` for a connection reset; `"stalled"` for a request that was never answered;
 *   499 when the client left before its answer.
 * - `code`: the error's code in the body.
 * - `retryAfterMillis`, `earliestRetryAt`: the announced wait of a 429, and when it is over.
 * - `early`: this request came before an announced wait for its prompt was over.
 * - `valid`: it passed authentication and validation.
 * - `billedImages`, `billedUsd`: what the provider would charge for it, answered or not.
 * - `clientGone`: the client disconnected before the answer.
 */
export const Entry = Schema.Struct({
  seq: Schema.Int,
  at: EpochMillis,
  endedAt: EpochMillis,
  method: Schema.String,
  path: Schema.String,
  requestId: Schema.String,
  prompt: Schema.optionalKey(Schema.String),
  promptAttempt: Schema.optionalKey(Schema.Int),
  model: Schema.optionalKey(Schema.String),
  n: Schema.optionalKey(Schema.Int),
  size: Schema.optionalKey(Schema.String),
  quality: Schema.optionalKey(Schema.String),
  format: Schema.optionalKey(Schema.String),
  fault: Schema.optionalKey(Fault),
  status: Schema.Union([Schema.Int, Schema.Literals(["reset", "stalled"])]),
  code: Schema.optionalKey(Schema.String),
  retryAfterMillis: Schema.optionalKey(Schema.Finite),
  earliestRetryAt: Schema.optionalKey(EpochMillis),
  early: Schema.optionalKey(Schema.Literal(true)),
  valid: Schema.Boolean,
  billedImages: Schema.Int,
  billedUsd: Schema.Finite,
  clientGone: Schema.optionalKey(Schema.Literal(true))
})
/** One request, as the emulator saw it. */
export type Entry = typeof Entry.Type

/** A journal in numbers. */
export interface Summary {
  readonly requests: number
  /** Image requests that passed validation. */
  readonly imageRequests: number
  /** Different prompts among them. */
  readonly prompts: number
  /** Prompts that were answered with an image at least once. */
  readonly promptsServed: number
  /** How often each fault was played. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** How often each status was answered; resets and stalls under their names. */
  readonly statuses: Readonly<Record<string, number>>
  /** Requests that came before an announced wait was over. */
  readonly early: number
  readonly clientGone: number
  readonly billedImages: number
  readonly billedUsd: number
  /** Images billed in requests that brought the caller none. */
  readonly lostImages: number
  /** Images billed for a prompt that had been billed before. */
  readonly repeatedImages: number
}

const count = (record: Record<string, number>, key: string) => {
  record[key] = (record[key] ?? 0) + 1
}

/** Whether an entry brought its caller images. */
export const served = (entry: Entry): boolean =>
  entry.status === 200 && entry.prompt !== undefined && entry.fault !== "no-image"

/** Counts a journal, in one pass. */
export const summary = (entries: ReadonlyArray<Entry>): Summary => {
  const faults: Record<string, number> = {}
  const statuses: Record<string, number> = {}
  const prompts = new Set<string>()
  const promptsServed = new Set<string>()
  const promptsBilled = new Set<string>()
  const total = { imageRequests: 0, early: 0, clientGone: 0, billedImages: 0, billedUsd: 0, lost: 0, repeated: 0 }
  for (const entry of entries) {
    count(statuses, String(entry.status))
    if (entry.fault !== undefined) count(faults, entry.fault)
    if (entry.early === true) total.early++
    if (entry.clientGone === true) total.clientGone++
    if (entry.prompt === undefined || !entry.valid) continue
    total.imageRequests++
    prompts.add(entry.prompt)
    if (served(entry)) promptsServed.add(entry.prompt)
    if (entry.billedImages === 0) continue
    total.billedImages += entry.billedImages
    total.billedUsd += entry.billedUsd
    if (!served(entry)) total.lost += entry.billedImages
    if (promptsBilled.has(entry.prompt)) total.repeated += entry.billedImages
    promptsBilled.add(entry.prompt)
  }
  return {
    requests: entries.length,
    imageRequests: total.imageRequests,
    prompts: prompts.size,
    promptsServed: promptsServed.size,
    faults,
    statuses,
    early: total.early,
    clientGone: total.clientGone,
    billedImages: total.billedImages,
    billedUsd: total.billedUsd,
    lostImages: total.lost,
    repeatedImages: total.repeated
  }
}
