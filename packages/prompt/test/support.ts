import { assert } from "@effect/vitest"
import { Check, type PromptPolicy } from "../src/index.ts"

/** The ids of the rules that spoke, in the order of the report. */
export const rules = (
  request: Check.Request | string,
  policy?: PromptPolicy.PromptPolicy,
  options?: Check.Options
): ReadonlyArray<string> =>
  Check.request(typeof request === "string" ? { prompt: request } : request, policy, options).findings.map((finding) => finding.rule)

export const assertAllowed = (prompt: string): void => {
  const report = Check.request({ prompt })
  assert.deepStrictEqual(report, { verdict: "allow", findings: [] }, prompt)
}

/** The only finding of a request. */
export const only = (request: Check.Request, options?: Check.Options) => {
  const { findings } = Check.request(request, undefined, options)
  assert.strictEqual(findings.length, 1, JSON.stringify(findings))
  const [finding] = findings
  if (finding === undefined) throw new Error("no finding")
  return finding
}
