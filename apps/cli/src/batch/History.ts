/** What earlier runs in a folder left behind: the manifest read back, however it ended. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Manifest from "./Manifest.ts"

/** What is known of one prompt. */
export interface Past {
  /** The last row that ended it. */
  readonly row: Manifest.Row | undefined
  /** Of the request that was asked for last. */
  readonly fingerprint: string | undefined
  /** Requests that went out since that row. */
  readonly attempts: number
  /** Those of them without an answer: the run was killed. */
  readonly unanswered: number
  /** Those of them that failed after they may have been billed. */
  readonly ambiguous: number
  /** US dollars of both. */
  readonly openUsd: number
}

export interface History {
  readonly pasts: ReadonlyMap<string, Past>
  /** Lines, from 1, that are no rows: a run that was killed, or a disk that was full, in the middle of one. */
  readonly unreadable: ReadonlyArray<number>
}

export const empty: History = { pasts: new Map(), unreadable: [] }

const none: Past = { row: undefined, fingerprint: undefined, attempts: 0, unanswered: 0, ambiguous: 0, openUsd: 0 }

const Sent = Schema.Struct({ id: Schema.String, attempt: Schema.Finite, sent: Schema.Finite, fingerprint: Schema.String, usd: Schema.optionalKey(Schema.Finite) })
const Failed = Schema.Struct({ id: Schema.String, attempt: Schema.Finite, failed: Schema.String, maybeBilled: Schema.Boolean })
const Ended = Schema.Struct({
  id: Schema.String,
  line: Schema.Finite,
  prompt: Schema.String,
  status: Schema.Literals(["made", "refused", "invalid", "failed"]),
  provider: Schema.String,
  model: Schema.String,
  attempts: Schema.Finite
})

const asSent = Schema.decodeUnknownOption(Sent)
const asFailed = Schema.decodeUnknownOption(Failed)
const isRow = (value: unknown): value is Manifest.Row => Option.isSome(Schema.decodeUnknownOption(Ended)(value))

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a manifest's text. Never throws. */
export const parse = (text: string): History => {
  const pasts = new Map<string, Past>()
  const unreadable: Array<number> = []
  const lastUsd = new Map<string, number>()
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const value = parseJson(line)
    const sent = Option.getOrUndefined(asSent(value))
    const failed = Option.getOrUndefined(asFailed(value))
    if (sent !== undefined) {
      const past = pasts.get(sent.id) ?? none
      lastUsd.set(sent.id, sent.usd ?? 0)
      pasts.set(sent.id, {
        ...past,
        fingerprint: sent.fingerprint,
        attempts: past.attempts + 1,
        unanswered: past.unanswered + 1,
        openUsd: past.openUsd + (sent.usd ?? 0)
      })
    } else if (failed !== undefined) {
      const past = pasts.get(failed.id) ?? none
      pasts.set(failed.id, {
        ...past,
        unanswered: Math.max(0, past.unanswered - 1),
        ambiguous: past.ambiguous + (failed.maybeBilled ? 1 : 0),
        openUsd: Math.max(0, past.openUsd - (failed.maybeBilled ? 0 : lastUsd.get(failed.id) ?? 0))
      })
    } else if (isRow(value)) {
      pasts.set(value.id, { ...none, row: value, fingerprint: value.fingerprint })
    } else unreadable.push(index + 1)
  }
  return { pasts, unreadable }
}

export const load = (directory: string): Effect.Effect<History, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = path.join(directory, Manifest.fileName)
    return (yield* fs.exists(file)) ? parse(yield* fs.readFileString(file)) : empty
  })
