/** Image providers on loopback, with faults. */
export * as Emulator from "./Emulator.ts"
export * as Journal from "./Journal.ts"
export * as Picture from "./Picture.ts"
export * as Scenario from "./Scenario.ts"
