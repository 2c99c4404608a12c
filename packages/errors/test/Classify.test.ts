import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { Classify, ProviderError, Reason } from "../src/index.ts"

const now = Date.UTC(2026, 10, 22, 12, 0, 0)

const envelope = (error: object) => JSON.stringify({ error: { message: "", type: null, param: null, code: null, ...error } })

const openai = (status: number, body: string, headers: Record<string, string> = {}) =>
  Classify.answer({ provider: "openai", status, body, headers, now })

const millis = (error: ProviderError.ProviderError) =>
  error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter)

describe("OpenAI's answers", () => {
  const cases: ReadonlyArray<readonly [string, ProviderError.ProviderError, Reason.Reason, ProviderError.Delivery]> = [
    [
      "a rate limit on images",
      openai(429, envelope({ message: "Rate limit reached for gpt-image-2 on input-images per min: Limit 5, Used 5.", type: "input-images", code: "rate_limit_exceeded" })),
      { _tag: "RateLimited", scope: "images" },
      "Rejected"
    ],
    [
      "a 429 that is no rate limit: no credit",
      openai(429, envelope({ message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" })),
      { _tag: "QuotaExhausted", kind: "billing" },
      "Rejected"
    ],
    [
      "a limit of zero never clears",
      openai(429, envelope({ message: "Rate limit exceeded for images per minute. Limit: 0/1min. Current: 1/1min.", code: "rate_limit_exceeded" })),
      { _tag: "QuotaExhausted", kind: "zero-limit" },
      "Rejected"
    ],
    [
      "a limit of ten is not zero",
      openai(429, envelope({ message: "Rate limit exceeded for images per minute. Limit: 10/1min.", code: "rate_limit_exceeded" })),
      { _tag: "RateLimited", scope: "images" },
      "Rejected"
    ],
    [
      "a refused prompt with its categories",
      openai(400, envelope({ type: "image_generation_user_error", code: "moderation_blocked", moderation_details: { moderation_stage: "input", categories: ["violence"] } })),
      { _tag: "ContentPolicy", stage: "prompt", categories: ["violence"] },
      "Rejected"
    ],
    [
      "a refused picture",
      openai(400, envelope({ code: "moderation_blocked", moderation_details: { moderation_stage: "output", categories: [] } })),
      { _tag: "ContentPolicy", stage: "output", categories: [] },
      "Rejected"
    ],
    [
      "a parameter that is wrong",
      openai(400, envelope({ message: "Invalid 'prompt': string too long. Expected a string with maximum length 32000, but got 50733.", type: "invalid_request_error", param: "prompt", code: "string_above_max_length" })),
      { _tag: "InvalidRequest", parameter: "prompt", limit: "32000" },
      "Rejected"
    ],
    ["a wrong key", openai(401, envelope({ message: "Incorrect API key provided", code: "invalid_api_key" })), { _tag: "AuthenticationFailed", kind: "invalid" }, "Rejected"],
    ["no key", openai(401, envelope({ message: "You didn't provide an API key." })), { _tag: "AuthenticationFailed", kind: "missing" }, "Rejected"],
    [
      "an organization that is not verified",
      openai(403, envelope({ message: "Your organization must be verified to use the model `gpt-image-2`.", type: "invalid_request_error" })),
      { _tag: "PermissionDenied", kind: "organization-unverified" },
      "Rejected"
    ],
    ["a model that is gone", openai(404, envelope({ code: "model_not_found" })), { _tag: "NotFound", kind: "model" }, "Rejected"],
    ["no room", openai(503, envelope({ message: "The engine is currently overloaded", type: "engine_overloaded_error" })), { _tag: "Overloaded", kind: "capacity" }, "Rejected"],
    ["a 500", openai(500, envelope({ type: "server_error" })), { _tag: "ServerError" }, "Rejected"],
    ["a gateway's HTML", openai(502, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"), { _tag: "ServerError" }, "MaybeProcessed"],
    ["a 502 in OpenAI's envelope", openai(502, envelope({ type: "server_error" })), { _tag: "ServerError" }, "MaybeProcessed"],
    ["a gateway that gave up", openai(504, ""), { _tag: "Timeout", stage: "gateway" }, "MaybeProcessed"],
    ["a 200 without an image", openai(200, `{"created":1,"data":[]}`), { _tag: "InvalidResponse", kind: "no-image" }, "MaybeProcessed"]
  ]
  it.each(cases)("%s", (_name, error, reason, delivery) => {
    assert.deepStrictEqual(error.reason, reason)
    assert.strictEqual(error.delivery, delivery)
    assert.isTrue(Classify.ruleNames.includes(error.rule))
  })

  it("keeps the page's own words from HTML, once", () => {
    assert.strictEqual(openai(502, "<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>").description, "502 Bad Gateway")
  })

  it("answers an unknown provider by what HTTP says", () => {
    const error = Classify.answer({ provider: "nobody", status: 402, body: "pay", now })
    assert.strictEqual(error.reason._tag, "QuotaExhausted")
  })
})

describe("failures of the network", () => {
  const failed = (cause: unknown) => Classify.transport({ provider: "openai", cause, now })
  const cause = (code: string, message = "") => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(message), { code }) })
  const cases: ReadonlyArray<readonly [string, unknown, Reason.Reason, ProviderError.Delivery, boolean]> = [
    ["ENOTFOUND", cause("ENOTFOUND"), { _tag: "Transport", kind: "dns" }, "NotSent", true],
    ["ECONNREFUSED", cause("ECONNREFUSED"), { _tag: "Transport", kind: "connect" }, "NotSent", true],
    ["undici's connect timeout", cause("UND_ERR_CONNECT_TIMEOUT"), { _tag: "Timeout", stage: "connect" }, "NotSent", true],
    ["undici's headers timeout", cause("UND_ERR_HEADERS_TIMEOUT"), { _tag: "Timeout", stage: "response" }, "MaybeProcessed", true],
    ["ECONNRESET", cause("ECONNRESET", "read ECONNRESET"), { _tag: "Transport", kind: "reset" }, "MaybeProcessed", true],
    ["other side closed", cause("UND_ERR_SOCKET", "other side closed"), { _tag: "Transport", kind: "reset" }, "MaybeProcessed", true],
    ["an expired certificate", cause("CERT_HAS_EXPIRED"), { _tag: "Transport", kind: "certificate" }, "NotSent", false],
    ["a self-signed certificate", cause("DEPTH_ZERO_SELF_SIGNED_CERT"), { _tag: "Transport", kind: "certificate" }, "NotSent", false],
    ["the caller's abort", new DOMException("This operation was aborted", "AbortError"), { _tag: "Cancelled" }, "MaybeProcessed", false],
    ["the caller's timer", new DOMException("The operation was aborted due to timeout", "TimeoutError"), { _tag: "Timeout", stage: "deadline" }, "MaybeProcessed", false],
    ["several addresses refused", Object.assign(new AggregateError([cause("ECONNREFUSED")]), {}), { _tag: "Transport", kind: "connect" }, "NotSent", true],
    ["a failure that says nothing", new TypeError("fetch failed"), { _tag: "Transport", kind: "unknown" }, "MaybeProcessed", true],
    ["not even an error", 42, { _tag: "Transport", kind: "unknown" }, "MaybeProcessed", true]
  ]
  it.each(cases)("%s", (_name, thrown, reason, delivery, retryable) => {
    const error = failed(thrown)
    assert.deepStrictEqual(error.reason, reason)
    assert.strictEqual(error.delivery, delivery)
    assert.strictEqual(error.isRetryable, retryable)
  })

  it("survives causes that go in a circle", () => {
    const circular: { message: string; cause?: unknown } = { message: "round" }
    circular.cause = circular
    assert.strictEqual(failed(circular).reason._tag, "Transport")
  })
})

describe("when to come back", () => {
  const limited = (headers: Record<string, string>, message = "slow down") =>
    openai(429, envelope({ message, code: "rate_limit_exceeded" }), headers)
  const cases: ReadonlyArray<readonly [string, Record<string, string>, string, number | undefined]> = [
    ["seconds", { "retry-after": "7" }, "", 7000],
    ["decimals", { "Retry-After": "1.5" }, "", 1500],
    ["milliseconds win over seconds", { "retry-after-ms": "250", "retry-after": "1" }, "", 250],
    ["a date", { "retry-after": "Sun, 22 Nov 2026 12:00:09 GMT" }, "", 9000],
    ["a date against the server's own clock", { date: "Sun, 22 Nov 2026 13:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 13:00:09 GMT" }, "", 9000],
    ["a date that has passed", { "retry-after": "Sun, 22 Nov 2026 11:00:00 GMT" }, "", 0],
    ["a header sent twice", { "retry-after": "1, 2" }, "", 2000],
    ["nonsense is no hint", { "retry-after": "soon" }, "", undefined],
    ["a date that cannot be", { "retry-after": "Fri, 29 Sep 100000 16:26:57 GMT" }, "", undefined],
    ["a negative wait is no hint", { "retry-after": "-3" }, "", undefined],
    ["for ever is cut to a month", { "retry-after": "99999999999" }, "", Duration.toMillis("31 days")],
    ["prose in seconds", {}, "Please try again in 12s.", 12_000],
    ["prose with decimals", {}, "slow down and try again after 51.84 seconds.", 51_840],
    ["prose in parts", {}, "Please try again in 1m2.5s.", 62_500],
    ["prose in milliseconds", {}, "Please try again in 467ms.", 467],
    ["prose in hours", {}, "Please try again in 114h18m0s.", 411_480_000],
    ["prose without a number", {}, "Please try again later.", undefined],
    ["a number that is no wait", {}, "Limit 5, Used 5. Please try again.", undefined],
    ["a limit with nothing left", { "x-ratelimit-remaining-images": "0", "x-ratelimit-reset-images": "1.2s" }, "", 1200],
    ["the later of two that are used up", { "x-ratelimit-remaining-images": "0", "x-ratelimit-reset-images": "2s", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "500ms" }, "", 2000],
    ["a limit with something left", { "x-ratelimit-remaining-images": "3", "x-ratelimit-reset-images": "1.2s" }, "", undefined],
    ["milliseconds are not seconds", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2ms" }, "", 2],
    ["a reset as an epoch", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": String(now / 1000 + 5) }, "", 5000]
  ]
  it.each(cases)("%s", (_name, headers, message, expected) => {
    assert.strictEqual(millis(limited(headers, message)), expected)
  })

  it("keeps the limits that an answer states", () => {
    const error = limited({ "x-ratelimit-limit-images": "5", "x-ratelimit-remaining-images": "0", "x-ratelimit-reset-images": "6m0s" })
    assert.deepStrictEqual(error.limits, [{ scope: "images", limit: 5, remaining: 0, resetAfter: Duration.minutes(6) }])
  })
})

describe("what an error carries", () => {
  const planted = "sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2"

  it("takes keys out of the provider's words", () => {
    for (const message of [
      `Incorrect API key provided: ${planted}.`,
      `Authorization: Bearer ${planted} is wrong`,
      `see https://host/x.png?sig=${planted}&se=2026`
    ]) {
      const error = openai(401, envelope({ message, code: "invalid_api_key" }))
      assert.isFalse(JSON.stringify(Schema.encodeSync(ProviderError.ProviderError)(error)).includes("Zm9vYmFy"))
      assert.isFalse(String(error.stack).includes("Zm9vYmFy"))
    }
  })

  it("takes out a key of any shape that the caller names", () => {
    const error = Classify.answer({ provider: "openai", status: 401, body: envelope({ message: "bad key hunter2hunter2" }), secrets: ["hunter2hunter2"], now })
    assert.strictEqual(error.description, "bad key <redacted>")
  })

  it("leaves words with a hyphen alone", () => {
    for (const word of ["key-frames", "fal-lighthouse", "sk-learning-rate", "api key is missing"]) {
      assert.strictEqual(openai(400, envelope({ message: `about ${word} here` })).description, `about ${word} here`)
    }
  })

  it("advises with OpenAI's pages for OpenAI alone", () => {
    const error = Classify.answer({ provider: "stability", status: 401, body: envelope({ code: "invalid_api_key" }), now })
    assert.strictEqual(error.reason._tag, "AuthenticationFailed")
    assert.notInclude(error.remedy, "OPENAI")
  })

  it("blames the caller's own clock on the caller", () => {
    assert.strictEqual(Reason.blame({ _tag: "Timeout", stage: "deadline" }), "caller")
  })

  it("bounds what it keeps", () => {
    const error = openai(400, envelope({ message: "x".repeat(1_000_000), type: "invalid_request_error", param: "p".repeat(10_000) }))
    assert.isAtMost(error.description.length, ProviderError.maxDescriptionLength)
    assert.isAtMost(JSON.stringify(Schema.encodeSync(ProviderError.ProviderError)(error)).length, 2000)
  })

  it.effect("round-trips through its schema", () =>
    Effect.gen(function*() {
      const error = openai(429, envelope({ message: "images per min", code: "rate_limit_exceeded" }), {
        "retry-after": "3",
        "x-request-id": "req_1",
        "x-ratelimit-remaining-images": "0"
      })
      const encoded = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(ProviderError.ProviderError)(error)))
      const decoded = yield* Schema.decodeUnknownEffect(ProviderError.ProviderError)(encoded)
      assert.deepStrictEqual({ ...decoded }, { ...error })
      assert.strictEqual(decoded.message, error.message)
      assert.strictEqual(decoded.requestId, "req_1")
    }))

  it.effect.prop("never throws, whatever came", [Schema.String, Schema.Int, Schema.String], ([body, status, header]) =>
    Effect.sync(() => {
      const error = openai(status, body, { "retry-after": header, "x-ratelimit-reset-images": header })
      const wait = millis(error) ?? 0
      assert.isTrue(wait >= 0 && wait <= Duration.toMillis("31 days"))
    }))

  it("names every reason on the wire, each its own", () => {
    const reasons: ReadonlyArray<Reason.Reason> = [
      { _tag: "ContentPolicy", stage: "prompt", categories: [] },
      { _tag: "ContentPolicy", stage: "output", categories: [] },
      { _tag: "ServerError" },
      { _tag: "Cancelled" },
      { _tag: "RateLimited", scope: "images" }
    ]
    assert.strictEqual(new Set(reasons.map(Reason.wireName)).size, reasons.length)
  })
})
