/**
 * Failures of the network, by the codes that Node, undici, fetch, Bun and Deno give them. The chain holds names, codes and
 * messages of the error and its causes.
 */
import type { Rule } from "../../Rule.ts"

export const transport: ReadonlyArray<Rule> = [
  {
    name: "transport/certificate",
    when: {
      kind: ["transport"],
      chain: /CERT_|_CERT|SELF_SIGNED|ERR_TLS_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|certificate (?:has expired|verify failed)|self.signed certificate|UnknownIssuer/i
    },
    reason: { _tag: "Transport", kind: "certificate" },
    delivery: "NotSent",
    remedy: "The server's certificate is not trusted. Behind a corporate proxy, name its CA in NODE_EXTRA_CA_CERTS; do " +
      "not switch verification off."
  },
  {
    name: "transport/dns",
    when: { kind: ["transport"], chain: /\b(?:ENOTFOUND|EAI_[A-Z]+)\b|getaddrinfo|name resolution|dns error/i },
    reason: { _tag: "Transport", kind: "dns" },
    delivery: "NotSent",
    remedy: "The host name of the base URL could not be resolved: check its spelling and the network."
  },
  {
    name: "transport/connect-timeout",
    when: { kind: ["transport"], chain: /UND_ERR_CONNECT_TIMEOUT|ConnectTimeout|connect(?:ion)? time(?:d )?-?out|connect ETIMEDOUT/i },
    reason: { _tag: "Timeout", stage: "connect" },
    delivery: "NotSent"
  },
  {
    name: "transport/connect",
    when: { kind: ["transport"], chain: /\b(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ConnectionRefused)\b|connection refused|Failed to establish a new connection/i },
    reason: { _tag: "Transport", kind: "connect" },
    delivery: "NotSent",
    remedy: "Nothing answers at the base URL: check its host and port, and whether the server runs."
  },
  {
    name: "transport/tls",
    when: { kind: ["transport"], chain: /\b(?:EPROTO|ERR_SSL_[A-Z_]+|ERR_TLS_[A-Z_]+)\b|ssl3?_|tls handshake|handshake fail/i },
    reason: { _tag: "Transport", kind: "tls" },
    delivery: "NotSent"
  },
  {
    name: "transport/headers-timeout",
    when: { kind: ["transport"], chain: /UND_ERR_HEADERS_TIMEOUT|HeadersTimeout/i },
    reason: { _tag: "Timeout", stage: "response" }
  },
  {
    name: "transport/body-timeout",
    when: { kind: ["transport"], chain: /UND_ERR_BODY_TIMEOUT|BodyTimeout/i },
    reason: { _tag: "Timeout", stage: "idle" }
  },
  {
    name: "transport/own-timer",
    when: { kind: ["transport"], chain: /^TimeoutError$|aborted due to timeout/i },
    reason: { _tag: "Timeout", stage: "deadline" },
    remedy: "The caller's own timer ended the call: allow more time."
  },
  {
    name: "transport/cancelled",
    when: { kind: ["transport"], chain: /^AbortError$|^ABORT_ERR$|UND_ERR_ABORTED|operation was (?:aborted|canceled)/i },
    reason: { _tag: "Cancelled" },
    delivery: "MaybeProcessed"
  },
  {
    name: "transport/timeout",
    when: { kind: ["transport"], chain: /\bETIMEDOUT\b|ESOCKETTIMEDOUT|timed out|time-?out/i },
    reason: { _tag: "Timeout", stage: "response" }
  },
  {
    name: "transport/reset",
    when: {
      kind: ["transport"],
      chain: /\b(?:ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|ConnectionClosed|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP2_[A-Z_]+)\b|socket hang up|other side closed|terminated|unexpected EOF|connection (?:was )?(?:reset|closed|aborted)|premature close/i
    },
    reason: { _tag: "Transport", kind: "reset" },
    remedy: "The connection broke after the request went out: the image may have been made and billed. Look at the " +
      "provider's usage page before paying again."
  },
  {
    name: "transport/unknown",
    when: { kind: ["transport"] },
    reason: { _tag: "Transport", kind: "unknown" }
  }
]
