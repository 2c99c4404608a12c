/** The caller's own time for a call is over. */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>("@fixative/fixative/DeadlineExceeded")("DeadlineExceeded", {
  deadline: Schema.DurationFromMillis,
  /** `MaybeProcessed` when a request was out as the time ended. */
  delivery: Schema.Literals(["NotSent", "MaybeProcessed"])
}) {
  get isRetryable(): boolean {
    return false
  }
  get circuitOutcome(): "ignored" {
    return "ignored"
  }
  get remedy(): string {
    return this.delivery === "MaybeProcessed"
      ? "A request was out when the time ended and may be billed; allow more time for a call."
      : "The call spent its time waiting; allow more time, or send fewer at once."
  }
  override get message(): string {
    return `deadline of ${Duration.format(this.deadline)} exceeded`
  }
}
