/**
 * When a provider says that it is worth coming back: headers first, then fields of the body, then its prose.
 *
 * A hint is never negative, NaN or unbounded. What cannot be read is no hint.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"
import type { Limit } from "./ProviderError.ts"
import type { Scope } from "./Reason.ts"

/** No provider's wait is longer than its monthly quota; a longer one is a mistake and is cut to this. */
export const longest = Duration.days(31)

const longestMillis = Duration.toMillis(longest)

const millis = (value: number): number | undefined =>
  Number.isFinite(value) && value >= 0 ? Math.min(Math.ceil(value), longestMillis) : undefined

const unitMillis: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `"1m2.5s"`, `"467 ms"`, `"114h18m0s"`, `"16 seconds"`, `"2 minutes"`: the unit's first letter decides, and `ms`. */
const component = /(\d{1,12}(?:\.\d{1,9})?)\s{0,2}(milliseconds?|millis|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])/gi

const durationMillis = (text: string): number | undefined => {
  let total: number | undefined
  for (const [, amount, unit] of text.matchAll(component)) {
    const name = (unit ?? "").toLowerCase()
    const factor = unitMillis[name.startsWith("mil") || name === "ms" ? "ms" : name.charAt(0)]
    if (factor !== undefined) total = (total ?? 0) + Number(amount) * factor
  }
  return total === undefined ? undefined : millis(total)
}

const epochSeconds = 1_000_000_000

/** A reset header: a duration (`"1s"`, `"6m0s"`, `"20ms"`), seconds (`"12"`), epoch seconds or epoch milliseconds. */
export const parseReset = (value: string, now: number): Duration.Duration | undefined => {
  const trimmed = value.trim()
  let wait: number | undefined
  if (/^\d{1,15}(\.\d{1,9})?$/.test(trimmed)) {
    const amount = Number(trimmed)
    if (amount > epochSeconds * 1000) wait = Math.max(0, amount - now)
    else if (amount > epochSeconds) wait = Math.max(0, amount * 1000 - now)
    else wait = amount * 1000
  } else if (/^[\d.\sa-z]{1,40}$/i.test(trimmed)) {
    wait = durationMillis(trimmed)
  }
  const bounded = wait === undefined ? undefined : millis(wait)
  return bounded === undefined ? undefined : Duration.millis(bounded)
}

/**
 * `Retry-After`: whole seconds or an HTTP date, as effect reads them, and decimal seconds. A date is measured against the
 * answer's own `Date` header where it has one, so that two clocks that disagree do not shorten or stretch the wait.
 */
const parseRetryAfter = (value: string, date: string | undefined, now: number): number | undefined => {
  if (/^\s*\d{1,12}\.\d{1,9}\s*$/.test(value)) return millis(Number(value) * 1000)
  // Some stacks send the header twice, and it arrives joined: "1, 2". The longer wait satisfies both.
  const parts = /^[\d\s,]+$/.test(value) ? value.split(",") : [value]
  let wait: number | undefined
  for (const part of parts) {
    const parsed = Headers.parseRetryAfter(part)
    if (Result.isFailure(parsed)) continue
    const { success } = parsed
    const server = date === undefined ? undefined : Headers.parseHttpDate(date)
    const from = server !== undefined && Result.isSuccess(server) ? DateTime.toEpochMillis(server.success) : now
    const found = millis(success._tag === "Duration"
      ? Duration.toMillis(success.duration)
      : Math.max(0, DateTime.toEpochMillis(success.dateTime) - from))
    if (found !== undefined) wait = Math.max(wait ?? 0, found)
  }
  return wait
}

// "Please try again in 1m2.5s", "slow down and try again after 51.84 seconds", "retry after 16 seconds",
// "wait 30 seconds", "available in 2 minutes"
const announcement =
  /\b(?:try again|retry(?:ing)?|retry-after|wait|available|resets?)\b[^\d\n]{0,40}?(?:in|after|for|about|:)?\s{0,3}(\d[\d.]{0,14}\s{0,2}[a-z]{1,12}(?:\s?\d[\d.]{0,14}\s{0,2}[a-z]{1,12}){0,4})/i

/** The wait that a sentence states, if one does. */
export const parseProse = (text: string): Duration.Duration | undefined => {
  const found = announcement.exec(text.slice(0, 4000))
  const wait = found?.[1] === undefined ? undefined : durationMillis(found[1])
  return wait === undefined ? undefined : Duration.millis(wait)
}

const scopes: ReadonlyArray<Scope> = ["requests", "images", "tokens"]

const finite = (value: string | undefined): number | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  const parsed = Number(value)
  return Number.isFinite(parsed) ? parsed : undefined
}

/** The limits that `x-ratelimit-{limit,remaining,reset}-{requests,images,tokens}` state. */
export const limits = (header: (name: string) => string | undefined, now: number): ReadonlyArray<Limit> =>
  scopes.flatMap((scope) => {
    const limit = finite(header(`x-ratelimit-limit-${scope}`))
    const remaining = finite(header(`x-ratelimit-remaining-${scope}`))
    const reset = header(`x-ratelimit-reset-${scope}`)
    const resetAfter = reset === undefined ? undefined : parseReset(reset, now)
    if (limit === undefined && remaining === undefined && resetAfter === undefined) return []
    return [{
      scope,
      ...(limit === undefined ? {} : { limit }),
      ...(remaining === undefined ? {} : { remaining }),
      ...(resetAfter === undefined ? {} : { resetAfter })
    }]
  })

/** The wait that an answer's headers state: `retry-after-ms`, then `Retry-After`. */
export const fromHeaders = (header: (name: string) => string | undefined, now: number): Duration.Duration | undefined => {
  const exact = header("retry-after-ms")
  const value = header("retry-after")
  const wait = (exact !== undefined && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(exact) ? millis(Number(exact)) : undefined) ??
    (value === undefined ? undefined : parseRetryAfter(value, header("date"), now))
  return wait === undefined ? undefined : Duration.millis(wait)
}
