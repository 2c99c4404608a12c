/**
 * `manifest.jsonl`: a row a prompt, appended and synced as each one ends, and at last in the order of the prompts.
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

export const fileName = "manifest.jsonl"

type Failure = PlatformError.PlatformError

export interface Manifest {
  /** Appends a row and waits until it is on the disk. */
  readonly append: (row: Row) => Effect.Effect<void, Failure>
  /** Puts the rows in order, beside the file and then in its place. */
  readonly finish: (rows: ReadonlyArray<Row>) => Effect.Effect<void, Failure>
}

const line = (row: Row): Uint8Array => new TextEncoder().encode(`${JSON.stringify(row)}\n`)

/** Opens a new manifest in a folder; it is closed with the scope. */
export const open = (directory: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const target = path.join(directory, fileName)
    const handle = yield* fs.open(target, { flag: "wx" })
    const turn = yield* Semaphore.make(1)
    const manifest: Manifest = {
      append: (row) => turn.withPermits(1)(Effect.uninterruptible(Effect.andThen(handle.writeAll(line(row)), handle.sync))),
      finish: (rows) =>
        Effect.scoped(Effect.gen(function*() {
          const beside = path.join(directory, `.${fileName}.part`)
          const ordered = yield* fs.open(beside, { flag: "w" })
          for (const row of rows) yield* ordered.writeAll(line(row))
          yield* ordered.sync
          yield* fs.rename(beside, target)
        }))
    }
    return manifest
  })
