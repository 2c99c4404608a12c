/**
 * Classification is data: an ordered table of named rules, of which the first that matches speaks.
 *
 * A rule says which answers it knows (`when`: every condition given must hold, and a list holds if one of its members
 * does) and what they mean. Rules look at evidence that was read out of the answer once, never at the answer itself.
 */
import type { Delivery } from "./ProviderError.ts"
import type { Reason } from "./Reason.ts"

/** What came back, or did not. */
export type Kind = "http" | "body200" | "job" | "transport" | "grpc" | "stream"

/** What the rules look at. Texts are bounded heads of what came. */
export interface Evidence {
  readonly kind: Kind
  readonly provider: string
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly header: (name: string) => string | undefined
  /** `error.code`, `error.type` and `error.param` of the body, or what stands for them, in lower case. */
  readonly code: string
  readonly type: string
  readonly param: string | undefined
  /** The sentence meant for people, or the text of the body when there is no such field. */
  readonly message: string
  /** The parsed body, when it is JSON. */
  readonly json: unknown
  /** Names, codes and messages of a transport failure and its causes, outermost first. */
  readonly chain: ReadonlyArray<string>
}

export interface When {
  readonly kind?: ReadonlyArray<Kind>
  readonly status?: ReadonlyArray<number>
  /** Inclusive. */
  readonly statusBetween?: readonly [from: number, to: number]
  /** Matches `code` or `type`: providers disagree about which is which. */
  readonly code?: ReadonlyArray<string>
  readonly message?: RegExp
  /** Matches any link of a transport failure's chain. */
  readonly chain?: RegExp
  readonly json?: (json: unknown) => boolean
}

export interface Rule {
  /** `provider/what-it-knows`, unique; it stands in the error and in log lines. */
  readonly name: string
  readonly when: When
  readonly reason: Reason | ((evidence: Evidence) => Reason)
  /** Where the general rule (see `Classify`) would be wrong. */
  readonly delivery?: Delivery
  /** Where the reason's own remedy is too general. */
  readonly remedy?: string
}

export const matches = ({ when }: Rule, evidence: Evidence): boolean => {
  const { status } = evidence
  if (when.kind !== undefined && !when.kind.includes(evidence.kind)) return false
  if (when.status !== undefined && (status === undefined || !when.status.includes(status))) return false
  if (when.statusBetween !== undefined) {
    const [from, to] = when.statusBetween
    if (status === undefined || status < from || status > to) return false
  }
  if (when.code !== undefined && !when.code.includes(evidence.code) && !when.code.includes(evidence.type)) return false
  if (when.message !== undefined && !when.message.test(evidence.message)) return false
  const { chain } = when
  if (chain !== undefined && !evidence.chain.some((link) => chain.test(link))) return false
  return when.json === undefined || when.json(evidence.json)
}
