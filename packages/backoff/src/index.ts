/**
 * When to try again: jittered schedules that read the error's own hint, and attempts that are exact.
 *
 * @module
 */
export * as Backoff from "./Backoff.ts"
export * as Failure from "./Failure.ts"
export * as Jitter from "./Jitter.ts"
export * as Retry from "./Retry.ts"
