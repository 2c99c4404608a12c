/** The command `fixative` and how it ends. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { CliError, Command } from "effect/cli"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { batch } from "./commands/batch.ts"
import { check } from "./commands/check.ts"
import { demo } from "./commands/demo.ts"
import { emulate } from "./commands/emulate.ts"
import { explain } from "./commands/explain.ts"
import { generate } from "./commands/generate.ts"
import { report } from "./commands/report.ts"
import { CommandFailed } from "./Failure.ts"
import { stderr } from "./ui/Ui.ts"
import packageJson from "../package.json" with { type: "json" }

export const { version } = packageJson

const root = Command.make("fixative").pipe(
  Command.withDescription("Keeps image generation going. Exit codes: 0 all done, 1 done in part or refused, 2 wrong usage."),
  Command.withSubcommands([generate, batch, report, check, explain, emulate, demo])
)

/** Runs the command line; what is wrong is said on stderr before it fails. */
export const run = (args: ReadonlyArray<string>) =>
  Command.runWith(root, { version })(args).pipe(
    Effect.tapErrorTag("CommandFailed", ({ message }) => message === "" ? Effect.void : stderr(`fixative: ${message}\n`))
  )

/** The exit code of a run. A defect is a bug of ours: 70, as sysexits.h has it. 130: interrupted. */
export const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error instanceof CommandFailed) return error.code
  if (CliError.isCliError(error)) return error._tag === "ShowHelp" && error.errors.length === 0 ? 0 : 2
  return Cause.hasInterruptsOnly(exit.cause) ? 130 : 70
}
