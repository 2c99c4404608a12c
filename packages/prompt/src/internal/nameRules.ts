import type { Rule } from "../Rule.ts"

const characters = [
  "mickey|minnie mouse", "donald duck", "pikachu", "darth vader", "luke skywalker", "baby yoda", "chewbacca", "r2 d2",
  "harry potter", "hermione granger", "gandalf", "spider man", "spiderman", "batman", "superman", "wonder woman",
  "iron man", "captain america", "incredible hulk", "super mario", "sonic the hedgehog", "homer|bart|marge|lisa simpson",
  "spongebob", "shrek", "queen elsa", "elsa from frozen", "buzz lightyear", "winnie the pooh", "hello kitty", "son goku",
  "goku", "naruto", "sailor moon", "totoro", "optimus prime", "bugs bunny", "scooby doo", "lara croft", "kermit the frog",
  "peppa pig", "garfield the cat", "charizard", "bulbasaur", "obi wan kenobi", "boba fett"
]

const people = [
  "donald trump", "joe biden", "kamala harris", "barack obama", "hillary clinton", "elon musk", "jeff bezos",
  "mark zuckerberg", "bill gates", "vladimir putin", "volodymyr zelensky|zelenskyy", "xi jinping", "kim jong un",
  "emmanuel macron", "narendra modi", "taylor swift", "beyonce|beyoncé knowles", "kim kardashian", "kanye west", "tom hanks",
  "tom cruise", "leonardo dicaprio", "scarlett johansson", "emma watson", "dwayne johnson", "brad pitt", "angelina jolie",
  "lionel messi", "cristiano ronaldo", "lebron james", "oprah winfrey", "greta thunberg"
]

const artists = ["greg rutkowski", "hayao miyazaki", "takashi murakami", "yayoi kusama", "jeff koons", "damien hirst"]

/** Names that mean one thing only. First names, animals and everyday words ("wolverine", "elsa", "drake") are left out. */
export const nameRules: ReadonlyArray<Rule> = [
  {
    kind: "phrases",
    id: "ip-character/named",
    category: "ip-character",
    severity: "warn",
    message: "Characters of others are often refused; describe a character of your own.",
    phrases: characters
  },
  {
    kind: "phrases",
    id: "real-person/public-figure",
    category: "real-person",
    severity: "warn",
    message: "Pictures of living public figures are refused by many providers.",
    phrases: people
  },
  {
    kind: "phrases",
    id: "artist-style/living",
    category: "artist-style",
    severity: "warn",
    message: "The style of a living artist is often refused; name a movement or a technique.",
    phrases: artists.flatMap((name) => [`style of ${name}`, `by ${name}`, `${name} style`])
  }
]
