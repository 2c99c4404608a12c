/** The text of a file or of stdin: UTF-8, of a bounded size. */
import { NodeStream } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { isUtf8 } from "node:buffer"
import { type CommandFailed, usage } from "../../Failure.ts"

/** A list of prompts longer than this is no list of prompts. */
export const maxFileBytes = 64 * 1024 * 1024

/** The first line that is not UTF-8, from 1. */
const badLine = (bytes: Uint8Array): number => {
  let line = 1
  let start = 0
  for (;;) {
    const found = bytes.indexOf(0x0a, start)
    const end = found === -1 ? bytes.length : found
    if (found === -1 || !isUtf8(bytes.subarray(start, end))) return line
    line += 1
    start = end + 1
  }
}

const isUtf16 = (bytes: Uint8Array) => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)

const decode = (name: string, bytes: Uint8Array): Effect.Effect<string, CommandFailed> => {
  if (isUtf8(bytes)) return Effect.succeed(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))
  return Effect.fail(usage(`${name}, line ${badLine(bytes)}: not valid UTF-8${isUtf16(bytes) ? ", it looks like UTF-16" : ""}: save it as UTF-8`))
}

const tooLarge = (name: string, max: number) => usage(`${name} is larger than ${max} bytes: not a list of prompts`)

/** All of a stream; it is left as soon as it is larger than `max`. */
export const collect = <E>(name: string, stream: Stream.Stream<Uint8Array, E>, max: number): Effect.Effect<Uint8Array, CommandFailed | E> =>
  Effect.suspend(() => {
    const parts: Array<Uint8Array> = []
    let size = 0
    return stream.pipe(
      Stream.runForEach((part) => {
        parts.push(part)
        size += part.length
        return size > max ? Effect.fail(tooLarge(name, max)) : Effect.void
      }),
      Effect.map(() => Buffer.concat(parts))
    )
  })

const stdin = NodeStream.fromReadable<Uint8Array, CommandFailed>({
  evaluate: () => process.stdin,
  onError: (cause) => usage(`stdin: ${cause instanceof Error ? cause.message : String(cause)}`)
})

const file = (name: string): Effect.Effect<Uint8Array, CommandFailed, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const info = yield* fs.stat(name).pipe(Effect.mapError(() => usage(`${name}: no such file, or it cannot be read`)))
    if (info.type !== "File") return yield* usage(`${name} is not a file; to read from a pipe, give - and redirect it to stdin`)
    if (Number(info.size) > maxFileBytes) return yield* tooLarge(name, maxFileBytes)
    const bytes = yield* fs.readFile(name).pipe(Effect.mapError(() => usage(`${name}: it cannot be read`)))
    return bytes.length > maxFileBytes ? yield* tooLarge(name, maxFileBytes) : bytes
  })

/** The text of a file, or of stdin for `-`; a byte order mark is left in it. */
export const text = (name: string): Effect.Effect<string, CommandFailed, FileSystem.FileSystem> =>
  name === "-"
    ? Effect.flatMap(collect("stdin", stdin, maxFileBytes), (bytes) => decode("stdin", bytes))
    : Effect.flatMap(file(name), (bytes) => decode(name, bytes))
