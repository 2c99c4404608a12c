/** Which fault a prompt meets at its nth request: a pure function of scenario, prompt and n. */
import * as Scenario from "../Scenario.ts"
import * as Prng from "./prng.ts"

/** What a prompt has met so far by chance. */
export interface Past {
  readonly asked: number
  readonly faults: number
  readonly ambiguous: number
}

/** A prompt that was never asked. */
export const fresh: Past = { asked: 0, faults: 0, ambiguous: 0 }

/** What one request meets. Waits and latency are drawn for every request, whether or not they are used. */
export interface Fate {
  readonly past: Past
  readonly fault: Scenario.Fault | undefined
  readonly waitMillis: number
  readonly latencyMillis: number
}

const draw = (scenario: Scenario.Resolved, past: Past, random: Prng.Random): Scenario.Fault | undefined => {
  const { maxAmbiguous, maxFaults } = scenario.perPrompt
  let roll = random()
  if (past.faults >= maxFaults) return undefined
  for (const fault of Scenario.Fault.literals) {
    const chance = scenario.faults[fault] ?? 0
    if (roll < chance) {
      return Scenario.ambiguous.has(fault) && past.ambiguous >= maxAmbiguous ? undefined : fault
    }
    roll -= chance
  }
  return undefined
}

/** The next request's fate, given what the prompt has met before. */
export const next = (scenario: Scenario.Resolved, prompt: string, past: Past): Fate => {
  const asked = past.asked + 1
  const random = Prng.make(scenario.seed, "fate", asked, prompt)
  const fault = draw(scenario, past, random)
  return {
    fault,
    waitMillis: Math.round(Prng.between(random, scenario.retryAfterMillis.min, scenario.retryAfterMillis.max)),
    latencyMillis: Math.round(Prng.between(random, scenario.latency.minMillis, scenario.latency.maxMillis)),
    past: {
      asked,
      faults: past.faults + (fault === undefined ? 0 : 1),
      ambiguous: past.ambiguous + (fault !== undefined && Scenario.ambiguous.has(fault) ? 1 : 0)
    }
  }
}

/** The first scripted step for this request, if any. */
export const scripted = (scenario: Scenario.Resolved, prompt: string, nth: number) =>
  scenario.script.find((step) =>
    (step.match === undefined || prompt.includes(step.match)) && (step.nth === undefined || step.nth === nth)
  )

/** The outage that is on at this many milliseconds since the first image request, if any. */
export const outage = (scenario: Scenario.Resolved, sinceFirstMillis: number) =>
  scenario.outages.find((window) => sinceFirstMillis >= window.fromMillis && sinceFirstMillis < window.toMillis)

// OpenAI names the category of a refusal; words of a scenario's own are "other".
const categories: Readonly<Record<string, string>> = {
  "mickey mouse": "copyright",
  "gore": "violence",
  "deepfake": "impersonation"
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** A function that finds the category of the first refused word in a prompt. */
export const refusals = (scenario: Scenario.Resolved): (prompt: string) => string | undefined => {
  const rules = scenario.refuse.map((words) => ({
    category: categories[words.toLowerCase()] ?? "other",
    pattern: new RegExp(String.raw`(?<![\p{L}\p{N}])${escape(words)}(?![\p{L}\p{N}])`, "iu")
  }))
  return (prompt) => rules.find((rule) => rule.pattern.test(prompt))?.category
}
