import type { Rule } from "../Rule.ts"

const sexualMessage = "Sexually explicit content is refused by image providers."
const groups = "jews|muslims|christians|blacks|whites|gays|immigrants|refugees|arabs|asians|mexicans|gypsies"

/** Ages in words and digits: "12 year old". */
const ages = Array.from({ length: 17 }, (_, index) => String(index + 1)).join("|")

const minors = [
  "child|children|kid|kids|toddler|toddlers|preteen|preteens|underage|schoolgirl|schoolgirls|schoolboy|schoolboys",
  "teen|teens|teenager|teenagers|teenage|12yo|13yo|14yo|15yo|16yo",
  "little|young|school girl|girls|boy|boys",
  `${ages} year|years old`
]

const sexualised = [
  "nude|nudes|naked|topless|undressed|undressing|erotic|sexy|porn|pornographic|lingerie|orgasm|masturbating|sexualized|sexualised",
  "having sex",
  "sex|sexual act|acts|pose|poses|position|positions",
  "sexually explicit|suggestive|provocative",
  "exposed|visible genitals|genitalia|breasts"
]

/** Ordered from what always blocks to what only warns. */
export const contentRules: ReadonlyArray<Rule> = [
  {
    kind: "near",
    id: "sexual/minors-near",
    category: "sexual/minors",
    severity: "block",
    message: "Minors in a sexual or undressed context are refused everywhere.",
    first: minors,
    second: sexualised,
    within: 6,
    except: [
      "naked eye|eyes|cake|cakes|tree|trees|branch|branches|flame|flames",
      "naked mole",
      "nude color|colour|colors|colours|tone|tones|lipstick|heels|shoes|palette",
      "kid|kids leather"
    ]
  },
  {
    kind: "phrases",
    id: "sexual/minors-terms",
    category: "sexual/minors",
    severity: "block",
    message: "Minors in a sexual context are refused everywhere.",
    phrases: ["child|kiddie|teen porn|pornography|erotica", "lolicon|shotacon|jailbait", "underage sex"]
  },
  {
    kind: "phrases",
    id: "sexual/explicit",
    category: "sexual",
    severity: "block",
    message: sexualMessage,
    phrases: [
      "porn|porno|pornography|pornographic|hentai|blowjob|handjob|cumshot|gangbang|deepthroat|bukkake|creampie",
      "masturbating|masturbate|masturbates|masturbation",
      "hardcore|explicit|unprotected sex",
      "having|has|have sex",
      "sex|sexual act|acts|position|positions",
      "sexual intercourse",
      "sexually explicit",
      "exposed|visible|bare genitals|genitalia|nipples",
      "erect penis",
      "fully|completely|totally nude|naked man|woman|girl|boy|men|women|girls|couple|model"
    ]
  },
  {
    kind: "phrases",
    id: "sexual/nudity",
    category: "sexual",
    severity: "warn",
    message: "Nudity is refused by most image providers unless it is plainly art or medicine.",
    phrases: ["nude|naked|topless woman|women|man|men|girl|girls|couple|model|models|lady|body|bodies"]
  },
  {
    kind: "phrases",
    id: "violence/gore",
    category: "violence/graphic",
    severity: "block",
    message: "Graphic gore is refused by image providers.",
    phrases: [
      "disembowel|disembowels|disemboweled|disembowelled|disembowelment|eviscerated|evisceration",
      "blood and gore|guts",
      "graphic|extreme|explicit gore",
      "severed head|heads|limb|limbs|hand|hands|arm|arms|leg|legs",
      "mutilated|dismembered body|bodies|corpse|corpses|limbs",
      "entrails|intestines|guts|innards|organs spilling|spilled|hanging|pouring"
    ]
  },
  {
    kind: "phrases",
    id: "violence/killing",
    category: "violence",
    severity: "warn",
    message: "Killing shown in detail is often refused.",
    phrases: ["beheading|decapitation|decapitated|beheaded", "brutal|gruesome murder|killing|death|execution", "mass shooting"]
  },
  {
    kind: "phrases",
    id: "self-harm/instructions",
    category: "self-harm/instructions",
    severity: "block",
    message: "Instructions for self-harm are refused by image providers. If this is about you, please talk to someone you trust or a local crisis line.",
    phrases: [
      "how to kill|hang|cut|drown myself|yourself|oneself",
      "ways|methods to kill|hang|cut|drown myself|yourself|oneself",
      "how to commit suicide",
      "how to self harm",
      "suicide method|methods|instructions|tutorial|guide",
      "self harm method|methods|instructions|tutorial|guide"
    ]
  },
  {
    kind: "phrases",
    id: "self-harm/depiction",
    category: "self-harm",
    severity: "warn",
    message: "Pictures of self-harm are often refused.",
    phrases: [
      "commit|commits|committing|committed suicide",
      "cutting|slitting|slashing|slicing her|his|their|my|own wrist|wrists",
      "slit|slashed wrists",
      "hanging|killing|shooting himself|herself|themselves|myself"
    ]
  },
  {
    kind: "phrases",
    id: "hate/slogans",
    category: "hate",
    severity: "block",
    message: "Slogans of hate movements are refused by image providers.",
    phrases: [
      "heil hitler",
      "sieg heil",
      "white power slogan|salute|flag|rally|symbol|symbols|march|tattoo",
      "white pride worldwide",
      "blood and soil banner|rally|march|flag",
      "jews will not replace us",
      "race war now"
    ]
  },
  {
    kind: "phrases",
    id: "hate/threats",
    category: "hate/threatening",
    severity: "block",
    message: "Calls for violence against a group are refused by image providers.",
    phrases: [
      `kill|gas|exterminate|hang|lynch|shoot|burn all|the ${groups}`,
      `kill|gas|exterminate|lynch ${groups}`,
      `death to ${groups}`,
      `death to all|the ${groups}`
    ]
  },
  {
    kind: "phrases",
    id: "hate/movements",
    category: "hate",
    severity: "warn",
    message: "Hate movements are refused outside history and news.",
    phrases: ["ku klux klan", "kkk", "neo nazi|nazis", "white supremacist|supremacists|supremacy"]
  },
  {
    kind: "phrases",
    id: "violence/weapons",
    category: "violence",
    severity: "warn",
    message: "Weapons are refused in some settings.",
    phrases: [
      "dangerous|deadly|lethal weapon|weapons",
      "assault rifle|rifles",
      "machine|submachine gun|guns",
      "ak 47",
      "ak47",
      "ar 15",
      "pipe|nail|car bomb|bombs",
      "suicide vest|vests",
      "molotov cocktail|cocktails"
    ]
  },
  {
    kind: "phrases",
    id: "illicit/instructions",
    category: "illicit/violent",
    severity: "warn",
    message: "Instructions for weapons and explosives are refused by image providers.",
    phrases: ["how to make|build|assemble bomb|bombs|explosives", "how to make|build|assemble a bomb", "bomb making instructions|tutorial|guide"]
  }
]

/** Where the words above are harmless. */
export const allowedPhrases: ReadonlyArray<string> = [
  "food|nature|car|earth|architecture porn",
  "machine gun kelly",
  "suicide prevention|awareness guide|tutorial",
  "toy machine|submachine gun|guns",
  "sewing machine gun",
  "how to make a bomb shelter|cyclone|calorimeter",
  "brutal death metal",
  "kill the whites|blacks of"
]
