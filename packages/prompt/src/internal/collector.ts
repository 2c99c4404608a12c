/** Gathers findings, bounded, in the severity that the policy gives them. */
import * as Finding from "../Finding.ts"
import type { PromptPolicy } from "../PromptPolicy.ts"
import type { Span } from "../Rule.ts"
import { severityOf } from "./matcher.ts"

export interface Spec {
  readonly id: string
  readonly category: Finding.Category
  readonly severity: Finding.Severity
  readonly message: string
}

export interface Collector {
  /** A finding about a passage of the prompt. */
  readonly add: (spec: Spec, span: Span, repair?: Finding.Repair) => void
  /** A finding about another field. */
  readonly addField: (spec: Spec, field: Finding.Field, repair?: Finding.Repair) => void
  readonly finish: () => Collected
}

export interface Collected {
  readonly verdict: "allow" | "warn" | "block"
  readonly findings: ReadonlyArray<Finding.Finding>
  /** How many were found beyond `maxFindings`. */
  readonly omitted: number
}

const byStart = (a: Finding.Finding, b: Finding.Finding): number => a.start - b.start || a.end - b.end

export const make = (text: string, policy: PromptPolicy, maxFindings: number): Collector => {
  const kept = { block: new Array<Finding.Finding>(), warn: new Array<Finding.Finding>() }
  let total = 0
  const push = (spec: Spec, [start, end]: Span, field?: Finding.Field, repair?: Finding.Repair): void => {
    const severity = severityOf(policy, spec)
    if (severity === undefined) return
    total += 1
    if (kept[severity].length >= maxFindings) return
    kept[severity].push({
      category: spec.category,
      severity,
      start,
      end,
      matched: Finding.excerpt(text, start, end),
      rule: spec.id,
      message: spec.message,
      ...(field === undefined ? {} : { field }),
      ...(repair === undefined ? {} : { repair })
    })
  }
  return {
    add: (spec, span, repair) => push(spec, span, undefined, repair),
    addField: (spec, field, repair) => push(spec, [0, 0], field, repair),
    finish: () => {
      // What blocks is kept before what warns.
      const findings = [...kept.block, ...kept.warn].slice(0, maxFindings).sort(byStart)
      const verdict = kept.block.length > 0 ? "block" : kept.warn.length > 0 ? "warn" : "allow"
      return { verdict, findings, omitted: total - findings.length }
    }
  }
}
