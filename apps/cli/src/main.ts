#!/usr/bin/env node
import { NodeServices } from "@effect/platform-node"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { exitCode, run } from "./cli.ts"
import * as Shutdown from "./Shutdown.ts"
import { stderr, tolerateClosedPipes } from "./ui/Ui.ts"

tolerateClosedPipes()

const program = run(process.argv.slice(2)).pipe(
  Effect.tapCause((cause) =>
    Cause.hasDies(cause) ? stderr(`fixative: this is a bug in fixative, please report it.\n${Cause.pretty(cause)}\n`) : Effect.void
  ),
  Effect.provide(NodeServices.layer)
)

const fiber = Effect.runFork(program)
// A fiber that only waits holds no handle that keeps the process alive.
const keepAlive = setInterval(() => undefined, 2 ** 31 - 1)
Shutdown.listen(() => fiber.interruptUnsafe())
fiber.addObserver((exit) => {
  clearInterval(keepAlive)
  process.exit(exitCode(exit))
})
