/** Reads a body up to a bound: a server must not fill our memory. */
import * as Effect from "effect/Effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"
import * as Stream from "effect/Stream"

export interface Body {
  readonly bytes: Uint8Array
  /** Whether more came than `maxBytes`; the rest was not read. */
  readonly isCut: boolean
}

/** At most `maxBytes` of the body, and whether that was all of it. Leaving early closes the connection. */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Effect.Effect<Body, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return response.stream.pipe(
      Stream.takeUntil((chunk) => {
        chunks.push(chunk)
        length += chunk.length
        return length > maxBytes
      }),
      Stream.runDrain,
      Effect.map((): Body => {
        const bytes = new Uint8Array(Math.min(length, maxBytes))
        let at = 0
        for (const chunk of chunks) {
          const part = chunk.subarray(0, bytes.length - at)
          bytes.set(part, at)
          at += part.length
        }
        return { bytes, isCut: length > maxBytes }
      })
    )
  })
