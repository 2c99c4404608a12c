/** Images as files: a name that people can read, written beside and renamed, so that no half picture is ever found. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import { type ImageModel, Sniff } from "fixative"

/** The words of a prompt as a part of a file name: at most 40 characters and 100 bytes, in any script. */
export const slug = (prompt: string): string => {
  const words = prompt.normalize("NFKD").replace(/\p{M}+/gu, "").normalize("NFC").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "")
  let out = ""
  let bytes = 0
  for (const character of [...words].slice(0, 40)) {
    bytes += Buffer.byteLength(character)
    if (bytes > 100) break
    out += character
  }
  // A word that the cut divides is left out, unless it is the only one.
  const whole = out === words ? out : out.replace(/(?<=.)-[^-]*$/, "")
  return whole.replace(/-+$/, "") || "image"
}

/** `0001-a-fox`, and `0001-a-fox-2` for the second of several. */
export const stem = (of: string, index: number): string => index === 0 ? of : `${of}-${index + 1}`

/** `0001-a-fox.png`. */
export const name = (of: string, image: ImageModel.Image, index: number): string =>
  `${stem(of, index)}.${Sniff.extension(image.mediaType)}`

/** Every ending that a file of ours may have. */
export const endings: ReadonlyArray<string> = ["png", "jpg", "webp", "gif", "svg"]

/** Writes beside, syncs, renames. */
export const write = (
  directory: string,
  file: string,
  bytes: Uint8Array
): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const beside = path.join(directory, `.${file}.part`)
    const store = Effect.scoped(Effect.gen(function*() {
      const handle = yield* fs.open(beside, { flag: "w" })
      yield* handle.writeAll(bytes)
      yield* handle.sync
    }))
    yield* store.pipe(
      Effect.andThen(fs.rename(beside, path.join(directory, file))),
      Effect.onError(() => Effect.ignore(fs.remove(beside, { force: true })))
    )
  })
