#!/usr/bin/env node
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { exitCode, run } from "./cli.ts"
import { stderr, tolerateClosedPipes } from "./ui/Ui.ts"

tolerateClosedPipes()

const program = run(process.argv.slice(2)).pipe(
  Effect.tapCause((cause) =>
    Cause.hasDies(cause) ? stderr(`fixative: this is a bug in fixative, please report it.\n${Cause.pretty(cause)}\n`) : Effect.void
  ),
  Effect.provide(NodeServices.layer)
)

NodeRuntime.runMain(program, { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) })
