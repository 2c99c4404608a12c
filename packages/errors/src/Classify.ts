/**
 * From what came back to why it failed: `answer` for anything that a server said, `transport` for a failure of the
 * network. Both return a `ProviderError` and never throw.
 *
 * A status is a weak signal, so the order is: the rules for bodies, then those of the transport, then HTTP's. OpenAI's
 * envelope is the field's lingua franca, so its rules read every provider's answers; what they advise names OpenAI's pages, and
 * is given for OpenAI alone.
 */
import * as Duration from "effect/Duration"
import { evidenceOf, headOf } from "./internal/evidence.ts"
import { http } from "./internal/rules/http.ts"
import { openai } from "./internal/rules/openai.ts"
import { transport as transportRules } from "./internal/rules/transport.ts"
import { type Delivery, maxDescriptionLength, ProviderError } from "./ProviderError.ts"
import * as Reason from "./Reason.ts"
import * as Redact from "./Redact.ts"
import * as RetryHint from "./RetryHint.ts"
import * as Rule from "./Rule.ts"

/** An error of the network, as Node, undici, fetch and their like throw it, or as a log line keeps it. */
export interface TransportFailure {
  readonly name?: string | undefined
  readonly code?: string | number | undefined
  readonly message?: string | undefined
  readonly cause?: unknown
}

/** What came back, or did not. */
export interface Answer {
  /** `"openai"`, ...; whose answer it is. A name that is not known here is no hindrance. */
  readonly provider: string
  /** Default `"generate"`. */
  readonly operation?: string | undefined
  /** Default: `"transport"` with `transport`, else `"http"`. */
  readonly kind?: Rule.Kind | undefined
  readonly status?: number | undefined
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string> | undefined>> | undefined
  /** The body as text; a head of `maxBodyLength` characters is read. */
  readonly body?: string | undefined
  readonly transport?: TransportFailure | undefined
  /** Values to take out of every text exactly, such as the key that was sent. */
  readonly secrets?: ReadonlyArray<string> | undefined
  /** Epoch milliseconds of the answer, for waits stated as dates. */
  readonly now: number
}

/** Characters of a body that are read: errors are short, and images are not errors. */
export const maxBodyLength = 65_536

const providerRules: ReadonlyArray<Rule.Rule> = [...openai]

const rules: ReadonlyArray<Rule.Rule> = [...providerRules, ...transportRules, ...http]

/** The names of all rules, in the order in which they are asked. */
export const ruleNames: ReadonlyArray<string> = rules.map((rule) => rule.name)

const unknown: Rule.Rule = { name: "unknown", when: {}, reason: { _tag: "ServerError" } }

// What became of the request, where the rule does not say: an answer with an error status is a no, except from a gateway
// that may have lost the origin's yes; a success without an image may be billed; and a broken connection tells nothing.
const deliveryOf = (reason: Reason.Reason, evidence: Rule.Evidence): Delivery => {
  const { status } = evidence
  if (reason._tag === "InvalidResponse") return "MaybeProcessed"
  if (status === undefined) return evidence.kind === "job" ? "Rejected" : "MaybeProcessed"
  return status === 502 || status === 504 || status === 520 || status === 524 ? "MaybeProcessed" : "Rejected"
}

const hintOf = (reason: Reason.Reason, evidence: Rule.Evidence, limits: ReadonlyArray<RetryLimit>, now: number) => {
  const stated = RetryHint.fromHeaders(evidence.header, now)
  if (stated !== undefined || !Reason.isRetryable(reason)) return stated
  const prose = RetryHint.parseProse(evidence.message)
  if (prose !== undefined || reason._tag !== "RateLimited") return prose
  // A limit with nothing left opens again when it is reset; with several, when the last of them is.
  const resets = limits.flatMap(({ remaining, resetAfter }) =>
    remaining !== undefined && remaining <= 0 && resetAfter !== undefined ? [resetAfter] : []
  )
  return resets.length === 0 ? undefined : resets.reduce((a, b) => Duration.max(a, b))
}

/** A provider's rule advises with its own pages; for another's answer the general remedy is the right one. */
const remedyOf = (rule: Rule.Rule, reason: Reason.Reason, provider: string): string => {
  const [owner = ""] = rule.name.split("/")
  const isOwn = owner === provider || owner === "transport" || owner === "http"
  return isOwn && rule.remedy !== undefined ? rule.remedy : Reason.facts[reason._tag].remedy
}

type RetryLimit = ReturnType<typeof RetryHint.limits>[number]

/** Classifies an answer of a server, or a failure of the network. Never throws. */
export const answer = (input: Answer): ProviderError => {
  const evidence = evidenceOf(input, maxBodyLength)
  const rule = rules.find((candidate) => Rule.matches(candidate, evidence)) ?? unknown
  const reason = typeof rule.reason === "function" ? rule.reason(evidence) : rule.reason
  const limits = RetryHint.limits(evidence.header, input.now)
  const retryAfter = hintOf(reason, evidence, limits, input.now)
  const requestId = evidence.header("x-request-id")
  return new ProviderError({
    provider: input.provider,
    operation: input.operation ?? "generate",
    reason,
    delivery: rule.delivery ?? deliveryOf(reason, evidence),
    rule: rule.name,
    description: Redact.excerpt(evidence.message, maxDescriptionLength, input.secrets),
    remedy: remedyOf(rule, reason, input.provider),
    ...(requestId === undefined ? {} : { requestId: Redact.excerpt(requestId, 128, input.secrets) }),
    ...(evidence.status === undefined ? {} : { http: { status: evidence.status } }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(limits.length === 0 ? {} : { limits })
  })
}

/** Classifies whatever an HTTP client threw: the error and its causes are read, and none of them is kept. */
export const transport = (options: {
  readonly provider: string
  readonly operation?: string | undefined
  readonly cause: unknown
  readonly secrets?: ReadonlyArray<string> | undefined
  readonly now: number
}): ProviderError =>
  answer({
    provider: options.provider,
    operation: options.operation,
    kind: "transport",
    transport: headOf(options.cause),
    secrets: options.secrets,
    now: options.now
  })
