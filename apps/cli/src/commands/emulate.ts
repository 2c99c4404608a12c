import { Emulator, Scenario } from "@fixative/emulator"
import * as Effect from "effect/Effect"
import { Command, Flag } from "effect/cli"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { failed, usage } from "../Failure.ts"
import { stderr, stdout } from "../ui/Ui.ts"

const names = Object.keys(Scenario.named).join(", ")

/** A scenario by its name, or from a JSON file. */
const load = (text: string) =>
  Effect.gen(function*() {
    const named = Object.entries(Scenario.named).find(([name]) => name === text)
    if (named !== undefined) return named[1]
    const fs = yield* FileSystem.FileSystem
    const source = yield* fs.readFileString(text).pipe(Effect.mapError(() => usage(`--scenario must be one of ${names}, or a JSON file; got ${JSON.stringify(text)}`)))
    const json = yield* Effect.try({ try: (): unknown => JSON.parse(source), catch: () => usage(`${text}: not JSON`) })
    return yield* Scenario.decode(json).pipe(Effect.mapError((error) => usage(`${text}: ${error.message}`)))
  })

export const emulate = Command.make("emulate", {
  port: Flag.Int("port").pipe(Flag.withDescription("The port on 127.0.0.1; 0: any free one"), Flag.withDefault(0)),
  scenario: Flag.String("scenario").pipe(Flag.withDescription(`What goes wrong: ${names}, or a JSON file`), Flag.withDefault("calm")),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Replaces the scenario's seed"), Flag.optional),
  journal: Flag.String("journal").pipe(Flag.withDescription("A file to which every request is appended as JSON"), Flag.optional),
  plain: Flag.Boolean("plain").pipe(Flag.withDescription("Pictures drawn once for each size, for load tests"), Flag.withDefault(false))
}, Effect.fn(function*(flags) {
  if (flags.port < 0 || flags.port > 65_535) return yield* usage(`--port must be from 0 to 65535, got ${flags.port}`)
  const scenario = yield* load(flags.scenario)
  const emulator = Emulator.layer({
    port: flags.port,
    scenario,
    ...(Option.isNone(flags.seed) ? {} : { seed: flags.seed.value }),
    ...(Option.isNone(flags.journal) ? {} : { journalFile: flags.journal.value }),
    ...(flags.plain ? { pictures: "plain" } : {})
  })
  yield* Effect.gen(function*() {
    const { port, url } = yield* Emulator.Emulator
    yield* stdout(`${JSON.stringify({ port, url, openai: `${url}/v1` })}\n`)
    yield* stderr(`Emulating OpenAI's Images API at ${url}/v1 (any key will do). Ctrl-C ends it.\n` +
      `  OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=sk-emulated fixative generate "a red fox"\n`)
    return yield* Effect.never
  }).pipe(
    Effect.provide(Layer.fresh(emulator)),
    Effect.catchTag("EmulatorError", (error) => Effect.fail(failed(error.message)))
  )
})).pipe(
  Command.withDescription("Runs an image provider on loopback, faults and all. The first line of stdout is JSON with the port."),
  Command.withExamples([
    { command: "fixative emulate --port 8787 --scenario stormy" },
    { command: "fixative emulate --scenario faults.json --journal journal.jsonl" }
  ])
)
