/** A token bucket per limit, and the headers that speak of it. Pure but for its own state; time is passed in. */
import type * as Scenario from "../Scenario.ts"

/** One limit as it stands. Durations in milliseconds. */
export interface State {
  readonly scope: "requests" | "images"
  readonly perMinute: number
  readonly remaining: number
  /** Until the bucket is full again. */
  readonly resetMillis: number
}

/** What a request got. */
export type Verdict =
  | { readonly _tag: "Taken" }
  | { readonly _tag: "Over"; readonly scope: State["scope"]; readonly perMinute: number; readonly waitMillis: number }
  | { readonly _tag: "TooMany"; readonly scope: State["scope"]; readonly most: number; readonly asked: number }

export interface Limiter {
  /** Takes one request and `images` images, or nothing at all. */
  readonly take: (nowMillis: number, images: number) => Verdict
  readonly state: (nowMillis: number) => ReadonlyArray<State>
}

interface Bucket {
  readonly scope: State["scope"]
  readonly perMinute: number
  readonly capacity: number
  tokens: number
  atMillis: number
}

const refill = (bucket: Bucket, nowMillis: number) => {
  // A clock that steps back must not drain the bucket.
  const elapsed = Math.max(0, nowMillis - bucket.atMillis)
  bucket.tokens = Math.min(bucket.capacity, bucket.tokens + (elapsed * bucket.perMinute) / 60_000)
  bucket.atMillis = nowMillis
}

export const make = (limits: Scenario.Resolved["limits"]): Limiter => {
  const bucket = (scope: State["scope"], perMinute: number | undefined): ReadonlyArray<Bucket> => {
    if (perMinute === undefined) return []
    const capacity = Math.min(limits.burst ?? perMinute, perMinute)
    return [{ scope, perMinute, capacity, tokens: capacity, atMillis: 0 }]
  }
  const buckets = [...bucket("requests", limits.requestsPerMinute), ...bucket("images", limits.imagesPerMinute)]

  const take = (nowMillis: number, images: number): Verdict => {
    let over: Extract<Verdict, { _tag: "Over" }> | undefined
    for (const bucket of buckets) {
      refill(bucket, nowMillis)
      const asked = bucket.scope === "requests" ? 1 : images
      if (asked > bucket.capacity) return { _tag: "TooMany", scope: bucket.scope, most: bucket.capacity, asked }
      // Float dust: refilling for exactly the announced wait must be enough.
      const lacking = asked - bucket.tokens - 1e-9
      if (lacking <= 0) continue
      const waitMillis = Math.ceil((lacking * 60_000) / bucket.perMinute)
      if (over === undefined || waitMillis > over.waitMillis) {
        over = { _tag: "Over", scope: bucket.scope, perMinute: bucket.perMinute, waitMillis }
      }
    }
    if (over !== undefined) return over
    for (const bucket of buckets) bucket.tokens -= bucket.scope === "requests" ? 1 : images
    return { _tag: "Taken" }
  }

  const state = (nowMillis: number): ReadonlyArray<State> =>
    buckets.map((bucket) => {
      refill(bucket, nowMillis)
      return {
        scope: bucket.scope,
        perMinute: bucket.perMinute,
        remaining: Math.max(0, Math.floor(bucket.tokens + 1e-9)),
        resetMillis: Math.ceil(((bucket.capacity - bucket.tokens) * 60_000) / bucket.perMinute)
      }
    })

  return { take, state }
}

/** A duration as Go prints it and OpenAI sends it: "0s", "20ms", "1.2s", "6m0s", "1h2m3.5s". */
export const goDuration = (millis: number): string => {
  const whole = Math.ceil(millis)
  if (whole <= 0) return "0s"
  if (whole < 1_000) return `${whole}ms`
  const hours = Math.floor(whole / 3_600_000)
  const minutes = Math.floor((whole % 3_600_000) / 60_000)
  const seconds = (whole % 60_000) / 1_000
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`
}

/** `x-ratelimit-{limit,remaining,reset}-{requests,images}`. */
export const headers = (states: ReadonlyArray<State>): Record<string, string> =>
  Object.fromEntries(states.flatMap((state) => [
    [`x-ratelimit-limit-${state.scope}`, String(state.perMinute)],
    [`x-ratelimit-remaining-${state.scope}`, String(state.remaining)],
    [`x-ratelimit-reset-${state.scope}`, goDuration(state.resetMillis)]
  ]))
