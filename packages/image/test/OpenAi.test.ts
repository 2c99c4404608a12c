import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Tracer } from "effect"
import { ImageModel, OpenAi } from "../src/index.ts"
import { base64, generate, key, png, server, withEnv } from "./support.ts"

const made = (extra: object = {}) => Response.json({ created: 1, data: [{ b64_json: base64(png) }], ...extra }, { headers: { "x-request-id": "req_1" } })

describe("the request", () => {
  it.effect("sends what was asked for, and nothing else", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(() => made())
      yield* generate(layer, { prompt: "a fox", n: 2, size: "1024x1024", quality: "low", format: "webp", compression: 80, background: "opaque", user: "u1" })
      yield* generate(layer, { prompt: "a fox" })
      assert.strictEqual(asked[0]?.url, "https://api.openai.com/v1/images/generations")
      assert.strictEqual(asked[0]?.method, "POST")
      assert.strictEqual(asked[0]?.headers["authorization"], `Bearer ${key}`)
      assert.deepStrictEqual(Object.keys(asked[0]?.headers ?? {}).sort(), ["accept", "authorization", "content-length", "content-type"])
      assert.deepStrictEqual(asked[0]?.body, {
        model: "gpt-image-2", prompt: "a fox", n: 2, size: "1024x1024", quality: "low", output_format: "webp", output_compression: 80,
        background: "opaque", safety_identifier: "u1"
      })
      assert.deepStrictEqual(asked[1]?.body, { model: "gpt-image-2", prompt: "a fox" })
    }))

  it.effect("gives the model's defaults way to the request", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(() => made())
      const defaults = OpenAi.options("gpt-image-2", { size: "1536x1024", quality: "low", moderation: "low" })
      yield* generate(layer, { prompt: "a fox", quality: "high" }, { defaults })
      assert.deepStrictEqual(asked[0]?.body, { model: "gpt-image-2", prompt: "a fox", size: "1536x1024", quality: "high", moderation: "low" })
    }))

  it.effect("asks DALL-E models for bytes, and says what they cannot do", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(() => made())
      const result = yield* generate(layer, { prompt: "a fox", format: "webp" }, { model: "dall-e-3", baseUrl: "http://localhost:1/v1/" })
      assert.strictEqual(asked[0]?.url, "http://localhost:1/v1/images/generations")
      assert.deepStrictEqual(asked[0]?.body, { model: "dall-e-3", prompt: "a fox", response_format: "b64_json" })
      assert.isTrue(result.warnings.some(({ message }) => message.includes("knows no format")))
    }))

  it("types options by model", () => {
    OpenAi.options("gpt-image-2.6-flare", { complexity: "low", quality: "max" })
    // @ts-expect-error gpt-image-2 knows no complexity
    OpenAi.options("gpt-image-2", { complexity: "low" })
    // @ts-expect-error gpt-image-1.5 has three presets
    OpenAi.options("gpt-image-1.5", { size: "640x640" })
    // @ts-expect-error gpt-image-2 ends at high
    OpenAi.options("gpt-image-2", { quality: "max" })
  })
})

describe("the answer", () => {
  it.effect("becomes bytes, type, size, usage, cost and the provider's id", () =>
    Effect.gen(function*() {
      const usage = { input_tokens: 20, output_tokens: 200, total_tokens: 220, input_tokens_details: { text_tokens: 20, image_tokens: 0 }, new_field: 1 }
      const { layer } = server(() => made({ usage, background: "some-new-value" }))
      const result = yield* generate(layer, { prompt: "a fox" })
      const [image] = result.images
      assert.deepStrictEqual(image.bytes, png)
      assert.deepStrictEqual([image.mediaType, image.width, image.height], ["image/png", 2, 3])
      assert.strictEqual(result.requestId, "req_1")
      // 20 text tokens at $5 and 200 image tokens at $30 a million
      assert.approximately(result.cost?.usd ?? 0, 0.0061, 1e-9)
      assert.strictEqual(result.cost?.basis, "usage")
      assert.deepStrictEqual([result.attempts, result.ambiguousAttempts], [1, 0])
    }))

  it.effect("without usage has an estimate, and for an unknown model no cost at all", () =>
    Effect.gen(function*() {
      const { layer } = server(() => made())
      const known = yield* generate(layer, { prompt: "a fox", quality: "low", size: "1024x1024" })
      assert.deepStrictEqual(known.cost, { usd: 0.006, basis: "estimate", pricesAsOf: "2026-11-22" })
      assert.isUndefined((yield* generate(layer, { prompt: "a fox" }, { model: "my-own" })).cost)
    }))

  it.effect("in another format or size than asked is kept, with a warning", () =>
    Effect.gen(function*() {
      const { layer } = server(() => made())
      const result = yield* generate(layer, { prompt: "a fox", format: "jpeg", size: "1024x1024", n: 2 })
      assert.deepStrictEqual(result.warnings.map(({ kind }) => kind), ["count", "format", "size"])
      assert.strictEqual(result.images[0].mediaType, "image/png")
    }))

  const unusable: ReadonlyArray<readonly [string, () => Response, string]> = [
    ["no data", () => Response.json({ created: 1, data: [] }), "no-image"],
    ["bytes that are no picture", () => Response.json({ created: 1, data: [{ b64_json: base64(new Uint8Array([1, 2, 3])) }] }), "undecodable"],
    ["base64 that is none", () => Response.json({ created: 1, data: [{ b64_json: "%%%" }] }), "undecodable"],
    ["no JSON", () => new Response("<html>hello</html>"), "undecodable"],
    ["JSON of another kind", () => Response.json({ ok: true }), "undecodable"],
    ["nothing", () => new Response(""), "undecodable"]
  ]
  it.effect.each(unusable)("a 200 with %s may have been billed", ([, answer, kind]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(generate(server(answer).layer, { prompt: "a fox" }))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "InvalidResponse" && error.reason.kind === kind)
      assert.strictEqual(error.delivery, "MaybeProcessed")
    }))

  it.effect("a 200 that carries a refusal is a refusal", () =>
    Effect.gen(function*() {
      const { layer } = server(() => Response.json({ error: { code: "moderation_blocked", message: "rejected by the safety system" } }))
      const error = yield* Effect.flip(generate(layer, { prompt: "a fox" }))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "ContentPolicy")
    }))

  it.effect("is read up to its bound and no further", () =>
    Effect.gen(function*() {
      let sent = 0
      const endless = () => new Response(new ReadableStream({
        pull(controller) {
          sent += 1024
          controller.enqueue(new Uint8Array(1024))
        }
      }))
      const error = yield* Effect.flip(generate(server(endless).layer, { prompt: "a fox" }, { maxBodyBytes: 10_000 }))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "InvalidResponse" && error.reason.kind === "too-large")
      assert.isBelow(sent, 100_000)
    }))

  it.effect("that names an address is fetched from there, without the key", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(({ url }) => url.includes("files") ? new Response(png) : Response.json({ data: [{ url: "https://files.example.com/a.png" }] }))
      const result = yield* generate(layer, { prompt: "a fox" })
      assert.deepStrictEqual(result.images[0].bytes, png)
      assert.isUndefined(asked[1]?.headers["authorization"])
    }))

  it.effect("that names a plain address on another host is not followed", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(() => Response.json({ data: [{ url: "http://169.254.169.254/latest" }] }))
      const error = yield* Effect.flip(generate(layer, { prompt: "a fox" }))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "InvalidResponse")
      assert.lengthOf(asked, 1)
    }))
})

describe("a failure", () => {
  it.effect("says why, when and by which rule, after one request", () =>
    Effect.gen(function*() {
      const { asked, layer } = server(() =>
        Response.json({ error: { message: "Rate limit reached on images per min", code: "rate_limit_exceeded" } }, { status: 429, headers: { "retry-after": "7", "x-request-id": "req_9" } }))
      const error = yield* Effect.flip(generate(layer, { prompt: "a fox" }))
      if (error._tag !== "ProviderError") return assert.fail("expected a ProviderError")
      assert.deepStrictEqual(error.reason, { _tag: "RateLimited", scope: "images" })
      assert.strictEqual(error.retryAfter && Duration.toMillis(error.retryAfter), 7000)
      assert.deepStrictEqual([error.requestId, error.rule, error.http?.status], ["req_9", "openai/rate-limit", 429])
      assert.lengthOf(asked, 1)
    }))

  it.effect("of the network says what became of the request", () =>
    Effect.gen(function*() {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
      const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
      assert.strictEqual((yield* Effect.flip(generate(server(() => refused).layer, { prompt: "a" }))).delivery, "NotSent")
      assert.strictEqual((yield* Effect.flip(generate(server(() => reset).layer, { prompt: "a" }))).delivery, "MaybeProcessed")
    }))

  it.effect("in the middle of an answer is no clear no", () =>
    Effect.gen(function*() {
      const cut = () => new Response(new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("{\"data\":["))
          controller.error(Object.assign(new Error("terminated"), { code: "ECONNRESET" }))
        }
      }))
      const error = yield* Effect.flip(generate(server(cut).layer, { prompt: "a" }))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "Transport" && error.delivery === "MaybeProcessed")
    }))

  it.effect("holds the key nowhere: not in its fields, its text, its stack, or a span", () =>
    Effect.gen(function*() {
      const spans: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const { layer } = server(() => Response.json({ error: { message: `Incorrect API key provided: ${key}`, code: "invalid_api_key" } }, { status: 401 }))
      const error = yield* Effect.flip(generate(layer, { prompt: "a" })).pipe(Effect.withTracer(tracer))
      const seen = [JSON.stringify(error), error.message, String(error.stack), ...spans.map((span) => {
        const { attributes, name } = span instanceof Tracer.NativeSpan ? span : { attributes: new Map(), name: "" }
        return name + JSON.stringify([...attributes])
      })]
      assert.isAtLeast(spans.length, 1)
      for (const text of seen) assert.isFalse(text.includes(key.slice(8)), text)
    }))
})

describe("layerConfig", () => {
  const build = (env: Record<string, string>) => {
    const { asked, layer } = server(() => made())
    return ImageModel.ImageModel.use((model) => Effect.as(model.generate({ prompt: "a" }), { asked, key: model.key })).pipe(
      Effect.provide(OpenAi.layerConfig({ model: "gpt-image-2" }).pipe(Layer.provide(layer))),
      withEnv(env)
    )
  }

  it.effect("reads what the official SDKs read", () =>
    Effect.gen(function*() {
      const { asked, key: name } = yield* build({ OPENAI_API_KEY: ` ${key}\n`, OPENAI_BASE_URL: "http://user:pass@localhost:9/v1/?x=1", OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj-1" })
      assert.strictEqual(asked[0]?.url, "http://localhost:9/v1/images/generations")
      assert.strictEqual(asked[0]?.headers["authorization"], `Bearer ${key}`)
      assert.strictEqual(asked[0]?.headers["openai-organization"], "org-1")
      assert.strictEqual(asked[0]?.headers["openai-project"], "proj-1")
      assert.strictEqual(name, "openai/gpt-image-2@http://localhost:9/v1")
    }))

  it.effect("takes a blank variable for an unset one", () =>
    Effect.gen(function*() {
      const { asked } = yield* build({ OPENAI_API_KEY: key, OPENAI_BASE_URL: " ", OPENAI_ORG_ID: "" })
      assert.strictEqual(asked[0]?.url, "https://api.openai.com/v1/images/generations")
      assert.isUndefined(asked[0]?.headers["openai-organization"])
    }))

  it.effect("says which variable is wrong", () =>
    Effect.gen(function*() {
      for (const [env, name] of [[{}, "OPENAI_API_KEY"], [{ OPENAI_API_KEY: "  " }, "OPENAI_API_KEY"], [{ OPENAI_API_KEY: key, OPENAI_BASE_URL: "ftp://x" }, "OPENAI_BASE_URL"]] as const) {
        const error = yield* Effect.flip(build(env))
        assert.strictEqual(error._tag, "ConfigError")
        assert.include(error.message, name)
        assert.isFalse(error.message.includes(key))
      }
    }))
})
