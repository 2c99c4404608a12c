/** What may be sent to an image model, decided without a network. One module is one namespace. */
export * as Check from "./Check.ts"
export * as Finding from "./Finding.ts"
export * as Limits from "./Limits.ts"
export * as PromptPolicy from "./PromptPolicy.ts"
export * as PromptRejected from "./PromptRejected.ts"
export * as Rule from "./Rule.ts"
