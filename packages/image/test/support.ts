/** A server without a network: what it is asked is kept, what it answers is given. */
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { ImageModel, OpenAi } from "../src/index.ts"

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): unknown =>
  request.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined

export const server = (answer: (asked: Asked) => Response | Error) => {
  const asked: Array<Asked> = []
  const layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.suspend(() => {
        const question = { method: request.method, url: url.href, headers: { ...request.headers }, body: bodyOf(request) }
        asked.push(question)
        const given = answer(question)
        return given instanceof Error
          ? Effect.fail(new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause: given }) }))
          : Effect.succeed(HttpClientResponse.fromWeb(request, given))
      }))
  )
  return { asked, layer }
}

/** A PNG of 2 x 3 pixels, as far as its header goes. */
export const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0])

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

export const key = "sk-test-Zm9vYmFyYmF6cXV4"

export const generate = (
  http: Layer.Layer<HttpClient.HttpClient>,
  request: ImageModel.GenerateRequest,
  settings: Partial<OpenAi.Settings<string>> = {}
) =>
  ImageModel.ImageModel.use((model) => model.generate(request)).pipe(
    Effect.provide(OpenAi.layer({ model: "gpt-image-2", apiKey: Redacted.make(key), ...settings }).pipe(Layer.provide(http)))
  )

export const withEnv = (env: Record<string, string>) => Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env)))
