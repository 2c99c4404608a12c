/**
 * Fetches an image that an answer names by its address, as DALL-E models at compatible servers do.
 *
 * No credential goes to the file's host. The address must be `https:`, or lie on the server that named it (a server on
 * the own machine is plain HTTP); a `data:` address is decoded in place.
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import { type HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import * as Result from "effect/Result"
import * as Body from "./body.ts"

/** The bytes; `undefined` when there is no image to be had at this address. */
export const image = (
  client: HttpClient.HttpClient,
  server: URL,
  address: string,
  maxBytes: number
): Effect.Effect<Uint8Array | undefined, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const inline = /^data:[^,]{0,200};base64,/.exec(address)
    if (inline !== null) return Effect.succeed(Result.getOrUndefined(Base64.decode(address.slice(inline[0].length))))
    const url = URL.canParse(address, server) ? new URL(address, server) : undefined
    if (url === undefined || !(url.protocol === "https:" || url.origin === server.origin)) return Effect.succeed(undefined)
    return client.execute(HttpClientRequest.get(url)).pipe(
      Effect.flatMap((response) =>
        response.status === 200
          ? Effect.map(Body.read(response, maxBytes), ({ bytes, isCut }) => isCut ? undefined : bytes)
          : Effect.succeed(undefined))
    )
  })
