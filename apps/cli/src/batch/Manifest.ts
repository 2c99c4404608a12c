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

export interface Row {
  readonly id: string
  readonly line: number
  readonly prompt: string
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
