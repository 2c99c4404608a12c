/**
 * What goes wrong, how often, and for how long.
 *
 * A scenario is plain JSON: which faults requests meet (by chance, by script, or
 * during an outage), how slow answers are, and which limits hold. Chance is
 * seeded: which fault a request meets depends on the seed, the prompt, and how
 * many times that prompt has been asked before, never on arrival order, so a
 * concurrent run and a sequential one see the same faults.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A way in which a request can go wrong. The README tells what each looks like on the wire. */
export const Fault = Schema.Literals([
  "429-seconds",
  "429-date",
  "429-millis",
  "429-prose",
  "quota",
  "500",
  "502",
  "503",
  "html",
  "reset-before",
  "reset-after",
  "stall",
  "no-image",
  "refusal"
])
/** A way in which a request can go wrong. */
export type Fault = typeof Fault.Type

/** The faults after which a caller cannot know whether it was billed. `perPrompt.maxAmbiguous` bounds them. */
export const ambiguous: ReadonlySet<Fault> = new Set<Fault>([
  "reset-before",
  "reset-after",
  "stall",
  "no-image",
  "502",
  "html"
])

// One hour: longer waits and windows are mistakes of unit, not scenarios.
const MAX_MILLIS = 3_600_000

const Millis = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: MAX_MILLIS }, { expected: "milliseconds between 0 and 3600000" })
)
const Probability = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a probability between 0 and 1" })
)
const PerMinute = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: 10_000_000 }, { expected: "an integer between 1 and 10000000" })
)
const Count = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: 1_000 }, { expected: "an integer between 0 and 1000" })
)
const Nth = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }, { expected: "a positive integer" }))
const Words = Schema.String.check(Schema.isBetweenLength(1, 200))

const Latency = Schema.Struct({ minMillis: Millis, maxMillis: Millis }).check(
  Schema.makeFilter((range) =>
    range.minMillis <= range.maxMillis ? undefined : { path: ["maxMillis"], issue: "must not be below minMillis" }
  )
)

const RetryAfter = Schema.Struct({ min: Millis, max: Millis }).check(
  Schema.makeFilter((range) => range.min <= range.max ? undefined : { path: ["max"], issue: "must not be below min" })
)

const Limits = Schema.Struct({
  requestsPerMinute: Schema.optionalKey(PerMinute),
  imagesPerMinute: Schema.optionalKey(PerMinute),
  burst: Schema.optionalKey(PerMinute)
})

const chance = Schema.optionalKey(Probability)

const Faults = Schema.Struct({
  "429-seconds": chance,
  "429-date": chance,
  "429-millis": chance,
  "429-prose": chance,
  "quota": chance,
  "500": chance,
  "502": chance,
  "503": chance,
  "html": chance,
  "reset-before": chance,
  "reset-after": chance,
  "stall": chance,
  "no-image": chance,
  "refusal": chance
}).check(
  Schema.makeFilter((faults) =>
    // A hair of slack: ten times 0.1 is not 1 in binary.
    Object.values(faults).reduce((sum, p) => sum + p, 0) <= 1 + 1e-9 ? undefined : "probabilities must not add up to more than 1"
  )
)

const Outage = Schema.Struct({
  fromMillis: Millis,
  toMillis: Millis,
  answer: Schema.Literals(["503", "html", "reset"])
}).check(
  Schema.makeFilter((window) =>
    window.fromMillis < window.toMillis ? undefined : { path: ["toMillis"], issue: "must be above fromMillis" }
  )
)

const Step = Schema.Struct({
  match: Schema.optionalKey(Words),
  nth: Schema.optionalKey(Nth),
  fault: Fault,
  waitMillis: Schema.optionalKey(Millis)
})

const defaultRefuse = ["mickey mouse", "gore", "deepfake"]

/**
 * A scenario, decoded strictly: an unknown field is an error. Every field is optional.
 *
 * - `seed`: seeds faults, waits, latencies, pictures and request ids. Integer, default 1.
 * - `latency`: how long an image takes at least, drawn evenly per request. Default 0 to 0.
 * - `limits`: token buckets per emulator. `requestsPerMinute` and `imagesPerMinute` refill evenly; a bucket
 *   holds `burst` tokens (default: a minute's worth). A limit that is left out is not enforced. Default: none.
 * - `faults`: the probability of each fault per request, together at most 1. Default: none.
 * - `retryAfterMillis`: the wait that a 429 by fault asks for, drawn evenly. Default 400 to 1500.
 * - `perPrompt`: one prompt meets at most `maxFaults` faults by chance, `maxAmbiguous` of them ambiguous.
 *   Default 3 and 1. Faults by `script`, outages, limits and refused words come on top.
 * - `outages`: windows since the first image request, in which every endpoint under /v1 answers a JSON 503, an HTML
 *   page with status 503, or a reset. At most 100. Default: none.
 * - `refuse`: prompts with one of these words or phrases (whole words, any case) are refused as
 *   `moderation_blocked` every time. At most 1000. Default: "mickey mouse", "gore", "deepfake".
 * - `script`: faults by name, looked at before anything else; the first step that matches speaks. `match` is a part of
 *   the prompt, `nth` the how-manieth time that this prompt is asked; a step without either always matches.
 *   `waitMillis` replaces the drawn wait of a 429. At most 1000. Default: none.
 */
export const Scenario = Schema.Struct({
  seed: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1))),
  latency: Latency.pipe(Schema.withDecodingDefaultKey(Effect.succeed({ minMillis: 0, maxMillis: 0 }))),
  limits: Limits.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  faults: Faults.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  retryAfterMillis: RetryAfter.pipe(Schema.withDecodingDefaultKey(Effect.succeed({ min: 400, max: 1_500 }))),
  perPrompt: Schema.Struct({ maxFaults: Count, maxAmbiguous: Count }).pipe(Schema.withDecodingDefaultKey(Effect.succeed({ maxFaults: 3, maxAmbiguous: 1 }))),
  outages: Schema.Array(Outage).check(Schema.isMaxLength(100)).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  refuse: Schema.Array(Words).check(Schema.isMaxLength(1_000)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaultRefuse))),
  script: Schema.Array(Step).check(Schema.isMaxLength(1_000)).pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
})
/** A scenario as it is written: every field may be left out. */
export type Scenario = typeof Scenario.Encoded
/** A scenario with its defaults filled in. */
export type Resolved = typeof Scenario.Type

/** The scenarios that come with the package. */
export type Name = "calm" | "stormy" | "limited" | "outage" | "ambiguous" | "quota"

const decodeSync = Schema.decodeUnknownSync(Scenario, { onExcessProperty: "error", errors: "all" })

/**
 * Decodes a scenario from JSON that was parsed already, filling in the defaults.
 * Fails with a `SchemaError` whose message lists every mistake with its path.
 */
export const decode: (input: unknown) => Effect.Effect<Resolved, Schema.SchemaError> = Schema.decodeUnknownEffect(
  Scenario,
  { onExcessProperty: "error", errors: "all" }
)

/**
 * - `calm`: no faults, no latency, limits that only a load test reaches.
 * - `stormy`: about half of all requests meet a fault, then two seconds of outage; every prompt gets through in the end.
 * - `limited`: no faults, but a tight real limit: 120 requests and images a minute, bursts of 4.
 * - `outage`: the first 10 seconds are 503s, then calm.
 * - `ambiguous`: resets, stalls, empty answers, gateway errors: what tempts a caller to pay twice.
 * - `quota`: the account has no credit, every request says so.
 */
export const named: Readonly<Record<Name, Resolved>> = {
  calm: decodeSync({ limits: { requestsPerMinute: 600_000, imagesPerMinute: 600_000 } }),
  stormy: decodeSync({
    seed: 7,
    latency: { minMillis: 80, maxMillis: 250 },
    limits: { requestsPerMinute: 600, imagesPerMinute: 300, burst: 30 },
    // Together 0.55: with at most three faults a prompt, half of all requests.
    faults: {
      "429-seconds": 0.06,
      "429-date": 0.05,
      "429-millis": 0.06,
      "429-prose": 0.06,
      "500": 0.07,
      "503": 0.06,
      "502": 0.04,
      "html": 0.03,
      "reset-before": 0.04,
      "reset-after": 0.03,
      "stall": 0.02,
      "no-image": 0.03
    },
    outages: [{ fromMillis: 2_500, toMillis: 4_500, answer: "503" }]
  }),
  limited: decodeSync({
    latency: { minMillis: 20, maxMillis: 60 },
    limits: { requestsPerMinute: 120, imagesPerMinute: 120, burst: 4 }
  }),
  outage: decodeSync({ outages: [{ fromMillis: 0, toMillis: 10_000, answer: "503" }] }),
  ambiguous: decodeSync({
    faults: { "reset-before": 0.1, "reset-after": 0.15, "stall": 0.1, "no-image": 0.1, "502": 0.1, "html": 0.1 },
    perPrompt: { maxFaults: 2, maxAmbiguous: 2 }
  }),
  quota: decodeSync({ faults: { quota: 1 }, perPrompt: { maxFaults: 1_000, maxAmbiguous: 0 } })
}
