/** How a command ends when it does not end well: what to say, and the exit code that a script can use. */
import * as Data from "effect/Data"

/** 0: all done. 1: done in part, or the provider said no. 2: wrong usage or wrong input. 130: ended by a signal. */
export type ExitCode = 1 | 2 | 130

/** Ends the command with a message for the person who called it; never a stack trace. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly code: ExitCode
  /** Empty when everything was said already. */
  readonly message: string
}> {}

export const usage = (message: string): CommandFailed => new CommandFailed({ code: 2, message })

export const interrupted = (message = ""): CommandFailed => new CommandFailed({ code: 130, message })

export const failed = (message = ""): CommandFailed => new CommandFailed({ code: 1, message })
