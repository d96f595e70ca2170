import { ApiProblem } from "@/api/problem";

/** A first opinion on a password while it is written; the service has the last word and gives its reasons. */

export type Strength = { level: 0 | 1 | 2 | 3 | 4; word: string; advice: string | null };

export const SHORTEST_PASSWORD = 8;
const COMMON = ["password", "passwort", "qwerty", "letmein", "welcome", "matinee", "iloveyou", "admin", "abc123", "123456", "111111", "dragon", "football", "monkey", "sunshine", "princess"];
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "01234567890"];

function poolOf(text: string): number {
  const classes: [RegExp, number][] = [[/[a-z]/, 26], [/[A-Z]/, 26], [/\d/, 10], [/[ -/:-@[-`{-~]/, 33], [/[^ -~]/, 100]];
  return classes.reduce((sum, [pattern, size]) => sum + (pattern.test(text) ? size : 0), 0);
}

/** Characters that surprise: repeats and runs along the alphabet or a keyboard count little. */
function surprising(text: string): number {
  const letters = Array.from(text.toLowerCase());
  return letters.reduce((count, letter, at) => {
    const before = letters[at - 1];
    if (before === undefined) return count + 1;
    const run = before === letter || ROWS.some((row) => row.includes(before + letter) || row.includes(letter + before));
    return count + (run ? 0.3 : 1);
  }, 0);
}

/** The password with each word that a guesser tries first drawn together into one character. */
function withoutKnown(text: string, known: readonly string[]): string {
  const own = known.flatMap((one) => one.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length >= 4);
  const found = [...COMMON, ...own].filter((word) => text.toLowerCase().includes(word));
  return found.length === 0 ? text : found.reduce((rest, word) => rest.replaceAll(word, "*"), text.toLowerCase());
}

const WORDS = ["Too weak", "Weak", "Fair", "Good", "Strong"] as const;

/** Judge a password; `known` are words that a guesser would try first, such as the address. */
export function strengthOf(password: string, known: readonly string[] = []): Strength {
  const reduced = withoutKnown(password, known);
  const bits = surprising(reduced) * Math.log2(Math.max(poolOf(reduced), 2));
  const level = password.length < SHORTEST_PASSWORD ? 0 : bits < 34 ? 1 : bits < 50 ? 2 : bits < 70 ? 3 : 4;
  const advice =
    password.length < SHORTEST_PASSWORD
      ? `At least ${SHORTEST_PASSWORD} characters.`
      : reduced !== password && level < 3
        ? "It contains a word that is guessed first."
        : level < 3
          ? "A few words in a row are long, and easy to keep in mind."
          : null;
  return { level, word: WORDS[level], advice };
}

function reasonsOf(problem: ApiProblem): string[] {
  const lists = [problem.facts.reasons, problem.facts.suggestions].filter((list): list is unknown[] => Array.isArray(list));
  return lists.flat().filter((reason): reason is string => typeof reason === "string");
}

/** The service's reasons against a password, in its words; null when something else failed or nothing did. */
export function passwordTrouble(error: unknown): string | null {
  if (!(error instanceof ApiProblem) || !error.code.includes("password") || error.code === "password-wrong") return null;
  return [error.message, ...reasonsOf(error).filter((reason) => !error.message.includes(reason))].join(" ");
}
