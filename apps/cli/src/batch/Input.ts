/** A file of prompts: a prompt a line; blank lines are passed over, and nothing else is. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type CommandFailed, usage } from "../Failure.ts"

export interface Item {
  /** `"0001"`, in the order of the prompts. */
  readonly id: string
  /** In the file, from 1. */
  readonly line: number
  readonly prompt: string
}

/** A list of prompts longer than this is no list of prompts. */
export const maxFileBytes = 64 * 1024 * 1024

const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The first line that is not UTF-8, from 1. */
const badLine = (bytes: Uint8Array): number => {
  let line = 1
  let start = 0
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] !== 0x0a) continue
    if (decodeUtf8(bytes.subarray(start, at)) === undefined) return line
    line += 1
    start = at + 1
  }
  return line
}

/** Prompts of a text. Line ends may be LF or CRLF; a byte order mark is no part of the first prompt. */
export const parse = (text: string): ReadonlyArray<Item> => {
  const lines = text.split(/\r?\n/).map((prompt, index) => ({ line: index + 1, prompt })).filter(({ prompt }) => prompt.trim() !== "")
  const digits = Math.max(4, String(lines.length).length)
  return lines.map(({ line, prompt }, index) => ({ id: String(index + 1).padStart(digits, "0"), line, prompt }))
}

export const read = (file: string): Effect.Effect<ReadonlyArray<Item>, CommandFailed, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const info = yield* fs.stat(file).pipe(Effect.mapError(() => usage(`${file}: no such file, or it cannot be read`)))
    if (info.type !== "File") return yield* usage(`${file} is not a file`)
    if (Number(info.size) > maxFileBytes) return yield* usage(`${file} is larger than ${maxFileBytes} bytes: not a list of prompts`)
    const bytes = yield* fs.readFile(file).pipe(Effect.mapError(() => usage(`${file}: it cannot be read`)))
    const text = decodeUtf8(bytes)
    if (text === undefined) return yield* usage(`${file}, line ${badLine(bytes)}: not valid UTF-8`)
    const items = parse(text)
    if (items.length === 0) return yield* usage(`${file} has no prompt: write one a line`)
    return items
  })
