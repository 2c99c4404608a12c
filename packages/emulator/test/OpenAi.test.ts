import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from "openai"
import sharp from "sharp"
import type { Emulator, Scenario } from "../src/index.ts"
import { KEY, emulate } from "./support.ts"

const client = (emulator: Emulator.Emulator["Service"], options: { readonly apiKey?: string; readonly maxRetries?: number } = {}) =>
  new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: KEY, maxRetries: 0, ...options })

const fails = (call: () => PromiseLike<unknown>) =>
  Effect.flip(Effect.tryPromise({ try: async () => await call(), catch: (error) => error as Error }))

const scripted = (fault: Scenario.Fault, nth?: number): Scenario.Scenario => ({
  script: [{ match: "bad", fault, waitMillis: 30, ...(nth === undefined ? {} : { nth }) }]
})

describe("the official client, unchanged", () => {
  const asked = [
    ["png", "1024x1024", "gpt-image-2"],
    ["jpeg", "1536x1024", "gpt-image-2.6-flare"],
    ["webp", "1024x1536", "gpt-image-2.5-sunburst"],
    ["png", "1280x720", "gpt-image-2"]
  ] as const
  it.live.each(asked)("generates %s of %s with %s", ([format, size, model]) =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ pictures: "drawn" })
      const response = yield* Effect.promise(() =>
        client(emulator).images.generate({ model, prompt: "a lighthouse in fog", size, output_format: format, n: 2, quality: "low" })
      )
      assert.strictEqual(response.data?.length, 2)
      for (const image of response.data ?? []) {
        const read = yield* Effect.promise(() => sharp(Buffer.from(image.b64_json ?? "", "base64")).metadata())
        assert.strictEqual(read.format, format)
        assert.strictEqual(`${read.width}x${read.height}`, size)
      }
      assert.strictEqual(response.size, size)
      assert.strictEqual(response.quality, "low")
      assert.strictEqual(response.output_format, format)
      assert.strictEqual(response.background, "opaque")
      assert.strictEqual(
        response.usage?.total_tokens,
        (response.usage?.input_tokens ?? 0) + (response.usage?.output_tokens ?? 0)
      )
      const [entry] = yield* emulator.journal
      assert.strictEqual(entry?.billedImages, 2)
      assert.strictEqual(entry?.format, format)
    }))

  it.live("bills what is published: 0.6, 5.3 and 21.1 cents for a square of gpt-image-2", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      for (const quality of ["low", "medium", "high"] as const) {
        yield* Effect.promise(() => client(emulator).images.generate({ model: "gpt-image-2", prompt: "fox", quality }))
      }
      const cents = (yield* emulator.journal).map((entry) => Math.round(entry.billedUsd * 1_000) / 10)
      assert.deepStrictEqual(cents, [0.6, 5.3, 21.1])
    }))

  it.live("lists models with their last day, and knows the ones that are gone", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      const { data } = yield* Effect.promise(() => client(emulator).models.list())
      const ids = data.map((model) => model.id)
      assert.include(ids, "gpt-image-2")
      assert.notInclude(ids, "dall-e-3")
      const one = yield* Effect.promise(() => client(emulator).models.retrieve("gpt-image-2"))
      assert.strictEqual(one.id, "gpt-image-2")
      assert.isNull(one.shutdown_date)
      const gone = yield* fails(() => client(emulator).models.retrieve("dall-e-3"))
      assert.instanceOf(gone, NotFoundError)
    }))

  it.live("raises its own error classes", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: scripted("429-seconds") })
      const generate = (prompt: string, options: { readonly apiKey?: string } = {}) =>
        fails(() => client(emulator, options).images.generate({ model: "gpt-image-2", prompt }))

      const wrong = yield* generate("fox", { apiKey: "sk-wrong-1" })
      assert.instanceOf(wrong, AuthenticationError)
      assert.strictEqual(wrong.code, "invalid_api_key")

      const blocked = yield* generate("gore")
      assert.instanceOf(blocked, BadRequestError)
      assert.strictEqual(blocked.code, "moderation_blocked")
      assert.strictEqual(blocked.type, "image_generation_user_error")

      const limited = yield* generate("bad")
      assert.instanceOf(limited, RateLimitError)
      assert.strictEqual(limited.code, "rate_limit_exceeded")
      assert.strictEqual(limited.requestID, (yield* emulator.journal).at(-1)?.requestId)

      const gone = yield* fails(() => client(emulator).images.generate({ model: "dall-e-3", prompt: "fox" }))
      assert.instanceOf(gone, NotFoundError)
      assert.strictEqual(gone.code, "model_not_found")
    }))

  it.live("raises InternalServerError for a 500", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: scripted("500") })
      const error = yield* fails(() => client(emulator).images.generate({ model: "gpt-image-2", prompt: "bad" }))
      assert.instanceOf(error, InternalServerError)
    }))

  it.live("honours retry-after-ms with its own retry", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: scripted("429-millis", 1) })
      const response = yield* Effect.promise(() =>
        client(emulator, { maxRetries: 1 }).images.generate({ model: "gpt-image-2", prompt: "bad" })
      )
      assert.strictEqual(response.data?.length, 1)
      const [first, second] = yield* emulator.journal
      assert.strictEqual(first?.retryAfterMillis, 30)
      assert.isUndefined(second?.early)
      assert.isAtLeast(second?.at ?? 0, (first?.earliestRetryAt ?? Infinity) - 5)
    }))
})
