/**
 * Puts images and rows on the disk. When that fails, sending stops at once, and what is paid for is kept in memory and tried
 * again until it can be written, or for as long as the grace period lasts.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import type { ImageModel } from "fixative"
import * as ImageFile from "../ImageFile.ts"
import type { Task } from "./Plan.ts"
import type { Stop } from "./Stop.ts"

export interface Store {
  /** The names of the files, one an image. */
  readonly images: (task: Task, result: ImageModel.GenerateResult) => Effect.Effect<ReadonlyArray<string>, PlatformError.PlatformError>
  /** Keeps at a write until it works; fails with its last error when the grace period is over. */
  readonly persist: <A>(write: Effect.Effect<A, PlatformError.PlatformError>) => Effect.Effect<A, PlatformError.PlatformError>
}

const pause = Duration.seconds(1)

export const make = (options: {
  readonly directory: string
  readonly grace: Duration.Duration
  readonly stop: Stop
  /** Told once, when the first write fails. */
  readonly onTrouble: (error: PlatformError.PlatformError) => Effect.Effect<void>
}): Effect.Effect<Store, never, FileSystem.FileSystem | Path.Path> =>
  Effect.map(Effect.context<FileSystem.FileSystem | Path.Path>(), (context) => {
    const { directory, grace, onTrouble, stop } = options
    let isTold = false

    const trouble = (error: PlatformError.PlatformError) => {
      if (isTold) return Effect.void
      isTold = true
      return Effect.andThen(stop.request("disk"), onTrouble(error))
    }

    const persist = <A>(write: Effect.Effect<A, PlatformError.PlatformError>): Effect.Effect<A, PlatformError.PlatformError> =>
      write.pipe(
        Effect.tapError(trouble),
        Effect.retry(Schedule.spaced(pause).pipe(Schedule.upTo({ duration: grace })))
      )

    return {
      persist,
      images: (task, result) =>
        persist(
          Effect.forEach(result.images, (image, index) => {
            // More images than were asked for are kept, too.
            const [stem = task.item.id] = task.stems
            const file = ImageFile.name(stem, image, index)
            return Effect.as(ImageFile.write(directory, file, image.bytes), file)
          }).pipe(Effect.provideContext(context))
        )
    }
  })
