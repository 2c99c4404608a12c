/**
 * Why a call to an image API failed, whether it may be repeated, when, who is to blame, and what to do.
 *
 * @module
 */
export * as Classify from "./Classify.ts"
export * as ProviderError from "./ProviderError.ts"
export * as Reason from "./Reason.ts"
export * as Redact from "./Redact.ts"
export * as RetryHint from "./RetryHint.ts"
export * as Rule from "./Rule.ts"
