/**
 * Why a call failed: a closed vocabulary of reasons, and what each one means for retries, circuit breakers, other
 * providers and people.
 *
 * A reason is plain data. What follows from a reason stands in one table, `facts`, and in `isRetryable` and
 * `circuitOutcome`, which also read the reason's kind where the kind changes the answer.
 */
import * as Schema from "effect/Schema"

/** What a limit counts. */
export const Scope = Schema.Literals(["requests", "images", "tokens", "concurrency", "unknown"])
export type Scope = typeof Scope.Type

/** Too many calls for now; it clears by itself. */
export const RateLimited = Schema.TaggedStruct("RateLimited", { scope: Scope })

/** Money, credits or an allowance is used up, or was never granted; waiting a little does not help. */
export const QuotaExhausted = Schema.TaggedStruct("QuotaExhausted", {
  kind: Schema.Literals(["billing", "credits", "spend-limit", "daily", "zero-limit", "unknown"])
})

/** The provider does not know who calls. */
export const AuthenticationFailed = Schema.TaggedStruct("AuthenticationFailed", {
  kind: Schema.Literals(["missing", "invalid", "expired", "unknown"])
})

/** The provider knows who calls, and the caller may not do this. */
export const PermissionDenied = Schema.TaggedStruct("PermissionDenied", {
  kind: Schema.Literals(["organization-unverified", "region", "model-access", "scope", "unknown"])
})

/** Refused for its content: the prompt before it was drawn, or the picture after it. */
export const ContentPolicy = Schema.TaggedStruct("ContentPolicy", {
  stage: Schema.Literals(["prompt", "output"]),
  /** The provider's own category names, at most 16. Empty when it named none. */
  categories: Schema.Array(Schema.String)
})

/** The request itself is wrong: the same request fails every time. */
export const InvalidRequest = Schema.TaggedStruct("InvalidRequest", {
  /** The name of the wrong parameter, when the provider named one. */
  parameter: Schema.optionalKey(Schema.String),
  /** What is allowed, when the answer says so: `"32000"`. */
  limit: Schema.optionalKey(Schema.String)
})

/** Something that the request names does not exist (any more). */
export const NotFound = Schema.TaggedStruct("NotFound", {
  kind: Schema.Literals(["model", "deployment", "job", "image", "unknown"])
})

/** An answer did not come in time. `deadline` is the caller's own clock, the others an attempt's or a gateway's. */
export const Timeout = Schema.TaggedStruct("Timeout", {
  stage: Schema.Literals(["connect", "response", "idle", "gateway", "deadline"])
})

/** The provider is there, and has no room now. */
export const Overloaded = Schema.TaggedStruct("Overloaded", {
  kind: Schema.Literals(["capacity", "queue-full", "cold-start"])
})

/** The provider failed. */
export const ServerError = Schema.TaggedStruct("ServerError", {})

/** The network failed. */
export const Transport = Schema.TaggedStruct("Transport", {
  kind: Schema.Literals(["dns", "connect", "tls", "certificate", "reset", "unknown"])
})

/** The call collides with another one, or with the state that its target is in. */
export const Conflict = Schema.TaggedStruct("Conflict", {})

/** An answer that says success and holds nothing usable. */
export const InvalidResponse = Schema.TaggedStruct("InvalidResponse", {
  kind: Schema.Literals(["no-image", "undecodable", "too-large"])
})

/** The provider or a person ended the call. */
export const Cancelled = Schema.TaggedStruct("Cancelled", {})

export const Reason = Schema.Union([
  RateLimited,
  QuotaExhausted,
  AuthenticationFailed,
  PermissionDenied,
  ContentPolicy,
  InvalidRequest,
  NotFound,
  Timeout,
  Overloaded,
  ServerError,
  Transport,
  Conflict,
  InvalidResponse,
  Cancelled
])
export type Reason = typeof Reason.Type
export type Tag = Reason["_tag"]

/** What a circuit breaker should make of a failure. */
export type CircuitOutcome = "success" | "failure" | "ignored"

export interface Facts {
  /** Whether the unchanged request may succeed later. `isRetryable` refines it by kind. */
  readonly retryable: boolean
  readonly circuit: CircuitOutcome
  /** Whether another provider may succeed where this one failed. */
  readonly elsewhere: "yes" | "no" | "by-policy" | "if-wait-too-long" | "if-it-can"
  readonly blame: "caller" | "account" | "configuration" | "prompt" | "provider" | "network"
  /** What a person should do: one or two sentences. A rule may know better and bring its own. */
  readonly remedy: string
}

/** What follows from each reason. */
export const facts: { readonly [T in Tag]: Facts } = {
  RateLimited: {
    retryable: true,
    circuit: "ignored",
    elsewhere: "if-wait-too-long",
    blame: "caller",
    remedy: "Wait for the time that the provider states, then send again; send more slowly or ask for a higher limit."
  },
  QuotaExhausted: {
    retryable: false,
    circuit: "ignored",
    elsewhere: "yes",
    blame: "account",
    remedy: "Add credit or raise the spending limit of the account; retrying does not help."
  },
  AuthenticationFailed: {
    retryable: false,
    circuit: "ignored",
    elsewhere: "yes",
    blame: "configuration",
    remedy: "Check that the API key is set, complete and not revoked."
  },
  PermissionDenied: {
    retryable: false,
    circuit: "ignored",
    elsewhere: "yes",
    blame: "account",
    remedy: "Ask for access to this model or operation, or use a key that has it."
  },
  ContentPolicy: {
    retryable: false,
    circuit: "success",
    elsewhere: "by-policy",
    blame: "prompt",
    remedy: "Say it differently: the provider refuses what the prompt asks for, and will refuse it again."
  },
  InvalidRequest: {
    retryable: false,
    circuit: "success",
    elsewhere: "if-it-can",
    blame: "caller",
    remedy: "Correct the request: the provider will refuse it unchanged every time."
  },
  NotFound: {
    retryable: false,
    circuit: "ignored",
    elsewhere: "yes",
    blame: "configuration",
    remedy: "Check the name of the model and the base URL; what was asked for does not exist there."
  },
  Timeout: {
    retryable: true,
    circuit: "failure",
    elsewhere: "yes",
    blame: "provider",
    remedy: "Try again, with a longer timeout if the picture is large or of high quality."
  },
  Overloaded: {
    retryable: true,
    circuit: "failure",
    elsewhere: "yes",
    blame: "provider",
    remedy: "The provider has no room now: wait longer than usual before the next try."
  },
  ServerError: {
    retryable: true,
    circuit: "failure",
    elsewhere: "yes",
    blame: "provider",
    remedy: "The provider failed: try again; if it goes on, look at its status page."
  },
  Transport: {
    retryable: true,
    circuit: "failure",
    elsewhere: "yes",
    blame: "network",
    remedy: "Check the network, the proxy and the base URL, then try again."
  },
  Conflict: {
    retryable: true,
    circuit: "ignored",
    elsewhere: "no",
    blame: "caller",
    remedy: "Another call holds the same resource: try again when it is done."
  },
  InvalidResponse: {
    retryable: true,
    circuit: "failure",
    elsewhere: "yes",
    blame: "provider",
    remedy: "The answer held no usable image: a second try may, and the first may have been billed."
  },
  Cancelled: {
    retryable: false,
    circuit: "ignored",
    elsewhere: "no",
    blame: "caller",
    remedy: "The call was cancelled; send it again if that was not meant."
  }
}

/**
 * Whether the unchanged request may succeed later. About the reason alone: whether repeating may cost twice is
 * `delivery`'s business. A certificate stays wrong, and a caller's own deadline stays passed.
 */
export const isRetryable = (reason: Reason): boolean => {
  if (reason._tag === "Transport" && reason.kind === "certificate") return false
  if (reason._tag === "Timeout" && reason.stage === "deadline") return false
  return facts[reason._tag].retryable
}

/** What a circuit breaker should make of it. A caller's own deadline says nothing about the provider. */
export const circuitOutcome = (reason: Reason): CircuitOutcome =>
  reason._tag === "Timeout" && reason.stage === "deadline" ? "ignored" : facts[reason._tag].circuit

/** Whose move it is. */
export const blame = (reason: Reason): Facts["blame"] => {
  if (reason._tag !== "Timeout") return facts[reason._tag].blame
  return reason.stage === "deadline" ? "caller" : reason.stage === "connect" ? "network" : "provider"
}

/** The detail of a reason beside its tag, for people: `"images"`, `"organization-unverified"`, `"size"`. */
export const detail = (reason: Reason): string | undefined => {
  switch (reason._tag) {
    case "RateLimited":
      return reason.scope === "unknown" ? undefined : reason.scope
    case "ContentPolicy":
      return [reason.stage, ...reason.categories].join(", ")
    case "InvalidRequest":
      return reason.parameter
    case "Timeout":
      return reason.stage
    case "ServerError":
    case "Conflict":
    case "Cancelled":
      return undefined
    default:
      return reason.kind === "unknown" ? undefined : reason.kind
  }
}

/** The names that the command line and its JSON formats use. */
export const WireName = Schema.Literals([
  "rate_limited",
  "quota_exhausted",
  "authentication",
  "permission",
  "content_policy_prompt",
  "content_policy_output",
  "invalid_request",
  "not_found",
  "timeout",
  "overloaded",
  "server_error",
  "transport",
  "conflict",
  "invalid_response",
  "cancelled"
])
export type WireName = typeof WireName.Type

const wireNames: { readonly [T in Exclude<Tag, "ContentPolicy">]: WireName } = {
  RateLimited: "rate_limited",
  QuotaExhausted: "quota_exhausted",
  AuthenticationFailed: "authentication",
  PermissionDenied: "permission",
  InvalidRequest: "invalid_request",
  NotFound: "not_found",
  Timeout: "timeout",
  Overloaded: "overloaded",
  ServerError: "server_error",
  Transport: "transport",
  Conflict: "conflict",
  InvalidResponse: "invalid_response",
  Cancelled: "cancelled"
}

export const wireName = (reason: Reason): WireName =>
  reason._tag === "ContentPolicy" ? `content_policy_${reason.stage}` : wireNames[reason._tag]
