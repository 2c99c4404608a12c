/**
 * The shape of an error that a retry can read. No error class is imported: any error with these properties is understood,
 * effect's own `AiError` among them, and one without them is never retried.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"

export interface Failure {
  /** Whether the unchanged call may succeed later. Anything but `true` is a no. */
  readonly isRetryable: boolean
  /** How long the other side asks to wait, from now. */
  readonly retryAfter: Duration.Duration | undefined
  /** Whether the call may have been carried out although it failed. */
  readonly isAmbiguous: boolean
  /** Whether nothing was tried: an open circuit or a full queue turned the call away. */
  readonly isRefusal: boolean
}

/** Reads an error of any type. A `retryAfter` that is negative, or no duration, is no hint. */
export const read = (error: unknown): Failure => {
  const property = (name: string): unknown => Predicate.hasProperty(error, name) ? error[name] : undefined
  const hint = property("retryAfter")
  return {
    isRetryable: property("isRetryable") === true,
    retryAfter: Duration.isDuration(hint) && !Duration.isNegative(hint) ? hint : undefined,
    isAmbiguous: property("delivery") === "MaybeProcessed",
    isRefusal: property("isRefusal") === true
  }
}
