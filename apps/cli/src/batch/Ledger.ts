/**
 * What a batch has spent and may be about to. A request reserves its estimate before it is sent, and settles what it cost;
 * one that may have been billed for nothing keeps its reservation for good.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { usd } from "../ui/format.ts"

/** The budget does not allow another request. */
export class BudgetExceeded extends Data.TaggedError("BudgetExceeded")<{
  readonly budgetUsd: number
  readonly spentUsd: number
  readonly estimateUsd: number
  /** Whether requests that are out may turn out cheaper and leave room. */
  readonly mayClear: boolean
}> {
  readonly isRetryable = false
  readonly delivery = "NotSent"
  readonly circuitOutcome = "ignored"
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
  /** Tries a reservation again while requests that are out may leave room for it. */
  readonly whenFree: <A>(reservation: Effect.Effect<A, BudgetExceeded>) => Effect.Effect<A, BudgetExceeded>
  /** Replaces a reservation by what it came to. */
  readonly settle: (estimate: number, actual: number) => void
}

/** Sums of cents are not exact in binary. */
const rounding = 1e-9

export const make = (budgetUsd: number | undefined, alreadySpent: number): Ledger => {
  let settled = alreadySpent
  let reserved = 0
  const reserve = (estimate: number): Effect.Effect<void, BudgetExceeded> =>
    Effect.suspend(() => {
      if (budgetUsd === undefined || settled + reserved + estimate <= budgetUsd + rounding) {
        reserved += estimate
        return Effect.void
      }
      const mayClear = reserved > 0 && settled + estimate <= budgetUsd + rounding
      return Effect.fail(new BudgetExceeded({ budgetUsd, spentUsd: settled + reserved, estimateUsd: estimate, mayClear }))
    })
  return {
    spent: () => settled + reserved,
    reserve,
    // It ends: each request that is out does, by its timeout.
    whenFree: (reservation) => Effect.retry(reservation, { while: ({ mayClear }) => mayClear, schedule: Schedule.spaced("200 millis") }),
    settle: (estimate, actual) => {
      reserved = Math.max(0, reserved - estimate)
      settled += actual
    }
  }
}
