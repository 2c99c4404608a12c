/**
 * JSON lines in, JSON lines out, in the same order. A line that cannot be read is answered in its place by
 * `{id?, error: {line, message}}`, and the rest goes on; the exit code is 1 then.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { failed } from "./Failure.ts"
import { stdout } from "./ui/Ui.ts"
import { NodeStream } from "@effect/platform-node"

/** The longest line that is read: a body of a megabyte, escaped, and room. */
const maxLineLength = 16 * 1024 * 1024

const idOf = (value: unknown): { readonly id?: string | number } => {
  if (typeof value !== "object" || value === null || !("id" in value)) return {}
  return typeof value.id === "string" || typeof value.id === "number" ? { id: value.id } : {}
}

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const answer = <A>(decode: (value: unknown) => Exit.Exit<A, Schema.SchemaError>, respond: (value: A) => object, line: string, number: number) => {
  const wrong = (message: string, id = {}) => ({ ok: false, text: JSON.stringify({ ...id, error: { line: number, message } }) })
  if (line.length > maxLineLength) return wrong(`longer than ${maxLineLength} characters`)
  const value = parse(line)
  if (value === undefined) return wrong("not JSON")
  const decoded = decode(value)
  if (Exit.isSuccess(decoded)) return { ok: true, text: JSON.stringify({ ...idOf(value), ...respond(decoded.value) }) }
  const [reason] = decoded.cause.reasons
  return wrong(reason?._tag === "Fail" ? reason.error.message.replace(/\s+/g, " ") : "not of the expected shape", idOf(value))
}

const stdin = NodeStream.fromReadable<Uint8Array, Error>({ evaluate: () => process.stdin, onError: (cause) => cause instanceof Error ? cause : new Error(String(cause)) })

/** Answers each line of stdin. Blank lines are passed over. */
export const run = <S extends Schema.Codec<unknown, unknown>>(schema: S, respond: (value: S["Type"]) => object) =>
  Effect.gen(function*() {
    const decode = Schema.decodeUnknownExit(schema)
    let number = 0
    let isClean = true
    yield* stdin.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.runForEachArray((lines) => {
        let out = ""
        for (const line of lines) {
          number += 1
          if (line.trim() === "") continue
          const { ok, text } = answer(decode, respond, line, number)
          isClean = isClean && ok
          out += `${text}\n`
        }
        return stdout(out)
      }),
      Effect.mapError((error) => failed(`stdin: ${error.message}`))
    )
    if (!isClean) return yield* failed()
  })

/** All of stdin, as text. */
export const text = Effect.suspend(() => stdin.pipe(Stream.decodeText(), Stream.runFold(() => "", (all, part) => all + part), Effect.mapError((error) => failed(`stdin: ${error.message}`))))
