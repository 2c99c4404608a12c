import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Fate from "../src/internal/fate.ts"
import { Scenario } from "../src/index.ts"

const decode = (scenario: Scenario.Scenario) => Effect.runSync(Scenario.decode(scenario))

/** What a prompt meets, asked so many times. */
const fates = (scenario: Scenario.Resolved, prompt: string, times: number) => {
  const faults: Array<Scenario.Fault | undefined> = []
  let past = Fate.fresh
  for (let i = 0; i < times; i++) {
    const fate = Fate.next(scenario, prompt, past)
    faults.push(fate.fault)
    past = fate.past
  }
  return faults
}

describe("Scenario.decode", () => {
  it.effect("fills in the documented defaults", () =>
    Effect.gen(function*() {
      const scenario = yield* Scenario.decode({})
      assert.deepStrictEqual(scenario, {
        seed: 1,
        latency: { minMillis: 0, maxMillis: 0 },
        limits: {},
        faults: {},
        retryAfterMillis: { min: 400, max: 1_500 },
        perPrompt: { maxFaults: 3, maxAmbiguous: 1 },
        outages: [],
        refuse: ["mickey mouse", "gore", "deepfake"],
        script: []
      })
    }))

  const mistakes: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
    [{ fault: {} }, [`["fault"]`]],
    [{ faults: { "501": 0.1 } }, [`["faults"]["501"]`]],
    [{ faults: { "500": 2 }, seed: 0.5 }, [`["faults"]["500"]`, `["seed"]`]],
    [{ faults: { "500": 0.7, "502": 0.7 } }, [`["faults"]`, "more than 1"]],
    [{ latency: { minMillis: 9, maxMillis: 3 } }, [`["latency"]["maxMillis"]`]],
    [{ retryAfterMillis: { min: 9, max: 3 } }, [`["retryAfterMillis"]["max"]`]],
    [{ outages: [{ fromMillis: 5, toMillis: 5, answer: "503" }] }, [`["outages"][0]["toMillis"]`]],
    [{ script: [{ fault: "500" }, { fault: "boom" }] }, [`["script"][1]["fault"]`]],
    [{ limits: { requestsPerMinute: 0 } }, [`["limits"]["requestsPerMinute"]`]],
    [{ perPrompt: { maxFaults: -1 } }, [`["perPrompt"]["maxFaults"]`, `["perPrompt"]["maxAmbiguous"]`]]
  ]
  it.effect.each(mistakes)("names the path of each mistake: %j", ([input, paths]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Scenario.decode(input))
      for (const path of paths) assert.include(error.message, path)
    }))

  it("has named scenarios that are JSON", () => {
    for (const scenario of Object.values(Scenario.named)) {
      assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(scenario)) as Scenario.Scenario), scenario)
    }
  })
})

describe("fate", () => {
  const Prompts = Schema.Array(Schema.String.check(Schema.isMaxLength(40))).check(Schema.isMaxLength(10))

  it.effect.prop("bounds the faults of every prompt, whatever the seed", [Schema.Int, Prompts, Schema.Int], ([seed, prompts, extra]) =>
    Effect.sync(() => {
      const perPrompt = { maxFaults: Math.abs(extra) % 5, maxAmbiguous: Math.abs(seed) % 3 }
      for (const name of ["stormy", "ambiguous"] as const) {
        const scenario = decode({ ...Scenario.named[name], seed, perPrompt })
        for (const prompt of prompts) {
          const faults = fates(scenario, prompt, 40).filter((fault) => fault !== undefined)
          assert.isAtMost(faults.length, perPrompt.maxFaults)
          assert.isAtMost(faults.filter((fault) => Scenario.ambiguous.has(fault)).length, perPrompt.maxAmbiguous)
        }
      }
    }))

  it("makes half of the stormy requests meet a fault, of every kind but the final ones", () => {
    const met: Array<Scenario.Fault> = []
    let requests = 0
    for (let i = 0; i < 2_000; i++) {
      // A caller asks until it gets through.
      for (const fault of fates(Scenario.named.stormy, `prompt ${i}`, 10)) {
        requests++
        if (fault === undefined) break
        met.push(fault)
      }
    }
    const share = met.length / requests
    assert.isAbove(share, 0.42)
    assert.isBelow(share, 0.58)
    const final: ReadonlyArray<Scenario.Fault> = ["quota", "refusal"]
    assert.sameMembers([...new Set(met)], Scenario.Fault.literals.filter((fault) => !final.includes(fault)))
  })

  it("refuses whole words in any case", () => {
    const refused = Fate.refusals(decode({ refuse: ["gore", "Mickey Mouse", "c++"] }))
    assert.deepStrictEqual(
      ["GORE!", "a gorefest", "mickey mouse in rain", "mickey mouses", "a book on C++"].map((prompt) => refused(prompt)),
      ["violence", undefined, "copyright", undefined, "other"]
    )
  })
})
