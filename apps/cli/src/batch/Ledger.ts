/**
 * What a batch has spent and may be about to. A request reserves its estimate before it is sent, and settles what it cost;
 * one that may have been billed for nothing keeps its reservation for good.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { usd } from "../ui/format.ts"

/** The budget does not allow another request; not now, while others are out that may turn out cheaper, or not at all. */
export class BudgetExceeded extends Data.TaggedError("BudgetExceeded")<{
  readonly budgetUsd: number
  readonly spentUsd: number
  readonly estimateUsd: number
  readonly isRetryable: boolean
}> {
  /** Nothing was tried: waiting costs no try. */
  readonly isRefusal = true
  readonly delivery = "NotSent"
  readonly circuitOutcome = "ignored"
  get retryAfter(): Duration.Duration | undefined {
    return this.isRetryable ? Duration.seconds(1) : undefined
  }
  get remedy(): string {
    return "Nothing more was sent. Raise --budget-usd and run the same command again: only what is missing is made."
  }
  override get message(): string {
    return `budget of ${usd(this.budgetUsd)}: ${usd(this.spentUsd)} are spent, and the next image may cost ${usd(this.estimateUsd)}`
  }
}

export interface Ledger {
  /** US dollars that are spent, or may be. */
  readonly spent: () => number
  /** Fails when the sum would be passed. */
  readonly reserve: (estimate: number) => Effect.Effect<void, BudgetExceeded>
  /** Replaces a reservation by what it came to. */
  readonly settle: (estimate: number, actual: number) => void
}

export const make = (budgetUsd: number | undefined, alreadySpent: number): Ledger => {
  let settled = alreadySpent
  let reserved = 0
  const reserve = (estimate: number): Effect.Effect<void, BudgetExceeded> =>
    Effect.suspend(() => {
      if (budgetUsd === undefined || settled + reserved + estimate <= budgetUsd) {
        reserved += estimate
        return Effect.void
      }
      const isRetryable = reserved > 0 && settled + estimate <= budgetUsd
      return Effect.fail(new BudgetExceeded({ budgetUsd, spentUsd: settled + reserved, estimateUsd: estimate, isRetryable }))
    })
  return {
    spent: () => settled + reserved,
    reserve,
    settle: (estimate, actual) => {
      reserved = Math.max(0, reserved - estimate)
      settled += actual
    }
  }
}
