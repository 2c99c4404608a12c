/**
 * `manifest.jsonl`: what a batch did, a row of JSON each.
 *
 * While it runs, the file is a log: `{id, attempt, sent}` before each request goes out, `{id, attempt, failed}` when one came
 * back as an error, and a row for each prompt that is done with. Rows are synced before what they announce happens. When all
 * prompts are done with, one row a prompt is left, in the order of the prompts.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Semaphore from "effect/Semaphore"
import type { Prices } from "fixative"
import type { ErrorReport } from "../ErrorReport.ts"

/** Something that happened on the way, for the report's timeline. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly at: number
  readonly event: "sent" | "failed" | "waiting"
  /** Of a wait: how long, and whether for a retry, the circuit, the pace, or a wait that another call was told. */
  readonly millis?: number
  readonly why?: "backoff" | "provider" | "circuit" | "pacing" | "hint"
  /** Of a failure: its wire name and its rule, and the provider's id of the request. */
  readonly reason?: string
  readonly rule?: string
  readonly requestId?: string
  readonly mayBeBilled?: boolean
}

/** Moments that a row keeps: the first ones. */
export const maxMoments = 100

/** What a prompt was asked with, as far as it was said. */
export interface Options {
  readonly model?: string
  readonly n?: number
  readonly size?: string
  readonly quality?: string
  readonly format?: "png" | "jpeg" | "webp"
  readonly background?: "transparent" | "opaque" | "auto"
  readonly compression?: number
}

export interface Row {
  readonly id: string
  readonly line: number
  readonly prompt: string
  readonly options?: Options
  /** Of the prompt and all that it is asked with: another one under the same id is another request. */
  readonly fingerprint?: string
  /** Epoch milliseconds. */
  readonly startedAt?: number
  readonly endedAt?: number
  readonly timeline?: ReadonlyArray<Moment>
  /**
   * `made`: the images are on disk. `refused`: for what the prompt asks, by the provider or by our own checks. `invalid`: the
   * request is wrong. `failed`: anything else.
   */
  readonly status: "made" | "refused" | "invalid" | "failed"
  /** The first image; its folder is the manifest's. */
  readonly file?: string
  /** All of them, when there are several. */
  readonly files?: ReadonlyArray<string>
  readonly provider: string
  readonly model: string
  /** Requests that went out. */
  readonly attempts: number
  readonly waits: number
  readonly waitedMillis: number
  readonly cost?: Prices.Cost
  /** US dollars that images of earlier runs cost which are no longer there. */
  readonly earlierUsd?: number
  /** Attempts that failed after they may have been billed, and what they cost if they were. */
  readonly ambiguousAttempts?: number
  readonly possibleExtraUsd?: number
  readonly requestId?: string
  readonly width?: number
  readonly height?: number
  readonly mediaType?: string
  readonly revisedPrompt?: string
  readonly warnings?: ReadonlyArray<string>
  readonly error?: ErrorReport
}

/** A request goes out. */
export interface Sent {
  readonly id: string
  /** From 1, over all runs. */
  readonly attempt: number
  /** Epoch milliseconds. */
  readonly sent: number
  readonly fingerprint: string
  /** US dollars that it may cost, as far as the price is known. */
  readonly usd?: number
}

/** A request that went out came back as an error, and the prompt is not done with. */
export interface Failed {
  readonly id: string
  readonly attempt: number
  /** The wire name of the reason. */
  readonly failed: string
  readonly maybeBilled: boolean
}

export const fileName = "manifest.jsonl"

type Failure = PlatformError.PlatformError

export interface Manifest {
  /** Appends a row, and waits until it is on the disk. After a failure it can be tried again. */
  readonly append: (row: Row | Sent) => Effect.Effect<void, Failure>
  /** Appends a row that a crash of the machine may lose: without it a request counts as unanswered. */
  readonly note: (row: Failed) => Effect.Effect<void, Failure>
  /** Leaves these rows alone, in this order: written beside the file and put in its place. */
  readonly finish: (rows: ReadonlyArray<Row>) => Effect.Effect<void, Failure>
}

const line = (row: Row | Sent | Failed): string => `${JSON.stringify(row)}\n`

/** Opens the manifest of a folder for appending; it is closed with the scope. */
export const open = (directory: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const target = path.join(directory, fileName)
    const handle = yield* fs.open(target, { flag: "a" })
    const turn = yield* Semaphore.make(1)
    // A full disk or a kill may leave half a row: the next one must not be joined to it. Blank lines are passed over.
    let isTorn = (yield* fs.stat(target)).size > 0
    const write = (text: string, isSynced: boolean) =>
      turn.withPermits(1)(Effect.uninterruptible(
        Effect.suspend(() => {
          const bytes = new TextEncoder().encode(isTorn ? `\n${text}` : text)
          isTorn = true
          return handle.writeAll(bytes).pipe(
            Effect.andThen(isSynced ? handle.sync : Effect.void),
            Effect.tap(() =>
              Effect.sync(() => {
                isTorn = false
              })
            )
          )
        })
      ))
    const manifest: Manifest = {
      append: (row) => write(line(row), true),
      note: (row) => write(line(row), false),
      finish: (rows) =>
        Effect.scoped(Effect.gen(function*() {
          const beside = path.join(directory, `.${fileName}.part`)
          const ordered = yield* fs.open(beside, { flag: "w" })
          yield* ordered.writeAll(new TextEncoder().encode(rows.map(line).join("")))
          yield* ordered.sync
          yield* fs.rename(beside, target)
        }))
    }
    return manifest
  })
