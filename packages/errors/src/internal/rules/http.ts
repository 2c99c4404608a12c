/**
 * What an answer means by HTTP alone (RFC 9110, RFC 6585, Cloudflare's 52x pages), when no provider's rule knew it. A status is a
 * weak signal: these come last.
 */
import type { Reason } from "../../Reason.ts"
import type { Rule } from "../../Rule.ts"

const status = (name: string, codes: ReadonlyArray<number>, reason: Reason, delivery?: Rule["delivery"]): Rule => ({
  name: `http/${name}`,
  when: { status: codes },
  reason,
  ...(delivery === undefined ? {} : { delivery })
})

export const http: ReadonlyArray<Rule> = [
  {
    name: "http/success-without-image",
    when: { statusBetween: [200, 299] },
    reason: { _tag: "InvalidResponse", kind: "no-image" }
  },
  {
    name: "http/success-body",
    when: { kind: ["body200"] },
    reason: { _tag: "InvalidResponse", kind: "no-image" }
  },
  {
    name: "http/redirect",
    when: { statusBetween: [300, 399] },
    reason: { _tag: "InvalidRequest" },
    remedy: "The server sends elsewhere: correct the base URL. A paid request is not sent after a redirect."
  },
  status("unauthorized", [401], { _tag: "AuthenticationFailed", kind: "unknown" }),
  status("payment-required", [402], { _tag: "QuotaExhausted", kind: "billing" }),
  status("forbidden", [403, 407, 451], { _tag: "PermissionDenied", kind: "unknown" }),
  status("not-found", [404, 410], { _tag: "NotFound", kind: "unknown" }),
  status("request-timeout", [408], { _tag: "Timeout", stage: "response" }),
  status("conflict", [409, 423, 425], { _tag: "Conflict" }),
  {
    name: "http/rate-limit",
    when: { status: [429] },
    reason: { _tag: "RateLimited", scope: "unknown" }
  },
  status("client-closed", [499], { _tag: "Cancelled" }, "MaybeProcessed"),
  {
    name: "http/client-error",
    when: { statusBetween: [400, 499] },
    reason: { _tag: "InvalidRequest" }
  },
  status("overloaded", [503, 529], { _tag: "Overloaded", kind: "capacity" }),
  // 504 and Cloudflare's 524: a gateway sent the request on and gave up waiting.
  status("gateway-timeout", [504, 524], { _tag: "Timeout", stage: "gateway" }, "MaybeProcessed"),
  // Cloudflare's 522: it could not connect to the origin, so the origin never saw the request.
  status("origin-unreachable", [522], { _tag: "Timeout", stage: "connect" }, "NotSent"),
  // 502 and Cloudflare's 520: something in front lost the origin's answer.
  status("bad-gateway", [502, 520], { _tag: "ServerError" }, "MaybeProcessed"),
  {
    name: "http/server-error",
    when: { statusBetween: [500, 599] },
    reason: { _tag: "ServerError" }
  }
]
