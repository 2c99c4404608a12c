/** What each fault does to a valid request for images: a table, so that a fault is a row. */
import type * as Scenario from "../../Scenario.ts"
import type { Decision, Facts } from "../exchange.ts"
import * as Limiter from "../limiter.ts"
import * as Answers from "./answers.ts"
import type { ImageRequest, Refusal } from "./request.ts"

/** A request that is to meet a fault. */
export interface Victim {
  readonly request: ImageRequest
  readonly requestId: string
  readonly at: number
  readonly waitMillis: number
  readonly latencyMillis: number
  readonly limits: ReadonlyArray<Limiter.State>
  readonly facts: Facts
  /** What it would have cost. */
  readonly bill: Pick<Facts, "billedImages" | "billedUsd">
}

/** Answers with an error that names a wait, and notes the wait. */
interface Wait {
  readonly retryAfterMillis: number
  readonly earliestRetryAt: number
  readonly headers: Readonly<Record<string, string>>
  readonly sentence?: string
}

/** An error in OpenAI's envelope. */
export const refuse = (
  refusal: Refusal,
  requestId: string,
  facts: Facts,
  rest: {
    readonly headers?: Readonly<Record<string, string>>
    readonly details?: Readonly<Record<string, unknown>>
    readonly delayMillis?: number
  } = {}
): Decision => ({
  facts: { ...facts, ...(refusal.code === null ? {} : { code: refusal.code }) },
  delayMillis: rest.delayMillis ?? 0,
  ending: {
    _tag: "Answer",
    status: refusal.status,
    answer: (_, processingMillis) =>
      Answers.error(refusal, { requestId, processingMillis, ...(rest.headers === undefined ? {} : { headers: rest.headers }) }, rest.details)
  }
})

/** The page of a proxy in front. */
export const page = (status: 502 | 503, requestId: string, facts: Facts, delayMillis: number): Decision => ({
  facts,
  delayMillis,
  ending: { _tag: "Answer", status, answer: (_, processingMillis) => Answers.html(status, { requestId, processingMillis }) }
})

/** Blocked by moderation, which names its category and whether it looked at the prompt or at the picture. */
export const blocked = (
  category: string,
  stage: "input" | "output",
  requestId: string,
  facts: Facts,
  delayMillis: number
): Decision =>
  refuse(Answers.moderationBlocked(requestId), requestId, facts, {
    delayMillis,
    details: { moderation_details: { categories: [category], moderation_stage: stage } }
  })

const images = (victim: Victim) => victim.limits.find((state) => state.scope === "images")

/** The bucket as the message has it: empty, and full enough again after the wait. */
const exhausted = (victim: Victim, waitMillis: number) =>
  Limiter.headers(victim.limits.map((state) =>
    state.scope === "images" ? { ...state, remaining: 0, resetMillis: Math.max(waitMillis, state.resetMillis) } : state
  ))

const limited = (victim: Victim, wait: Wait): Decision => {
  const perMinute = images(victim)?.perMinute
  const limit = perMinute === undefined ? "" : `: Limit ${perMinute}, Used ${perMinute}, Requested ${victim.request.n}`
  const message = `Rate limit reached for images per min (IPM) in organization org-emulated${limit}.${wait.sentence ?? ""}`
  const { earliestRetryAt, retryAfterMillis } = wait
  return refuse(Answers.rateLimit("images", message), victim.requestId, { ...victim.facts, retryAfterMillis, earliestRetryAt }, {
    headers: wait.headers
  })
}

const play: Readonly<Record<Scenario.Fault, (victim: Victim) => Decision>> = {
  "429-seconds": (victim) => {
    // Whole seconds, rounded up: the field knows no others (RFC 9110, 10.2.3).
    const seconds = Math.max(1, Math.ceil(victim.waitMillis / 1_000))
    return limited(victim, {
      retryAfterMillis: seconds * 1_000,
      earliestRetryAt: victim.at + seconds * 1_000,
      headers: { ...exhausted(victim, seconds * 1_000), "retry-after": String(seconds) }
    })
  },
  "429-date": (victim) => {
    const earliestRetryAt = Math.ceil((victim.at + victim.waitMillis) / 1_000) * 1_000
    const retryAfterMillis = earliestRetryAt - victim.at
    return limited(victim, {
      retryAfterMillis,
      earliestRetryAt,
      headers: { ...exhausted(victim, retryAfterMillis), "retry-after": new Date(earliestRetryAt).toUTCString() }
    })
  },
  "429-millis": (victim) =>
    limited(victim, {
      retryAfterMillis: victim.waitMillis,
      earliestRetryAt: victim.at + victim.waitMillis,
      headers: { ...exhausted(victim, victim.waitMillis), "retry-after-ms": String(victim.waitMillis) }
    }),
  "429-prose": (victim) =>
    limited(victim, {
      retryAfterMillis: victim.waitMillis,
      earliestRetryAt: victim.at + victim.waitMillis,
      headers: {},
      sentence: ` Please try again in ${Limiter.goDuration(victim.waitMillis)}.`
    }),
  "quota": (victim) => refuse(Answers.quota, victim.requestId, victim.facts, { headers: Limiter.headers(victim.limits) }),
  "500": (victim) =>
    refuse(Answers.serverError(victim.requestId), victim.requestId, victim.facts, { delayMillis: victim.latencyMillis }),
  "502": (victim) => refuse(Answers.badGateway, victim.requestId, victim.facts, { delayMillis: victim.latencyMillis }),
  "503": (victim) => refuse(Answers.overloaded, victim.requestId, victim.facts, { delayMillis: victim.latencyMillis }),
  "html": (victim) => page(502, victim.requestId, victim.facts, victim.latencyMillis),
  "reset-before": (victim) => ({ facts: victim.facts, ending: { _tag: "Reset" } }),
  "reset-after": (victim) => ({
    facts: { ...victim.facts, ...victim.bill },
    delayMillis: victim.latencyMillis,
    ending: { _tag: "Reset" }
  }),
  "stall": (victim) => ({ facts: { ...victim.facts, ...victim.bill }, ending: { _tag: "Stall" } }),
  "no-image": (victim) => ({
    facts: { ...victim.facts, ...victim.bill },
    delayMillis: victim.latencyMillis,
    ending: {
      _tag: "Answer",
      status: 200,
      answer: (_, processingMillis) =>
        Answers.json(Answers.images(victim.request, Math.floor(victim.at / 1_000), []), 200, {
          requestId: victim.requestId,
          processingMillis,
          headers: Limiter.headers(victim.limits)
        })
    }
  }),
  "refusal": (victim) => blocked("other", "output", victim.requestId, victim.facts, victim.latencyMillis)
}

/** What happens to a request that meets this fault. */
export const decide = (fault: Scenario.Fault, victim: Victim): Decision =>
  play[fault]({ ...victim, facts: { ...victim.facts, fault } })
