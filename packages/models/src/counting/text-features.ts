/** What a text is made of, as far as tokenizers care. */
export const featureNames = [
  'words',
  /** Letters beyond the sixth of each word. */
  'longLetters',
  /** A capital after a small letter, as in camelCase. */
  'humps',
  'digits',
  'punctuation',
  'newlines',
  /** Blanks beyond the first of a run. */
  'extraSpaces',
  /** Latin letters outside a–z, such as ü and é. */
  'accents',
  /** Chinese, Japanese and Korean signs. */
  'cjk',
  'emoji',
  /** Letters of any other script. */
  'otherScripts',
  /** Anything else outside ASCII: quotes, dashes, arrows, box drawing. */
  'symbols',
] as const;

export type FeatureName = (typeof featureNames)[number];
export type TextFeatures = Readonly<Record<FeatureName, number>>;

const latin = /\p{Script=Latin}/u;
const cjk =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
const emoji =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u{e0020}-\u{e007f}]|\u200d|\ufe0f/u;
const letter = /[\p{L}\p{M}]/u;

/** Counts the features of a text in one pass. */
export function textFeatures(text: string): TextFeatures {
  const counts = Object.fromEntries(featureNames.map((name) => [name, 0])) as Record<
    FeatureName,
    number
  >; // each name is listed in featureNames
  let wordLength = 0;
  let previousSmall = false;
  let blanks = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    at += code > 0xffff ? 2 : 1;
    const kind = kindOf(code);
    blanks = kind === 'blank' ? blanks + 1 : 0;
    if (kind === 'letter' || kind === 'capital' || kind === 'accents') {
      wordLength += 1;
      if (wordLength === 1) counts.words += 1;
      if (wordLength > 6) counts.longLetters += 1;
      if (kind === 'capital' && previousSmall) counts.humps += 1;
      if (kind === 'accents') counts.accents += 1;
      previousSmall = kind !== 'capital';
      continue;
    }
    wordLength = 0;
    previousSmall = false;
    if (kind !== 'blank') counts[kind] += 1;
    else if (blanks > 1) counts.extraSpaces += 1;
  }
  return counts;
}

type Kind =
  | Exclude<FeatureName, 'words' | 'longLetters' | 'humps' | 'extraSpaces'>
  | 'letter'
  | 'capital'
  | 'blank';

const kinds = new Map<number, Kind>();

/** Remembers at most a few thousand distinct code points, so that scripts are looked up once. */
function kindOf(code: number): Kind {
  let kind = kinds.get(code);
  if (kind === undefined) {
    kind = code < 0x80 ? asciiKind(code) : unicodeKind(String.fromCodePoint(code));
    if (kinds.size < 8_192) kinds.set(code, kind);
  }
  return kind;
}

function asciiKind(code: number): Kind {
  const sign = String.fromCharCode(code);
  if (/[a-z]/.test(sign)) return 'letter';
  if (/[A-Z]/.test(sign)) return 'capital';
  if (/\d/.test(sign)) return 'digits';
  if (sign === '\n') return 'newlines';
  if (sign === ' ' || sign === '\r' || sign === '\t') return 'blank';
  return 'punctuation';
}

function unicodeKind(sign: string): Kind {
  if (latin.test(sign)) return 'accents';
  if (emoji.test(sign)) return 'emoji';
  if (cjk.test(sign)) return 'cjk';
  if (letter.test(sign)) return 'otherScripts';
  return 'symbols';
}
