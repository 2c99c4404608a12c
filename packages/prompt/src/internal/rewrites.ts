import type { Rewrite } from "../Rule.ts"

/** Each changes what is in the picture. None for sexual content, hate, self-harm or minors, and none that respells. */
export const rewrites: ReadonlyArray<Rewrite> = [
  { from: ["dangerous|deadly|lethal weapon"], to: "a vintage wooden toy sword" },
  { from: ["dangerous|deadly|lethal weapons"], to: "vintage wooden toy swords" },
  { from: ["assault rifle", "machine gun", "submachine gun"], to: "a brightly coloured toy water blaster" },
  { from: ["assault rifles", "machine guns", "submachine guns"], to: "brightly coloured toy water blasters" },
  { from: ["pipe|nail|car bomb", "suicide vest"], to: "a cartoon firecracker with a curly fuse" },
  { from: ["molotov cocktail"], to: "a paper lantern" },
  { from: ["mickey mouse", "minnie mouse"], to: "a cheerful cartoon mouse of an original design" },
  { from: ["pikachu"], to: "a small round woodland creature of an original design" },
  { from: ["darth vader"], to: "a brooding space knight of an original design" },
  { from: ["spider man", "spiderman", "batman", "superman"], to: "a masked hero in a costume of an original design" },
  { from: ["harry potter"], to: "a young wizard of an original design" },
  { from: ["hello kitty"], to: "a friendly cartoon cat of an original design" }
]
