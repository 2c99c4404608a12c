/**
 * Image generation that keeps going: retry, pacing, circuit breaker and prompt checks around any provider, as one layer or as
 * single policies.
 *
 * @module
 */
export { Backoff, Jitter, Retry } from "@fixative/backoff"
export { Breaker, CircuitOpen } from "@fixative/circuit-breaker"
export { Classify, ProviderError, Reason } from "@fixative/errors"
export { ImageModel, OpenAi, Prices, Sniff } from "@fixative/image"
export { Check, Finding, PromptPolicy, PromptRejected } from "@fixative/prompt"
export * as DeadlineExceeded from "./DeadlineExceeded.ts"
export * as Events from "./Events.ts"
export * as Fixative from "./Fixative.ts"
export * as Policies from "./Policies.ts"
