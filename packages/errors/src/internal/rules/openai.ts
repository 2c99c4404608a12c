/**
 * What OpenAI's Images API answers, and what servers that speak its protocol answer. Codes and messages are those of
 * OpenAI's error reference and of its official SDKs' tests.
 */
import type { Reason, Scope } from "../../Reason.ts"
import type { Evidence, Rule } from "../../Rule.ts"
import { at, strings } from "../json.ts"

const scopeOf = ({ message, type }: Evidence): Scope => {
  if (/\b(?:input-)?images?\b/i.test(type) || /\bimages? per (?:min|day)|\bIPM\b/i.test(message)) return "images"
  if (type === "tokens" || /\btokens? per (?:min|day)|\bTP[MD]\b/i.test(message)) return "tokens"
  if (type === "requests" || /\brequests? per (?:min|day)|\bRP[MD]\b/i.test(message)) return "requests"
  return /\bconcurren/i.test(message) ? "concurrency" : "unknown"
}

const policy = (evidence: Evidence): Reason => {
  const details = at(evidence.json, "error", "moderation_details")
  return {
    _tag: "ContentPolicy",
    stage: at(details, "moderation_stage") === "output" ? "output" : "prompt",
    categories: strings(at(details, "categories")).slice(0, 16)
  }
}

const parameter = ({ message, param }: Evidence): Reason => {
  const limit = /(?:maximum length|one of|less than or equal to|at most|maximum (?:of|is))\s{0,2}(\[[^\]]{1,120}\]|\d{1,9})/i.exec(message)?.[1]
  return {
    _tag: "InvalidRequest",
    ...(param === undefined || param === "" ? {} : { parameter: param }),
    ...(limit === undefined ? {} : { limit })
  }
}

const limits = "https://platform.openai.com/settings/organization/limits"
const billing = "https://platform.openai.com/settings/organization/billing"

export const openai: ReadonlyArray<Rule> = [
  {
    name: "openai/moderation-blocked",
    when: { code: ["moderation_blocked", "content_policy_violation", "image_content_policy_violation", "content_filter"] },
    reason: policy,
    remedy: "OpenAI's safety system refused this prompt. Rephrase it: named characters, living people, violence and " +
      "nudity are refused most often. The same prompt will be refused again."
  },
  {
    name: "openai/safety-system",
    when: { status: [400, 403], message: /rejected (?:by|as a result of) (?:the|our) safety system|violat\w+ (?:our|the) (?:content|usage) polic/i },
    reason: policy
  },
  {
    name: "openai/billing-limit",
    when: { code: ["billing_hard_limit_reached"] },
    reason: { _tag: "QuotaExhausted", kind: "spend-limit" },
    remedy: `The spending limit is reached. Raise it at ${limits}, or wait for the next month.`
  },
  {
    name: "openai/insufficient-quota",
    when: { code: ["insufficient_quota", "billing_not_active", "access_terminated"] },
    reason: { _tag: "QuotaExhausted", kind: "billing" },
    remedy: `The account has no credit left. Add some at ${billing}; retrying does not help.`
  },
  {
    name: "openai/zero-limit",
    when: { status: [429], message: /\blimit:?\s{0,2}0(?:\s|\/|,|\.\s|$)/i },
    reason: { _tag: "QuotaExhausted", kind: "zero-limit" },
    remedy: `The account's limit for this model is zero: waiting does not help. See ${limits}.`
  },
  {
    name: "openai/overloaded",
    when: { code: ["engine_overloaded_error", "engine_overloaded", "overloaded_error", "slow_down"] },
    reason: { _tag: "Overloaded", kind: "capacity" }
  },
  {
    name: "openai/overloaded-message",
    when: { statusBetween: [500, 599], message: /\b(?:overloaded|at capacity|no capacity)\b/i },
    reason: { _tag: "Overloaded", kind: "capacity" }
  },
  {
    name: "openai/rate-limit",
    when: { code: ["rate_limit_exceeded", "rate_limit_error", "requests", "tokens", "input-images"], status: [429] },
    reason: (evidence) => ({ _tag: "RateLimited", scope: scopeOf(evidence) }),
    remedy: `Send more slowly; the limits of the account stand at ${limits}.`
  },
  {
    name: "openai/missing-scope",
    when: { status: [401, 403], message: /insufficient permissions|missing scopes/i },
    reason: { _tag: "PermissionDenied", kind: "scope" },
    remedy: "The key is restricted. Give it the scope for images, or use a key of a project member who may write."
  },
  {
    name: "openai/organization-unverified",
    when: { statusBetween: [400, 403], message: /\b(?:organi[sz]ation|account|identity)\b.{0,40}must be verified/i },
    reason: { _tag: "PermissionDenied", kind: "organization-unverified" },
    remedy: "Verify the organization at https://platform.openai.com/settings/organization/general; it can take 15 " +
      "minutes to count."
  },
  {
    name: "openai/region",
    when: { code: ["unsupported_country_region_territory"] },
    reason: { _tag: "PermissionDenied", kind: "region" }
  },
  {
    name: "openai/missing-key",
    when: { status: [401], message: /(?:didn't|did not) provide an api key|missing (?:bearer|api key)/i },
    reason: { _tag: "AuthenticationFailed", kind: "missing" },
    remedy: "No API key was sent: set OPENAI_API_KEY."
  },
  {
    name: "openai/expired-key",
    when: { status: [401], message: /\bexpired\b/i },
    reason: { _tag: "AuthenticationFailed", kind: "expired" },
    remedy: "The API key has expired: make a new one at https://platform.openai.com/api-keys."
  },
  {
    name: "openai/invalid-key",
    when: { status: [401], code: ["invalid_api_key", "invalid_authentication", "invalid_organization"] },
    reason: { _tag: "AuthenticationFailed", kind: "invalid" },
    remedy: "The API key is wrong or revoked: compare OPENAI_API_KEY with https://platform.openai.com/api-keys."
  },
  {
    name: "openai/model-not-found",
    when: { status: [404], code: ["model_not_found"] },
    reason: { _tag: "NotFound", kind: "model" },
    remedy: "This model does not exist or was shut down: choose a current one, such as gpt-image-2."
  },
  {
    name: "openai/model-access",
    when: { status: [401, 403], code: ["model_not_found"] },
    reason: { _tag: "PermissionDenied", kind: "model-access" }
  },
  {
    name: "openai/invalid-parameter",
    when: {
      statusBetween: [400, 422],
      code: ["invalid_request_error", "image_generation_user_error", "invalid_value", "unknown_parameter",
        "string_above_max_length", "invalid_image_file", "invalid_image_format", "image_too_large",
        "missing_required_parameter", "unsupported_value"]
    },
    reason: parameter
  },
  {
    // Relayed without its envelope: "[openai] 400 Invalid 'prompt': string too long. ..."
    name: "openai/invalid-parameter-message",
    when: { kind: ["http", "job", "stream"], message: /\bInvalid '[\w.[\]]{1,64}'/ },
    reason: (evidence) => parameter({ ...evidence, param: evidence.param ?? /Invalid '([\w.[\]]{1,64})'/.exec(evidence.message)?.[1] })
  },
  {
    name: "openai/server-error",
    // Not 504: a gateway's timeout is a timeout, whoever wrote its envelope.
    when: { statusBetween: [500, 503], code: ["server_error", "internal_error", "internal_server_error"] },
    reason: { _tag: "ServerError" },
    remedy: "OpenAI failed: try again; if it goes on, see https://status.openai.com and name the request id to support."
  }
]
