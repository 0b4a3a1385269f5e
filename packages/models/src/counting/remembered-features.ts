import { type TextFeatures, textFeatures } from './text-features.ts';

/** Texts of at least so many characters are remembered; a shorter one is counted as fast as looked up. */
const long = 8_192;
/** Characters of all remembered texts together. */
const kept = 8_388_608;

const remembered = new Map<string, TextFeatures>();
let characters = 0;

/**
 * `textFeatures`, looked at once for a long text: a megabyte takes 10 to 30 ms, and building one prompt
 * counts the same file for every model and every place it might have.
 */
export function rememberedFeatures(text: string): TextFeatures {
  if (text.length < long || text.length > kept) return textFeatures(text);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const features = textFeatures(text);
  remembered.set(text, features);
  characters += text.length;
  for (const oldest of remembered.keys()) {
    if (characters <= kept) break;
    remembered.delete(oldest);
    characters -= oldest.length;
  }
  return features;
}
