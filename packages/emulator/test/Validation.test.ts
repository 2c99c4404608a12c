import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findModel } from "../src/internal/openai/request.ts"
import { KEY, emulate, get, post } from "./support.ts"

type Case = readonly [body: Readonly<Record<string, unknown>>, status: number, code: string | null, param: string | null]

const refused: ReadonlyArray<Case> = [
  [{ prompt: undefined }, 400, "missing_required_parameter", "prompt"],
  [{ prompt: "" }, 400, "empty_string", "prompt"],
  [{ prompt: "x".repeat(32_001) }, 400, "string_above_max_length", "prompt"],
  [{ prompt: 7 }, 400, "invalid_type", "prompt"],
  [{ model: "gpt-image-9" }, 404, "model_not_found", null],
  [{ model: "dall-e-2" }, 404, "model_not_found", null],
  [{ model: "gpt-image-1" }, 404, "model_not_found", null],
  [{ n: 0 }, 400, "integer_below_min_value", "n"],
  [{ n: 11 }, 400, "integer_above_max_value", "n"],
  [{ n: 1.5 }, 400, "invalid_type", "n"],
  [{ size: "big" }, 400, "invalid_value", "size"],
  [{ size: "1000x1000" }, 400, "invalid_value", "size"],
  [{ size: "576x1024" }, 400, "invalid_value", "size"],
  [{ size: "3856x2160" }, 400, "invalid_value", "size"],
  [{ size: "3200x1024" }, 400, "invalid_value", "size"],
  [{ model: "gpt-image-2", quality: "max" }, 400, "invalid_value", "quality"],
  [{ output_format: "gif" }, 400, "invalid_value", "output_format"],
  [{ output_format: "bmp" }, 400, "invalid_value", "output_format"],
  [{ output_compression: 50 }, 400, "invalid_value", "output_compression"],
  [{ output_format: "jpeg", output_compression: 101 }, 400, "integer_above_max_value", "output_compression"],
  [{ background: "transparent", output_format: "jpeg" }, 400, "invalid_value", "background"],
  [{ response_format: "b64_json" }, 400, "unknown_parameter", "response_format"],
  [{ style: "vivid" }, 400, "unknown_parameter", "style"],
  [{ constructor: 1 }, 400, "unknown_parameter", "constructor"],
  [{ stream: true }, 400, "unsupported_parameter", "stream"],
  [{ complexity: "low" }, 400, "unsupported_parameter", "complexity"]
]

const accepted: ReadonlyArray<Readonly<Record<string, unknown>>> = [
  {},
  { model: null, n: null, size: null, stream: false },
  { prompt: "x".repeat(32_000) },
  { size: "auto", quality: "auto", background: "auto", moderation: "low" },
  { size: "1536x512" },
  { size: "3840x2160" },
  { model: "gpt-image-2.6-sunburst", quality: "max", complexity: "low" },
  { output_format: "webp", output_compression: 0, background: "transparent" },
  { user: "u-1", safety_identifier: "s-1", partial_images: 0 }
]

describe("requests", () => {
  it.live("are refused in the envelope, with code and parameter, and cost nothing", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      for (const [body, status, code, param] of refused) {
        const answer = yield* post(emulator.url, { prompt: "a fox", ...body })
        const what = JSON.stringify(body).slice(0, 80)
        assert.strictEqual(answer.status, status, what)
        assert.deepStrictEqual([answer.body.error.code, answer.body.error.param], [code, param], what)
        assert.isString(answer.body.error.message)
      }
      const entries = yield* emulator.journal
      assert.strictEqual(entries.length, refused.length)
      assert.isTrue(entries.every((entry) => !entry.valid && entry.billedImages === 0 && entry.promptAttempt === undefined))
    }))

  it.live("are accepted within the rules", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      for (const body of accepted) {
        const answer = yield* post(emulator.url, { prompt: "a fox", ...body })
        assert.strictEqual(answer.status, 200, `${JSON.stringify(body).slice(0, 80)} ${answer.text.slice(0, 200)}`)
      }
    }))

  it.live("that are no JSON, or too large, say so", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      assert.include((yield* post(emulator.url, "{")).body.error.message, "could not parse the JSON body")
      assert.strictEqual((yield* post(emulator.url, "[]")).status, 400)
      const large = yield* post(emulator.url, { prompt: "x".repeat(2_000_000) })
      assert.strictEqual(large.status, 413)
    }))

  it.live("need a key", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      const missing = yield* post(emulator.url, { prompt: "a fox" }, { key: null })
      assert.strictEqual(missing.status, 401)
      assert.include(missing.body.error.message, "You didn't provide an API key")
      for (const key of ["sk-wrong", "sk-expired-1", "sk-invalid"]) {
        const answer = yield* post(emulator.url, { prompt: "a fox" }, { key })
        assert.deepStrictEqual([answer.status, answer.body.error.code], [401, "invalid_api_key"])
        assert.notInclude(answer.text, key)
      }
      const listed = yield* emulate({ apiKeys: ["sk-mine"] })
      assert.strictEqual((yield* get(listed.url, "/v1/models")).status, 401)
      assert.strictEqual((yield* get(listed.url, "/v1/models", "sk-mine")).status, 200)
    }))

  it.live("elsewhere are told where they are", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      const nowhere = yield* post(emulator.url, {}, { path: "/v1/pictures?x=1" })
      assert.strictEqual(nowhere.status, 404)
      assert.strictEqual(nowhere.body.error.message, "Invalid URL (POST /v1/pictures)")
      assert.strictEqual((yield* get(emulator.url, "/v1/images/generations")).status, 405)
      const edits = yield* post(emulator.url, {}, { path: "/v1/images/edits" })
      assert.deepStrictEqual([edits.status, edits.body.error.code], [400, "not_emulated"])
      assert.strictEqual((yield* get(emulator.url, "/v1/models/gpt-image-9")).status, 404)
      const model = yield* get(emulator.url, "/v1/models/gpt-image-2.6-flare", KEY)
      assert.strictEqual(model.body.id, "gpt-image-2.6-flare")
    }))
})

describe("a model's last day", () => {
  const served = (id: string, day: string) => "id" in findModel(id, Date.parse(day))
  it("is decided by the clock", () => {
    assert.isTrue(served("gpt-image-1.5", "2026-11-30T23:59:59Z"))
    assert.isFalse(served("gpt-image-1.5", "2026-12-01T00:00:00Z"))
    assert.isTrue(served("gpt-image-2", "2030-01-01"))
  })
  it("does not come back under a clock that runs behind", () => {
    assert.isFalse(served("dall-e-3", "1970-01-01"))
    assert.isTrue(served("gpt-image-1-mini", "1970-01-01"))
  })
})
