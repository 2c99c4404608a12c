/**
 * `ProviderError`: the one error that a call to an image provider fails with.
 *
 * It says why (`reason`), whether the unchanged request may be repeated (`isRetryable`), when (`retryAfter`), what
 * became of the request (`delivery`, which decides whether repeating may cost twice), which rule recognised it, and what
 * a person should do (`remedy`). It encodes with Schema and holds no secrets: messages are redacted and bounded before
 * they get here, and no request, header map or cause is kept.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Reason from "./Reason.ts"

/**
 * What became of the request.
 *
 * - `NotSent`: no byte of it left (refused connection, DNS, connect timeout).
 * - `Rejected`: the provider answered no.
 * - `MaybeProcessed`: it may have been done and billed (a reset or a timeout after it went out, a gateway's 502 or 504).
 */
export const Delivery = Schema.Literals(["NotSent", "Rejected", "MaybeProcessed"])
export type Delivery = typeof Delivery.Type

/** A limit as an answer states it. */
export const Limit = Schema.Struct({
  scope: Reason.Scope,
  limit: Schema.optionalKey(Schema.Finite),
  remaining: Schema.optionalKey(Schema.Finite),
  resetAfter: Schema.optionalKey(Schema.DurationFromMillis)
})
export type Limit = typeof Limit.Type

/** Characters of the provider's own words that an error keeps. */
export const maxDescriptionLength = 500

export class ProviderError extends Schema.TaggedError<ProviderError>("@fixative/errors/ProviderError")("ProviderError", {
  /** `"openai"`, `"stability"`, ... */
  provider: Schema.String,
  /** `"generate"`, `"edit"`, ... */
  operation: Schema.String,
  reason: Reason.Reason,
  delivery: Delivery,
  /** The name of the rule that recognised the answer: `"openai/insufficient-quota"`. */
  rule: Schema.String,
  /** The provider's own words, redacted, at most `maxDescriptionLength` characters. */
  description: Schema.String,
  /** What to do about it, for people. */
  remedy: Schema.String,
  /** The provider's id of the request, for its support. */
  requestId: Schema.optionalKey(Schema.String),
  http: Schema.optionalKey(Schema.Struct({ status: Schema.Int })),
  /** How long the provider asks to wait, counted from the answer. Never negative; at most `RetryHint.longest`. */
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis),
  /** The limits that the answer stated, at most one a scope. */
  limits: Schema.optionalKey(Schema.Array(Limit))
}) {
  /** Whether the unchanged request may succeed later. `delivery` says whether repeating it may cost twice. */
  get isRetryable(): boolean {
    return Reason.isRetryable(this.reason)
  }

  /** What a circuit breaker should make of it. */
  get circuitOutcome(): Reason.CircuitOutcome {
    return Reason.circuitOutcome(this.reason)
  }

  /** Whose move it is. */
  get blame(): Reason.Facts["blame"] {
    return Reason.blame(this.reason)
  }

  override get message(): string {
    const detail = Reason.detail(this.reason)
    const what = detail === undefined ? this.reason._tag : `${this.reason._tag} (${detail})`
    const wait = this.retryAfter === undefined ? "" : `, retry after ${Duration.format(this.retryAfter)}`
    return `${this.provider} ${this.operation}: ${what}${wait}${this.description === "" ? "" : `: ${this.description}`}`
  }
}

export const isProviderError = (u: unknown): u is ProviderError => u instanceof ProviderError
