/**
 * Takes secrets out of text that came from a provider, before the text goes into an error, a log or a file.
 *
 * It knows the shapes that credentials have in image APIs' answers. A key that the caller holds is taken out exactly, by
 * passing it as one of `secrets`: no pattern can know every shape.
 */

/** What stands in place of a secret. */
export const mask = "<redacted>"

// Each pattern is linear: bounded classes, no nested quantifier.
const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  // OpenAI and its like, whole or already starred by the provider ("sk-abc***xyz"), and other vendors' prefixes: a digit,
  // a capital or a star tells a key from a word with a hyphen.
  [/\b(?:sk|rk|pk|xai|r8|gsk|key|fal)[-_](?=[a-z_.-]{0,200}[A-Z0-9*])[A-Za-z0-9_*.-]{8,}/g, mask],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, mask],
  [/\bAIza[A-Za-z0-9_-]{20,}/g, mask],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, mask],
  // Authorization echoes: "Bearer abc", "authorization: Key abc"
  [/\b(bearer|basic|token|key)\s+(?=[^\s"']{0,200}\d)[A-Za-z0-9+/=_.:~*-]{12,}/gi, `$1 ${mask}`],
  [/\b(authorization|x-api-key|api[-_]?key|x-goog-api-key)(["']?\s*[:=]\s*["']?)[^\s"',;&]{4,}/gi, `$1$2${mask}`],
  // Signed URLs and keys in queries
  [/([?&](?:sig|signature|x-amz-[a-z-]+|x-goog-[a-z-]+|token|key|api[-_]?key|access_token|se|sp|skoid)=)[^\s"'&<>]+/gi, `$1${mask}`]
]

/**
 * `text` without secrets.
 *
 * @param secrets values to take out exactly, wherever they stand; values of fewer than 8 characters are passed over,
 * since they are no secrets and would tear the text
 */
export const text = (input: string, secrets: ReadonlyArray<string> = []): string => {
  let out = input
  for (const secret of secrets) {
    if (secret.length >= 8) out = out.replaceAll(secret, mask)
  }
  for (const [pattern, replacement] of patterns) out = out.replace(pattern, replacement)
  return out
}

/** `text` without secrets and control characters, on one line, cut to `maxLength` characters. */
export const excerpt = (input: string, maxLength: number, secrets: ReadonlyArray<string> = []): string => {
  // A head of the input is enough, and a secret that the cut divides must not survive in part.
  const line = text(input.slice(0, maxLength * 4), secrets).replace(/[\p{Cc}\s]+/gu, " ").trim()
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).trimEnd()}…`
}
