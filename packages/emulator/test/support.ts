import { Effect, Schedule } from "effect"
import { Emulator, type Journal } from "../src/index.ts"

export const KEY = "sk-test-secret-4711"

/** What answers are made of, as far as tests read it; each test knows which part its answer has. */
interface Body {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
    readonly moderation_details?: unknown
  }
  readonly data: ReadonlyArray<{ readonly b64_json: string; readonly id: string; readonly shutdown_date: string | null }>
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number; readonly total_tokens: number }
  readonly size: string
  readonly quality: string
  readonly background: string
  readonly output_format: string
  readonly id: string
  readonly shutdown_date: string | null
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

const parse = (text: string): Body => {
  try {
    return JSON.parse(text) as Body
  } catch {
    return {} as Body
  }
}

/** A raw request; fails with the error that fetch throws. */
export const post = (
  url: string,
  body: unknown,
  options: { readonly key?: string | null; readonly path?: string; readonly signal?: AbortSignal; readonly method?: string } = {}
): Effect.Effect<Answer, Error> =>
  Effect.tryPromise({
    try: async (signal) => {
      const { key = KEY, method = "POST", path = "/v1/images/generations" } = options
      const response = await fetch(url + path, {
        method,
        headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
        ...(method === "GET" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: options.signal ?? signal
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, body: parse(text) }
    },
    catch: (error) => error as Error
  })

export const get = (url: string, path: string, key?: string | null) =>
  post(url, undefined, { path, method: "GET", ...(key === undefined ? {} : { key }) })

/** The error code under a failed fetch. */
export const causeCode = (error: Error): unknown => (error.cause as { readonly code?: unknown } | undefined)?.code

export const bytesOf = (answer: Answer, index = 0): Buffer => Buffer.from(answer.body.data[index]?.b64_json ?? "", "base64")

/** An emulator with cheap pictures, which ends with the test. */
export const emulate = (options: Emulator.Options = {}) => Emulator.make({ pictures: "plain", ...options })

/** The journal, as soon as it satisfies: a disconnect reaches the server after the client has moved on. */
export const journalWhen = (
  emulator: Emulator.Emulator["Service"],
  ready: (entries: ReadonlyArray<Journal.Entry>) => boolean
) =>
  emulator.journal.pipe(
    Effect.flatMap((entries) => ready(entries) ? Effect.succeed(entries) : Effect.fail("not yet" as const)),
    Effect.retry({ schedule: Schedule.spaced("5 millis"), times: 1_000 })
  )
