/** Everything an emulator remembers between requests. Nothing in here outlives `clear`. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type * as Scenario from "../Scenario.ts"
import * as Fate from "./fate.ts"
import * as Limiter from "./limiter.ts"
import * as Prng from "./prng.ts"
import type { Store } from "./store.ts"
import type { Studio } from "./studio.ts"

/** Prompts remembered; the one that was asked longest ago is forgotten first, and starts over if it comes back. */
const MAX_PROMPTS = 100_000

// Timers and clocks round to milliseconds, each their own way: this much too soon is not early.
const EARLY_TOLERANCE_MILLIS = 5

interface Memory {
  readonly past: Fate.Past
  readonly earliestRetryAt: number
}

/** A request that just came in. */
export interface Arrival {
  readonly seq: number
  readonly at: number
  readonly requestId: string
}

/** What a prompt meets this time. */
export interface Asked {
  readonly fate: Fate.Fate
  readonly nth: number
  readonly early: boolean
}

export interface World {
  readonly scenario: Scenario.Resolved
  readonly studio: Studio
  readonly store: Store
  readonly arrive: (nowMillis: number) => Arrival
  /** Counts one valid request for the prompt. */
  readonly ask: (prompt: string, at: number) => Asked
  /** Remembers that the prompt was told to stay away until then. */
  readonly announce: (prompt: string, earliestRetryAt: number) => void
  /** The outage that is on. Outages count from the first request for an image: `starts` says that this is one. */
  readonly outage: (at: number, starts: boolean) => Scenario.Resolved["outages"][number] | undefined
  readonly limiter: () => Limiter.Limiter
  /** The category for which a prompt is refused, if it is. */
  readonly refused: (prompt: string) => string | undefined
  readonly clear: Effect.Effect<void>
}

const keyOf = (prompt: string) => createHash("sha256").update(prompt).digest("base64")

export const make = (options: {
  readonly scenario: Scenario.Resolved
  readonly studio: Studio
  readonly store: Store
}): World => {
  const { scenario, store } = options
  const prompts = new Map<string, Memory>()
  let limiter = Limiter.make(scenario.limits)
  let lastSeq = 0
  let startedAt: number | undefined

  const remember = (key: string, memory: Memory) => {
    prompts.delete(key)
    prompts.set(key, memory)
    const oldest = prompts.keys().next().value
    if (prompts.size > MAX_PROMPTS && oldest !== undefined) prompts.delete(oldest)
  }

  return {
    ...options,
    arrive: (nowMillis) => {
      const seq = ++lastSeq
      return { seq, at: nowMillis, requestId: `req_${Prng.hex(Prng.make(scenario.seed, "request", seq), 32)}` }
    },
    ask: (prompt, at) => {
      const key = keyOf(prompt)
      const before = prompts.get(key) ?? { past: Fate.fresh, earliestRetryAt: 0 }
      const fate = Fate.next(scenario, prompt, before.past)
      remember(key, { past: fate.past, earliestRetryAt: before.earliestRetryAt })
      return { fate, nth: fate.past.asked, early: at < before.earliestRetryAt - EARLY_TOLERANCE_MILLIS }
    },
    announce: (prompt, earliestRetryAt) => {
      const key = keyOf(prompt)
      const before = prompts.get(key) ?? { past: Fate.fresh, earliestRetryAt: 0 }
      remember(key, { past: before.past, earliestRetryAt: Math.max(before.earliestRetryAt, earliestRetryAt) })
    },
    outage: (at, starts) => {
      if (starts) startedAt ??= at
      return startedAt === undefined ? undefined : Fate.outage(scenario, at - startedAt)
    },
    limiter: () => limiter,
    refused: Fate.refusals(scenario),
    clear: Effect.andThen(
      Effect.sync(() => {
        prompts.clear()
        limiter = Limiter.make(scenario.limits)
        lastSeq = 0
        startedAt = undefined
      }),
      store.clear
    )
  }
}
