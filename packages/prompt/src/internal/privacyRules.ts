import type { Pattern, Rule, Span } from "../Rule.ts"

const localPart = /[A-Za-z0-9._%+-]/
const maxLocalPart = 64

/** From `@domain` back over the name before it: a pattern that began with the name would be tried at every letter. */
const withLocalPart = (text: string, [at, end]: Span): Span | undefined => {
  let start = at
  while (start > 0 && at - start < maxLocalPart && localPart.test(text.charAt(start - 1))) start -= 1
  return start === at ? undefined : [start, end]
}

/** ISO/IEC 7812: the check digit of card numbers. */
const luhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const cardNumber = (text: string, span: Span): Span | undefined => {
  const digits = text.slice(span[0], span[1]).replace(/[ -]/g, "")
  return luhn(digits) && !/^(\d)\1*$/.test(digits) ? span : undefined
}

const secret = (id: string, what: string, pattern: RegExp): Pattern => ({
  kind: "pattern",
  id: `privacy/${id}`,
  category: "privacy",
  severity: "warn",
  message: `This looks like ${what}. Take it out of the prompt, and revoke it if it is real.`,
  pattern
})

/** Prefixes and lengths as their issuers document them, upper bounds ours. */
export const privacyRules: ReadonlyArray<Rule> = [
  secret("openai-key", "a secret API key", /\bsk-[A-Za-z0-9_-]{20,200}/g),
  secret("aws-key", "an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g),
  secret("github-token", "a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g),
  secret("google-key", "a Google API key", /\bAIza[A-Za-z0-9_-]{35}/g),
  secret("private-key", "a private key", /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----/g),
  {
    kind: "pattern",
    id: "privacy/email",
    category: "privacy",
    severity: "warn",
    message: "An e-mail address would go to the provider; use an invented one at example.com, or none.",
    pattern: /@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b/g,
    accept: (text, span) => /[@.]example\.(?:com|org|net)$/i.test(text.slice(...span)) ? undefined : withLocalPart(text, span)
  },
  {
    kind: "pattern",
    id: "privacy/card-number",
    category: "privacy",
    severity: "warn",
    message: "This looks like a payment card number. Take it out of the prompt.",
    // 13 to 19 digits in the usual groups; first digits of the card networks.
    pattern: /(?<![\d.-])[2-6]\d{3}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{1,4})?(?![\d.]\d|\d)/g,
    accept: cardNumber
  }
]
