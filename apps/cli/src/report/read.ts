/** Reads `manifest.jsonl` for people: what cannot be read is told with its line, and the rest is kept. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Manifest from "../batch/Manifest.ts"
import { usage } from "../Failure.ts"
import { shorten } from "../ui/format.ts"

/** What a `Date` can hold. */
const Time = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 8.64e15 }))
const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const text = Schema.optionalKey(Schema.String)
const amount = Schema.optionalKey(Amount)

/** Events and reasons are open: a later version may know more of them. */
const Moment = Schema.Struct({
  at: Time,
  event: Schema.String,
  millis: amount,
  why: text,
  reason: text,
  rule: text,
  requestId: text,
  mayBeBilled: Schema.optionalKey(Schema.Boolean)
})
export type Moment = typeof Moment.Type

const Row = Schema.Struct({
  id: Schema.String,
  prompt: Schema.String,
  status: Schema.Literals(["made", "refused", "invalid", "failed"]),
  startedAt: Schema.optionalKey(Time),
  endedAt: Schema.optionalKey(Time),
  timeline: Schema.optionalKey(Schema.Array(Moment)),
  file: text,
  files: Schema.optionalKey(Schema.Array(Schema.String)),
  provider: text,
  model: text,
  attempts: amount,
  waits: amount,
  waitedMillis: amount,
  cost: Schema.optionalKey(Schema.Struct({ usd: Amount, basis: text, pricesAsOf: text })),
  ambiguousAttempts: amount,
  possibleExtraUsd: amount,
  requestId: text,
  width: amount,
  height: amount,
  revisedPrompt: text,
  warnings: Schema.optionalKey(Schema.Array(Schema.String)),
  error: Schema.optionalKey(Schema.Struct({ reason: Schema.String, rule: text, message: text, remedy: text, delivery: text, requestId: text }))
})
export type Row = typeof Row.Type

/** Written before a request goes out; an end of the same prompt follows, unless the batch was killed. */
const Sent = Schema.Struct({
  id: Schema.String,
  attempt: Schema.optionalKey(Schema.Finite),
  sent: Schema.Union([Time, Schema.String, Schema.Boolean]),
  prompt: text
})

export interface Unanswered {
  readonly id: string
  readonly line: number
  readonly attempts: number
  /** Epoch milliseconds of the last send, where it was kept. */
  readonly sentAt?: number
  readonly prompt?: string
}

export interface Unreadable {
  readonly line: number
  readonly why: string
}

export interface Content {
  /** The last end of every prompt, in the order of the file. */
  readonly rows: ReadonlyArray<Row>
  readonly unanswered: ReadonlyArray<Unanswered>
  readonly unreadable: ReadonlyArray<Unreadable>
}

const decodeRow = Schema.decodeUnknownResult(Row)
const decodeSent = Schema.decodeUnknownResult(Sent)

const json = (line: string): Result.Result<unknown, string> => {
  try {
    return Result.succeed(JSON.parse(line))
  } catch {
    return Result.fail(`not JSON, or cut off (${line.length} characters)`)
  }
}

const isSent = (value: unknown): boolean => typeof value === "object" && value !== null && "sent" in value && !("status" in value)

const Failed = Schema.Struct({ id: Schema.String, attempt: Schema.Finite, failed: Schema.String })
const decodeFailed = Schema.decodeUnknownOption(Failed)

const timeOf = (sent: typeof Sent.Type["sent"]): number | undefined => {
  const time = typeof sent === "string" ? Date.parse(sent) : Number(sent === false || sent === true ? Number.NaN : sent)
  return Number.isFinite(time) && time >= 0 ? time : undefined
}

const after = (before: Unanswered | undefined, { attempt, id, prompt, sent }: typeof Sent.Type, line: number): Unanswered => {
  const sentAt = timeOf(sent)
  return {
    id,
    line,
    attempts: Math.max(attempt ?? 1, (before?.attempts ?? 0) + 1),
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(prompt === undefined ? {} : { prompt })
  }
}

export const parse = (manifest: string): Content => {
  const ends = new Map<string, Row>()
  const pending = new Map<string, Unanswered>()
  const unreadable: Array<Unreadable> = []
  for (const [index, raw] of manifest.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = index + 1
    if (raw.trim() === "") continue
    const value = json(raw)
    if (Result.isFailure(value)) {
      unreadable.push({ line, why: value.failure })
      continue
    }
    if (isSent(value.success)) {
      const sent = decodeSent(value.success)
      if (Result.isSuccess(sent)) pending.set(sent.success.id, after(pending.get(sent.success.id), sent.success, line))
      else unreadable.push({ line, why: shorten(sent.failure.message, 200) })
      continue
    }
    const failed = decodeFailed(value.success)
    if (Option.isSome(failed)) {
      // Answered, badly: the run ended before the next try.
      pending.delete(failed.value.id)
      continue
    }
    const row = decodeRow(value.success)
    if (Result.isFailure(row)) {
      unreadable.push({ line, why: shorten(row.failure.message, 200) })
      continue
    }
    ends.set(row.success.id, row.success)
    pending.delete(row.success.id)
  }
  // A prompt that failed and was sent again, with no answer kept, is the latter; an image that was made stays made.
  const unanswered = [...pending.values()].map((item): Unanswered => {
    const prompt = item.prompt ?? ends.get(item.id)?.prompt
    return prompt === undefined ? item : { ...item, prompt }
  })
  return { rows: [...ends.values()].filter(({ id, status }) => status === "made" || !pending.has(id)), unanswered, unreadable }
}

export const read = (directory: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = path.join(directory, Manifest.fileName)
    const isThere = yield* Effect.orElseSucceed(fs.exists(directory), () => false)
    if (!isThere) return yield* usage(`There is no folder ${directory}: give the folder that \`fixative batch\` wrote to.`)
    const manifest = yield* fs.readFileString(file).pipe(
      Effect.mapError((error) =>
        usage(
          error.reason._tag === "NotFound"
            ? `There is no ${Manifest.fileName} in ${directory}: give the folder that \`fixative batch\` wrote to.`
            : `Cannot read ${file}: ${error.message}`
        )
      )
    )
    return parse(manifest)
  })
