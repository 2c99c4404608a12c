/**
 * When not to try at all: effect's circuit breaker with a classifier that reads the error.
 *
 * @module
 */
export * as Breaker from "./Breaker.ts"
export * as CircuitOpen from "./CircuitOpen.ts"
export * as Outcome from "./Outcome.ts"
