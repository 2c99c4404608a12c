/**
 * What a circuit should make of a call: a classifier for effect's `CircuitBreaker` that imports no error class and reads
 * the shape of the failure instead.
 *
 * Effect's own default counts every failure against the dependency: a wrong prompt or a key that expired would then open
 * the circuit for everybody. This one asks the error.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Predicate from "effect/Predicate"

const property = (error: unknown, name: string): unknown => Predicate.hasProperty(error, name) ? error[name] : undefined

const isUsedUp = (limit: unknown): boolean => {
  const remaining = property(limit, "remaining")
  return typeof remaining === "number" && remaining <= 0
}

/** Whether the error states a limit with nothing left: the dependency works, and the caller is too fast. */
const isRateLimit = (error: unknown): boolean => {
  const limits = property(error, "limits")
  return Array.isArray(limits) && limits.some(isUsedUp)
}

const failure = (error: unknown): CircuitBreaker.Outcome => {
  const hint = property(error, "retryAfter")
  return CircuitBreaker.failure(Duration.isDuration(hint) && !Duration.isNegative(hint) ? { retryAfter: hint } : undefined)
}

/**
 * The outcome of an error.
 *
 * - `circuitOutcome: "success" | "failure" | "ignored"` on the error decides, where there is one.
 * - Else `isRetryable` says whether the dependency is at fault: `false` is ignored (the caller's mistake says nothing
 *   about the dependency), and so is a retryable error whose `limits` are used up (pacing's business); any other
 *   retryable error is a failure, open for at least its `retryAfter`.
 * - An error without this shape is a failure, as in effect's own classifier.
 */
export const ofError = (error: unknown): CircuitBreaker.Outcome => {
  switch (property(error, "circuitOutcome")) {
    case "success":
      return CircuitBreaker.success
    case "ignored":
      return CircuitBreaker.ignored
    case "failure":
      return failure(error)
  }
  if (property(error, "isRetryable") === false || isRateLimit(error)) return CircuitBreaker.ignored
  return failure(error)
}

/** The outcome of a call. A defect is a failure; effect itself ignores an interruption before it asks. */
export const ofExit = <A, E>(exit: Exit.Exit<A, E>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return CircuitBreaker.success
  const error = Cause.findErrorOption(exit.cause)
  return Option.isSome(error) ? ofError(error.value) : CircuitBreaker.failure()
}
