/** What a text is made of, as far as tokenizers care. */
export const featureNames = [
  'words',
  /** Letters beyond the twelfth of a word. */
  'longLetters',
  /** A capital after a small letter, as in camelCase. */
  'humps',
  /** Capitals after a capital. */
  'capitals',
  'digits',
  /** Runs of punctuation, such as `});`. */
  'signRuns',
  /** Punctuation beyond the first of a run. */
  'moreSigns',
  'newlines',
  /** Blanks beyond the first of a run. */
  'extraSpaces',
  /** Latin letters outside a–z, such as ü and é. */
  'accents',
  /** Chinese and Japanese signs. */
  'cjk',
  'hangul',
  'emoji',
  /** What joins and colours emoji. */
  'joiners',
  'cyrillic',
  /** Letters of any other script. */
  'otherScripts',
  /** Anything else outside ASCII: quotes, dashes, arrows, box drawing. */
  'symbols',
] as const;

export type FeatureName = (typeof featureNames)[number];
export type TextFeatures = Readonly<Record<FeatureName, number>>;

const longWord = 12;

/** Counts the features of a text in one pass. */
export function textFeatures(text: string): TextFeatures {
  const found = { ...none };
  let inWord = 0;
  let capitals = 0;
  let previousSmall = false;
  let blanks = 0;
  let signs = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    if (code > 0xffff) at += 1; // two units of UTF-16
    const kind = kindOf(code);
    blanks = kind === 'blank' ? blanks + 1 : 0;
    signs = kind === 'sign' ? signs + 1 : 0;
    if (kind === 'letter' || kind === 'capital' || kind === 'accents') {
      inWord += 1;
      capitals = kind === 'capital' ? capitals + 1 : 0;
      if (inWord === 1) found.words += 1;
      if (inWord > longWord) found.longLetters += 1;
      if (capitals > 1) found.capitals += 1;
      if (kind === 'capital' && previousSmall) found.humps += 1;
      if (kind === 'accents') found.accents += 1;
      previousSmall = kind !== 'capital';
      continue;
    }
    inWord = 0;
    capitals = 0;
    previousSmall = false;
    if (kind === 'blank') found.extraSpaces += blanks > 1 ? 1 : 0;
    else if (kind === 'sign') found[signs > 1 ? 'moreSigns' : 'signRuns'] += 1;
    else found[kind] += 1;
  }
  return found;
}

const none = Object.fromEntries(featureNames.map((name) => [name, 0])) as Record<
  FeatureName,
  number
>; // every name is in featureNames

type Counted =
  | 'digits'
  | 'newlines'
  | 'cjk'
  | 'hangul'
  | 'emoji'
  | 'joiners'
  | 'cyrillic'
  | 'otherScripts'
  | 'symbols';
type Kind = Counted | 'accents' | 'letter' | 'capital' | 'blank' | 'sign';

const kinds = new Map<number, Kind>();
const keptKinds = 8_192;

/** Looks scripts up once per code point, as far as memory for that is meant to go. */
function kindOf(code: number): Kind {
  const known = code < 0x80 ? ascii[code] : kinds.get(code);
  if (known !== undefined) return known;
  const kind = lookUp(code);
  if (kinds.size < keptKinds) kinds.set(code, kind);
  return kind;
}

/** The first that fits names the kind. */
const patterns: readonly (readonly [Kind, RegExp])[] = [
  ['letter', /[a-z]/],
  ['capital', /[A-Z]/],
  ['digits', /[0-9]/],
  ['newlines', /\n/],
  ['blank', /[ \t\r]/],
  ['sign', /[\0-\x7f]/],
  ['accents', /\p{Script=Latin}/u],
  ['joiners', /[\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]|\u200d|\ufe0f|\u20e3/u],
  ['emoji', /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u],
  ['hangul', /\p{Script=Hangul}/u],
  [
    'cjk',
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\u30fc\uff00-\uffef]/u,
  ],
  ['cyrillic', /[\p{Script=Cyrillic}\p{Script=Greek}]/u],
  ['otherScripts', /[\p{L}\p{M}]/u],
];

function lookUp(code: number): Kind {
  const sign = String.fromCodePoint(code);
  return patterns.find(([, pattern]) => pattern.test(sign))?.[0] ?? 'symbols';
}

const ascii: readonly Kind[] = Array.from({ length: 0x80 }, (_, code) => lookUp(code));
